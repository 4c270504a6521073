"""What one reader may see of the offers of the sheets on a page, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from buyers.models import Buyer
from catalog.availability import blockers, earliest_delivery, obstacle
from catalog.enums import SHORT_OF_STOCK
from catalog.models import Offer, Product
from catalog.prices import RuleBook
from catalog.promises import Promise, promises


@dataclass
class Quote:
    """An offer as one buyer sees it."""

    offer: Offer
    delivery: date
    obstacle: str
    """Why it is not for this buyer; empty: it is."""
    promises: list[Promise]
    """What can be promised by which week."""


@dataclass
class Shelf:
    """A product with the offers that this reader may see."""

    product: Product
    quotes: list[Quote] = field(default_factory=list)

    @property
    def open_quotes(self) -> list[Quote]:
        """Those that this buyer can order from."""
        return [quote for quote in self.quotes if not quote.obstacle]

    @property
    def is_offered(self) -> bool:
        """Some vetted supplier offers it."""
        return bool(self.quotes)

    @property
    def lowest_eur(self) -> Decimal | None:
        """The lowest unit price that this buyer can get."""
        return min((each.offer.unit_price_eur for each in self.open_quotes), default=None)

    @property
    def highest_eur(self) -> Decimal | None:
        """The highest."""
        return max((each.offer.unit_price_eur for each in self.open_quotes), default=None)

    @property
    def delivery(self) -> date | None:
        """The earliest day on which an order of today arrives."""
        return min((each.delivery for each in self.open_quotes), default=None)


def shelves(products: Iterable[Product], *, buyer: Buyer | None, rules: RuleBook) -> list[Shelf]:
    """One shelf per product, in the same order; `buyer` None: nobody's limits apply."""
    found = {product.pk: Shelf(product) for product in products}
    day = rules.day
    quotes = defaultdict(list)
    offers = Offer.objects.on_sale().filter(product__in=found).for_listing()
    for offer in offers.with_tiers().with_production():
        if set(blockers(offer, day=day, rules=rules)) <= SHORT_OF_STOCK:
            why_not = obstacle(offer, buyer=buyer, rules=rules)
            by_week = promises(offer, day=day)
            quote = Quote(offer, earliest_delivery(offer, day=day), why_not, by_week)
            quotes[offer.product_id].append(quote)
    for pk, each in found.items():
        each.quotes = sorted(quotes[pk], key=_best_first)
    return list(found.values())


def _best_first(quote: Quote) -> tuple[bool, Decimal, date, int]:
    offer = quote.offer
    return bool(quote.obstacle), offer.unit_price_eur, quote.delivery, offer.pk
