"""Product sheets: what they are, who has accepted them, how they travel."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ProductKind(TextChoices):
    """The kind that the law on prices and VAT looks at."""

    GEL = "GEL", _("hydroalcoholic gel or solution")
    MASK_EN14683 = "MASK_EN14683", _("surgical mask, EN 14683")
    MASK_EN149 = "MASK_EN149", _("respirator, EN 149")
    MASK_UNS = "MASK_UNS", _("fabric mask, category 1 or 2")
    OTHER = "OTHER", _("other")


class AttributeKind(TextChoices):
    """What the values of a property of product sheets are; JSON keeps them as they are."""

    INTEGER = "INTEGER", _("whole number")
    DECIMAL = "DECIMAL", _("number")
    BOOLEAN = "BOOLEAN", _("yes or no")
    CHOICE = "CHOICE", _("one of a list")
    TEXT = "TEXT", _("text")


LISTED_KINDS = (AttributeKind.CHOICE, AttributeKind.BOOLEAN)
"""Kinds whose values are few: lists are narrowed down by them, with counts."""


class SheetStatus(TextChoices):
    """Where a product sheet stands with the ministry; only accepted ones are public."""

    PROPOSED = "PROPOSED", _("waiting for the ministry")
    CHANGES_REQUESTED = "CHANGES_REQUESTED", _("changes asked for")
    ACCEPTED = "ACCEPTED", _("accepted")
    REFUSED = "REFUSED", _("refused")
    MERGED = "MERGED", _("merged into another sheet")


SHEET_TRANSITIONS: dict[SheetStatus, frozenset[SheetStatus]] = {
    SheetStatus.PROPOSED: frozenset(
        {
            SheetStatus.ACCEPTED,
            SheetStatus.CHANGES_REQUESTED,
            SheetStatus.REFUSED,
            SheetStatus.MERGED,
        }
    ),
    SheetStatus.CHANGES_REQUESTED: frozenset({SheetStatus.PROPOSED}),
    SheetStatus.ACCEPTED: frozenset({SheetStatus.MERGED}),
    SheetStatus.REFUSED: frozenset(),
    SheetStatus.MERGED: frozenset(),
}


class SheetFileKind(TextChoices):
    """Files that belong to a product sheet."""

    SAFETY = "SAFETY", _("safety data sheet")
    PHOTO = "PHOTO", _("photo")


class Trade(TextChoices):
    """Whom a category of goods is for."""

    FINISHED = "FINISHED", _("finished goods, for those who care")
    INDUSTRY = "INDUSTRY", _("raw materials and packaging, for manufacturers")


class Dispenser(TextChoices):
    """Ways of putting gel up for which the minister raised the ceiling.

    Arrêtés of 14 March 2020 (pharmacies) and 10 April 2020 (the others).
    """

    NONE = "", _("ordinary container")
    ELBOW_LEVER = "ELBOW_LEVER", _("elbow-lever bottle or dispenser cartridge")
    SACHET = "SACHET", _("single-dose sachet under 5 ml")
    PHARMACY = "PHARMACY", _("prepared by a pharmacy")
    PHARMACY_BULK = "PHARMACY_BULK", _("prepared by a pharmacy, in bulk")


class HazardClass(TextChoices):
    """Classes of dangerous goods on the road (ADR, 2.1.1.1)."""

    EXPLOSIVES = "1", _("1 – explosives")
    GASES = "2", _("2 – gases")
    FLAMMABLE_LIQUIDS = "3", _("3 – flammable liquids")
    FLAMMABLE_SOLIDS = "4.1", _("4.1 – flammable solids")
    SPONTANEOUS = "4.2", _("4.2 – spontaneously combustible")
    WATER_REACTIVE = "4.3", _("4.3 – flammable gases on contact with water")
    OXIDISING = "5.1", _("5.1 – oxidising")
    ORGANIC_PEROXIDES = "5.2", _("5.2 – organic peroxides")
    TOXIC = "6.1", _("6.1 – toxic")
    INFECTIOUS = "6.2", _("6.2 – infectious")
    RADIOACTIVE = "7", _("7 – radioactive")
    CORROSIVE = "8", _("8 – corrosive")
    OTHER = "9", _("9 – miscellaneous")


class PackingGroup(TextChoices):
    """How dangerous a substance of its class is (ADR, 2.1.1.3)."""

    HIGH = "I", _("I – high danger")
    MEDIUM = "II", _("II – medium danger")
    LOW = "III", _("III – low danger")
