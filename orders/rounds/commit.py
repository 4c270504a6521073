"""A simulated round into force: whole or not at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from catalog.models import Offer
from core.errors import OutOfStock
from orders.allocation.model import Result, Share, Snapshot
from orders.enums import OrderStatus, RoundStatus
from orders.models import Allocation, AllocationRound, Order, OrderLine
from orders.operations.supply import make_supplier_orders
from orders.operations.telling import note_round, tell_buyer
from orders.rounds import explain, snapshot


class Conflict(Exception):
    """An offer or line has changed since the snapshot in a way that breaks the result."""


def commit(round_: AllocationRound) -> None:
    """SIMULATED → COMMITTED in one transaction: reservations, allocations, supplier orders,
    explanations and news. Raises Conflict, and nothing has changed, if goods or lines have moved.
    """
    frozen = snapshot.unpack(round_.snapshot or b"")
    result = Result.from_bytes(snapshot.decompress(round_.result or b""))
    with transaction.atomic():
        held = AllocationRound.objects.locked().get(pk=round_.pk)
        if held.status != RoundStatus.SIMULATED:
            return
        orders, lines = _hold_lines(frozen)
        _check_lines(lines, result.shares)
        offers = _reserve(held, frozen, result.shares)
        held.status = RoundStatus.COMMITTED
        held.committed_at = timezone.now()
        held.save()
        new_lines = explain.write(held, frozen, result, lines)
        _hand_out(held, orders, lines, offers, result.shares, new_lines)
        note_round(
            "round_committed",
            held,
            by=None,
            lines=held.lines_count,
            wanted_units=held.wanted_units,
            allocated_units=held.allocated_units,
            sha256=held.result_sha256,
        )


def _hold_lines(frozen: Snapshot) -> tuple[dict[int, Order], dict[int, OrderLine]]:
    keys = [line.id for line in frozen.lines]
    orders = Order.objects.filter(lines__in=keys).order_by("pk").locked().select_related("buyer")
    held = {order.pk: order for order in orders}
    rows = OrderLine.objects.filter(pk__in=keys).locked().select_related("product")
    return held, {line.pk: line for line in rows}


def _check_lines(lines: Mapping[int, OrderLine], shares: Sequence[Share]) -> None:
    units: dict[int, int] = defaultdict(int)
    for share in shares:
        units[share.line] += share.units
    waiting = set(
        OrderLine.objects.waiting().filter(pk__in=list(units)).values_list("pk", flat=True)
    )
    for key, share_units in sorted(units.items()):
        line = lines.get(key)
        if line is None or key not in waiting or line.waiting_units < share_units:
            raise Conflict(
                _("Order line %(line)s no longer waits for %(units)d units.")
                % {"line": key, "units": share_units}
            )


def _reserve(
    round_: AllocationRound, frozen: Snapshot, shares: Sequence[Share]
) -> dict[int, Offer]:
    """Every offer's units at once, in key order; Conflict if one sells less or dearer now."""
    units: dict[int, int] = defaultdict(int)
    for share in shares:
        units[share.offer] += share.units
    prices = {offer.id: offer.price_milli for offer in frozen.offers}
    offers = {
        offer.pk: offer
        for offer in Offer.objects.for_listing()
        .on_sale()
        .filter(pk__in=list(units))
        .order_by("pk")
    }
    for key in sorted(units):
        offer = offers.get(key)
        if offer is None or int(offer.unit_price_eur * snapshot.PRICE_SCALE) != prices[key]:
            raise Conflict(_("Offer %(offer)s was withdrawn or changed.") % {"offer": key})
        try:
            stock.reserve(key, units[key], cause=f"round:{round_.pk}", by=round_.opened_by)
        except OutOfStock:
            raise Conflict(
                _("Offer %(offer)s no longer holds %(units)d units.")
                % {"offer": key, "units": units[key]}
            ) from None
    return offers


def _hand_out(
    round_: AllocationRound,
    orders: Mapping[int, Order],
    lines: Mapping[int, OrderLine],
    offers: Mapping[int, Offer],
    shares: Sequence[Share],
    new_lines: set[int],
) -> None:
    allocations = Allocation.objects.bulk_create(
        Allocation(
            round=round_,
            line=lines[share.line],
            offer=offers[share.offer],
            units=share.units,
            unit_price_eur=offers[share.offer].unit_price_eur,
            price_rule_ids=offers[share.offer].price_rule_ids,
        )
        for share in shares
    )
    by_order: dict[int, list[Allocation]] = defaultdict(list)
    for allocation in allocations:
        allocation.line.allocated_units += allocation.units
        by_order[allocation.line.order_id].append(allocation)
    OrderLine.objects.bulk_update(
        {each.line_id: each.line for each in allocations}.values(), ["allocated_units"]
    )
    concerned = set(by_order) | {lines[key].order_id for key in new_lines if key in lines}
    for key in sorted(concerned):
        order, own = orders[key], by_order.get(key, [])
        if own and order.status == OrderStatus.SUBMITTED:
            order.status = OrderStatus.IN_PROGRESS
            order.save(update_fields=["status"])
        if own:
            make_supplier_orders(order, own, by=None)
        tell_buyer(
            "shared_out",
            order,
            by=None,
            round=round_.pk,
            units=sum(each.units for each in own),
            lines=sorted({each.line.position for each in own}),
        )
