from catalog.models.attributes import Attribute, AttributeQuerySet
from catalog.models.offers import Offer, OfferQuerySet, StockMovement, StockMovementQuerySet
from catalog.models.products import Category, GtinAlias, Product, ProductQuerySet
from catalog.models.rules import DatedQuerySet, DatedRule, PriceCoefficient, PriceRule, VatRule
from catalog.models.searches import MAX_HITS, Hits, SavedSearch, SavedSearchQuerySet
from catalog.models.shelf import ShelfChange


__all__ = [
    "MAX_HITS",
    "Attribute",
    "AttributeQuerySet",
    "Category",
    "DatedQuerySet",
    "DatedRule",
    "GtinAlias",
    "Hits",
    "Offer",
    "OfferQuerySet",
    "PriceCoefficient",
    "PriceRule",
    "Product",
    "ProductQuerySet",
    "SavedSearch",
    "SavedSearchQuerySet",
    "ShelfChange",
    "StockMovement",
    "StockMovementQuerySet",
    "VatRule",
]
