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
from orders.operations.telling import note_round, tell_buyers
from orders.rounds import explain, snapshot


BATCH = 1000


class Conflict(Exception):
    """Offers or lines have changed since the snapshot in a way that breaks the result."""


def commit(round_: AllocationRound) -> None:
    """SIMULATED → COMMITTED in one transaction: allocations, supplier orders, explanations, news,
    and last, since others want them, the reservations.

    Raises Conflict naming every offer or line that has moved; then nothing has changed.
    """
    frozen = snapshot.unpack(round_.snapshot or b"")
    result = Result.from_bytes(snapshot.decompress(round_.result or b""))
    with transaction.atomic():
        held = AllocationRound.objects.locked().get(pk=round_.pk)
        if held.status != RoundStatus.SIMULATED:
            return
        orders, lines = _hold_lines(frozen)
        _check_lines(lines, result.shares)
        units = _by_offer(result.shares)
        offers = _sellable(units, frozen, hold=False)
        held.status = RoundStatus.COMMITTED
        held.committed_at = timezone.now()
        held.save()
        new_lines = explain.write(held, frozen, result, lines)
        _hand_out(held, orders, lines, offers, result.shares)
        _tell(held, orders, lines, result.shares, new_lines)
        _reserve(held, frozen, units)


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
    moved = [
        _("Order line %(line)s no longer waits for %(units)d units.")
        % {"line": key, "units": share_units}
        for key, share_units in sorted(units.items())
        if key not in waiting or lines[key].waiting_units < share_units
    ]
    if moved:
        raise Conflict("\n".join(moved))


def _by_offer(shares: Sequence[Share]) -> dict[int, int]:
    """Units to reserve by offer, in key order."""
    units: dict[int, int] = defaultdict(int)
    for share in shares:
        units[share.offer] += share.units
    return dict(sorted(units.items()))


def _sellable(units: Mapping[int, int], frozen: Snapshot, *, hold: bool) -> dict[int, Offer]:
    """On sale, at the price that the snapshot saw; Conflict names those that are not."""
    rows = Offer.objects.for_listing().on_sale().filter(pk__in=list(units)).order_by("pk")
    offers = {offer.pk: offer for offer in (rows.locked() if hold else rows)}
    prices = {offer.id: offer.price_milli for offer in frozen.offers}
    changed = [
        _("Offer %(offer)s was withdrawn or changed.") % {"offer": key}
        for key in units
        if key not in offers or snapshot.price(offers[key].unit_price_eur) != prices[key]
    ]
    if changed:
        raise Conflict("\n".join(changed))
    return offers


def _hand_out(
    round_: AllocationRound,
    orders: Mapping[int, Order],
    lines: Mapping[int, OrderLine],
    offers: Mapping[int, Offer],
    shares: Sequence[Share],
) -> None:
    allocations = Allocation.objects.bulk_create(
        (
            Allocation(
                round=round_,
                line=lines[share.line],
                offer=offers[share.offer],
                units=share.units,
                unit_price_eur=offers[share.offer].unit_price_eur,
                price_rule_ids=offers[share.offer].price_rule_ids,
            )
            for share in shares
        ),
        batch_size=BATCH,
    )
    served = {each.line_id: each.line for each in allocations}
    for each in allocations:
        served[each.line_id].allocated_units += each.units
    OrderLine.objects.bulk_update(served.values(), ["allocated_units"], batch_size=BATCH)
    reached = {line.order_id: orders[line.order_id] for line in served.values()}
    Order.objects.filter(pk__in=reached, status=OrderStatus.SUBMITTED).update(
        status=OrderStatus.IN_PROGRESS
    )
    make_supplier_orders(reached, allocations, by=None)


def _tell(
    round_: AllocationRound,
    orders: Mapping[int, Order],
    lines: Mapping[int, OrderLine],
    shares: Sequence[Share],
    new_lines: set[int],
) -> None:
    """To the buyers that got something or whose line is judged for the first time."""
    news: dict[int, dict[str, object]] = {
        lines[key].order_id: {"round": round_.pk, "units": 0, "lines": []}
        for key in sorted({share.line for share in shares} | new_lines)
    }
    got: dict[int, int] = defaultdict(int)
    served: dict[int, set[int]] = defaultdict(set)
    for share in shares:
        line = lines[share.line]
        got[line.order_id] += share.units
        served[line.order_id].add(line.position)
    for key, facts in news.items():
        facts.update(units=got[key], lines=sorted(served[key]))
    tell_buyers("shared_out", [(orders[key], news[key]) for key in sorted(news)], by=None)
    note_round(
        "round_committed",
        round_,
        by=None,
        lines=round_.lines_count,
        wanted_units=round_.wanted_units,
        allocated_units=round_.allocated_units,
        sha256=round_.result_sha256,
    )


def _reserve(round_: AllocationRound, frozen: Snapshot, units: Mapping[int, int]) -> None:
    """Every offer's units at once, in key order, once it is held and seen to be unchanged."""
    _sellable(units, frozen, hold=True)
    for key, offer_units in units.items():
        try:
            stock.reserve(key, offer_units, cause=f"round:{round_.pk}", by=round_.opened_by)
        except OutOfStock:
            raise Conflict(
                _("Offer %(offer)s no longer holds %(units)d units.")
                % {"offer": key, "units": offer_units}
            ) from None
