"""The figures of an outcome: the worked example by hand, sums that agree, groups that add up."""

import json
from decimal import Decimal

import numpy as np
import pytest

from orders.allocation.input.rows import Line, Offer
from orders.allocation.policy import Floor, Policy, Reserve, Who
from orders.allocation.solving import solve, solve_group
from orders.allocation.summary import STEPS, combine, evenness, summarise
from tests.allocation.markets import EXAMPLE, Book, random_book


def figures_of(book, **also):
    market = book.market()
    return summarise(market, solve_group(market), also)


@pytest.fixture(scope="module")
def example():
    return figures_of(EXAMPLE)


def test_example_by_rank(example):
    tiers = example["tiers"]
    assert tiers["1"] | {"target": 0} == {
        "lines": 1,
        "served": 1,
        "full": 1,
        "wanted": 200,
        "received": 200,
        "target": 0,
        "open": 1,
        "least": 1.0,
        "compared": 0,
        "even": 0.0,
        "short": [0] * (STEPS + 2),
        "satisfied": [0] * STEPS + [1, 0],
    }
    assert {number: tiers[number]["lines"] for number in tiers} == {"1": 1, "2": 4, "3": 1}
    assert tiers["2"]["open"] == 3  # the sixth line's highest price excludes every offer
    assert example["nothing"]["PRICE_CEILING"] == 1


def test_stock_is_all_accounted_for(example):
    stock = example["stock"]
    assert stock["before"] == 900
    parts = ("held_back", "unsellable", "shared", "left")
    assert sum(stock[part] for part in parts) == 900
    assert stock["shared"] == example["received"]


FLOORS_ABOVE_SUPPLY = {4, 16, 18}


@pytest.mark.parametrize("seed", sorted(set(range(20)) - FLOORS_ABOVE_SUPPLY))
def test_breakdowns_agree_with_the_whole(seed):
    market = random_book(seed, with_policy=seed % 2 == 0).market()
    outcome = solve_group(market)
    kind = np.arange(len(market.lines)) % 3
    found = summarise(market, outcome, {"kinds": (["a", "b", "c", "nobody"], kind)})
    assert "nobody" not in found["kinds"]
    for name in ("lines", "served", "full", "wanted", "received", "target"):
        for breakdown in ("tiers", "places", "kinds"):
            total = sum(row[name] for row in found[breakdown].values())
            assert total == pytest.approx(found[name], abs=0.01), (breakdown, name)
    assert sum(found["nothing"].values()) == found["lines"] - found["served"]
    for tier in found["tiers"].values():
        assert sum(tier["short"]) + sum(tier["satisfied"]) == tier["open"]
    assert min(found["stock"].values()) >= 0
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("seed", range(10))
def test_groups_add_up_to_the_whole_market(seed):
    market = random_book(seed, one_group=False).market()
    parts = [summarise(each, solve_group(each)) for each in market.split()]
    whole, together = summarise(market, solve(market)), combine(parts)
    for name in ("lines", "served", "full", "wanted", "received", "split", "nothing"):
        assert together[name] == whole[name], name
    for name in ("cost_eur", "distance", "target"):
        assert together[name] == pytest.approx(whole[name]), name
    for number, tier in whole["tiers"].items():
        assert together["tiers"][number]["least"] == tier["least"]
        assert together["tiers"][number]["short"] == tier["short"]
        assert together["tiers"][number]["satisfied"] == tier["satisfied"]


def test_evenness_of_groups_is_weighed_by_their_lines():
    one = {"compared": 3, "even": 3.0}
    assert evenness(combine([one, {"compared": 1, "even": 0.2}])) == pytest.approx(0.8)


def test_combine_of_nothing_is_empty():
    assert combine([]) == {}


def tier_of(*offers_and_lines):
    offers = [each for each in offers_and_lines if isinstance(each, Offer)]
    lines = [each for each in offers_and_lines if isinstance(each, Line)]
    return figures_of(Book(tuple(offers), tuple(lines)))["tiers"]["1"]


def test_evenness_is_one_among_equals_and_does_not_blame_the_modest():
    assert evenness(tier_of(Offer(1, 60), Line(1, 60), Line(2, 60))) == pytest.approx(1)
    # the third has all it asked for, at half the level of the others
    modest = tier_of(
        Offer(1, 120), Line(1, 99, need=60), Line(2, 99, need=60), Line(3, 20, need=60)
    )
    assert modest["least"] == pytest.approx(1 / 3)
    assert evenness(modest) == pytest.approx(1)


def test_evenness_falls_where_some_get_what_others_need():
    # one offer serves the first alone, and half of its need; the other serves the second, a tenth
    apart = tier_of(
        Offer(1, 50, places=frozenset({"29"})),
        Offer(2, 10, places=frozenset({"69"})),
        Line(1, 100, place="29"),
        Line(2, 100, place="69"),
    )
    assert evenness(apart) == pytest.approx(0.6**2 / (2 * 0.26))


def test_evenness_of_nothing_is_unknown_and_luxury_counts_as_plenty():
    assert evenness(tier_of(Offer(1, 0), Line(1, 60))) is None
    luxury = tier_of(
        Offer(1, 50, places=frozenset({"29"})),
        Offer(2, 10, places=frozenset({"69"})),
        Line(1, 100, place="29", need=1),
        Line(2, 100, place="69", need=10),
    )
    assert evenness(luxury) == pytest.approx(1)


def test_past_counts_for_the_level_and_beyond_the_need_is_the_last_column():
    lines = (Line(1, 100, need=50, past=25.0), Line(2, 60, need=100))
    tier = figures_of(Book((Offer(1, 1000),), lines))["tiers"]["1"]
    assert tier["satisfied"][-1] == 1  # (25 + 100) of 50
    assert tier["satisfied"][12] == 1  # 60 of 100
    assert tier["least"] == pytest.approx(0.6)


def test_policy_is_told_apart():
    policy = Policy(
        held_back=Decimal("0.1"),
        floors=(Floor(Who(tiers=frozenset({2})), Decimal("0.5")),),
        reserves=(Reserve("nursing homes", Decimal("0.25"), Who(places=frozenset({"29"}))),),
    )
    lines = (Line(1, 100, place="29"), Line(2, 15, tier=2), Line(3, 45, tier=2))
    found = figures_of(Book((Offer(1, 105, pack=10),), lines, policy))
    # 90 of 105 units are for sale; the floors of 7.5 and 22.5 units are met in packs of 10
    assert found["stock"] | {"shared": 0, "left": 0} == {
        "offers": 1,
        "before": 105,
        "held_back": 10,
        "unsellable": 5,
        "shared": 0,
        "left": 0,
    }
    floor = found["floors"]["1"]
    assert (floor["lines"], floor["promised"]) == (2, 30)
    assert found["reserves"]["nursing homes"] == {
        "kept": 22.5,
        "lines": 1,
        "wanted": 100,
        "received": found["places"]["29"]["received"],
    }


def test_split_and_cost():
    offers = (Offer(1, 40, price_micro=2_000_000), Offer(2, 60, price_micro=500_000))
    found = figures_of(Book(offers, (Line(1, 100),)))
    assert found["split"] == 1
    assert found["cost_eur"] == 110.0
    assert found["distance"] == 0
