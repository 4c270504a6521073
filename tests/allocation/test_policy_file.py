"""Policy files: what they mean, and how a contradictory one is refused."""

import json
from decimal import Decimal

import pytest

from orders.allocation.errors import InvalidMarket
from orders.allocation.files.reading import read_market
from orders.allocation.input import frozen
from orders.allocation.policy import Floor, Policy, Reserve, Who
from tests.allocation.instance_files import read, write


RULES = {
    "held_back": 0.05,
    "floors": [{"who": {"tier": [3], "region": ["R94"]}, "fraction": 0.02}],
    "reserves": [
        {"name": "nursing homes", "share": 0.25, "who": {"tier": [2, 3], "dept": ["06"]}},
        {"name": "one", "share": 0.75, "who": {"buyer_id": [120]}},
    ],
    "caps": "caps.csv",
    "past": "past.csv",
}
TABLES = {
    "caps.csv": "buyer_id,group,units\n120,RESP,1500\n5,GELS,0\n",
    "past.csv": "line_id,units\n7,12.5\n1,3\n",
}


def test_a_policy_file_becomes_a_policy(tmp_path):
    market = read(tmp_path, policy=RULES, extra=TABLES)
    assert market.policy == Policy(
        held_back=Decimal("0.05"),
        floors=(Floor(Who(tiers=frozenset({3}), regions=frozenset({"R94"})), Decimal("0.02")),),
        reserves=(
            Reserve(
                "nursing homes",
                Decimal("0.25"),
                Who(tiers=frozenset({2, 3}), places=frozenset({"06"})),
            ),
            Reserve("one", Decimal("0.75"), Who(buyers=frozenset({120}))),
        ),
        caps={(120, "RESP"): 1500, (5, "GELS"): 0},
    )
    assert market.lines.past.tolist() == [0, 3, 12.5]


def test_an_empty_policy_file_changes_nothing(tmp_path):
    assert frozen.to_bytes(read(tmp_path, policy={})) == frozen.to_bytes(read(tmp_path))


def _rules(**changes):
    return json.dumps(RULES | changes)


def _floor(**changes):
    return _rules(floors=[RULES["floors"][0] | changes])


# Text of the policy file, files beside it, and where and how it is refused.
CONTRADICTORY = {
    "no JSON": ("{", {}, "rules.json", "file", "is not JSON in UTF-8: Expecting"),
    "NaN": ('{"held_back": NaN}', {}, "rules.json", "file", "NaN is not a number"),
    "a list": ("[]", {}, "rules.json", "policy", "must be an object"),
    "a key twice": ('{"past": "a", "past": "b"}', {}, "rules.json", "past", "appears twice"),
    "unknown key": (_rules(heldback=0.1), {}, "rules.json", "policy.heldback", "known are held"),
    "all held back": (_rules(held_back=1), {}, "rules.json", "held_back", "below 1"),
    "held back below 0": (_rules(held_back=-0.1), {}, "rules.json", "held_back", "not -0.1"),
    "held back in words": (_rules(held_back="5 %"), {}, "rules.json", "held_back", "not '5 %'"),
    "held back truly": (_rules(held_back=True), {}, "rules.json", "held_back", "not True"),
    "floors no list": (_rules(floors={}), {}, "rules.json", "floors", "must be a list"),
    "floor above 1": (_floor(fraction=1.5), {}, "rules.json", "floors[0].fraction", "not 1.5"),
    "floor of nobody": (
        _rules(floors=[{"fraction": 0.5}]),
        {},
        "rules.json",
        "floors[0].who",
        "is missing",
    ),
    "floor with a name": (_floor(name="a"), {}, "rules.json", "floors[0].name", "unknown key"),
    "who no object": (_floor(who=[3]), {}, "rules.json", "floors[0].who", "in braces"),
    "who unknown": (_floor(who={"tiers": [3]}), {}, "rules.json", "floors[0].who.tiers", "tier"),
    "who empty": (_floor(who={"tier": []}), {}, "rules.json", "floors[0].who.tier", "not empty"),
    "who no list": (_floor(who={"tier": 3}), {}, "rules.json", "floors[0].who.tier", "a list"),
    "tier in quotes": (_floor(who={"tier": ["3"]}), {}, "rules.json", "floors[0].who.tier", "'3'"),
    "tier 0": (_floor(who={"tier": [0]}), {}, "rules.json", "floors[0].who.tier", "from 1"),
    "department": (_floor(who={"dept": ["6"]}), {}, "rules.json", "floors[0].who.dept", "'6'"),
    "dept a number": (_floor(who={"dept": [75]}), {}, "rules.json", "floors[0].who.dept", "75"),
    "region": (_floor(who={"region": ["R1"]}), {}, "rules.json", "floors[0].who.region", "'R1'"),
    "shares above 1": (
        _rules(reserves=[{"name": str(n), "share": 0.51, "who": {}} for n in range(2)]),
        {},
        "rules.json",
        "reserves",
        "shares add up to 1.02",
    ),
    "share below 0": (
        _rules(reserves=[{"name": "a", "share": -0.5, "who": {}}]),
        {},
        "rules.json",
        "reserves[0].share",
        "not -0.5",
    ),
    "nameless": (
        _rules(reserves=[{"name": "", "share": 0.5, "who": {}}]),
        {},
        "rules.json",
        "reserves[0].name",
        "not ''",
    ),
    "no caps": (_rules(caps="none.csv"), {}, "none.csv", "file", "No such file"),
    "caps outside": (_rules(caps="../caps.csv"), {}, "rules.json", "caps", "leaves the folder"),
    "caps no name": (_rules(caps=7), {}, "rules.json", "caps", "must be the name of a file"),
    "cap group": (
        _rules(),
        {"caps.csv": "buyer_id,group,units\n120,MASK,5\n"},
        "caps.csv, line 2",
        "group",
        "unknown group; it is not in products.csv (found 'MASK')",
    ),
    "cap below 0": (
        _rules(),
        {"caps.csv": "buyer_id,group,units\n120,RESP,-5\n"},
        "caps.csv, line 2",
        "units",
        "must be from 0",
    ),
    "cap twice": (
        _rules(),
        {"caps.csv": "buyer_id,group,units\n120,RESP,5\n5,RESP,1\n120,RESP,5\n"},
        "caps.csv, line 4",
        "buyer_id",
        "appears twice",
    ),
    "past unknown": (
        _rules(),
        {"past.csv": "line_id,units\n7,5\n8,5\n"},
        "past.csv, line 3",
        "line_id",
        "unknown line; it is not in lines.csv (found '8')",
    ),
    "past below 0": (
        _rules(),
        {"past.csv": "line_id,units\n7,-5\n"},
        "past.csv, line 2",
        "units",
        "must be from 0",
    ),
    "past twice": (
        _rules(),
        {"past.csv": "line_id,units\n7,5\n7,5\n"},
        "past.csv, line 3",
        "line_id",
        "appears twice",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTORY)
def test_a_contradictory_policy_is_refused_by_its_path(tmp_path, case):
    text, beside, row, field, words = CONTRADICTORY[case]
    with pytest.raises(InvalidMarket) as refused:
        read(tmp_path, policy=text, extra=TABLES | beside)
    assert (refused.value.row, refused.value.field) == (row, field)
    assert words in refused.value.problem


def test_a_policy_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidMarket, match=r"none\.json, file: cannot be read: No such file"):
        read_market(write(tmp_path), seed="", policy_file=tmp_path / "none.json")
