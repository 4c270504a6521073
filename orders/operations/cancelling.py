"""Taking an order back, whole or what still waits of a line."""

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from buyers.enums import BuyerRole
from catalog import stock
from core.errors import NotPermitted, StaleState
from core.states import check_move
from core.transacting import operation
from orders.enums import SUPPLIER_ORDER_TRANSITIONS, OrderStatus, SupplierOrderStatus
from orders.models import Order, OrderLine, SupplierOrder, SupplierOrderLine
from orders.operations.seats import buyer_seat
from orders.operations.supply import move_order, settle
from orders.operations.telling import tell_buyer, tell_supplier


CANCELABLE = frozenset(
    {OrderStatus.PENDING_INTERNAL_APPROVAL, OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS}
)
ENDED = frozenset(
    {SupplierOrderStatus.REFUSED, SupplierOrderStatus.EXPIRED, SupplierOrderStatus.CANCELED}
)


def cancel_lines(order: Order) -> None:
    """Every unit that waits or is promised counts as cancelled."""
    order.lines.update(canceled_units=F("requested_units"), allocated_units=0, accepted_units=0)


@operation
def cancel(order: Order, *, by: User) -> Order:
    """PENDING_INTERNAL_APPROVAL, SUBMITTED or IN_PROGRESS → CANCELED, promised units given back.

    Only while no supplier has accepted anything: StaleState afterwards (cancel what still waits
    line by line instead).
    """
    order = Order.objects.locked().select_related("buyer").get(pk=order.pk)
    seat = buyer_seat(order.buyer, by)
    if seat.role == BuyerRole.REQUESTER and order.placed_by_id != by.pk:
        raise NotPermitted
    if order.status == OrderStatus.CANCELED:
        return order
    if order.status not in CANCELABLE:
        raise StaleState
    _withdraw_supplier_orders(order, by=by)
    cancel_lines(order)
    move_order(order, OrderStatus.CANCELED)
    tell_buyer("canceled", order, by=by)
    return order


def _withdraw_supplier_orders(order: Order, *, by: User) -> None:
    """WAITING_ACCEPTANCE → CANCELED for each, or StaleState if one was accepted."""
    parts = SupplierOrder.objects.filter(order=order).order_by("pk").locked()
    promised: list[SupplierOrderLine] = []
    for part in parts.select_related("order__buyer", "supplier"):
        if part.status in ENDED:
            continue
        if part.status != SupplierOrderStatus.WAITING_ACCEPTANCE:
            raise StaleState(
                _("A supplier has accepted already: cancel what is still waiting line by line.")
            )
        check_move(
            SUPPLIER_ORDER_TRANSITIONS,
            SupplierOrderStatus(part.status),
            SupplierOrderStatus.CANCELED,
        )
        part.status = SupplierOrderStatus.CANCELED
        part.save(update_fields=["status"])
        promised += part.lines.select_related("order_line")
        tell_supplier("supplier_order_canceled", part, by=by)
    for line in sorted(promised, key=lambda each: each.offer_id):
        stock.release(line.offer_id, line.units, cause=f"supplier-order-line:{line.pk}", by=by)


@operation
def cancel_rest(line: OrderLine, *, by: User) -> OrderLine:
    """What still waits of a line is cancelled; the order closes if nothing else is to come."""
    order = Order.objects.locked().select_related("buyer").get(pk=line.order_id)
    seat = buyer_seat(order.buyer, by)
    if seat.role == BuyerRole.REQUESTER and order.placed_by_id != by.pk:
        raise NotPermitted
    line = OrderLine.objects.locked().select_related("product", "order").get(pk=line.pk)
    if order.status not in {OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS}:
        raise StaleState
    if not line.waiting_units:
        return line
    units = line.waiting_units
    line.canceled_units += units
    line.save(update_fields=["canceled_units"])
    tell_buyer("rest_canceled", order, by=by, units=units, product=line.product.name)
    if settle(order):
        tell_buyer("closed", order, by=by)
    return line
