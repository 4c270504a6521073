"""The whole life in any order: people, clock and rounds act at random, the books stay right."""

import datetime
from contextlib import suppress

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from catalog import stock
from catalog.enums import OfferStatus
from catalog.models import Offer
from core.errors import DomainError, OutOfStock
from orders import invariants, operations, rounds
from orders.enums import (
    ORDER_TRANSITIONS,
    SUPPLIER_ORDER_TRANSITIONS,
    OrderStatus,
    RoundTrigger,
    SupplierOrderStatus,
)
from orders.models import AllocationRound, Order, OrderLine, Shipment, SupplierOrder
from orders.operations import answers, deliveries, leaving
from orders.rounds import news, steps
from tests.orders.world import World


WHICH = st.integers(0, 50)
MEANWHILE = st.sampled_from(["nothing", "count_stock", "withdraw", "cancel"])
UNITS = st.integers(1, 12).map(lambda packs: packs * 5)
LIKELY = st.sampled_from([True, True, True, False])


def pick(rows, which):
    """One of the rows, or a refusal where there is none."""
    found = list(rows.order_by("pk"))
    if not found:
        raise DomainError
    return found[which % len(found)]


def fitting(rows, likely, **state):
    """Mostly those that the act is meant for; sometimes all, to be refused."""
    return rows.filter(**state) if likely else rows


def reaches(table, old, new):
    """Whether statuses lead from `old` to `new`, in one act or several."""
    return old == new or any(reaches(table, step, new) for step in table[old])


class Market(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.turn = 0
        self.seen = {}
        self.world = World()
        self.places = [self.world.hospital(beds=50 * (number + 1)) for number in range(3)]
        self.offers = [
            self.world.offer(scarce=number > 1, pack_units=5, on_hand_units=60)
            for number in range(4)
        ]

    def teardown(self):
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def place_of(self, order):
        return next(each for each in self.places if each.buyer.pk == order.buyer_id)

    def clerk_of(self, part):
        return next(each.clerk for each in self.offers if each.supplier_id == part.supplier_id)

    @rule(place=WHICH, which=WHICH, units=UNITS)
    def order(self, place, which, units):
        place, offer = self.places[place % 3], self.offers[which % 4]
        ask = {"product": offer.product, "requested_units": units}
        if which % 4 < 2:
            ask["offer"] = offer
        with suppress(DomainError):
            operations.remove_line(
                operations.basket_of(place.buyer, by=place.manager), by=place.manager, position=1
            )
            self.world.order(place, ask)

    @rule(which=WHICH, units=st.integers(-40, 40))
    def count_stock(self, which, units):
        self.turn += 1
        with suppress(OutOfStock):
            if units:
                stock.declare(self.offers[which % 4].pk, units, cause=f"{self.turn}", by=None)

    @rule(which=WHICH, likely=LIKELY)
    def withdraw_or_publish(self, which, likely=False):
        if likely:
            return
        offer = Offer.objects.get(pk=self.offers[which % 4].pk)
        on_sale = offer.status == OfferStatus.ON_SALE
        offer.status = OfferStatus.WITHDRAWN if on_sale else OfferStatus.ON_SALE
        offer.save(update_fields=["status"])

    @rule(
        in_between=st.sampled_from(["nothing", "count_stock", "withdraw", "cancel"]), which=WHICH
    )
    def run_round(self, in_between, which):
        round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=self.world.allocator)
        if round_ is None:
            return
        self.step_of(round_, 2)
        if in_between == "count_stock":
            self.count_stock(which, -20)
        elif in_between == "withdraw":
            self.withdraw_or_publish(which)
        elif in_between == "cancel":
            self.cancel(which)
        rounds.advance(round_.pk)

    @staticmethod
    def step_of(round_, count):
        for step in (steps.freeze, steps.solve)[:count]:
            step(round_)
            round_.refresh_from_db()

    @rule(which=WHICH, units=UNITS, likely=LIKELY)
    def accept(self, which, units, likely):
        with suppress(DomainError):
            rows = SupplierOrder.objects.all()
            part = pick(fitting(rows, likely, status="WAITING_ACCEPTANCE"), which)
            accepted = {line.pk: min(units, line.units) for line in part.lines.all()}
            operations.accept(part, by=self.clerk_of(part), accepted=accepted)

    @rule(which=WHICH)
    def refuse(self, which):
        with suppress(DomainError):
            part = pick(SupplierOrder.objects.all(), which)
            operations.refuse(part, by=self.clerk_of(part), reason="x")

    @rule(which=WHICH, likely=LIKELY)
    def let_expire(self, which, likely):
        if likely:
            return
        with suppress(DomainError):
            part = pick(SupplierOrder.objects.all(), which)
            past = timezone.now() - datetime.timedelta(minutes=1)
            SupplierOrder.objects.filter(pk=part.pk).update(accept_by=past)
            operations.expire_due()

    @rule(which=WHICH, units=st.integers(1, 60), likely=LIKELY)
    def ship(self, which, units, likely):
        self.turn += 1
        with suppress(DomainError):
            part = pick(fitting(SupplierOrder.objects.all(), likely, status="SHIPPING"), which)
            left = min(line.accepted_units - line.shipped_units for line in part.lines.all())
            self.world.ship(part, self.clerk_of(part), min(units, left), lot=f"L{self.turn}")

    @rule(which=WHICH, missing=st.integers(0, 60), likely=LIKELY)
    def receive(self, which, missing, likely):
        with suppress(DomainError):
            shipment = pick(fitting(Shipment.objects.all(), likely, receipt=None), which)
            order = shipment.supplier_order.order
            missing = min(missing, *(line.units for line in shipment.lines.all()), 10**6)
            self.world.receive(shipment, self.place_of(order).manager, missing=missing)

    @rule(which=WHICH, likely=LIKELY)
    def cancel(self, which, likely=False):
        if likely:
            return
        with suppress(DomainError):
            order = pick(Order.objects.exclude(number=None), which)
            operations.cancel(order, by=self.place_of(order).manager)

    @rule(which=WHICH)
    def cancel_rest(self, which):
        with suppress(DomainError):
            line = pick(OrderLine.objects.exclude(order__number=None), which)
            operations.cancel_rest(line, by=self.place_of(line.order).manager)

    @invariant()
    def books_are_right(self):
        assert list(invariants.violations()) == []
        assert not AllocationRound.objects.live().exists()

    @invariant()
    def statuses_follow_the_tables(self):
        for model, statuses, table in (
            (Order, OrderStatus, ORDER_TRANSITIONS),
            (SupplierOrder, SupplierOrderStatus, SUPPLIER_ORDER_TRANSITIONS),
        ):
            for pk, status in model.objects.values_list("pk", "status"):
                old = self.seen.get((model, pk), statuses.values[0])
                assert reaches(table, statuses(old), statuses(status)), (old, status)
                self.seen[model, pk] = status


def play(examples=12, step_count=60, *, shrink=True):
    run_state_machine_as_test(
        Market,
        settings=settings(
            max_examples=examples,
            stateful_step_count=step_count,
            deadline=None,
            derandomize=True,
            database=None,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_any_order_of_acts_keeps_the_books_right(db):
    play()


def forgets_the_line(supplier_order, given, *, by):
    for each in given:
        if each["units"]:
            line = each["line"]
            stock.release(line.offer_id, each["units"], cause=f"x:{line.pk}", by=by)


def forgets_the_stock(supplier_order, given, *, by):
    for each in given:
        line = each["line"].order_line
        line.refresh_from_db()
        line.allocated_units -= each["units"]
        line.canceled_units += 0 if line.waits_for_round else each["units"]
        line.save()


BUGS = {
    "nothing is taken off the line that goes back": (answers, "give_back", forgets_the_line),
    "reservations are never released": (answers, "give_back", forgets_the_stock),
    "orders never close": (answers, "settle", lambda order: False),
    "shipping leaves the stock as it is": (leaving.stock, "ship", lambda *a, **k: None),
    "what is missing still counts": (deliveries, "_arrive", lambda row, received: None),
    "a part closes too late": (deliveries, "settle", lambda order: False),
    "lines of rounds are reserved twice": (
        news,
        "tell_suppliers",
        lambda verb, news, *, by: [
            stock.reserve(line.offer_id, line.units, cause=f"again:{line.pk}", by=by)
            for part, _facts in news
            for line in part.lines.all()
            if line.order_line.waits_for_round
        ],
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_control_a_planted_bug_is_found(db, monkeypatch, bug):
    """Shows that the test above can fail."""
    monkeypatch.setattr(*BUGS[bug])
    with pytest.raises(Exception, match=r".") as found:
        play(shrink=False)
    assert not isinstance(found.value, DomainError)
