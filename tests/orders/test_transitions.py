"""The tables of transitions: every verb against every status, and no way around the table."""

import pytest
from django.utils import timezone

from core.errors import DomainError, StaleState
from orders import operations
from orders.enums import (
    LIVE_ROUND,
    ORDER_TRANSITIONS,
    ROUND_TRANSITIONS,
    SUPPLIER_ORDER_TRANSITIONS,
    OrderStatus,
    RoundStatus,
    SupplierOrderStatus,
)
from orders.models import Order, SupplierOrder
from orders.operations.supply import move_order
from orders.rounds.moving import move_round


TABLES = [
    (OrderStatus, ORDER_TRANSITIONS),
    (SupplierOrderStatus, SUPPLIER_ORDER_TRANSITIONS),
    (RoundStatus, ROUND_TRANSITIONS),
]


@pytest.mark.parametrize(("statuses", "table"), TABLES)
def test_table_knows_every_status_and_all_are_reachable(statuses, table):
    assert set(table) == set(statuses)
    reached, todo = set(), [statuses.values[0]]
    while todo:
        status = todo.pop()
        reached.add(status)
        todo += set(table[statuses(status)]) - reached
    assert reached == set(statuses)


@pytest.mark.parametrize("old", OrderStatus)
@pytest.mark.parametrize("new", OrderStatus)
def test_order_moves_along_the_table_only(world, make, old, new):
    order = make.Order(placed=True)
    order.status = old
    if new in ORDER_TRANSITIONS[old]:
        move_order(order, new)
        assert Order.objects.get().status == new
    else:
        with pytest.raises(StaleState):
            move_order(order, new)


@pytest.mark.parametrize("old", RoundStatus)
@pytest.mark.parametrize("new", RoundStatus)
def test_round_moves_along_the_table_only(old, new):
    from orders.models import AllocationRound

    round_ = AllocationRound(status=old)
    if new in ROUND_TRANSITIONS[old]:
        move_round(round_, new)
        assert round_.status == new
    else:
        with pytest.raises(StaleState):
            move_round(round_, new)


def test_ended_round_moves_no_more():
    for status in set(RoundStatus) - LIVE_ROUND:
        assert not ROUND_TRANSITIONS[status]


# What each verb leaves behind, by the status that it finds; all else is refused.
VERBS = {
    "accept": {SupplierOrderStatus.WAITING_ACCEPTANCE: SupplierOrderStatus.SHIPPING},
    "refuse": {SupplierOrderStatus.WAITING_ACCEPTANCE: SupplierOrderStatus.REFUSED},
    "expire": {SupplierOrderStatus.WAITING_ACCEPTANCE: SupplierOrderStatus.EXPIRED},
    "cancel": {
        SupplierOrderStatus.WAITING_ACCEPTANCE: SupplierOrderStatus.CANCELED,
        # Ended parts stay as they are when their order is cancelled.
        SupplierOrderStatus.REFUSED: SupplierOrderStatus.REFUSED,
        SupplierOrderStatus.EXPIRED: SupplierOrderStatus.EXPIRED,
        SupplierOrderStatus.CANCELED: SupplierOrderStatus.CANCELED,
    },
    "ship": {SupplierOrderStatus.SHIPPING: SupplierOrderStatus.SHIPPED},
}


def act(world, verb, part, offer, place):
    if verb == "accept":
        world.accept(part, offer.clerk)
    elif verb == "refuse":
        operations.refuse(part, by=offer.clerk, reason="x")
    elif verb == "expire":
        SupplierOrder.objects.filter(pk=part.pk).update(accept_by=timezone.now())
        if operations.expire(part).status != SupplierOrderStatus.EXPIRED:
            raise StaleState
    elif verb == "cancel":
        operations.cancel(part.order, by=place.manager)
    else:
        world.ship(part, offer.clerk, 50, lot="L9")


def brought_to(world, status, part, offer, place):
    """The part in `status`, by the verbs that lead there."""
    if status in {SupplierOrderStatus.REFUSED, SupplierOrderStatus.EXPIRED}:
        act(world, "refuse" if status == "REFUSED" else "expire", part, offer, place)
    elif status == SupplierOrderStatus.CANCELED:
        act(world, "cancel", part, offer, place)
    elif status != SupplierOrderStatus.WAITING_ACCEPTANCE:
        world.accept(part, offer.clerk)
        if status != SupplierOrderStatus.SHIPPING:
            shipment = world.ship(part, offer.clerk)
            if status == SupplierOrderStatus.CLOSED:
                world.receive(shipment, place.manager)
    part.refresh_from_db()
    return part


# RECEIVED is passed through: a receipt closes at once what needs no more handling.
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", sorted(set(SupplierOrderStatus) - {"RECEIVED"}))
def test_every_verb_in_every_status(world, status, verb):
    place, offer = world.hospital(), world.offer()
    other = world.offer(scarce=True)
    order = world.order(
        place,
        {"product": offer.product, "offer": offer, "requested_units": 50},
        {"product": other.product, "requested_units": 5},  # keeps the order open
    )
    part = brought_to(world, status, order.supplier_orders.get(), offer, place)
    assert part.status == status
    due = VERBS[verb].get(status)
    try:
        act(world, verb, part, offer, place)
    except DomainError:
        # An expired order is told by its status, not by an error of its own.
        assert due is None or (verb, status) == ("expire", "EXPIRED")
    part.refresh_from_db()
    assert part.status == (due or status)
    world.check()
