from collections import defaultdict
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings

from orders.allocation.errors import InfeasibleFloors
from orders.allocation.input.rows import Line, Offer
from orders.allocation.policy import Floor, Policy, Reserve, Who
from orders.allocation.targets.fairness import find_fair
from tests.allocation import rules
from tests.allocation.markets import EXAMPLE, Book, books, books_with_policy, random_book
from tests.allocation.reference import case_of, fair_targets, largest_factor


BATCHES = [range(start, start + 25) for start in range(0, 300, 25)]
EVERYBODY = Who()


def compare(market):
    """Fails unless the engine finds what the linear programs find, and can carry it."""
    case = case_of(market)
    factor = largest_factor(case)
    if factor < 1:
        with pytest.raises(InfeasibleFloors) as refused:
            find_fair(market)
        assert refused.value.factors == {"masks": pytest.approx(factor, abs=1e-4)}
    else:
        fair = find_fair(market)
        assert fair.target == pytest.approx(fair_targets(case), abs=0.01)
        check_flow(market, fair)


def check_flow(market, fair):
    """The flow carries the targets and keeps eligibility, parts, stocks and buyers' limits.

    It counts in thousandths of a unit per line, and may be off by so many in a sum.
    """
    nothing = 0.001 * (1 + len(market.lines))
    got, sold, bought = np.zeros(len(market.lines)), defaultdict(float), defaultdict(float)
    rows = list(zip(fair.flow_line, fair.flow_offer, strict=True))
    assert rows == sorted(set(rows))
    for (line, offer), units in zip(rows, fair.flow_units, strict=True):
        assert units > 0
        assert rules.may_serve(market, line, offer)
        got[line] += units
        sold[offer] += units
        bought[market.lines.buyer[line], offer] += units
    assert got == pytest.approx(fair.target, abs=0.002)
    for offer, units in sold.items():
        assert units <= rules.usable(market, offer) + nothing
    for (_, offer), units in bought.items():
        assert units <= rules.limit(market, offer) + nothing
    for line, offer in rows:
        spent = bought[market.lines.buyer[line], offer] > rules.limit(market, offer) - nothing
        assert spent or fair.line_part[line] == fair.offer_part[offer] >= 0


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_targets_equal_the_linear_programs(seeds):
    for seed in seeds:
        compare(random_book(seed).market())


@pytest.mark.parametrize("seeds", BATCHES, ids=str)
def test_targets_under_a_policy_equal_the_linear_programs(seeds):
    for seed in seeds:
        compare(random_book(seed, with_policy=True).market())


@pytest.mark.parametrize("seed", range(3))
def test_targets_of_a_larger_market_equal_the_linear_programs(seed):
    compare(random_book(seed, offers=25, lines=150, with_policy=seed > 0).market())


@settings(deadline=None, max_examples=100)
@given(books())
def test_targets_of_any_market_equal_the_linear_programs(book):
    compare(book.market())


@settings(deadline=None, max_examples=100)
@given(books_with_policy())
def test_targets_of_any_policy_equal_the_linear_programs(book):
    compare(book.market())


def due(offers, lines, **policy):
    """Targets of the engine, which the linear programs must confirm."""
    market = Book(tuple(offers), tuple(lines), Policy(**policy)).market()
    compare(market)
    return find_fair(market).target.tolist()


def test_the_documented_example():
    targets = find_fair(EXAMPLE.market()).target
    assert targets == pytest.approx([200, 300, 266.667, 133.333, 0, 0], abs=0.001)


def test_need_decides_and_the_claim_is_only_a_ceiling():
    lines = [Line(1, 1000, need=10), Line(2, 60, need=30), Line(3, 5, need=40)]
    assert due([Offer(1, 65)], lines) == pytest.approx([15, 45, 5])


def test_a_level_may_be_above_one():
    assert due([Offer(1, 90)], [Line(1, 100, need=10), Line(2, 100, need=20)]) == [30, 60]


def test_an_offer_of_its_own_lifts_a_line_above_the_others():
    near = Offer(2, 60, places=frozenset({"29"}))
    lines = [Line(1, 100, place="29"), Line(2, 100), Line(3, 100)]
    assert due([Offer(1, 80), near], lines) == pytest.approx([60, 40, 40])


def test_a_tier_takes_all_it_can_use_before_the_next():
    lines = [Line(1, 70, tier=2), Line(2, 50, tier=1), Line(3, 30, tier=3)]
    assert due([Offer(1, 90)], lines) == [40, 50, 0]


def test_the_lines_of_a_buyer_share_its_limit_on_an_offer():
    lines = [Line(1, 60, buyer=7), Line(2, 60, buyer=7), Line(3, 60, buyer=8)]
    assert due([Offer(1, 100, max_per_buyer=30)], lines) == [15, 15, 30]


def test_what_is_held_back_is_taken_in_whole_packs():
    assert due([Offer(1, 100, pack=20)], [Line(1, 500)], held_back=Decimal("0.05")) == [80]


def test_a_floor_stands_before_the_tiers():
    lines = [Line(1, 100, tier=1), Line(2, 50, tier=2)]
    floors = (Floor(Who(tiers=frozenset({2})), Decimal("0.4")),)
    assert due([Offer(1, 60)], lines, floors=floors) == [40, 20]


def test_the_largest_of_several_floors_counts():
    lines = [Line(1, 100, tier=1), Line(2, 50, tier=2)]
    floors = (Floor(Who(tiers=frozenset({2})), Decimal("0.4")), Floor(EVERYBODY, Decimal("0.1")))
    assert due([Offer(1, 60)], lines, floors=floors) == [40, 20]


def test_a_reserve_is_spent_by_its_lines_alone_and_the_rest_is_open():
    lines = [Line(1, 100, tier=1), Line(2, 100, tier=3), Line(3, 50, tier=3)]
    reserve = Reserve("care homes", Decimal("0.25"), Who(tiers=frozenset({3})))
    assert due([Offer(1, 120)], lines, reserves=(reserve,)) == [90, 20, 10]


def test_what_a_reserve_cannot_use_flows_to_the_others():
    lines = [Line(1, 100, tier=1), Line(2, 10, tier=3)]
    reserve = Reserve("care homes", Decimal("0.5"), Who(tiers=frozenset({3})))
    assert due([Offer(1, 60)], lines, reserves=(reserve,)) == [50, 10]


def test_a_later_reserve_adds_to_what_an_earlier_one_gave():
    one, both = Who(buyers=frozenset({1})), Who(buyers=frozenset({1, 2}))
    reserves = (Reserve("one", Decimal("0.2"), one), Reserve("both", Decimal("0.2"), both))
    lines = [Line(1, 100, tier=2), Line(2, 100, tier=2), Line(3, 1000, tier=1)]
    assert due([Offer(1, 100)], lines, reserves=reserves) == [20, 20, 60]


def test_who_received_much_before_waits_until_the_others_have_caught_up():
    lines = [Line(1, 100, past=30), Line(2, 100, past=10), Line(3, 100)]
    assert due([Offer(1, 50)], lines) == pytest.approx([0, 20, 30])


def test_a_buyers_dated_cap_is_divided_by_tier_and_level():
    lines = [
        Line(1, 40, buyer=7, tier=1),
        Line(2, 60, buyer=7, tier=2, past=10),
        Line(3, 60, buyer=7, tier=2),
        Line(4, 60, buyer=7, tier=3),
    ]
    assert due([Offer(1, 900)], lines, caps={(7, "masks"): 70}) == [40, 10, 20, 0]


def test_what_a_line_leaves_of_its_buyers_cap_is_lost_to_its_sisters():
    offers = [
        Offer(1, 1, places=frozenset({"29", "35"})),
        Offer(2, 1, places=frozenset({"75"})),
    ]
    lines = [
        Line(1, 1, buyer=7, place="29"),
        Line(2, 1, buyer=7, place="75"),
        Line(3, 1, buyer=8, place="35"),
    ]
    assert due(offers, lines, caps={(7, "masks"): 1}) == [0.5, 0.5, 0.5]


def test_floors_that_cannot_be_met_are_refused_with_the_largest_factor():
    lines = [Line(1, 100), Line(2, 100)]
    market = Book(
        (Offer(1, 60),), tuple(lines), Policy(floors=(Floor(EVERYBODY, Decimal("0.4")),))
    )
    with pytest.raises(InfeasibleFloors) as refused:
        find_fair(market.market())
    assert refused.value.factors == {"masks": pytest.approx(0.75, abs=1e-6)}
    assert "0.75" in str(refused.value)
