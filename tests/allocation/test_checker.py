"""The judge is judged: each kind of wrong row is named by the rule that it breaks."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from orders.allocation import book, checker, engine
from orders.allocation.checker import Rule, verify
from orders.allocation.model import Limit, Share, Snapshot
from tests.allocation.instances import EXAMPLE, line, offer, with_line, with_offer


RESULT = engine.solve(EXAMPLE)


def broken(result, snapshot=EXAMPLE):
    return {violation.rule for violation in verify(snapshot, result)}


def with_shares(*shares):
    """The documented result with other shares and the reasons that would go with them."""
    return fitted(RESULT, EXAMPLE, shares)


def fitted(result, snapshot, shares):
    got = {row.id: 0 for row in snapshot.lines}
    for share in shares:
        if share.line in got:
            got[share.line] += share.units
    reasons = tuple(
        replace(
            reason,
            received=got[reason.line],
            level=got[reason.line] / reason.need,
            limit=Limit.NONE if got[reason.line] == reason.asked else Limit.SUPPLY,
        )
        for reason in result.reasons
    )
    return replace(result, shares=tuple(shares), reasons=reasons)


ONE, TWO, THREE, FOUR = RESULT.shares


@pytest.mark.parametrize(
    ("rule", "shares"),
    [
        (Rule.UNKNOWN, [ONE, TWO, THREE, FOUR, Share(99, 1, 10)]),
        (Rule.UNKNOWN, [ONE, TWO, THREE, FOUR, Share(3, 99, 10)]),
        (Rule.DUPLICATE, [ONE, TWO, Share(3, 1, 200), Share(3, 1, 70), FOUR]),
        (Rule.ELIGIBILITY, [ONE, Share(2, 2, 250), Share(3, 2, 50), FOUR]),
        (Rule.ELIGIBILITY, [ONE, TWO, Share(6, 1, 100), FOUR]),
        (Rule.PACK, [ONE, TWO, Share(3, 1, 265), FOUR]),
        (Rule.PACK, [ONE, TWO, Share(3, 1, 0), FOUR]),
        (Rule.PACK, [ONE, TWO, THREE, FOUR, Share(5, 1, -10)]),
        (Rule.STOCK, [ONE, TWO, THREE, Share(4, 1, 140)]),
        (Rule.WANTED, [Share(1, 2, 250), Share(2, 2, 250), THREE, FOUR]),
        (Rule.WASTE, [ONE, TWO, THREE, Share(4, 1, 120)]),
        (Rule.WASTE, [ONE, TWO, THREE]),
        (Rule.PRIORITY, [ONE, TWO, Share(3, 1, 260), FOUR, Share(5, 1, 10)]),
        (Rule.PRIORITY, [Share(1, 2, 150), Share(2, 2, 350), THREE, FOUR]),
        (Rule.FAIRNESS, [ONE, TWO, Share(3, 1, 300), Share(4, 1, 100)]),
    ],
)
def test_verify_names_the_broken_rule(rule, shares):
    assert rule in broken(with_shares(*shares))


def test_verify_says_where_and_what():
    (violation,) = verify(EXAMPLE, with_shares(ONE, TWO, THREE, Share(4, 1, 140)))
    assert (violation.rule, violation.line, violation.offer) == (Rule.STOCK, None, 1)
    assert violation.detail == "410 units of 400"


@pytest.mark.parametrize(
    ("rule", "snapshot"),
    [
        (Rule.MIN_ORDER, with_offer(EXAMPLE, 1, min_order=140)),
        (Rule.CAP, with_offer(EXAMPLE, 2, max_per_buyer=250)),
        (Rule.MIN_USEFUL, with_line(EXAMPLE, 4, min_useful=140)),
        (Rule.STOCK, with_offer(EXAMPLE, 2, stock=499)),
        (Rule.PACK, with_offer(EXAMPLE, 2, pack=40)),
        (Rule.ELIGIBILITY, with_line(EXAMPLE, 3, need_days=2)),
        (Rule.ELIGIBILITY, with_line(EXAMPLE, 3, pinned_offer=2)),
        (Rule.ELIGIBILITY, with_line(EXAMPLE, 3, products=(2,))),
        (Rule.TARGET, with_line(EXAMPLE, 4, need=50.0)),
        (Rule.TARGET, with_line(EXAMPLE, 5, tier=1)),
        (Rule.TARGET, with_offer(EXAMPLE, 2, stock=550)),
    ],
)
def test_verify_refuses_an_answer_to_another_snapshot(rule, snapshot):
    assert rule in broken(RESULT, snapshot)


def test_verify_counts_a_buyers_lines_together():
    lines = (line(1, 30, buyer=7), line(2, 30, buyer=7))
    snapshot = Snapshot((offer(1, 80, max_per_buyer=40),), lines, "s")
    result = engine.solve(snapshot)
    assert broken(result, snapshot) == set()
    shares = (Share(1, 1, 30), Share(2, 1, 30))
    assert broken(fitted(result, snapshot, shares), snapshot) == {Rule.CAP}


def test_verify_sees_a_lower_tier_of_the_same_buyer_fill_its_cap():
    lines = (line(1, 20, buyer=7, tier=1), line(2, 20, buyer=7, tier=3))
    snapshot = Snapshot((offer(1, 80, max_per_buyer=20),), lines, "s")
    result = engine.solve(snapshot)
    assert result.shares == (Share(1, 1, 20),)
    swapped = fitted(result, snapshot, (Share(2, 1, 20),))
    assert broken(swapped, snapshot) == {Rule.PRIORITY}


@pytest.mark.parametrize(
    "targets",
    [
        RESULT.targets | {99: 1.0},
        {line: units for line, units in RESULT.targets.items() if line != 5},
        RESULT.targets | {3: 276.667, 4: 123.333},
        RESULT.targets | {3: 276.667},
        RESULT.targets | {3: 256.667, 5: 10.0},
        RESULT.targets | {3: -1.0},
        RESULT.targets | {1: 201.0},
        RESULT.targets | {6: 5.0},
    ],
)
def test_verify_refuses_a_wrong_target(targets):
    reasons = tuple(
        replace(reason, target=targets.get(reason.line, 0.0)) for reason in RESULT.reasons
    )
    assert broken(replace(RESULT, targets=targets, reasons=reasons)) == {Rule.TARGET}


@pytest.mark.parametrize(
    "changes",
    [
        {"asked": 401},
        {"need": 401.0},
        {"received": 260},
        {"target": 270.0},
        {"level": 1.0},
        {"limit": Limit.NONE},
        {"line": 4},
    ],
)
def test_verify_refuses_a_reason_with_a_wrong_number(changes):
    reasons = [
        replace(reason, **changes) if reason.line == 3 else reason for reason in RESULT.reasons
    ]
    assert broken(replace(RESULT, reasons=tuple(reasons))) == {Rule.REASON}


@pytest.mark.parametrize("module", [book, checker])
def test_checker_imports_nothing_of_the_solver(module):
    source = Path(module.__file__).read_text()
    imported = set(re.findall(r"from orders\.allocation\.(\w+) import", source))
    assert imported <= {"book", "model"}
    assert "from orders.allocation import" not in source
