import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from orders.allocation import engine
from orders.allocation.model import InvalidSnapshot, Result, Snapshot
from tests.allocation.instances import EXAMPLE, line, offer, snapshots, with_line, with_offer


def test_snapshot_forgets_the_order_of_its_rows():
    backwards = Snapshot(EXAMPLE.offers[::-1], EXAMPLE.lines[::-1], EXAMPLE.seed)
    assert backwards == EXAMPLE
    assert backwards.to_bytes() == EXAMPLE.to_bytes()
    assert backwards.digest() == EXAMPLE.digest()


def test_snapshot_digest_changes_with_any_value():
    changed = [
        replace(EXAMPLE, seed="round 2"),
        with_line(EXAMPLE, 2, wanted=901),
        with_offer(EXAMPLE, 2, departments=frozenset({"29", "35"})),
    ]
    assert len({EXAMPLE.digest(), *(one.digest() for one in changed)}) == 4


def test_snapshot_writes_a_whole_need_like_a_decimal_one():
    assert with_line(EXAMPLE, 3, need=400).to_bytes() == EXAMPLE.to_bytes()


@given(snapshots())
@settings(max_examples=40, deadline=None, database=None)
def test_snapshot_and_result_survive_their_bytes(snapshot):
    assert Snapshot.from_bytes(snapshot.to_bytes()) == snapshot
    result = engine.solve(snapshot)
    again = Result.from_bytes(result.to_bytes())
    assert again == result
    assert again.digest() == result.digest()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pack": 0}, "pack"),
        ({"stock": -1}, "stock"),
        ({"stock": 10**10 + 1}, "stock"),
        ({"stock": 1.5}, "stock"),
        ({"min_order": -1}, "min_order"),
        ({"max_per_buyer": -1}, "max_per_buyer"),
        ({"price_milli": True}, "price_milli"),
        ({"lead_days": -1}, "lead_days"),
        ({"product": "mask"}, "product"),
        ({"departments": frozenset({""})}, "departments"),
    ],
)
def test_snapshot_refuses_a_bad_offer(changes, field):
    with pytest.raises(InvalidSnapshot, match=f"offer 2, {field}") as caught:
        with_offer(EXAMPLE, 2, **changes)
    assert (caught.value.row, caught.value.field) == ("offer 2", field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wanted": 0}, "wanted"),
        ({"need": 0}, "need"),
        ({"need": float("nan")}, "need"),
        ({"need": "12"}, "need"),
        ({"tier": 0}, "tier"),
        ({"buyer": None}, "buyer"),
        ({"min_useful": 901}, "min_useful"),
        ({"need_days": -1}, "need_days"),
        ({"ceiling_milli": -1}, "ceiling_milli"),
        ({"products": ()}, "products"),
        ({"products": (1, 1)}, "products"),
        ({"department": ""}, "department"),
        ({"pinned_offer": 77}, "pinned_offer"),
    ],
)
def test_snapshot_refuses_a_bad_line(changes, field):
    with pytest.raises(InvalidSnapshot) as caught:
        with_line(EXAMPLE, 2, **changes)
    assert (caught.value.row, caught.value.field) == ("line 2", field)


def test_snapshot_refuses_the_same_id_twice():
    with pytest.raises(InvalidSnapshot, match="offer 1, id: appears twice"):
        Snapshot((offer(1, 5), offer(1, 6)), (), "s")
    with pytest.raises(InvalidSnapshot, match="line 1, id: appears twice"):
        Snapshot((), (line(1, 5), line(1, 6)), "s")


def test_snapshot_refuses_a_seed_that_is_no_text():
    with pytest.raises(InvalidSnapshot, match="seed"):
        Snapshot((), (), 5)


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b'{"offers": [], "lines": []}'])
def test_snapshot_refuses_bytes_that_hold_none(data):
    with pytest.raises(InvalidSnapshot, match="bytes"):
        Snapshot.from_bytes(data)


def test_snapshot_names_an_unknown_or_missing_field_in_its_bytes():
    value = json.loads(EXAMPLE.to_bytes())
    value["lines"][0]["weight"] = 2
    with pytest.raises(InvalidSnapshot, match="line 1, weight: unknown field"):
        Snapshot.from_bytes(json.dumps(value).encode())
    del value["lines"][0]["weight"], value["lines"][0]["wanted"]
    with pytest.raises(InvalidSnapshot, match=r"line 1, fields: .*wanted"):
        Snapshot.from_bytes(json.dumps(value).encode())
