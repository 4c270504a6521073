"""People and machines that act on the same order, offer or round in the same instant."""

import datetime
import time
import uuid
from collections import Counter

import pytest
from django.db import IntegrityError
from django.utils import timezone

from core.errors import DomainError
from orders import operations, rounds
from orders.enums import OrderStatus, RoundStatus, RoundTrigger, SupplierOrderStatus
from orders.models import AllocationRound, Order, SupplierOrder
from orders.models.orders import OrderQuerySet
from orders.operations import approval
from tests import factories
from tests.concurrency.test_stock_reservation import run_together
from tests.orders.world import World


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]


@pytest.fixture
def world(db):
    return World()


def outcome(act):
    """What `act` returned, or the code of the refusal."""
    try:
        return act()
    except DomainError as error:
        return error.code


def test_place_fifty_times_with_one_key_makes_one_order(world):
    place, offer, key = world.hospital(), world.offer(), uuid.uuid4()

    def work(_number):
        return operations.place(
            place.buyer,
            by=place.manager,
            site=place.site,
            lines=[{"product": offer.product, "offer": offer, "requested_units": 10}],
            idempotency_key=key,
        ).number

    assert len(set(run_together(work, 50))) == 1
    assert Order.objects.count() == 1
    offer.refresh_from_db()
    assert offer.reserved_units == 10
    world.check()


def test_submit_one_basket_many_times_places_it_once(world):
    place, offer = world.hospital(), world.offer()
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})

    def work(_number):
        return operations.submit(basket, by=place.manager, site=place.site).number

    assert len(set(run_together(work, 12))) == 1
    world.check()


def test_basket_asked_for_many_times_is_one(world):
    place = world.hospital()
    found = run_together(lambda _: operations.basket_of(place.buyer, by=place.manager).pk, 12)
    assert len(set(found)) == 1


def test_last_units_go_to_exactly_as_many_orders_as_they_cover(world):
    offer = world.offer(on_hand_units=100)
    places = [world.hospital() for _ in range(20)]
    ask = {"product": offer.product, "offer": offer, "requested_units": 10}
    baskets = [world.basket(place, ask) for place in places]

    def work(number):
        place = places[number]
        return outcome(
            lambda: operations.submit(baskets[number], by=place.manager, site=place.site).status
        )

    assert Counter(run_together(work, 20)) == {OrderStatus.IN_PROGRESS: 10, "out_of_stock": 10}
    world.check()  # no number is missing, either


def test_maximum_per_buyer_holds_for_colleagues_in_a_hurry(world):
    place, offer = world.hospital(), world.offer(max_per_buyer_units=100)
    people = [factories.BuyerMemberFactory(buyer=place.buyer).user for _ in range(8)]
    ask = {"product": offer.product, "offer": offer, "requested_units": 60}
    baskets = [world.basket(place, ask, by=person) for person in people]

    def work(number):
        return outcome(
            lambda: operations.submit(baskets[number], by=people[number], site=place.site).status
        )

    assert Counter(run_together(work, 8))[OrderStatus.IN_PROGRESS] == 1
    offer.refresh_from_db()
    assert offer.reserved_units == 60


def approve_beside_cancel(world, offer):
    """Both at once on a fresh order; what came of it."""
    place = world.hospital(limit=0)
    order = world.order(
        place,
        {"product": offer.product, "offer": offer, "requested_units": 10},
        by=place.requester,
    )

    def work(number):
        if number:
            return outcome(lambda: operations.cancel(order, by=place.requester).status)
        return outcome(lambda: operations.approve(order, by=place.approver).status)

    run_together(work, 2)
    order.refresh_from_db()
    return order


def test_approve_beside_cancel_leaves_no_half_order(world):
    offer = world.offer(on_hand_units=10_000)
    for _ in range(30):
        order = approve_beside_cancel(world, offer)
        # Approved first and cancelled then is possible, too: nothing was accepted yet.
        assert order.status == OrderStatus.CANCELED
        assert order.lines.get().allocated_units == 0
    offer.refresh_from_db()
    assert offer.reserved_units == 0
    world.check()


def test_control_without_the_lock_a_cancelled_order_keeps_its_goods(world, monkeypatch):
    """Shows that the test above can fail: wrong books, or the database's CHECK steps in."""
    checked = approval.checked_lines

    def slowly(order):
        held = checked(order)
        time.sleep(0.3)
        return held

    monkeypatch.setattr(OrderQuerySet, "locked", lambda self: self)
    monkeypatch.setattr(approval, "checked_lines", slowly)
    offer = world.offer(on_hand_units=10_000)
    assert any(_does_harm(world, offer) for _ in range(5))


def _does_harm(world, offer):
    try:
        approve_beside_cancel(world, offer)
        world.check()
    except (AssertionError, IntegrityError):
        return True
    return False


def test_answers_of_supplier_buyer_and_clock_at_once_give_one(world):
    offer = world.offer(on_hand_units=10_000)
    for _ in range(15):
        place = world.hospital()
        order = world.picked(place, offer, 10)
        part = order.supplier_orders.get()
        soon = timezone.now() + datetime.timedelta(milliseconds=20)
        SupplierOrder.objects.filter(pk=part.pk).update(accept_by=soon)
        acts = [
            lambda part=part: world.accept(part, offer.clerk),
            lambda part=part: operations.refuse(part, by=offer.clerk, reason="x"),
            lambda order=order, place=place: operations.cancel(order, by=place.manager),
            lambda part=part: time.sleep(0.02) or operations.expire(part),
        ]
        run_together(lambda number, acts=acts: outcome(acts[number]), len(acts))
        part.refresh_from_db()
        assert part.status != SupplierOrderStatus.WAITING_ACCEPTANCE
    world.check()


def test_shipping_at_once_sends_no_more_than_was_accepted(world):
    offer = world.offer(on_hand_units=100)
    part = world.picked(world.hospital(), offer, 100).supplier_orders.get()
    world.accept(part, offer.clerk)

    def work(number):
        return outcome(
            lambda: world.ship(part, offer.clerk, 30, lot=f"L{number}", tracking_number="").number
        )

    run_together(work, 8)
    assert part.lines.get().shipped_units == 90
    world.check()


def test_round_opened_and_advanced_by_many_happens_once(world):
    offer = world.offer(scarce=True, on_hand_units=500)
    orders = [world.need(world.hospital(), offer.product, 100) for _ in range(10)]
    opened = run_together(
        lambda _: rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator), 8
    )
    round_ = next(each for each in opened if each)
    assert sum(each is not None for each in opened) == 1
    run_together(lambda _: rounds.advance(round_.pk).status, 6)
    for _ in range(100):
        if AllocationRound.objects.get().status == RoundStatus.COMMITTED:
            break
        time.sleep(0.05)
    assert sum(order.lines.get().allocated_units for order in orders) == 500
    world.check()


def test_round_beside_buyers_who_take_back_is_whole_or_not_at_all(world):
    offer = world.offer(scarce=True, on_hand_units=10_000)
    places = [world.hospital() for _ in range(12)]
    orders = [world.need(place, offer.product, 100) for place in places]
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)

    def work(number):
        if number == 0:
            return rounds.advance(round_.pk).status
        time.sleep(0.02 * number)
        return outcome(lambda: operations.cancel(orders[number], by=places[number].manager).status)

    results = run_together(work, 12)
    assert results[0] in {RoundStatus.COMMITTED, RoundStatus.FAILED}
    assert set(results[1:]) == {OrderStatus.CANCELED}
    world.check()


def test_send_back_beside_the_basket_being_placed_loses_no_line(world):
    offer = world.offer(on_hand_units=10_000)
    for _ in range(10):
        place = world.hospital(limit=100)
        ask = {"product": offer.product, "offer": offer}
        pending = world.order(place, {**ask, "requested_units": 90}, by=place.requester)
        small = world.offer(on_hand_units=100)
        basket = world.basket(
            place,
            {"product": small.product, "offer": small, "requested_units": 1},
            by=place.requester,
        )
        acts = [
            lambda pending=pending, place=place: operations.send_back(
                pending, by=place.approver, reason="x"
            ),
            lambda basket=basket, place=place: operations.submit(
                basket, by=place.requester, site=place.site
            ),
        ]
        run_together(lambda number, acts=acts: outcome(acts[number]), 2)
        for order in Order.objects.filter(status=OrderStatus.IN_PROGRESS, buyer=place.buyer):
            assert not order.lines.filter(allocated_units=0).exists()
    world.check()
