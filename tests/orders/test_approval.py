"""Above a requester's limit a second person lets the order go, or sends it back."""

import pytest

from buyers.models import BuyerMember
from catalog.enums import OfferStatus
from catalog.models import Offer
from core.errors import DomainError, NotEligible, NotPermitted, StaleState
from journal.models import Delivery
from orders import operations
from orders.enums import OrderStatus
from orders.models import Order


@pytest.fixture
def place(world):
    return world.hospital(limit=100)


@pytest.fixture
def offer(world):
    return world.offer(unit_price_eur=2)


@pytest.fixture
def pending(world, place, offer):
    """60 units at 2 €, by a requester whose limit is 100 €."""
    return world.order(
        place,
        {"product": offer.product, "offer": offer, "requested_units": 60},
        by=place.requester,
    )


def test_order_above_the_limit_waits_and_reserves_nothing(world, place, offer, pending):
    assert pending.status == OrderStatus.PENDING_INTERNAL_APPROVAL
    assert pending.number
    offer.refresh_from_db()
    assert offer.reserved_units == 0
    asked = Delivery.objects.filter(event__verb="orders.approval_asked")
    assert {each.recipient for each in asked} == {place.manager, place.approver}
    world.check()


def test_order_at_the_limit_is_placed_at_once(world, place, offer):
    order = world.order(
        place,
        {"product": offer.product, "offer": offer, "requested_units": 50},
        by=place.requester,
    )
    assert order.status == OrderStatus.IN_PROGRESS


def test_need_of_unknown_price_is_above_any_limit(world, place, make):
    order = world.order(
        place,
        {"product": make.Product(scarce=True), "requested_units": 1},
        by=place.requester,
    )
    assert order.status == OrderStatus.PENDING_INTERNAL_APPROVAL


def test_approve_places_the_order_under_its_number(world, place, offer, pending):
    order = operations.approve(pending, by=place.approver)
    assert (order.status, order.number) == (OrderStatus.IN_PROGRESS, pending.number)
    assert order.approved_by == place.approver
    assert order.approved_at
    assert order.lines.get().allocated_units == 60
    world.check()


def test_approve_by_the_wrong_person_is_refused(world, place, pending, make):
    approves_own = world.hospital(limit=0)
    BuyerMember.objects.filter(user=place.requester).update(role="APPROVER")
    for person in (place.requester, approves_own.approver, make.User()):
        with pytest.raises(NotPermitted):
            operations.approve(pending, by=person)
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING_INTERNAL_APPROVAL


def test_approve_checks_everything_anew(place, offer, pending):
    Offer.objects.filter(pk=offer.pk).update(status=OfferStatus.WITHDRAWN)
    with pytest.raises(NotEligible, match=offer.product.name):
        operations.approve(pending, by=place.approver)
    pending.refresh_from_db()
    assert (pending.status, pending.approved_by) == (
        OrderStatus.PENDING_INTERNAL_APPROVAL,
        None,
    )


def test_approve_twice_is_stale(world, place, pending):
    operations.approve(pending, by=place.approver)
    with pytest.raises(StaleState):
        operations.approve(pending, by=place.manager)
    world.check()


def test_send_back_puts_the_lines_after_those_of_the_basket(world, place, offer, pending):
    other = world.offer(scarce=True)
    spare = world.offer(scarce=True).product
    world.basket(
        place,
        {"product": other.product, "requested_units": 7, "substitutes": [spare]},
        by=place.requester,
    )
    back = operations.send_back(pending, by=place.approver, reason="Too many")
    assert back.status == OrderStatus.CANCELED
    basket = operations.basket_of(place.buyer, by=place.requester)
    lines = basket.lines.order_by("position")
    assert [(line.product, line.requested_units) for line in lines] == [
        (other.product, 7),
        (offer.product, 60),
    ]
    assert lines[0].substitutes.get().product == spare
    world.check()


def test_send_back_to_someone_who_has_left_just_cancels(world, place, pending):
    BuyerMember.objects.filter(user=place.requester).delete()
    assert operations.send_back(pending, by=place.approver, reason="Gone").status == (
        OrderStatus.CANCELED
    )
    assert not Order.objects.filter(status=OrderStatus.DRAFT).exists()
    world.check()


def test_send_back_needs_role_reason_and_a_waiting_order(world, place, pending):
    with pytest.raises(NotPermitted):
        operations.send_back(pending, by=place.requester, reason="x")
    with pytest.raises(DomainError) as error:
        operations.send_back(pending, by=place.approver, reason=" ")
    assert error.value.field == "reason"
    operations.approve(pending, by=place.approver)
    with pytest.raises(StaleState):
        operations.send_back(pending, by=place.approver, reason="x")
    world.check()
