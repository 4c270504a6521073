"""Answers as CSV files: their text, and that they are whole or not there."""

import pytest

from orders.allocation.files import writing
from tests.allocation.test_frozen import OUTCOME


def test_the_answer_becomes_four_tables(tmp_path):
    paths = {name: tmp_path / f"{name}.csv" for name in ("out", "targets", "fractional", "why")}
    writing.write_all(
        {
            paths["out"]: writing.allocations(OUTCOME),
            paths["targets"]: writing.targets(OUTCOME),
            paths["fractional"]: writing.fractional(OUTCOME),
            paths["why"]: writing.reasons(OUTCOME),
        }
    )
    assert {name: path.read_bytes().decode() for name, path in paths.items()} == {
        "out": "line_id,offer_id,qty\n5,1,50\n",
        "targets": "line_id,target\n5,50.125\n6,0.0\n",
        "fractional": "line_id,offer_id,qty\n5,1,50.125\n",
        "why": "line_id,limit,target,received,reachable,peers,peer_fill,part,"
        "part_tier,part_level,part_lines,part_offers,part_supply\n"
        "5,pack,50.125,50,1000000000000,1,0.16666666666666666,0,1,0.2,1,1,50.0\n"
        "6,pinned,0.0,0,0,0,0.0,-1,,,,,\n",
    }
    assert sorted(tmp_path.iterdir()) == sorted(paths.values())


def test_what_cannot_be_written_whole_is_not_written_at_all(tmp_path):
    there, nowhere = tmp_path / "a.csv", tmp_path / "missing" / "b.csv"
    there.write_text("old")
    table = writing.targets(OUTCOME)
    with pytest.raises(FileNotFoundError):
        writing.write_all({there: table, nowhere: table})
    assert there.read_text() == "old"
    assert list(tmp_path.iterdir()) == [there]
