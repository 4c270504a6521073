"""The supplier's answer: all, a part, nothing, or silence."""

import datetime

import pytest
from django.utils import timezone

from accounts.organisations import DecisionReason, OrganisationStatus
from core.errors import Busy, DomainError, NotEligible, NotPermitted, StaleState
from journal.models import Delivery
from orders import operations
from orders.enums import OrderStatus, SupplierOrderStatus
from orders.models import SupplierOrder
from orders.operations import answers
from suppliers.models import Supplier


@pytest.fixture
def place(world):
    return world.hospital()


@pytest.fixture
def offer(world):
    return world.offer(pack_units=20)


@pytest.fixture
def part(world, place, offer):
    return world.picked(place, offer, 400).supplier_orders.get()


def overdue(part):
    SupplierOrder.objects.filter(pk=part.pk).update(
        accept_by=timezone.now() - datetime.timedelta(minutes=1)
    )
    return part


def test_accept_all(world, place, offer, part):
    part = world.accept(part, offer.clerk)
    assert part.status == SupplierOrderStatus.SHIPPING
    assert part.answered_by == offer.clerk
    line = part.order.lines.get()
    assert (line.allocated_units, line.accepted_units) == (400, 400)
    told = Delivery.objects.filter(event__verb="orders.accepted", channel="EMAIL")
    assert place.manager in {each.recipient for each in told}
    world.check()


def test_accept_a_part_gives_the_rest_back(world, offer, part):
    world.accept(part, offer.clerk, 300)
    line = part.order.lines.get()
    assert (line.allocated_units, line.accepted_units, line.canceled_units) == (300, 300, 100)
    offer.refresh_from_db()
    assert offer.reserved_units == 300
    world.check()


def test_accept_a_part_of_a_scarce_line_lets_the_rest_wait_again(world, place):
    offer = world.offer(scarce=True, on_hand_units=100)
    order = world.need(place, offer.product, 100)
    world.run_round()
    world.accept(order.supplier_orders.get(), offer.clerk, 70)
    line = order.lines.get()
    assert (line.allocated_units, line.waiting_units, line.canceled_units) == (70, 30, 0)
    world.check()


def test_accept_some_lines_and_none_of_another(world, place):
    first = world.offer()
    second = world.offer(supplier=first.supplier)
    order = world.order(
        place,
        *(
            {"product": offer.product, "offer": offer, "requested_units": 10}
            for offer in (first, second)
        ),
    )
    part = order.supplier_orders.get()
    kept = part.lines.get(offer=first)
    part = operations.accept(part, by=first.clerk, accepted={kept.pk: 10})
    assert part.status == SupplierOrderStatus.SHIPPING
    second.refresh_from_db()
    assert second.reserved_units == 0
    world.check()


@pytest.mark.parametrize("units", [-20, 30, 420, 10**12])
def test_accept_bad_quantity_names_its_line(world, offer, part, units):
    with pytest.raises(DomainError) as error:
        world.accept(part, offer.clerk, units)
    assert error.value.field == f"line_{part.lines.get().pk}"
    world.check()


def test_accept_nothing_is_a_refusal(world, offer, part):
    with pytest.raises(DomainError):
        world.accept(part, offer.clerk, 0)


def test_accept_line_of_another_order_is_refused(world, place, offer, part):
    other = world.picked(place, offer, 20).supplier_orders.get().lines.get()
    with pytest.raises(DomainError):
        operations.accept(part, by=offer.clerk, accepted={part.lines.get().pk: 400, other.pk: 20})


def test_accept_twice_changes_nothing_more(world, offer, part):
    world.accept(part, offer.clerk, 300)
    for units in (300, 400):
        with pytest.raises(StaleState):
            world.accept(part, offer.clerk, units)
    world.check()


def test_answer_by_the_wrong_person_is_refused(world, place, part):
    for person in (place.manager, world.offer().clerk):
        with pytest.raises(NotPermitted):
            world.accept(part, person)
        with pytest.raises(NotPermitted):
            operations.refuse(part, by=person, reason="x")


def test_suspended_supplier_may_refuse_but_neither_accept_nor_ship(world, offer, part, place):
    accepted = world.accept(world.picked(place, offer, 40).supplier_orders.get(), offer.clerk)
    Supplier.objects.update(
        status=OrganisationStatus.SUSPENDED, reason_code=DecisionReason.FRAUD_SUSPECTED
    )
    with pytest.raises(NotEligible):
        world.accept(part, offer.clerk)
    with pytest.raises(NotEligible):
        world.ship(accepted, offer.clerk)
    operations.refuse(part, by=offer.clerk, reason="Suspended")
    world.check()


def test_refuse_gives_everything_back_and_closes(world, place, offer, part):
    part = operations.refuse(part, by=offer.clerk, reason=" Machine down ")
    assert (part.status, part.refusal_reason) == (SupplierOrderStatus.REFUSED, "Machine down")
    assert part.order.status == OrderStatus.CLOSED
    offer.refresh_from_db()
    assert offer.reserved_units == 0
    with pytest.raises(StaleState):
        operations.refuse(part, by=offer.clerk, reason="again")
    world.check()


def test_refuse_needs_a_reason(offer, part):
    with pytest.raises(DomainError) as error:
        operations.refuse(part, by=offer.clerk, reason="  ")
    assert error.value.field == "reason"


def test_refused_scarce_units_go_into_the_next_round(world, place):
    offer = world.offer(scarce=True, on_hand_units=100)
    order = world.need(place, offer.product, 150)
    world.run_round()
    operations.refuse(order.supplier_orders.get(), by=offer.clerk, reason="Machine down")
    assert order.lines.get().waiting_units == 150
    other = world.offer(product=offer.product, on_hand_units=60)
    newcomer = world.need(world.hospital(), offer.product, 100)
    world.run_round()
    assert order.lines.get().allocated_units == 60  # of the other: its own said no
    assert order.lines.get().allocations.last().offer == other
    assert newcomer.lines.get().allocated_units == 100
    assert {each.number[-2:] for each in order.supplier_orders.all()} == {"-1", "-2"}
    world.check()


def test_late_answer_is_too_late(world, offer, part):
    with pytest.raises(StaleState, match=r"over|écoulé|passé|terminé"):
        world.accept(overdue(part), offer.clerk)


def test_expire_only_after_the_deadline_and_only_once(world, offer, part):
    assert operations.expire(part).status == SupplierOrderStatus.WAITING_ACCEPTANCE
    for _ in range(2):
        assert operations.expire(overdue(part)).status == SupplierOrderStatus.EXPIRED
    told = Delivery.objects.filter(event__verb="orders.time_over", channel="EMAIL")
    assert [each.recipient for each in told] == [offer.clerk]
    with pytest.raises(StaleState):
        world.accept(part, offer.clerk)
    world.check()


def test_expire_due_is_not_held_up_by_one_that_is_busy(world, place, offer, monkeypatch):
    parts = [world.picked(place, offer, 20).supplier_orders.get() for _ in range(3)]
    SupplierOrder.objects.update(accept_by=timezone.now() - datetime.timedelta(minutes=1))
    original = answers.expire

    def busy_once(part):
        if part == parts[1]:
            raise Busy
        return original(part)

    monkeypatch.setattr(answers, "expire", busy_once)
    assert operations.expire_due() == 2
    monkeypatch.undo()
    assert operations.expire_due() == 1
    world.check()
