from catalog.models.offers import Offer, OfferQuerySet, StockMovement, StockMovementQuerySet
from catalog.models.products import Category, Product, ProductQuerySet
from catalog.models.rules import DatedQuerySet, DatedRule, PriceCoefficient, PriceRule, VatRule


__all__ = [
    "Category",
    "DatedQuerySet",
    "DatedRule",
    "Offer",
    "OfferQuerySet",
    "PriceCoefficient",
    "PriceRule",
    "Product",
    "ProductQuerySet",
    "StockMovement",
    "StockMovementQuerySet",
    "VatRule",
]
