"""Canonical bytes: what goes in comes out, equal means equal bytes, damage is refused."""

import json
from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, strategies as st

from orders.allocation.errors import InvalidMarket
from orders.allocation.input import frozen
from orders.allocation.input.building import build
from orders.allocation.input.rows import Line, Offer, Place, market_of
from orders.allocation.market import NO_LIMIT
from orders.allocation.outcome import Flow, Outcome, Parts, Shares
from orders.allocation.policy import Floor, Policy, Reserve, Who
from tests.allocation.markets import random_book


MARKET = market_of(
    [Offer(1, 10**12, pack=50, max_per_buyer=500), Offer(2, 70, product="é", origin="75")],
    [
        Line(5, 300, products=("A", "é"), need=12.75, ceiling_micro=650_000),
        Line(6, 128, need_days=3, past=2.5, pinned=2),
    ],
    seed="round 1",
    places={"75": Place("R11", 48.9, 2.3), "976": Place("R06")},
    policy=Policy(
        held_back=Decimal("0.05"),
        floors=(Floor(Who(regions=frozenset({"R06"})), Decimal("0.5")),),
        reserves=(Reserve("nursing homes", Decimal("0.25"), Who(tiers=frozenset({1, 3}))),),
        caps={(6, "A"): 60, (5, "A"): 10**9},
    ),
)
OUTCOME = Outcome(
    shares=Shares(np.array([5]), np.array([1]), np.array([50])),
    line=np.array([5, 6]),
    target=np.array([50.125, 0.0]),
    received=np.array([50, 0]),
    limit=np.array([4, 10], np.int8),
    reachable=np.array([10**12, 0]),
    peers=np.array([1, 0]),
    peer_fill=np.array([1 / 6, 0.0]),
    part=np.array([0, -1]),
    parts=Parts(np.array([1]), np.array([0.2]), np.array([1]), np.array([1]), np.array([50.0])),
    flow=Flow(np.array([5]), np.array([1]), np.array([50.125])),
)


# Stored rounds are compared by these bytes: a new layout needs a new kind, "market 2".
MARKET_DIGEST = "2ddd530a1a77d082ed7f231cbf3649c8809970b49df269ac95a402d0401042cc"
OUTCOME_DIGEST = "bb8db349a12e827dfc5720a9ed8212a68db597497ed75d90c69c7c1ed6a31692"


@pytest.mark.parametrize("seed", range(10))
def test_a_market_comes_back_as_it_was(seed):
    market = random_book(seed, with_policy=True, one_group=False).market()
    again = frozen.from_bytes(frozen.to_bytes(market))
    assert again.policy == market.policy
    assert (again.seed, again.groups, again.wishes) == (market.seed, market.groups, market.wishes)
    np.testing.assert_array_equal(again.areas, market.areas)
    for table in ("offers", "lines", "places", "products"):
        for each in fields(getattr(market, table)):
            was, is_ = (getattr(getattr(one, table), each.name) for one in (market, again))
            np.testing.assert_array_equal(was, is_)


def test_one_group_of_a_market_comes_back_too():
    for part in random_book(3, one_group=False).market().split():
        assert frozen.to_bytes(frozen.from_bytes(frozen.to_bytes(part))) == frozen.to_bytes(part)


def test_an_outcome_comes_back_as_it_was():
    data = frozen.to_bytes(OUTCOME)
    again = frozen.outcome_from_bytes(data)
    assert frozen.to_bytes(again) == data
    assert again.limit.dtype == np.int8
    assert again.target.tolist() == [50.125, 0.0]
    assert again.peer_fill[0] == 1 / 6
    assert again.shares.units.tolist() == [50]


def test_the_bytes_are_the_same_on_every_machine():
    assert frozen.digest(MARKET) == MARKET_DIGEST
    assert frozen.digest(OUTCOME) == OUTCOME_DIGEST


def test_every_cell_counts():
    before = frozen.digest(MARKET)
    for table in ("offers", "lines"):
        rows = getattr(MARKET, table)
        for each in fields(rows):
            values = getattr(rows, each.name).copy()
            values[-1] = 1 if values[-1] == NO_LIMIT else values[-1] + 1
            changed = replace(MARKET, **{table: replace(rows, **{each.name: values})})
            assert frozen.digest(changed) != before, each.name
    for change in ({"seed": "round 2"}, {"areas": ~MARKET.areas}, {"policy": Policy()}):
        assert frozen.digest(replace(MARKET, **change)) != before


def test_equal_policies_give_equal_bytes():
    said = [
        Policy(held_back=Decimal(held), caps=dict(caps))
        for held, caps in (
            ("0.5", [((5, "A"), 1), ((6, "A"), 2)]),
            ("0.50", [((6, "A"), 2), ((5, "A"), 1)]),
        )
    ]
    first, second = (frozen.to_bytes(build(replace(MARKET, policy=each))) for each in said)
    assert first == second


def test_columns_are_narrow_and_constants_stored_once():
    data = frozen.to_bytes(market_of([], [Line(id, 300, need=0.1) for id in range(1000)]))
    header = json.loads(data.partition(b"\n")[0])
    stored = {name: (dtype, rows, kept) for name, dtype, rows, kept in header["columns"]}
    assert stored["lines.id"] == ("<i2", 1000, 1000)
    assert stored["lines.wanted"] == ("<i2", 1000, 1)
    assert stored["lines.need_days"] == ("|i1", 1000, 1)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"not JSON\n",
        b"[]\n",
        b"{}\n",
        b"\xff\xfe\n",
        frozen.to_bytes(OUTCOME),
        frozen.to_bytes(MARKET)[:-1],
        frozen.to_bytes(MARKET) + b"\0",
        frozen.to_bytes(MARKET).replace(b'"|i1"', b'"|O8"'),
        frozen.to_bytes(MARKET).replace(b'"market 1"', b'"market 2"'),
        frozen.to_bytes(MARKET).replace(b'"lines.wanted"', b'"lines.wented"'),
        frozen.to_bytes(MARKET).replace(b'"places":["75","976"]', b'"places":["75"]'),
        frozen.to_bytes(MARKET).replace(b'"wishes":[[0],[0,1]]', b'"wishes":[[0],[0,7]]'),
        frozen.to_bytes(MARKET).replace(b'"wishes":[[0],[0,1]]', b'"wishes":[[0],[0.0]]'),
        frozen.to_bytes(MARKET).replace(b'"held_back":"0.05"', b'"held_back":"a bit"'),
    ],
)
def test_damaged_bytes_are_refused(damaged):
    assert damaged != frozen.to_bytes(MARKET)
    with pytest.raises(InvalidMarket):
        frozen.from_bytes(damaged)


def test_an_outcome_that_lacks_a_column_is_refused():
    data = frozen.to_bytes(OUTCOME).replace(b'"flow.units"', b'"flow.onits"')
    with pytest.raises(InvalidMarket, match=r"flow\.units"):
        frozen.outcome_from_bytes(data)


@given(st.integers(0, len(frozen.to_bytes(MARKET)) - 1), st.integers(0, 255))
def test_any_byte_changed_is_refused_or_makes_another_market(at, byte):
    data = bytearray(frozen.to_bytes(MARKET))
    data[at] = byte
    try:
        market = frozen.from_bytes(bytes(data))
    except InvalidMarket:
        return
    assert frozen.to_bytes(market) == frozen.to_bytes(frozen.from_bytes(frozen.to_bytes(market)))
