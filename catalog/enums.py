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


class GelFormulaCode(TextChoices):
    """The only formulas that the derogation of March 2020 permits, unmodified."""

    F1 = "F1", _("formula 1: solution of ethanol 80 %")
    F2 = "F2", _("formula 2: solution of isopropanol 80 %")
    F3 = "F3", _("formula 3: gel of ethanol 65 to 75 %, first recipe")
    F4 = "F4", _("formula 4: gel of ethanol 65 to 75 %, second recipe")


ANY_FORMULA = "ANY"
"""What a sheet says that leaves open by which of the formulas it is made."""


class OfferStatus(TextChoices):
    """What the supplier wants; whether the offer sells depends on much more (see `blockers`)."""

    DRAFT = "DRAFT", _("draft")
    ON_SALE = "ON_SALE", _("on sale")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


OFFER_TRANSITIONS: dict[OfferStatus, frozenset[OfferStatus]] = {
    OfferStatus.DRAFT: frozenset({OfferStatus.ON_SALE, OfferStatus.WITHDRAWN}),
    OfferStatus.ON_SALE: frozenset({OfferStatus.WITHDRAWN}),
    OfferStatus.WITHDRAWN: frozenset({OfferStatus.ON_SALE}),
}


class ScheduleStatus(TextChoices):
    """Where a price to come stands; on its day the law of that day is asked."""

    SCHEDULED = "SCHEDULED", _("to come")
    APPLIED = "APPLIED", _("applied")
    REFUSED = "REFUSED", _("not applied")
    CANCELED = "CANCELED", _("canceled")


SCHEDULE_TRANSITIONS: dict[ScheduleStatus, frozenset[ScheduleStatus]] = {
    ScheduleStatus.SCHEDULED: frozenset(
        {ScheduleStatus.APPLIED, ScheduleStatus.REFUSED, ScheduleStatus.CANCELED}
    ),
}


class Blocker(TextChoices):
    """Why an offer is not on sale; all that apply are named at once (remedies: `remedies.py`)."""

    DRAFT = "DRAFT", _("not published yet")
    WITHDRAWN = "WITHDRAWN", _("withdrawn from sale")
    SUPPLIER_NOT_APPROVED = "SUPPLIER_NOT_APPROVED", _("your company is not approved at present")
    PRODUCT_NOT_ACCEPTED = (
        "PRODUCT_NOT_ACCEPTED",
        _("the ministry has not accepted the product sheet"),
    )
    PRODUCT_RETIRED = "PRODUCT_RETIRED", _("the product sheet was retired")
    NOT_YET_AVAILABLE = "NOT_YET_AVAILABLE", _("its first day of sale is still to come")
    NO_LONGER_AVAILABLE = "NO_LONGER_AVAILABLE", _("its last day of sale is past")
    NO_STOCK = "NO_STOCK", _("no stock left")
    LESS_THAN_PACK = "LESS_THAN_PACK", _("less stock than one pack")
    LESS_THAN_MINIMUM = "LESS_THAN_MINIMUM", _("less stock than the minimum order")
    STOCK_NOT_CONFIRMED = (
        "STOCK_NOT_CONFIRMED",
        _("nobody has confirmed its stock for a long time"),
    )
    CERTIFICATE_MISSING = "CERTIFICATE_MISSING", _("no accepted certificate for the standard")
    CERTIFICATE_IN_REVIEW = "CERTIFICATE_IN_REVIEW", _("the ministry looks at the certificate")
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED", _("the certificate has expired")
    EQUIVALENCE_ENDED = (
        "EQUIVALENCE_ENDED",
        _("the certificate's foreign standard does not count today"),
    )
    FORMULA_NOT_PERMITTED = (
        "FORMULA_NOT_PERMITTED",
        _("making this gel formula is not permitted today"),
    )
    PRICE_ABOVE_CEILING = "PRICE_ABOVE_CEILING", _("price above today's legal ceiling")


SHORT_OF_STOCK = frozenset({Blocker.NO_STOCK, Blocker.LESS_THAN_PACK, Blocker.LESS_THAN_MINIMUM})
"""Reasons that pass with the next delivery: the offer stays visible, its verdict is not stored."""


class LawChange(TextChoices):
    """What happened to a rule between two looks."""

    BEGAN = "BEGAN", _("began")
    ENDED = "ENDED", _("ended")
    CHANGED = "CHANGED", _("was changed")
    CERTIFICATES = "CERTIFICATES", _("certificates ended or began")


class BuyerSide(TextChoices):
    """Which side of trade a price is for; the ceilings differ."""

    END_USER = "END_USER", _("end user")
    RESELLER = "RESELLER", _("reseller")


class TaxBasis(TextChoices):
    """Whether a legal figure includes VAT."""

    INCLUDING = "TTC", _("including VAT")
    EXCLUDING = "HT", _("excluding VAT")


class StockReason(TextChoices):
    """Why a stock counter moved."""

    DECLARED = "DECLARED", _("stock declared")
    RESERVED = "RESERVED", _("reserved for an order")
    RELEASED = "RELEASED", _("reservation given back")
    SHIPPED = "SHIPPED", _("shipped")
    LOT_IN = "LOT_IN", _("lot received")
    LOT_SORTED = "LOT_SORTED", _("counted before, now kept as a lot")
    LOT_HELD = "LOT_HELD", _("lot quarantined")
    LOT_FREED = "LOT_FREED", _("lot released from quarantine")
    LOT_RECALL = "LOT_RECALL", _("lot recalled")
    LOT_EXPIRY = "LOT_EXPIRY", _("lot past its date")
    DAMAGED = "DAMAGED", _("damaged")
    LOST = "LOST", _("lost")
    STOLEN = "STOLEN", _("stolen")
    EXPIRED = "EXPIRED", _("past its date, destroyed")
    SAMPLED = "SAMPLED", _("taken for quality control")
    FOUND = "FOUND", _("found")
    MISCOUNT = "MISCOUNT", _("wrong count before")


_S = StockReason
LOSS_REASONS = (_S.DAMAGED, _S.LOST, _S.STOLEN, _S.EXPIRED, _S.SAMPLED)
"""Why less is there than in the book; a wrong count before explains it either way."""
COUNT_REASONS = (*LOSS_REASONS, _S.FOUND, _S.MISCOUNT)
"""Why a count differs from the book."""


class LotStatus(TextChoices):
    """Whether the units of a lot may be sold; only AVAILABLE ones count as stock on hand."""

    AVAILABLE = "AVAILABLE", _("available")
    QUARANTINED = "QUARANTINED", _("in quarantine")
    RECALLED = "RECALLED", _("recalled")
    EXPIRED = "EXPIRED", _("past its date")
    EMPTY = "EMPTY", _("used up")


_L = LotStatus
LOT_TRANSITIONS: dict[LotStatus, frozenset[LotStatus]] = {
    _L.AVAILABLE: frozenset({_L.QUARANTINED, _L.RECALLED, _L.EXPIRED, _L.EMPTY}),
    _L.QUARANTINED: frozenset({_L.AVAILABLE, _L.RECALLED, _L.EXPIRED, _L.EMPTY}),
    _L.EXPIRED: frozenset({_L.RECALLED}),
    _L.EMPTY: frozenset({_L.RECALLED}),
    _L.RECALLED: frozenset(),
}


class AlertPace(TextChoices):
    """How soon a person hears of new hits of a saved search."""

    NONE = "NONE", _("no alert")
    DAILY = "DAILY", _("once a day")
    IMMEDIATE = "IMMEDIATE", _("at once")


class ImportKind(TextChoices):
    """What a file says about a supplier's offers."""

    STOCK = "STOCK", _("stock")
    PRICES = "PRICES", _("prices")
    OFFERS = "OFFERS", _("offers, new ones and changes")
    PRODUCTS = "PRODUCTS", _("product sheets that the catalogue lacks")


class ImportMode(TextChoices):
    """What becomes of a file in which some rows are wrong."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING", _("all rows, or none if one is wrong")
    GOOD_ROWS = "GOOD_ROWS", _("the good rows only")


class ImportStatus(TextChoices):
    """Where a file stands between the upload and the catalogue."""

    RECEIVED = "RECEIVED", _("waiting to be read")
    READING = "READING", _("being read")
    PREVIEW = "PREVIEW", _("to be checked")
    APPLYING = "APPLYING", _("being applied")
    APPLIED = "APPLIED", _("applied")
    REFUSED = "REFUSED", _("unreadable")
    FAILED = "FAILED", _("not finished")
    DISCARDED = "DISCARDED", _("thrown away")


IMPORT_TRANSITIONS: dict[ImportStatus, frozenset[ImportStatus]] = {
    ImportStatus.RECEIVED: frozenset({ImportStatus.READING, ImportStatus.DISCARDED}),
    ImportStatus.READING: frozenset(
        {
            ImportStatus.PREVIEW,
            ImportStatus.REFUSED,
            ImportStatus.FAILED,
            ImportStatus.DISCARDED,
        }
    ),
    ImportStatus.PREVIEW: frozenset({ImportStatus.APPLYING, ImportStatus.DISCARDED}),
    # back to the start if an offer has changed since the preview
    ImportStatus.APPLYING: frozenset(
        {ImportStatus.APPLIED, ImportStatus.RECEIVED, ImportStatus.FAILED}
    ),
}
IMPORT_AT_WORK = (ImportStatus.RECEIVED, ImportStatus.READING, ImportStatus.APPLYING)
IMPORT_LIVE = (*IMPORT_AT_WORK, ImportStatus.PREVIEW)


class RowAction(TextChoices):
    """What applying would do with a row."""

    ERROR = "ERROR", _("wrong")
    CREATE = "CREATE", _("adds something new")
    UPDATE = "UPDATE", _("changes an offer")
    SAME = "SAME", _("changes nothing")
