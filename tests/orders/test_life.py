"""The whole life of an order, by its operations, on real PostgreSQL."""

import datetime

import pytest
from django.utils import timezone

from accounts.enums import MinistryRole
from buyers.enums import BuyerKind
from catalog import stock
from catalog.models import Offer, VatRule
from core.errors import NotPermitted, OutOfStock, StaleState
from orders import invariants, operations, rounds
from orders.enums import Limit, OrderStatus, RoundStatus, RoundTrigger, SupplierOrderStatus
from orders.models import Order
from orders.reference import load as load_policy
from orders.rounds import steps


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vat(make):
    VatRule.objects.create(
        rate_pct=20, legal_reference="Test", valid_from=datetime.date(2020, 1, 1)
    )
    load_policy()


@pytest.fixture
def hospital(make):
    def _hospital(beds=100, kind=BuyerKind.HOSPITAL, department="75"):
        seat = make.BuyerMember(
            buyer__beds=beds,
            buyer__icu_beds=0,
            buyer__staff=0,
            buyer__kind=kind,
            buyer__department=department,
        )
        site = make.Site(buyer=seat.buyer, department=department)
        return seat.buyer, seat.user, site

    return _hospital


def ask(hospital, **line):
    buyer, person, site = hospital
    basket = operations.basket_of(buyer, by=person)
    operations.add_line(basket, by=person, **line)
    return operations.submit(basket, by=person, site=site)


def run_round(make):
    by = make.User(ministry_role=MinistryRole.ALLOCATOR)
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=by)
    return rounds.advance(round_.pk)


def seller(make, offer):
    return make.SupplierMember(supplier=offer.supplier).user


def clean():
    assert list(invariants.violations()) == []


def test_ample_line_is_reserved_at_once_and_order_closes_when_received(vat, make, hospital):
    offer = make.Offer(on_hand_units=1000, pack_units=20)
    order = ask(hospital(), product=offer.product, offer=offer, requested_units=400)
    assert order.status == OrderStatus.IN_PROGRESS
    assert order.number == f"{timezone.localdate().year}-000001"
    offer.refresh_from_db()
    assert (offer.on_hand_units, offer.reserved_units) == (1000, 400)

    part, clerk = order.supplier_orders.get(), seller(make, offer)
    line = part.lines.get()
    part = operations.accept(part, by=clerk, accepted={line.pk: 300})
    assert part.status == SupplierOrderStatus.SHIPPING
    clean()
    shipment = operations.ship(
        part,
        by=clerk,
        carrier="La Poste",
        lines=[{"line": line, "lot_number": "L1", "units": 300, "expires_on": None}],
    )
    clean()
    row = shipment.lines.get()
    operations.receive(shipment, by=order.placed_by, lines={row.pk: (300, 0)})
    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED
    assert order.lines.get().canceled_units == 100
    offer.refresh_from_db()
    assert (offer.on_hand_units, offer.reserved_units) == (700, 0)
    clean()


def test_scarce_line_waits_and_round_shares_by_need_in_whole_packs(vat, make, hospital):
    offer = make.Offer(product__scarce=True, on_hand_units=300, pack_units=10)
    small, large = hospital(beds=100), hospital(beds=200)
    first = ask(small, product=offer.product, requested_units=1_000_000)
    second = ask(large, product=offer.product, requested_units=2000)
    assert first.status == OrderStatus.SUBMITTED
    offer.refresh_from_db()
    assert offer.reserved_units == 0

    done = run_round(make)
    assert done.status == RoundStatus.COMMITTED
    assert first.lines.get().allocated_units == 100
    assert second.lines.get().allocated_units == 200
    why = second.lines.get().explanations.get()
    assert (why.limit, why.received_units, why.peers) == (Limit.SUPPLY, 200, 2)
    assert why.need_units == 2000
    assert done.snapshot_sha256
    clean()


def test_higher_rank_is_served_before_lower(vat, make, hospital):
    offer = make.Offer(product__scarce=True, on_hand_units=100)
    care = ask(hospital(), product=offer.product, requested_units=100)
    trade = ask(hospital(kind=BuyerKind.PUBLIC_BODY), product=offer.product, requested_units=100)
    run_round(make)
    assert care.lines.get().allocated_units == 100
    assert trade.lines.get().allocated_units == 0
    assert trade.lines.get().explanations.get().limit == Limit.TIER
    clean()


def test_refused_units_wait_for_the_next_round(vat, make, hospital):
    offer = make.Offer(product__scarce=True, on_hand_units=100)
    order = ask(hospital(), product=offer.product, requested_units=150)
    run_round(make)
    part = order.supplier_orders.get()
    operations.refuse(part, by=seller(make, offer), reason="Machine down")
    assert order.lines.get().waiting_units == 150
    clean()
    make.Offer(product=offer.product, on_hand_units=120)
    run_round(make)
    assert order.lines.get().allocated_units == 120  # who refused is not asked again
    assert order.supplier_orders.count() == 2
    clean()


def test_order_left_unanswered_expires(vat, make, hospital):
    offer = make.Offer(on_hand_units=100)
    order = ask(hospital(), product=offer.product, offer=offer, requested_units=100)
    part = order.supplier_orders.get()
    assert operations.expire(part).status == SupplierOrderStatus.WAITING_ACCEPTANCE
    part.accept_by = timezone.now() - datetime.timedelta(minutes=1)
    part.save()
    with pytest.raises(StaleState):
        operations.accept(part, by=seller(make, offer), accepted={part.lines.get().pk: 100})
    assert operations.expire(part).status == SupplierOrderStatus.EXPIRED
    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED
    clean()


def test_missing_units_of_a_scarce_line_wait_again(vat, make, hospital):
    offer = make.Offer(product__scarce=True, on_hand_units=100)
    order = ask(hospital(), product=offer.product, requested_units=100)
    run_round(make)
    part, clerk = order.supplier_orders.get(), seller(make, offer)
    line = part.lines.get()
    operations.accept(part, by=clerk, accepted={line.pk: 100})
    shipment = operations.ship(
        part,
        by=clerk,
        carrier="La Poste",
        lines=[{"line": line, "lot_number": "L1", "units": 100, "expires_on": None}],
    )
    operations.receive(shipment, by=order.placed_by, lines={shipment.lines.get().pk: (90, 4)})
    line = order.lines.get()
    assert (line.received_units, line.waiting_units) == (90, 10)
    order.refresh_from_db()
    assert order.status == OrderStatus.IN_PROGRESS
    operations.cancel_rest(line, by=order.placed_by)
    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED
    clean()


def test_cancel_gives_everything_back(vat, make, hospital):
    offer = make.Offer(on_hand_units=100)
    order = ask(hospital(), product=offer.product, offer=offer, requested_units=60)
    assert operations.cancel(order, by=order.placed_by).status == OrderStatus.CANCELED
    offer.refresh_from_db()
    assert offer.reserved_units == 0
    clean()


def test_order_above_the_limit_needs_a_second_person(vat, make, hospital):
    offer = make.Offer(on_hand_units=1000, unit_price_eur=2)
    place = hospital()
    buyer, _manager, site = place
    requester = make.BuyerMember(buyer=buyer, role="REQUESTER", order_limit_eur=100).user
    approver = make.BuyerMember(buyer=buyer, role="APPROVER").user
    order = ask((buyer, requester, site), product=offer.product, offer=offer, requested_units=60)
    assert order.status == OrderStatus.PENDING_INTERNAL_APPROVAL
    with pytest.raises(NotPermitted):
        operations.approve(order, by=requester)
    assert operations.approve(order, by=approver).status == OrderStatus.IN_PROGRESS
    clean()


def test_order_sent_back_lies_in_the_basket_again(vat, make, hospital):
    offer = make.Offer(on_hand_units=1000, unit_price_eur=2)
    buyer, manager, site = hospital()
    requester = make.BuyerMember(buyer=buyer, role="REQUESTER", order_limit_eur=100).user
    order = ask((buyer, requester, site), product=offer.product, offer=offer, requested_units=60)
    back = operations.send_back(order, by=manager, reason="Too many")
    assert back.status == OrderStatus.CANCELED
    basket = operations.basket_of(buyer, by=requester)
    assert [(line.offer, line.requested_units) for line in basket.lines.all()] == [(offer, 60)]
    clean()


def test_submit_refuses_more_than_there_is_and_changes_nothing(vat, make, hospital):
    offer = make.Offer(on_hand_units=100)
    buyer, person, site = hospital()
    basket = operations.basket_of(buyer, by=person)
    operations.add_line(basket, by=person, product=offer.product, offer=offer, requested_units=80)
    Offer.objects.filter(pk=offer.pk).update(reserved_units=50)
    with pytest.raises(OutOfStock):
        operations.submit(basket, by=person, site=site)
    assert Order.objects.get().status == OrderStatus.DRAFT


def test_round_shares_out_what_is_left_when_stock_went_meanwhile(vat, make, hospital):
    offer = make.Offer(product__scarce=True, on_hand_units=100)
    order = ask(hospital(), product=offer.product, requested_units=100)
    by = make.User(ministry_role=MinistryRole.ALLOCATOR)
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=by)
    steps.freeze(round_)
    round_.refresh_from_db()
    steps.solve(round_)
    stock.declare(offer.pk, -50, cause="count", by=None)
    assert rounds.advance(round_.pk).status == RoundStatus.COMMITTED
    assert order.lines.get().allocated_units == 50
    clean()


def test_clock_opens_no_round_when_nothing_changed(vat, make, hospital):
    offer = make.Offer(product__scarce=True, on_hand_units=50)
    ask(hospital(), product=offer.product, requested_units=100)
    for _ in range(2):
        rounds.advance(rounds.open_round(trigger=RoundTrigger.SCHEDULE, by=None).pk)
    assert rounds.open_round(trigger=RoundTrigger.SCHEDULE, by=None) is None
