from catalog.models.attributes import Attribute, AttributeQuerySet
from catalog.models.files import SheetFile, SheetFileQuerySet, sheet_file_path
from catalog.models.imports import ImportJob, ImportQuerySet, ImportRow
from catalog.models.offers import Offer, OfferQuerySet, StockMovement, StockMovementQuerySet
from catalog.models.products import Category, GtinAlias, Product, ProductQuerySet
from catalog.models.proofs import CoveredSheet
from catalog.models.rules import DatedQuerySet, DatedRule, PriceCoefficient, PriceRule, VatRule
from catalog.models.searches import MAX_HITS, Hits, SavedSearch, SavedSearchQuerySet
from catalog.models.shelf import (
    KnownWord,
    SheetFacts,
    SheetFactsQuerySet,
    SheetTerms,
    ShelfChange,
    ShelfMove,
    ShelfVersion,
    Synonym,
)
from catalog.models.standards import GelFormula, StandardEquivalence
from catalog.models.stock import Lot, LotQuerySet
from catalog.models.terms import (
    OfferTermQuerySet,
    PriceChange,
    PriceTier,
    ProductionSlot,
    ScheduledPrice,
    ScheduledPriceQuerySet,
)
from catalog.models.watch import LawWatch, Rejudgement, RejudgementQuerySet, Turn


__all__ = [
    "MAX_HITS",
    "Attribute",
    "AttributeQuerySet",
    "Category",
    "CoveredSheet",
    "DatedQuerySet",
    "DatedRule",
    "GelFormula",
    "GtinAlias",
    "Hits",
    "ImportJob",
    "ImportQuerySet",
    "ImportRow",
    "KnownWord",
    "LawWatch",
    "Lot",
    "LotQuerySet",
    "Offer",
    "OfferQuerySet",
    "OfferTermQuerySet",
    "PriceChange",
    "PriceCoefficient",
    "PriceRule",
    "PriceTier",
    "Product",
    "ProductQuerySet",
    "ProductionSlot",
    "Rejudgement",
    "RejudgementQuerySet",
    "SavedSearch",
    "SavedSearchQuerySet",
    "ScheduledPrice",
    "ScheduledPriceQuerySet",
    "SheetFacts",
    "SheetFactsQuerySet",
    "SheetFile",
    "SheetFileQuerySet",
    "SheetTerms",
    "ShelfChange",
    "ShelfMove",
    "ShelfVersion",
    "StandardEquivalence",
    "StockMovement",
    "StockMovementQuerySet",
    "Synonym",
    "Turn",
    "VatRule",
    "sheet_file_path",
]
