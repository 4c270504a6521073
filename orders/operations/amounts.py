"""What an order may cost before anybody has accepted it."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Max

from catalog.models import Offer
from core.money import to_cents
from orders.models import OrderLine


def estimate_eur(lines: Sequence[OrderLine]) -> Decimal | None:
    """Excluding tax, at most: picked offers at their price, needs at the buyer's highest price or
    else at that of the dearest offer on sale of what would do. None where no price is known."""
    dearest = _dearest(lines)
    total = Decimal(0)
    for line in lines:
        price = _highest_price(line, dearest)
        if price is None:
            return None
        total += to_cents(price * line.requested_units)
    return total


def _dearest(lines: Sequence[OrderLine]) -> dict[int, Decimal]:
    """Highest price on sale by product key."""
    products = {key for line in lines for key in _products(line)}
    rows = Offer.objects.on_sale().filter(product__in=products).order_by().values("product")
    return dict(rows.annotate(price=Max("unit_price_eur")).values_list("product", "price"))


def _products(line: OrderLine) -> list[int]:
    return [line.product_id, *(each.product_id for each in line.substitutes.all())]


def _highest_price(line: OrderLine, dearest: dict[int, Decimal]) -> Decimal | None:
    if line.offered_price_eur is not None:
        return line.offered_price_eur
    if line.max_unit_price_eur is not None:
        return line.max_unit_price_eur
    return max((dearest[key] for key in _products(line) if key in dearest), default=None)
