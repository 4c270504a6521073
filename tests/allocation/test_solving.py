"""The engine's door: worked examples, reasons, counterfactuals, progress."""

import random
from decimal import Decimal

import numpy as np
import pytest

from orders.allocation import solving
from orders.allocation.checking.verdict import verify
from orders.allocation.errors import InfeasibleFloors
from orders.allocation.input import frozen
from orders.allocation.input.rows import Line, Offer, market_of
from orders.allocation.outcome import Counterfactual, Limit
from orders.allocation.policy import Floor, Policy, Who


EURO = 1_000_000
MASKS = [
    Offer(id=1, stock=400, pack=10, price_micro=65 * EURO // 100),
    Offer(id=2, stock=500, pack=50, price_micro=65 * EURO // 100, places=frozenset({"29"})),
]
WISHES = [
    Line(id=1, place="29", tier=1, wanted=200, need=200),
    Line(id=2, place="29", tier=2, wanted=900, need=300),
    Line(id=3, place="69", tier=2, wanted=400, need=400),
    Line(id=4, place="59", tier=2, wanted=200, need=200),
    Line(id=5, place="69", tier=3, wanted=50, need=50),
    Line(id=6, place="75", tier=2, wanted=100, need=100, ceiling_micro=EURO // 2),
]


def test_solve_the_documented_example():
    outcome = solving.solve(market_of(MASKS, WISHES, seed="documented"))

    assert outcome.target.tolist() == [200, 300, 266.667, 133.333, 0, 0]
    assert outcome.received.tolist() == [200, 300, 270, 130, 0, 0]
    assert [Limit(each) for each in outcome.limit] == [
        Limit.NONE,
        Limit.SUPPLY,
        Limit.SUPPLY,
        Limit.SUPPLY,
        Limit.TIER,
        Limit.PRICE_CEILING,
    ]
    assert outcome.part.tolist() == [1, 1, 0, 0, 0, -1]
    assert outcome.parts.tier.tolist() == [2, 2]
    assert outcome.parts.level.tolist() == pytest.approx([2 / 3, 1])
    assert outcome.parts.lines.tolist() == [3, 2]
    assert outcome.parts.supply.tolist() == [400, 500]


def test_the_documented_counterfactual_is_true():
    market = market_of(MASKS, WISHES, seed="documented")

    found = solving.counterfactual(market, 3)

    assert found == Counterfactual(offer=1, extra_units=20, would_receive=280)
    more = solving.with_more(market, 0, 20)
    assert solving.solve(more).received[2] == 280


@pytest.mark.parametrize("line", [1, 6])
def test_no_stock_would_have_helped_a_line_that_lacks_none(line):
    assert solving.counterfactual(market_of(MASKS, WISHES), line) is None


@pytest.mark.parametrize("line", [0, 7])
def test_an_unknown_line_has_no_counterfactual(line):
    assert solving.counterfactual(market_of(MASKS, WISHES), line) is None


def test_nothing_in_nothing_out():
    outcome = solving.solve(market_of([], []))

    assert len(outcome.line) == len(outcome.shares) == 0


def test_lines_without_any_offer_are_told_so():
    outcome = solving.solve(market_of([], [Line(id=4, wanted=10)]))

    assert outcome.received.tolist() == [0]
    assert outcome.limit.tolist() == [Limit.NO_OFFER]
    assert outcome.part.tolist() == [-1]


@pytest.mark.parametrize(
    ("offer", "line", "limit"),
    [
        (Offer(1, 10, product="B"), Line(1, 10), Limit.NO_OFFER),
        (Offer(1, 10), Line(1, 10, pinned=2), Limit.PINNED),
        (Offer(1, 10, places=frozenset({"29"})), Line(1, 10, place="75"), Limit.REGION),
        (Offer(1, 10, lead_days=9), Line(1, 10, need_days=8), Limit.LEAD_TIME),
        (Offer(1, 10, price_micro=2), Line(1, 10, ceiling_micro=1), Limit.PRICE_CEILING),
        (Offer(1, 50, pack=20), Line(1, 10), Limit.PACK),
        (Offer(1, 50, pack=10, min_order=20), Line(1, 10), Limit.MIN_ORDER),
        (Offer(1, 50, pack=10, max_per_buyer=5), Line(1, 10), Limit.CAP),
        (Offer(1, 9, pack=10), Line(1, 10), Limit.SUPPLY),
        (Offer(1, 10, pack=4), Line(1, 6), Limit.PACK),
        (Offer(1, 4), Line(1, 6), Limit.SUPPLY),
        (Offer(1, 9, max_per_buyer=4), Line(1, 6), Limit.CAP),
        (Offer(1, 4), Line(1, 6, min_useful=5), Limit.MIN_USEFUL),
    ],
)
def test_a_line_hears_what_stopped_it(offer, line, limit):
    market = market_of([offer, Offer(2, 0, product="C")], [line])

    assert Limit(solving.solve(market).limit[0]) == limit


def test_a_later_tier_hears_that_earlier_ones_took_it_all():
    market = market_of([Offer(1, 10)], [Line(1, 10), Line(2, 10, tier=2)])

    assert [Limit(each) for each in solving.solve(market).limit] == [Limit.NONE, Limit.TIER]


def test_a_line_hears_of_its_entity_s_cap_and_of_its_past():
    capped = market_of(
        [Offer(1, 100)],
        [Line(1, 40, buyer=7), Line(2, 40, buyer=7), Line(3, 40)],
        policy=Policy(caps={(7, "A"): 20}),
    )
    served = market_of([Offer(1, 10)], [Line(1, 40, past=30.0), Line(2, 40)])

    assert [Limit(each) for each in solving.solve(capped).limit] == [
        Limit.ENTITY_CAP,
        Limit.ENTITY_CAP,
        Limit.NONE,
    ]
    assert solving.solve(capped).received.tolist() == [10, 10, 40]
    assert [Limit(each) for each in solving.solve(served).limit] == [Limit.PAST, Limit.SUPPLY]


def test_reachable_units_and_peers_are_those_of_the_market():
    outcome = solving.solve(market_of(MASKS, WISHES))

    assert outcome.reachable.tolist() == [900, 900, 400, 400, 400, 0]
    assert outcome.peers.tolist() == [1, 3, 3, 3, 1, 0]
    assert outcome.peer_fill.round(4).tolist() == [1, 0.4667, 0.4667, 0.4667, 0, 0]


def test_groups_are_solved_one_by_one_and_told():
    told = []
    market = market_of(
        [Offer(1, 10, product="masks"), Offer(2, 10, product="gel")],
        [Line(1, 5, products="masks"), Line(2, 5, products="gel")],
    )

    whole = solving.solve(market, lambda *step: told.append(step))

    assert told == [(1, 2, "gel"), (2, 2, "masks")]
    one_by_one = [solving.solve_group(group) for group in market.split()]
    assert frozen.to_bytes(solving.merge(one_by_one)) == frozen.to_bytes(whole)


def test_floors_that_cannot_be_met_are_refused_for_all_groups_at_once():
    policy = Policy(floors=(Floor(Who(), Decimal("0.5")),))
    market = market_of(
        [Offer(1, 10, product="masks"), Offer(2, 30, product="gel"), Offer(3, 9, product="caps")],
        [
            Line(1, 25, products="masks"),
            Line(2, 80, products="gel"),
            Line(3, 18, products="caps"),
        ],
        policy=policy,
    )

    with pytest.raises(InfeasibleFloors) as refused:
        solving.solve(market)

    assert refused.value.factors == pytest.approx({"masks": 0.8, "gel": 0.75})
    assert "masks: 0.800000" in str(refused.value)


@pytest.mark.parametrize("seed", [2, 27, 55, 59])
def test_crumbs_that_the_flow_has_lost_are_due_to_nobody(seed):
    """A thousand lines share two units; whole thousandths of them do not always fit."""
    dice = random.Random(seed)
    offers = [Offer(1, 1, product="A"), Offer(2, 1, product="B")]
    wishes = [dice.choice(["A", "B"]) if row % 50 else "AB" for row in range(1111)]
    lines = [Line(row + 1, 5, products=tuple(each)) for row, each in enumerate(wishes)]
    market = market_of(offers, lines, seed=str(seed), groups={"A": "masks", "B": "masks"})
    assert verify(market, solving.solve(market)) == []


def test_the_flow_sums_to_the_targets():
    market = market_of(MASKS, WISHES)
    outcome = solving.solve(market)

    carried = np.bincount(outcome.flow.line, outcome.flow.units, 7)[1:]

    assert carried == pytest.approx(outcome.target, abs=0.001)
