"""From promised units to supplier orders, and back when units are given back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypedDict

from django.conf import settings
from django.db.models import Count, F
from django.utils import timezone

from accounts.models import User
from catalog import stock
from catalog.prices import RuleBook
from core.states import check_move
from orders.enums import ORDER_TRANSITIONS, OrderStatus
from orders.models import Allocation, Order, OrderLine, SupplierOrder, SupplierOrderLine
from orders.operations.telling import tell_suppliers


class Given(TypedDict):
    """Units of one supplier order line that go back."""

    line: SupplierOrderLine
    units: int


def make_supplier_orders(
    orders: Mapping[int, Order], allocations: Sequence[Allocation], *, by: User | None
) -> list[SupplierOrder]:
    """One supplier order for each supplier and held order that `allocations` are for.

    The suppliers' people are told; the clock starts. A fixed number of statements.
    """
    shares: dict[tuple[int, int], list[Allocation]] = defaultdict(list)
    for each in sorted(allocations, key=lambda each: (each.line.order_id, each.pk)):
        shares[each.line.order_id, each.offer.supplier_id].append(each)
    made = SupplierOrder.objects.bulk_create(_parts(orders, shares))
    rules = RuleBook(timezone.localdate())
    SupplierOrderLine.objects.bulk_create(
        SupplierOrderLine(
            supplier_order=part,
            order_line=each.line,
            allocation=each,
            offer=each.offer,
            unit_price_eur=each.unit_price_eur,
            vat_rate_pct=rules.vat_rate(each.offer.product),
            units=each.units,
        )
        for part, group in zip(made, shares.values(), strict=True)
        for each in group
    )
    news = [
        (part, {"units": sum(each.units for each in group)})
        for part, group in zip(made, shares.values(), strict=True)
    ]
    tell_suppliers("to_answer", news, by=by)
    return made


def _parts(
    orders: Mapping[int, Order], shares: Mapping[tuple[int, int], Sequence[Allocation]]
) -> list[SupplierOrder]:
    """Numbered on from those that each order has already."""
    had = Order.objects.filter(pk__in=orders).order_by().annotate(parts=Count("supplier_orders"))
    last = dict(had.values_list("pk", "parts"))
    accept_by = timezone.now() + timedelta(hours=settings.ACCEPTANCE_HOURS)
    parts = []
    for (order_id, _supplier), group in shares.items():
        last[order_id] += 1
        parts.append(
            SupplierOrder(
                number=f"{orders[order_id].number}-{last[order_id]}",
                order=orders[order_id],
                supplier=group[0].offer.supplier,
                accept_by=accept_by,
            )
        )
    return parts


def hold(supplier_order: SupplierOrder) -> tuple[Order, SupplierOrder]:
    """Both rows, held: the order first, as every operation does."""
    order = Order.objects.locked().select_related("buyer").get(pk=supplier_order.order_id)
    held = SupplierOrder.objects.locked().select_related("supplier").get(pk=supplier_order.pk)
    held.order = order
    return order, held


def move_order(order: Order, new: OrderStatus) -> None:
    """Set the status of the held order along the table and save it."""
    check_move(ORDER_TRANSITIONS, OrderStatus(order.status), new)
    order.status = new
    if new == OrderStatus.CLOSED:
        order.closed_at = timezone.now()
    order.save()


def settle(order: Order) -> bool:
    """Close the held order once nothing more will come; True when it closed now."""
    lines = list(order.lines.all())
    if order.status not in {OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS}:
        return False
    if not all(line.is_settled for line in lines):
        return False
    move_order(order, OrderStatus.CLOSED)
    return True


def give_back(supplier_order: SupplierOrder, given: Iterable[Given], *, by: User | None) -> None:
    """Promised units return to stock; scarce lines wait for the next round, ample ones end.

    The order, the supplier order and its lines are held by the caller.
    """
    rows = sorted((each for each in given if each["units"]), key=lambda row: row["line"].offer_id)
    for row in sorted(rows, key=lambda row: row["line"].order_line_id):
        line = row["line"].order_line
        canceled = 0 if line.waits_for_round else row["units"]
        OrderLine.objects.filter(pk=line.pk).update(
            allocated_units=F("allocated_units") - row["units"],
            canceled_units=F("canceled_units") + canceled,
        )
    for row in rows:
        stock.release(
            row["line"].offer_id,
            row["units"],
            cause=f"supplier-order-line:{row['line'].pk}",
            by=by,
        )
