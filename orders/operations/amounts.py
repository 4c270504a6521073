"""What an order may cost before anybody has accepted it."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Max

from catalog.models import Offer
from core.money import to_cents
from orders.models import OrderLine


def estimate_eur(lines: Iterable[OrderLine]) -> Decimal:
    """Excluding tax, at most: picked offers at their price, needs at the buyer's highest price or
    else at that of the dearest offer on sale."""
    total = Decimal(0)
    for line in lines:
        total += to_cents(_highest_price(line) * line.requested_units)
    return total


def _highest_price(line: OrderLine) -> Decimal:
    if line.offer is not None:
        return line.offer.unit_price_eur
    dearest = Offer.objects.on_sale().filter(product_id=line.product_id)
    found = dearest.aggregate(price=Max("unit_price_eur"))["price"] or Decimal(0)
    if line.max_unit_price_eur is not None:
        return min(line.max_unit_price_eur, found) if found else line.max_unit_price_eur
    return found
