from catalog.models.attributes import Attribute, AttributeQuerySet
from catalog.models.offers import Offer, OfferQuerySet, StockMovement, StockMovementQuerySet
from catalog.models.products import Category, Product, ProductQuerySet
from catalog.models.rules import DatedQuerySet, DatedRule, PriceCoefficient, PriceRule, VatRule
from catalog.models.shelf import ShelfChange


__all__ = [
    "Attribute",
    "AttributeQuerySet",
    "Category",
    "DatedQuerySet",
    "DatedRule",
    "Offer",
    "OfferQuerySet",
    "PriceCoefficient",
    "PriceRule",
    "Product",
    "ProductQuerySet",
    "ShelfChange",
    "StockMovement",
    "StockMovementQuerySet",
    "VatRule",
]
