"""What is admitted, what is refused and how, and that the order of rows never matters."""

import random
from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest

from orders.allocation.errors import InvalidMarket
from orders.allocation.input import frozen
from orders.allocation.input.building import build
from orders.allocation.input.rows import Line, Offer, Place, market_of
from orders.allocation.market import NO_LIMIT, NONE
from orders.allocation.policy import Floor, Policy, Reserve, Who
from tests.allocation.markets import random_book


HALF = Decimal("0.5")


def small():
    """Two offers of two products, three lines."""
    return market_of(
        [Offer(3, 100, product="A"), Offer(1, 40, product="B", places=frozenset({"69"}))],
        [
            Line(7, 50, products=("A", "B")),
            Line(2, 20, place="69"),
            Line(9, 5, products=("A", "B")),
        ],
        places={"69": Place("R84", 45.9, 4.6), "75": Place("R11", 48.9, 2.3)},
        groups={"A": "masks", "B": "masks", "C": "gloves"},
    )


def with_cell(table, id, column, value):
    """The small market with one cell changed, not yet built."""
    market = small()
    rows = getattr(market, table)
    values = getattr(rows, column).copy()
    values[rows.id == id] = value
    return replace(market, **{table: replace(rows, **{column: values})})


def scrambled(market, seed):
    """The same market told in another order, with spare and repeated wishes and areas."""
    rng = random.Random(seed)

    def order(count):
        return np.array(rng.sample(range(count), count), np.int64)

    def rank(order):
        return np.argsort(order)

    group, product, place = (
        order(len(market.groups)),
        order(len(market.products.code)),
        order(len(market.places.code)),
    )
    wish = np.concatenate([order(len(market.wishes)), order(len(market.wishes))])
    area = np.concatenate([order(len(market.areas)), order(len(market.areas))])
    offers, lines = market.offers, market.lines
    return replace(
        market,
        groups=tuple(market.groups[row] for row in group),
        products=replace(
            market.products,
            code=tuple(market.products.code[row] for row in product),
            group=rank(group)[market.products.group][product],
            freight_micro=market.products.freight_micro[product],
        ),
        places=replace(
            market.places,
            code=tuple(market.places.code[row] for row in place),
            region=tuple(market.places.region[row] for row in place),
            lat=market.places.lat[place],
            lon=market.places.lon[place],
        ),
        areas=np.concatenate([market.areas[area][:, place], np.zeros((1, len(place)), bool)]),
        wishes=tuple(tuple(int(rank(product)[p]) for p in market.wishes[row]) for row in wish),
        offers=replace(
            offers,
            product=rank(product)[offers.product],
            origin=np.where(offers.origin == NONE, NONE, rank(place)[offers.origin]),
            area=np.array([rng.choice(np.flatnonzero(area == row)) for row in offers.area], int),
        ).take(order(len(offers))),
        lines=replace(
            lines,
            place=rank(place)[lines.place],
            wish=np.array([rng.choice(np.flatnonzero(wish == row)) for row in lines.wish], int),
        ).take(order(len(lines))),
    )


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_rows_gives_the_same_bytes(seed):
    market = random_book(seed, with_policy=True, one_group=False).market()
    assert frozen.to_bytes(build(scrambled(market, seed))) == frozen.to_bytes(market)


def test_rows_are_sorted_and_positions_follow():
    market = small()
    assert market.offers.id.tolist() == [1, 3]
    assert market.lines.id.tolist() == [2, 7, 9]
    assert market.groups == ("gloves", "masks")
    assert [market.products.code[product] for product in market.offers.product] == ["B", "A"]
    assert market.products.group.tolist() == [1, 1, 0]
    assert market.areas.tolist() == [[True, False], [True, True]]
    assert market.offers.area.tolist() == [0, 1]
    assert market.wishes == ((0,), (0, 1))
    assert market.lines.wish.tolist() == [0, 1, 1]


def test_nothing_at_all_is_a_market():
    assert len(market_of([], []).lines) == 0
    assert len(market_of([], [Line(1, 5)]).lines) == 1
    assert len(market_of([Offer(1, 5)], []).offers) == 1


@pytest.mark.parametrize(
    ("table", "id", "column", "value"),
    [
        ("offers", 3, "pack", 1000),
        ("offers", 3, "min_order", 1000),
        ("offers", 3, "stock", 0),
        ("offers", 3, "stock", 10**12),
        ("offers", 3, "max_per_buyer", 0),
        ("offers", 3, "price_micro", 10**12),
        ("lines", 7, "pinned", 1),
        ("lines", 7, "wanted", 10**12),
        ("lines", 7, "need", 1e-6),
        ("lines", 7, "ceiling_micro", 0),
        ("lines", 7, "need_days", 0),
    ],
)
def test_what_is_merely_unusable_or_large_is_admitted(table, id, column, value):
    market = build(with_cell(table, id, column, value))
    rows = getattr(market, table)
    assert getattr(rows, column)[rows.id == id] == [value]


@pytest.mark.parametrize(
    ("table", "id", "column", "value", "row", "field", "problem"),
    [
        ("offers", 3, "id", 1, "offer 1", "id", "appears twice"),
        ("offers", 3, "id", -4, "offer -4", "id", "must be from 0"),
        ("offers", 3, "stock", -1, "offer 3", "stock", "not -1"),
        ("offers", 3, "stock", 10**12 + 1, "offer 3", "stock", "to 1,000,000,000,000"),
        ("offers", 3, "pack", 0, "offer 3", "pack", "must be from 1"),
        ("offers", 3, "min_order", -1, "offer 3", "min_order", "must be from 0"),
        ("offers", 3, "max_per_buyer", -1, "offer 3", "max_per_buyer", "must be from 0"),
        ("offers", 3, "price_micro", -1, "offer 3", "price_micro", "must be from 0"),
        ("offers", 3, "lead_days", -1, "offer 3", "lead_days", "must be from 0"),
        ("offers", 3, "product", 3, "offer 3", "product", "unknown"),
        ("offers", 3, "origin", 2, "offer 3", "origin", "unknown"),
        ("offers", 3, "origin", -2, "offer 3", "origin", "unknown"),
        ("offers", 3, "area", -1, "offer 3", "area", "unknown"),
        ("lines", 7, "id", 9, "line 9", "id", "appears twice"),
        ("lines", 7, "id", -1, "line -1", "id", "must be from 0"),
        ("lines", 7, "buyer", -1, "line 7", "buyer", "must be from 0"),
        ("lines", 7, "place", 2, "line 7", "place", "unknown"),
        ("lines", 7, "tier", 0, "line 7", "tier", "must be from 1"),
        ("lines", 7, "wish", 2, "line 7", "wish", "unknown"),
        ("lines", 7, "wanted", 0, "line 7", "wanted", "must be from 1"),
        ("lines", 7, "min_useful", -1, "line 7", "min_useful", "must be from 0"),
        ("lines", 7, "min_useful", 51, "line 7", "min_useful", "more than the line wants"),
        ("lines", 7, "need_days", -1, "line 7", "need_days", "must be from 0"),
        ("lines", 7, "ceiling_micro", -1, "line 7", "ceiling_micro", "must be from 0"),
        ("lines", 7, "need", 0, "line 7", "need", "must be from"),
        ("lines", 7, "need", -3, "line 7", "need", "not -3.0"),
        ("lines", 7, "need", float("nan"), "line 7", "need", "not nan"),
        ("lines", 7, "need", float("inf"), "line 7", "need", "not inf"),
        ("lines", 7, "need", 1e30, "line 7", "need", "not 1e+30"),
        ("lines", 7, "past", -0.5, "line 7", "past", "must be from 0"),
        ("lines", 7, "past", float("nan"), "line 7", "past", "not nan"),
        ("lines", 7, "pinned", 2, "line 7", "pinned", "unknown offer"),
        ("lines", 7, "preferred", 2, "line 7", "preferred", "unknown offer"),
    ],
)
def test_a_bad_cell_is_refused_by_row_and_field(table, id, column, value, row, field, problem):
    with pytest.raises(InvalidMarket) as refused:
        build(with_cell(table, id, column, value))
    assert (refused.value.row, refused.value.field) == (row, field)
    assert problem in refused.value.problem


def test_the_least_id_is_named_whatever_the_order():
    lines = [Line(8, 0), Line(5, 0), Line(6, 0)]
    with pytest.raises(InvalidMarket, match="line 5, wanted"):
        market_of([], lines)


@pytest.mark.parametrize("value", [1.5, True, "12", None, 10**30])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(InvalidMarket, match=r"offer 4, stock: must be a whole number"):
        market_of([Offer(4, value)], [])


def test_columns_of_different_lengths_are_refused():
    market = small()
    lines = replace(market.lines, tier=market.lines.tier[:2])
    with pytest.raises(InvalidMarket, match="lines, tier: has 2 rows where the table has 3"):
        build(replace(market, lines=lines))


@pytest.mark.parametrize(
    ("wishes", "problem"),
    [
        (((0,), ()), "at least one product"),
        (((0,), (0, 0)), "a product twice"),
        (((0,), (0, 2)), "several groups"),
        (((0,), (0, 3)), "unknown product"),
        (((0,), (-1,)), "unknown product"),
    ],
)
def test_a_bad_wish_is_refused_by_its_first_line(wishes, problem):
    with pytest.raises(InvalidMarket, match=problem) as refused:
        build(replace(small(), wishes=wishes))
    assert (refused.value.row, refused.value.field) == ("line 7", "wish")


def test_a_group_too_large_for_the_count_is_refused():
    offers = [Offer(id, 10**12) for id in range(1001)]
    with pytest.raises(InvalidMarket, match="group A, stock: sums to 1,001,000,000,000,000"):
        market_of(offers, [Line(1, 5)])
    lines = [Line(id, 10**12, need=1) for id in range(1001)]
    with pytest.raises(InvalidMarket, match="group A, wanted"):
        market_of([], lines)


@pytest.mark.parametrize(
    ("change", "row", "field"),
    [
        ({"seed": 5}, "market", "seed"),
        ({"groups": ("masks", "masks")}, "group masks", "code"),
        ({"groups": ("", "masks")}, "group ''", "code"),
    ],
)
def test_bad_names_are_refused(change, row, field):
    with pytest.raises(InvalidMarket) as refused:
        build(replace(small(), **change))
    assert (refused.value.row, refused.value.field) == (row, field)


def test_bad_places_and_products_are_refused():
    market = small()
    for table, change, row in (
        ("places", {"lat": np.array([95.0, 45.0])}, "place 69, lat"),
        ("places", {"lon": np.array([0.0, np.inf])}, "place 75, lon"),
        ("places", {"code": ("69", "69")}, "place 69, code"),
        ("products", {"code": ("A", "A", "C")}, "product A, code"),
        ("products", {"group": np.array([0, 2, 1])}, "product B, group"),
        ("products", {"freight_micro": np.array([0, -1, 1])}, "product B, freight_micro"),
    ):
        with pytest.raises(InvalidMarket, match=row):
            build(replace(market, **{table: replace(getattr(market, table), **change)}))


@pytest.mark.parametrize(
    ("policy", "field", "problem"),
    [
        (Policy(held_back=Decimal(1)), "held_back", "below 1"),
        (Policy(held_back=Decimal("-0.1")), "held_back", "from 0 to 1"),
        (Policy(held_back=Decimal("NaN")), "held_back", "finite"),
        (Policy(held_back=0.5), "held_back", "decimal"),
        (Policy(held_back=Decimal("0.1234567890123456789012345")), "held_back", "round it"),
        (Policy(floors=(Floor(Who(), Decimal("1.1")),)), "floors[0].fraction", "not 1.1"),
        (Policy(reserves=(Reserve("a", Decimal(-1), Who()),)), "reserves[0].share", "not -1"),
        (
            Policy(reserves=(Reserve("a", HALF, Who()), Reserve("b", Decimal("0.51"), Who()))),
            "reserves",
            "add up to 1.01",
        ),
        (
            Policy(reserves=(Reserve("a", HALF, Who()), Reserve("a", HALF, Who()))),
            "reserves[1].name",
            "of its own",
        ),
        (
            Policy(floors=(Floor(Who(places=frozenset({"13"})), HALF),)),
            "floors[0].who.dept",
            "unknown '13'; known are 69, 75",
        ),
        (
            Policy(floors=(Floor(Who(regions=frozenset({"R99"})), HALF),)),
            "floors[0].who.region",
            "unknown 'R99'",
        ),
        (
            Policy(floors=(Floor(Who(tiers=frozenset({0})), HALF),)),
            "floors[0].who.tier",
            "not 0",
        ),
        (
            Policy(reserves=(Reserve("a", HALF, Who(buyers=frozenset({-1}))),)),
            "reserves[0].who.buyer_id",
            "not -1",
        ),
        (Policy(caps={(7, "gowns"): 5}), "caps[7, gowns]", "unknown group"),
        (Policy(caps={(7, "masks"): -5}), "caps[7, masks]", "not -5"),
    ],
)
def test_a_contradictory_policy_is_refused_by_its_path(policy, field, problem):
    with pytest.raises(InvalidMarket) as refused:
        build(replace(small(), policy=policy))
    assert (refused.value.row, refused.value.field) == ("policy", field)
    assert problem in refused.value.problem


def test_a_policy_may_name_who_is_absent_today():
    who = Who(tiers=frozenset({4}), buyers=frozenset({12345}))
    policy = Policy(floors=(Floor(who, HALF),), caps={(12345, "gloves"): 0})
    assert build(replace(small(), policy=policy)).policy == policy


def test_rows_without_a_limit_have_none():
    market = market_of([Offer(1, 5)], [Line(4, 5)])
    assert market.offers.max_per_buyer[0] == market.lines.need_days[0] == NO_LIMIT
    assert market.lines.ceiling_micro[0] == NO_LIMIT
    assert market.offers.origin[0] == market.lines.pinned[0] == market.lines.preferred[0] == NONE
    assert (market.lines.buyer[0], market.lines.need[0]) == (4, 5.0)


def test_products_that_share_a_line_share_a_group():
    lines = [Line(1, 5, products=(1, 2)), Line(2, 5, products=(3, 2)), Line(3, 5, products=4)]
    market = market_of([Offer(1, 5, product=5)], lines)
    assert market.groups == ("1", "4", "5")
    assert market.products.group.tolist() == [0, 0, 0, 1, 2]


def test_an_offer_to_an_unknown_place_is_refused():
    with pytest.raises(InvalidMarket, match="offer 1, places: unknown place 13"):
        market_of([Offer(1, 5, places=frozenset({"13"}))], [], places={"75": Place()})


def test_every_column_of_a_market_is_of_64_bits():
    market = build(with_cell("lines", 7, "tier", np.int8(2)))
    for table in (market.offers, market.lines):
        assert all(getattr(table, each.name).dtype.itemsize == 8 for each in fields(table))
