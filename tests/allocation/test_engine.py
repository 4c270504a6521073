import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from orders.allocation import engine, groups, packs, repair, targets
from orders.allocation.checker import Rule, verify
from orders.allocation.ledger import Ledger
from orders.allocation.model import Counterfactual, Share, Snapshot
from tests.allocation.instances import EXAMPLE, POOL, line, offer, random_snapshot, snapshots


QUICK = settings(max_examples=100, deadline=None, database=None)


def test_solve_the_documented_example():
    result = engine.solve(EXAMPLE)
    assert result.targets == {1: 200, 2: 300, 3: 266.667, 4: 133.333, 5: 0, 6: 0}
    assert result.shares == (
        Share(line=1, offer=2, units=200),
        Share(line=2, offer=2, units=300),
        Share(line=3, offer=1, units=270),
        Share(line=4, offer=1, units=130),
    )
    limits = [reason.limit for reason in result.reasons]
    assert limits == ["none", "supply", "supply", "supply", "tier", "price_ceiling"]
    assert result.reasons[2].counterfactual == Counterfactual(1, 20, 280)
    assert verify(EXAMPLE, result) == []


@given(snapshots())
@settings(QUICK, max_examples=250)
def test_solve_breaks_no_rule(snapshot):
    assert verify(snapshot, engine.solve(snapshot, counterfactuals=False)) == []


@pytest.mark.parametrize("seed", range(4))
def test_solve_breaks_no_rule_in_a_larger_market(seed):
    snapshot = random_snapshot(1000 + seed, offers=30, lines=300)
    assert verify(snapshot, engine.solve(snapshot)) == []


@given(snapshots(), st.randoms())
@QUICK
def test_solve_gives_the_same_bytes_whatever_the_row_order(snapshot, rng):
    offers, lines = list(snapshot.offers), list(snapshot.lines)
    rng.shuffle(offers)
    rng.shuffle(lines)
    shuffled = Snapshot(tuple(offers), tuple(lines), snapshot.seed)
    assert engine.solve(shuffled).to_bytes() == engine.solve(snapshot).to_bytes()


def test_solve_gives_the_same_bytes_in_another_process():
    """Nothing may hang on Python's own hash seed, which differs from process to process."""
    code = (
        "from orders.allocation import engine\n"
        "from tests.allocation.instances import random_snapshot\n"
        "print(engine.solve(random_snapshot(7, offers=8, lines=40)).digest())"
    )
    digests = {
        subprocess.check_output(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONHASHSEED": seed},
            text=True,
        )
        for seed in ("1", "2")
    }
    assert digests == {engine.solve(random_snapshot(7, offers=8, lines=40)).digest() + "\n"}


def test_solve_breaks_ties_by_the_seed_and_not_by_the_id():
    lines = tuple(line(id, 10) for id in (1, 2))
    winners = {
        engine.solve(Snapshot((offer(1, 10, pack=10),), lines, str(seed))).shares[0].line
        for seed in range(20)
    }
    assert winners == {1, 2}


@pytest.mark.parametrize(
    "snapshot",
    [
        Snapshot((), (), "s"),
        Snapshot((offer(1, 50),), (), "s"),
        Snapshot((), (line(1, 50),), "s"),
        Snapshot((offer(1, 0),), (line(1, 50),), "s"),
    ],
)
def test_solve_of_nothing_is_nothing(snapshot):
    result = engine.solve(snapshot)
    assert result.shares == ()
    assert verify(snapshot, result) == []


def test_solve_survives_a_claim_of_ten_billion():
    lines = (line(1, 10**10, need=10), line(2, 100, need=30))
    result = engine.solve(Snapshot((offer(1, 40),), lines, "s"))
    assert [share.units for share in result.shares] == [10, 30]


def test_solve_gives_each_group_what_it_would_get_alone():
    one, other = random_snapshot(3), random_snapshot(4)
    moved = Snapshot(
        tuple(replace(row, id=row.id + 100, product=row.product + 10) for row in other.offers),
        tuple(
            replace(row, id=row.id + 100, products=tuple(p + 10 for p in row.products))
            for row in other.lines
        ),
        one.seed,
    )
    both = Snapshot(one.offers + moved.offers, one.lines + moved.lines, one.seed)
    apart = engine.solve(one).shares + engine.solve(moved).shares
    assert engine.solve(both).shares == apart


def rules_broken_in_the_pool():
    return {
        violation.rule
        for snapshot in POOL
        for violation in verify(snapshot, engine.solve(snapshot, counterfactuals=False))
    }


def test_solve_breaks_no_rule_in_the_pool():
    assert rules_broken_in_the_pool() == set()


def _rounds_up(ledger, group, flow):
    for i, j, amount in zip(group.pair_line, group.pair_offer, flow, strict=True):
        if amount:
            pack = ledger.pack[j]
            ledger.move(int(i), int(j), -(-int(amount) // (1000 * pack)) * pack)


def _forgets_packs(ledger, group, flow):
    for i, j, amount in zip(group.pair_line, group.pair_offer, flow, strict=True):
        if amount >= 1000:
            ledger.move(int(i), int(j), int(amount) // 1000)


SEEDED_BUGS = [
    (packs, "round_down", _rounds_up, Rule.STOCK),
    (packs, "round_down", _rounds_up, Rule.WANTED),
    (packs, "round_down", _forgets_packs, Rule.PACK),
    (packs, "hand_out", lambda ledger, choices: False, Rule.WASTE),
    (repair, "respect_tiers", lambda ledger: False, Rule.PRIORITY),
    (repair, "approach_targets", lambda ledger: False, Rule.FAIRNESS),
    (Ledger, "cap_room", lambda self, line, offer: 10**9, Rule.CAP),
    (Ledger, "step", lambda self, line, offer: self.pack[offer], Rule.MIN_ORDER),
    (Ledger, "step", lambda self, line, offer: self.first[offer], Rule.MIN_USEFUL),
    (targets, "_water", lambda wanted, need, supply: 0.0, Rule.TARGET),
]


@pytest.mark.parametrize(("where", "name", "bug", "rule"), SEEDED_BUGS)
def test_verify_catches_a_bug_planted_in_the_solver(monkeypatch, where, name, bug, rule):
    monkeypatch.setattr(where, name, bug)
    if name in {"step", "cap_room", "round_down"}:
        monkeypatch.setattr(repair, "respect_tiers", lambda ledger: False)
        monkeypatch.setattr(repair, "approach_targets", lambda ledger: False)
    assert rule in rules_broken_in_the_pool()


def test_row_order_would_matter_if_snapshots_kept_it(monkeypatch):
    """Control: with lots drawn by position, the order of rows shows in the answer."""
    monkeypatch.setattr(groups, "draw", lambda seed, id: positions.index(id))
    snapshot = Snapshot((offer(1, 10, pack=10),), (line(1, 10), line(2, 10)), "s")
    positions = [1, 2]
    one = engine.solve(snapshot).to_bytes()
    positions = [2, 1]
    assert engine.solve(snapshot).to_bytes() != one
