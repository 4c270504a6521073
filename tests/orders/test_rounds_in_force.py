"""A round comes into force whole or not at all, once, whatever happens to its workers."""

import datetime
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.organisations import DecisionReason, OrganisationStatus
from catalog import stock
from catalog.enums import OfferStatus
from catalog.models import Offer, VatRule
from journal.models import Delivery, Event
from orders import operations, rounds
from orders.enums import OrderStatus, RoundStatus, RoundTrigger
from orders.models import Allocation, AllocationRound, Explanation, OrderLine, RoundGroup
from orders.rounds import groups, leases, steps
from suppliers.models import Supplier


def open_round(world):
    return rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)


def simulated(world):
    """A round whose result is stored and not in force yet."""
    round_ = open_round(world)
    for step in (steps.freeze, steps.solve):
        step(round_)
        round_.refresh_from_db()
    assert round_.status == RoundStatus.SIMULATED
    return round_


def got(order):
    return order.lines.get().allocated_units


# --- verified before it counts, whole or not at all -----------------------------------------


def test_round_result_that_breaks_a_rule_never_comes_into_force(world, monkeypatch):
    offer = world.offer(scarce=True, on_hand_units=100)
    order = world.need(world.hospital(), offer.product, 200)
    original = groups.solving.solve_group

    def greedy(market, before):
        honest = original(market, before)
        shares = replace(honest.shares, units=honest.shares.units + 50)
        return replace(honest, shares=shares)

    monkeypatch.setattr(groups.solving, "solve_group", greedy)
    done = world.run_round()
    assert done.status == RoundStatus.FAILED
    assert "stock" in done.failure
    assert str(offer.pk) in done.failure
    assert got(order) == 0
    told = Delivery.objects.filter(event__verb="orders.round_failed", channel="EMAIL")
    assert [each.recipient for each in told] == [world.allocator]
    world.check()


def withdrawn(scene):
    Offer.objects.filter(pk=scene.offer.pk).update(status=OfferStatus.WITHDRAWN)
    return f"{scene.offer.pk}"


def dearer(scene):
    Offer.objects.filter(pk=scene.offer.pk).update(unit_price_eur=Decimal("2.0001"))
    return f"{scene.offer.pk}"


def sold_elsewhere(scene):
    stock.declare(scene.offer.pk, -50, cause="count", by=None)
    return f"{scene.offer.pk}"


def supplier_suspended(scene):
    Supplier.objects.filter(pk=scene.offer.supplier_id).update(
        status=OrganisationStatus.SUSPENDED, reason_code=DecisionReason.OTHER
    )
    return f"{scene.offer.pk}"


def line_canceled(scene):
    operations.cancel_rest(scene.order.lines.get(), by=scene.place.manager)
    return f"{scene.order.lines.get().pk}"


def order_canceled(scene):
    operations.cancel(scene.order, by=scene.place.manager)
    return f"{scene.order.lines.get().pk}"


CHANGES = {
    withdrawn: 0,
    dearer: 100,
    sold_elsewhere: 50,
    supplier_suspended: 0,
    line_canceled: 0,
    order_canceled: 0,
}
"""What the line concerned still gets, of the 100 that it was computed to get."""


def two_groups(world, make):
    """An order that something will happen to, and a bystander for goods of another category."""
    scene = SimpleNamespace(
        place=world.hospital(), offer=world.offer(scarce=True, on_hand_units=100)
    )
    scene.order = world.need(scene.place, scene.offer.product, 100)
    other = world.offer(scarce=True, product__category=make.Category(slug="other-goods"))
    scene.bystander = world.need(world.hospital(), other.product, 100)
    return scene


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_where_something_moved_only_its_group_is_solved_again(world, make, change):
    scene = two_groups(world, make)
    round_ = simulated(world)
    before = {group.name: group.outcome_sha256 for group in round_.groups.all()}
    times = {group.name: group.seconds for group in round_.groups.all()}
    named = change(scene)
    done = rounds.advance(round_.pk)
    assert done.status == RoundStatus.COMMITTED
    assert got(scene.bystander) == 100
    assert got(scene.order) == CHANGES[change]
    bystander = done.groups.get(name="other-goods")
    assert (bystander.outcome_sha256, bystander.seconds) == (
        before["other-goods"],
        times["other-goods"],
    )
    frozen = Event.objects.filter(verb="orders.round_frozen").order_by("pk")
    assert named in frozen.last().payload["moved"]
    assert frozen.last().payload["sha256"] == done.snapshot_sha256
    assert all(rounds.replay(group) for group in done.groups.all())
    world.check()


def test_round_of_a_decision_waits_for_it_again_when_something_moved(world, make):
    scene = two_groups(world, make)
    simulation = rounds.advance(rounds.simulate(by=world.allocator).pk)
    rounds.put_into_force(simulation, by=world.allocator)
    named = withdrawn(scene)
    waiting = rounds.advance(simulation.pk)
    assert (waiting.status, waiting.for_decision) == (RoundStatus.SIMULATED, True)
    assert waiting.decided_by is None
    assert got(scene.bystander) == 0
    news = Delivery.objects.filter(event__verb="orders.round_moved", channel="EMAIL")
    assert [each.recipient for each in news] == [world.allocator]
    assert named in news.get().event.payload["why"]
    rounds.put_into_force(waiting, by=world.allocator)
    assert rounds.advance(simulation.pk).status == RoundStatus.COMMITTED
    assert (got(scene.bystander), got(scene.order)) == (100, 0)
    world.check()


def test_round_of_which_nothing_is_left_fails_and_says_why(world):
    scene = SimpleNamespace(
        place=world.hospital(), offer=world.offer(scarce=True, on_hand_units=100)
    )
    scene.order = world.need(scene.place, scene.offer.product, 100)
    round_ = simulated(world)
    named = order_canceled(scene)
    done = rounds.advance(round_.pk)
    assert done.status == RoundStatus.FAILED
    assert named in done.failure
    world.check()


def test_round_whose_goods_keep_moving_fails_whole(world, make):
    scene = two_groups(world, make)
    round_ = simulated(world)
    AllocationRound.objects.update(times_frozen=steps.MAX_FREEZES)
    named = withdrawn(scene)
    done = rounds.advance(round_.pk)
    assert done.status == RoundStatus.FAILED
    assert named in done.failure
    assert not Allocation.objects.exists()
    assert not Explanation.objects.exists()
    world.check()
    world.run_round()
    assert got(scene.bystander) == 100
    world.check()


def test_round_stock_taken_beside_it_does_no_harm(world):
    """Changes that leave the result possible do not break the round."""
    offer = world.offer(scarce=True, on_hand_units=300)
    order = world.need(world.hospital(), offer.product, 100)
    round_ = simulated(world)
    stock.declare(offer.pk, -100, cause="count", by=None)
    assert rounds.advance(round_.pk).status == RoundStatus.COMMITTED
    assert got(order) == 100
    world.check()


# --- repeated, resumed, given up ------------------------------------------------------------


def test_advance_again_does_nothing_more(world):
    offer = world.offer(scarce=True)
    order = world.need(world.hospital(), offer.product, 100)
    done = world.run_round()
    assert rounds.advance(done.pk).status == RoundStatus.COMMITTED
    assert rounds.resume_due() == []
    assert got(order) == 100
    world.check()


@pytest.mark.parametrize("done", range(3))
def test_round_broken_off_after_any_step_is_taken_up_where_it_stood(world, done):
    offer = world.offer(scarce=True)
    order = world.need(world.hospital(), offer.product, 100)
    round_ = open_round(world)
    for step in (steps.freeze, steps.solve)[:done]:
        step(round_)
        round_.refresh_from_db()
    seen = round_.snapshot_sha256
    later = timezone.now() + datetime.timedelta(minutes=1)
    for held in (AllocationRound, RoundGroup):
        held.objects.update(lease_until=later, attempts=1)
    assert rounds.resume_due() == []
    assert rounds.advance(round_.pk).status == round_.status
    for held in (AllocationRound, RoundGroup):
        held.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    assert rounds.resume_due() == [round_.pk]
    round_.refresh_from_db()
    assert round_.status == RoundStatus.COMMITTED
    assert seen in ("", round_.snapshot_sha256)
    assert got(order) == 100
    world.check()


def test_step_of_a_worker_that_was_overtaken_changes_nothing(world):
    offer = world.offer(scarce=True)
    order = world.need(world.hospital(), offer.product, 100)
    slow = simulated(world)
    rounds.advance(slow.pk)
    for step in (steps.freeze, steps.solve, steps.commit):
        step(slow)
    assert got(order) == 100
    assert AllocationRound.objects.get().status == RoundStatus.COMMITTED
    world.check()


def claim(round_):
    return leases.claim(AllocationRound.objects.unfinished(), round_.pk)


def test_release_leaves_the_lease_of_the_next_worker_alone(world):
    world.need(world.hospital(), world.offer(scarce=True).product, 100)
    round_ = open_round(world)
    slow = claim(round_)
    AllocationRound.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    assert claim(round_).attempts == 2
    leases.release(slow)
    assert claim(round_) is None


def test_round_that_kills_its_workers_is_given_up_after_three(world):
    world.need(world.hospital(), world.offer(scarce=True).product, 100)
    round_ = open_round(world)
    for _ in range(3):
        assert claim(round_)
        AllocationRound.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
    assert rounds.advance(round_.pk).status == RoundStatus.FAILED
    assert Delivery.objects.filter(event__verb="orders.round_failed").exists()


def test_round_without_vat_rate_fails_in_words(world):
    world.need(world.hospital(), world.offer(scarce=True).product, 100)
    VatRule.objects.all().delete()
    done = world.run_round()
    assert done.status == RoundStatus.FAILED
    assert done.failure
    world.check()


# --- cost -----------------------------------------------------------------------------------


def statements_of_a_round(world, orders, django_assert_max_num_queries):
    offer = world.offer(scarce=True, on_hand_units=10_000)
    for _ in range(orders):
        world.need(world.hospital(), offer.product, 10)
    with django_assert_max_num_queries(1000) as seen:
        assert world.run_round().status == RoundStatus.COMMITTED
    return len(seen)


def test_round_takes_no_more_statements_for_more_orders(world, django_assert_max_num_queries):
    few = statements_of_a_round(world, 2, django_assert_max_num_queries)
    many = statements_of_a_round(world, 12, django_assert_max_num_queries)
    assert few == many
    assert OrderLine.objects.filter(allocated_units=10).count() == 14
    assert not OrderLine.objects.exclude(order__status=OrderStatus.IN_PROGRESS).exists()


def test_news_of_a_round_whose_worker_died_after_the_commit_are_told_once(world):
    offer = world.offer(scarce=True, on_hand_units=100)
    order = world.need(world.hospital(), offer.product, 100)
    round_ = simulated(world)
    steps.commit(round_)
    told = Delivery.objects.filter(event__verb__in=["orders.shared_out", "orders.to_answer"])
    assert got(order) == 100
    assert not told.exists()
    for _ in range(3):
        rounds.resume_due()
    assert told.filter(channel="EMAIL").count() == 4  # three people of the hospital, one clerk
    world.check()
