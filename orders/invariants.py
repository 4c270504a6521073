"""What must hold over all rows at any time; read-only, used by a command and by the tests."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from catalog.models import Offer, StockMovement
from orders.enums import OrderStatus, SupplierOrderStatus
from orders.models import Order, OrderLine, SupplierOrderLine


LIVE = [
    SupplierOrderStatus.WAITING_ACCEPTANCE,
    SupplierOrderStatus.SHIPPING,
    SupplierOrderStatus.SHIPPED,
    SupplierOrderStatus.RECEIVED,
    SupplierOrderStatus.CLOSED,
]


def violations() -> Iterator[str]:
    """One sentence per difference, naming the row."""
    yield from _ledger()
    yield from _reservations()
    yield from _line_counts()
    yield from _open_orders()


def _ledger() -> Iterator[str]:
    def booked(column: str) -> Coalesce:
        rows = StockMovement.objects.filter(offer=OuterRef("pk")).order_by().values("offer")
        return Coalesce(Subquery(rows.annotate(total=Sum(column)).values("total")), Value(0))

    offers = Offer.objects.annotate(
        on_hand=booked("delta_on_hand_units"), reserved=booked("delta_reserved_units")
    ).order_by("pk")
    wrong = offers.exclude(on_hand=F("on_hand_units"), reserved=F("reserved_units"))
    for offer in wrong:
        yield (
            f"offer {offer.pk}: ledger says {offer.on_hand} on hand, {offer.reserved} reserved; "
            f"counters say {offer.on_hand_units}, {offer.reserved_units}"
        )


def _promised() -> dict[int, int]:
    """Reserved units by offer, as the supplier orders imply them."""
    waiting = Q(supplier_order__status=SupplierOrderStatus.WAITING_ACCEPTANCE)
    lines = SupplierOrderLine.objects.filter(supplier_order__status__in=LIVE)
    promised: dict[int, int] = {}
    for line in lines.annotate(is_waiting=waiting).order_by("pk"):
        held = line.units if line.is_waiting else line.accepted_units - line.shipped_units
        promised[line.offer_id] = promised.get(line.offer_id, 0) + held
    return promised


def _reservations() -> Iterator[str]:
    promised = _promised()
    for offer in Offer.objects.order_by("pk"):
        if offer.reserved_units != promised.get(offer.pk, 0):
            yield (
                f"offer {offer.pk}: {offer.reserved_units} units reserved, "
                f"supplier orders hold {promised.get(offer.pk, 0)}"
            )


def _line_counts() -> Iterator[str]:
    """A line's counts are the sums over its live supplier lines, what never arrived taken off."""
    for line in OrderLine.objects.order_by("pk").prefetch_related(
        "supplier_lines__supplier_order"
    ):
        allocated = accepted = received = 0
        for part in line.supplier_lines.all():
            status = part.supplier_order.status
            if status not in LIVE:
                continue
            waiting = status == SupplierOrderStatus.WAITING_ACCEPTANCE
            allocated += part.units if waiting else part.accepted_units
            accepted += part.accepted_units
            received += part.received_units
        lost = allocated - line.allocated_units
        if lost != accepted - line.accepted_units or lost < 0 or received != line.received_units:
            yield (
                f"order line {line.pk}: counts {line.allocated_units}/{line.accepted_units}/"
                f"{line.received_units}, supplier orders say {allocated}/{accepted}/{received}"
            )


def _open_orders() -> Iterator[str]:
    running = [OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS]
    settled = Q(requested_units=F("received_units") + F("canceled_units"))
    unsettled = OrderLine.objects.exclude(settled).values("order")
    for order in Order.objects.filter(status__in=running).exclude(pk__in=unsettled).order_by("pk"):
        yield f"order {order.number}: open although nothing more is to come"
    for order in Order.objects.filter(status=OrderStatus.CLOSED, pk__in=unsettled).order_by("pk"):
        yield f"order {order.number}: closed although units are still to come"
