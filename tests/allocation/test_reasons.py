import pytest
from hypothesis import given, settings

from orders.allocation import engine
from orders.allocation.model import Limit, Snapshot
from tests.allocation.instances import EXAMPLE, line, offer, random_snapshot, snapshots, with_offer


def reason_of(id, offers, lines):
    result = engine.solve(Snapshot(tuple(offers), tuple(lines), "s"))
    return next(reason for reason in result.reasons if reason.line == id)


def test_reason_gives_the_numbers_of_the_documented_example():
    reason = engine.solve(EXAMPLE).reasons[1]
    assert (reason.line, reason.asked, reason.need, reason.received) == (2, 900, 300.0, 300)
    assert reason.eligible_units == 900
    assert reason.level == 1.0
    assert reason.peers == 3
    assert reason.tier_fill == pytest.approx((300 + 270 + 130) / (900 + 400 + 200))


@pytest.mark.parametrize(
    ("limit", "offers", "lines"),
    [
        (Limit.NONE, [offer(1, 50)], [line(1, 50)]),
        (Limit.SUPPLY, [offer(1, 50)], [line(1, 60)]),
        (Limit.TIER, [offer(1, 50)], [line(1, 60), line(2, 70, tier=1)]),
        (Limit.SUPPLY, [offer(1, 50)], [line(1, 60), line(2, 40, tier=1)]),
        (Limit.CAP, [offer(1, 50, max_per_buyer=20)], [line(1, 60)]),
        (Limit.PACK, [offer(1, 50, pack=10)], [line(1, 15)]),
        (Limit.MIN_ORDER, [offer(1, 70, min_order=40)], [line(1, 45), line(2, 45, tier=1)]),
        (Limit.MIN_USEFUL, [offer(1, 50)], [line(1, 60, min_useful=55)]),
        (Limit.PRICE_CEILING, [offer(1, 50)], [line(1, 60, ceiling_milli=1)]),
        (Limit.REGION, [offer(1, 50, departments=frozenset({"29"}))], [line(1, 60)]),
        (Limit.LEAD_TIME, [offer(1, 50)], [line(1, 60, need_days=1)]),
        (Limit.NO_OFFER, [offer(1, 50, product=2)], [line(1, 60)]),
        (Limit.PINNED, [offer(1, 50), offer(2, 50, product=3)], [line(1, 60, pinned_offer=2)]),
        (Limit.SUPPLY, [offer(1, 50), offer(2, 0)], [line(1, 60, pinned_offer=2)]),
    ],
)
def test_reason_names_the_limit(limit, offers, lines):
    assert reason_of(1, offers, lines).limit == limit


def received(snapshot, id):
    return sum(one.units for one in engine.solve(snapshot).shares if one.line == id)


def check_counterfactual(snapshot, id, extra):
    stock = next(one.stock for one in snapshot.offers if one.id == extra.offer)
    more = with_offer(snapshot, extra.offer, stock=stock + extra.extra_units)
    assert received(more, id) == extra.would_receive > received(snapshot, id)


@given(snapshots())
@settings(max_examples=60, deadline=None, database=None)
def test_counterfactual_is_what_happens_when_tried(snapshot):
    for reason in engine.solve(snapshot).reasons:
        if reason.counterfactual:
            check_counterfactual(snapshot, reason.line, reason.counterfactual)


def test_counterfactual_on_demand_equals_that_of_the_result():
    for reason in engine.solve(EXAMPLE).reasons:
        assert engine.counterfactual(EXAMPLE, reason.line) == reason.counterfactual


def test_counterfactual_of_a_large_group_is_left_to_demand():
    snapshot = random_snapshot(5, offers=6, lines=80)
    reasons = engine.solve(snapshot).reasons
    assert not any(reason.counterfactual for reason in reasons)
    scarce = [reason for reason in reasons if reason.limit == Limit.SUPPLY][:3]
    found = [engine.counterfactual(snapshot, reason.line) for reason in scarce]
    assert any(found)
    for reason, extra in zip(scarce, found, strict=True):
        if extra:
            check_counterfactual(snapshot, reason.line, extra)


def test_counterfactual_of_an_unknown_line_is_none():
    assert engine.counterfactual(EXAMPLE, 99) is None
