"""The basket: a buyer's order in preparation, one for each person."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Required, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from buyers.models import Buyer
from catalog.models import Offer, Product
from catalog.prices import RuleBook
from core.errors import DomainError, StaleState
from core.transacting import operation
from orders.enums import OrderStatus
from orders.models import Order, OrderLine, Substitute
from orders.operations import line_rules
from orders.operations.seats import buyer_seat


MAX_LINES = 200


@operation
def basket_of(buyer: Buyer, *, by: User) -> Order:
    """The person's DRAFT order for this buyer, made if there is none."""
    buyer_seat(buyer, by)
    mine = Order.objects.filter(
        buyer=buyer, placed_by=by, status=OrderStatus.DRAFT, idempotency_key=None
    )
    basket = mine.first()
    if basket is None:
        try:
            with transaction.atomic():
                basket = Order.objects.create(buyer=buyer, placed_by=by)
        except IntegrityError:
            basket = mine.get()
    return basket


class Ask(TypedDict, total=False):
    """What one line asks for; units are single units, prices exclude tax."""

    product: Required[Product]
    requested_units: Required[int]
    offer: Offer | None
    min_useful_units: int
    needed_by: date | None
    max_unit_price_eur: Decimal | None
    substitutes: Sequence[Product]


@operation
def add_line(order: Order, *, by: User, **ask: Unpack[Ask]) -> OrderLine:
    """DRAFT → one line more; the same product and offer again replaces its line.

    Raises DomainError naming the field: quantity, pack, minimum, date, product.
    """
    order = _own_basket(order, by)
    product, offer, substitutes = ask["product"], ask.get("offer"), ask.get("substitutes", ())
    line = OrderLine(
        order=order,
        product=product,
        offer=offer,
        requested_units=ask["requested_units"],
        min_useful_units=ask.get("min_useful_units") or 0,
        needed_by=ask.get("needed_by"),
        max_unit_price_eur=ask.get("max_unit_price_eur"),
    )
    line_rules.check(
        line,
        buyer=order.buyer,
        delivered_to=_departments(order.buyer),
        rules=RuleBook(timezone.localdate()),
    )
    line_rules.check_substitutes(line, substitutes, buyer=order.buyer)
    order.lines.filter(product=product, offer=offer).delete()
    last = order.lines.aggregate(last=Max("position"))["last"] or 0
    if order.lines.count() >= MAX_LINES:
        raise DomainError(_("An order has at most %(count)d lines.") % {"count": MAX_LINES})
    line.position = last + 1
    line.waits_for_round = product.managed
    line.save()
    Substitute.objects.bulk_create(
        Substitute(line=line, product=each, rank=rank)
        for rank, each in enumerate(substitutes, start=1)
    )
    return line


def _departments(buyer: Buyer) -> list[str]:
    """Where the buyer may want it: which of its sites is said only when the order is placed."""
    sites = buyer.sites.order_by("department").values_list("department", flat=True)
    return list(dict.fromkeys(sites)) or [buyer.department]


@operation
def remove_line(order: Order, *, by: User, position: int) -> Order:
    """DRAFT → one line fewer; a line that is gone already is no error."""
    order = _own_basket(order, by)
    order.lines.filter(position=position).delete()
    return order


def _own_basket(order: Order, by: User) -> Order:
    """The basket, held; only the person who fills it may change it."""
    order = Order.objects.locked().select_related("buyer").get(pk=order.pk)
    buyer_seat(order.buyer, by)
    if order.placed_by_id != by.pk or order.status != OrderStatus.DRAFT:
        raise StaleState(_("This basket was placed already."))
    return order
