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


class ForeignStandard(TextChoices):
    """Standards of other countries; they count only while a text says so (see the catalogue)."""

    GB_2626 = "GB 2626-2006", _("GB 2626-2006 (China: KN95, KP95)")
    NIOSH = "NIOSH 42 CFR 84", _("NIOSH 42 CFR 84 (United States: N95, P95, R95)")
    AS_NZS_1716 = "AS/NZS 1716", _("AS/NZS 1716 (Australia, New Zealand: P2)")
    KMOEL = "KMOEL 2017-64", _("KMOEL 2017-64 (Korea: 1st class)")
    JMHLW = "JMHLW 2018", _("JMHLW 2018 (Japan: DS2, DL2)")
    ABNT = "ABNT NBR 13698", _("ABNT NBR 13698 (Brazil: PFF2)")
    NOM_116 = "NOM-116", _("NOM-116 (Mexico: N95)")
    ASTM_F2100 = "ASTM F2100", _("ASTM F2100 (United States: level 1 to 3)")
    YY_0469 = "YY 0469-2011", _("YY 0469-2011 (China: surgical)")
    YY_T_0969 = "YY/T 0969-2013", _("YY/T 0969-2013 (China: medical, single use)")


CERTIFIED_STANDARDS = [*Standard.choices, *ForeignStandard.choices]
"""What can stand on a certificate."""
CLASSES: dict[str, tuple[str, ...]] = {
    Standard.EN_14683: ("Type I", "Type II", "Type IIR"),
    Standard.EN_149: ("FFP1", "FFP2", "FFP3"),
    ForeignStandard.GB_2626: ("KN95", "KP95", "KN100", "KP100"),
    ForeignStandard.NIOSH: ("N95", "P95", "R95", "N99", "P99", "R99", "N100", "P100", "R100"),
    ForeignStandard.AS_NZS_1716: ("P2", "P3"),
    ForeignStandard.KMOEL: ("1st class", "Special"),
    ForeignStandard.JMHLW: ("DS2", "DL2", "DS3", "DL3"),
    ForeignStandard.ABNT: ("PFF2", "PFF3"),
    ForeignStandard.NOM_116: ("N95", "N99", "N100"),
    ForeignStandard.ASTM_F2100: ("Level 1", "Level 2", "Level 3"),
}
"""The classes of a standard, where it has any."""


class Legislation(TextChoices):
    """European texts under which a body is notified to certify."""

    PPE = "PPE", _("(EU) 2016/425, personal protective equipment")
    MDD = "MDD", _("93/42/EEC, medical devices")
    MDR = "MDR", _("(EU) 2017/745, medical devices")
    CPR = "CPR", _("(EU) 305/2011, construction products such as wood")


PROTECTION = frozenset({Legislation.PPE.value})
MEDICAL = frozenset({Legislation.MDD.value, Legislation.MDR.value})
NEEDED_NOTIFICATION: dict[str, frozenset[str]] = {
    Standard.EN_149: PROTECTION,
    Standard.EN_166: PROTECTION,
    Standard.EN_14683: MEDICAL,
    Standard.EN_13795: MEDICAL,
    Standard.EN_455: MEDICAL,
}
"""By standard: one of these, where a body has a say at all."""


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
