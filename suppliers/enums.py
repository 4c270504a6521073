from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SupplierRole(TextChoices):
    """What a member may do for a supplier."""

    MANAGER = "MANAGER", _("manager: file, members, keys, offers and orders")
    MEMBER = "MEMBER", _("member: offers and orders")


class Activity(TextChoices):
    """What a company makes or trades."""

    GEL = "GEL", _("hydroalcoholic gel and solution")
    MASKS = "MASKS", _("masks")
    PROTECTION = "PROTECTION", _("gloves, gowns, visors")
    RAW_MATERIALS = "RAW_MATERIALS", _("raw materials")
    PACKAGING = "PACKAGING", _("packaging")


class GelRegime(TextChoices):
    """The legal ground on which a company makes gel (arrêté of 13 March 2020, TREX2007745A)."""

    NONE = "", _("does not make gel")
    BIOCIDE = "BIOCIDE", _("biocide plant (TP 1 to 5)")
    COSMETICS = "COSMETICS", _("cosmetics plant, by derogation")
    ICPE = "ICPE", _("classified installation, by derogation")
    PHARMACY = "PHARMACY", _("pharmacy or pharmaceutical establishment")


class DocumentKind(TextChoices):
    """What a file proves."""

    KBIS = "KBIS", _("extract of the company register (Kbis), under three months old")
    CERTIFICATE = "CERTIFICATE", _("certificate of conformity")
    TEST_REPORT = "TEST_REPORT", _("test report")
    SAFETY_SHEET = "SAFETY_SHEET", _("safety data sheet")
    OTHER = "OTHER", _("other proof")


class Standard(TextChoices):
    """Standards that a certificate can attest."""

    EN_14683 = "EN 14683", _("EN 14683 (surgical masks)")
    EN_149 = "EN 149", _("EN 149 (respirators FFP1 to FFP3)")
    EN_14476 = "EN 14476", _("EN 14476 (virucidal activity)")
    EN_1500 = "EN 1500", _("EN 1500 (hygienic hand rub)")
    EN_455 = "EN 455", _("EN 455 (medical gloves)")
    EN_13795 = "EN 13795", _("EN 13795 (gowns)")
    EN_166 = "EN 166", _("EN 166 (eye protection)")


class ProofStatus(TextChoices):
    """What the reviewer thought of a certificate or of an answer to a requirement."""

    PENDING = "PENDING", _("to be looked at")
    ACCEPTED = "ACCEPTED", _("accepted")
    REJECTED = "REJECTED", _("rejected")


class RequirementKind(TextChoices):
    """How a requirement is met."""

    COMPUTED = "COMPUTED", _("computed from the file")
    ATTESTED = "ATTESTED", _("attested by the company")
    VERIFIED = "VERIFIED", _("proved by a document")
