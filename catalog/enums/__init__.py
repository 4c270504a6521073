"""The controlled lists of the catalogue."""

from catalog.enums.imports import (
    IMPORT_AT_WORK,
    IMPORT_LIVE,
    IMPORT_TRANSITIONS,
    ImportKind,
    ImportMode,
    ImportStatus,
    RowAction,
)
from catalog.enums.law import (
    ANY_FORMULA,
    BuyerSide,
    GelFormulaCode,
    LawChange,
    TaxBasis,
)
from catalog.enums.offers import (
    OFFER_TRANSITIONS,
    SCHEDULE_TRANSITIONS,
    SHORT_OF_STOCK,
    Blocker,
    OfferStatus,
    ScheduleStatus,
)
from catalog.enums.searches import (
    AlertPace,
)
from catalog.enums.sheets import (
    LISTED_KINDS,
    SHEET_TRANSITIONS,
    AttributeKind,
    Dispenser,
    HazardClass,
    PackingGroup,
    ProductKind,
    SheetFileKind,
    SheetStatus,
    Trade,
)
from catalog.enums.stock import (
    COUNT_REASONS,
    LOSS_REASONS,
    LOT_TRANSITIONS,
    LotStatus,
    StockReason,
)


__all__ = [
    "ANY_FORMULA",
    "COUNT_REASONS",
    "IMPORT_AT_WORK",
    "IMPORT_LIVE",
    "IMPORT_TRANSITIONS",
    "LISTED_KINDS",
    "LOSS_REASONS",
    "LOT_TRANSITIONS",
    "OFFER_TRANSITIONS",
    "SCHEDULE_TRANSITIONS",
    "SHEET_TRANSITIONS",
    "SHORT_OF_STOCK",
    "AlertPace",
    "AttributeKind",
    "Blocker",
    "BuyerSide",
    "Dispenser",
    "GelFormulaCode",
    "HazardClass",
    "ImportKind",
    "ImportMode",
    "ImportStatus",
    "LawChange",
    "LotStatus",
    "OfferStatus",
    "PackingGroup",
    "ProductKind",
    "RowAction",
    "ScheduleStatus",
    "SheetFileKind",
    "SheetStatus",
    "StockReason",
    "TaxBasis",
    "Trade",
]
