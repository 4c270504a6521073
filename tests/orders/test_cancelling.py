"""Taking an order back, whole or what still waits of a line."""

import pytest

from core.errors import NotPermitted, StaleState
from journal.models import Event
from orders import operations
from orders.enums import OrderStatus, SupplierOrderStatus
from orders.models import OrderLine


def test_cancel_gives_back_and_tells_the_suppliers(world):
    place, offer = world.hospital(), world.offer()
    order = world.picked(place, offer, 60)
    canceled = operations.cancel(order, by=place.approver)
    assert canceled.status == OrderStatus.CANCELED
    offer.refresh_from_db()
    assert offer.reserved_units == 0
    part = order.supplier_orders.get()
    assert part.status == SupplierOrderStatus.CANCELED
    told = Event.objects.get(verb="orders.supplier_order_canceled")
    assert told.deliveries.filter(recipient=offer.clerk, channel="EMAIL").exists()
    world.check()


def test_cancel_twice_is_the_same(world):
    place, offer = world.hospital(), world.offer()
    order = world.picked(place, offer, 60)
    for _ in range(2):
        assert operations.cancel(order, by=place.manager).status == OrderStatus.CANCELED
    assert Event.objects.filter(verb="orders.canceled").count() == 1
    world.check()


def test_cancel_after_an_acceptance_is_stale(world):
    place, first, second = world.hospital(), world.offer(), world.offer()
    order = world.order(
        place,
        *(
            {"product": offer.product, "offer": offer, "requested_units": 10}
            for offer in (first, second)
        ),
    )
    part = order.supplier_orders.get(supplier=first.supplier)
    world.accept(part, first.clerk)
    with pytest.raises(StaleState):
        operations.cancel(order, by=place.manager)
    second.refresh_from_db()
    assert second.reserved_units == 10
    world.check()


def test_cancel_by_the_wrong_person_is_refused(world):
    place, offer = world.hospital(), world.offer()
    order = world.picked(place, offer, 60)
    for person in (place.requester, world.hospital().manager, offer.clerk):
        with pytest.raises(NotPermitted):
            operations.cancel(order, by=person)
    world.check()


def test_cancel_basket_is_no_order_yet(world):
    place = world.hospital()
    with pytest.raises(StaleState):
        operations.cancel(world.basket(place), by=place.manager)


def test_cancel_after_a_round_gives_the_share_to_others(world):
    place, other = world.hospital(), world.hospital()
    offer = world.offer(scarce=True, on_hand_units=100)
    order = world.need(place, offer.product, 100)
    world.run_round()
    later = world.need(other, offer.product, 100)
    operations.cancel(order, by=place.manager)
    world.run_round()
    assert later.lines.get().allocated_units == 100
    world.check()


def test_cancel_rest_keeps_what_was_promised(world):
    place, offer = world.hospital(), world.offer(scarce=True, on_hand_units=40)
    order = world.need(place, offer.product, 100)
    world.run_round()
    line = operations.cancel_rest(order.lines.get(), by=place.manager)
    assert (line.allocated_units, line.canceled_units, line.waiting_units) == (40, 60, 0)
    order.refresh_from_db()
    assert order.status == OrderStatus.IN_PROGRESS
    assert operations.cancel_rest(line, by=place.manager).canceled_units == 60
    assert Event.objects.filter(verb="orders.rest_canceled").count() == 1
    world.check()


def test_cancel_rest_of_the_last_line_closes_the_order(world):
    place, offer = world.hospital(), world.offer(scarce=True)
    order = world.need(place, offer.product, 100)
    operations.cancel_rest(order.lines.get(), by=place.manager)
    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED
    assert order.closed_at
    assert not OrderLine.objects.waiting().exists()
    world.check()


def test_cancel_rest_by_the_wrong_person_or_of_an_ended_order_is_refused(world):
    place, offer = world.hospital(), world.offer(scarce=True)
    order = world.need(place, offer.product, 100)
    line = order.lines.get()
    for person in (place.requester, world.hospital().manager):
        with pytest.raises(NotPermitted):
            operations.cancel_rest(line, by=person)
    operations.cancel(order, by=place.manager)
    with pytest.raises(StaleState):
        operations.cancel_rest(line, by=place.manager)
    world.check()
