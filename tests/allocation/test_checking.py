"""The judge is judged: each kind of wrong row is named by the rule that it breaks alone."""

import ast
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from orders.allocation import checking, market as columns
from orders.allocation.checking import Rule, verify
from orders.allocation.checking.rules import SHOWN
from orders.allocation.errors import InvalidMarket
from orders.allocation.input.rows import Line, Offer
from orders.allocation.market import NONE
from orders.allocation.outcome import Flow, Limit, Outcome, Parts, Shares
from orders.allocation.policy import Floor, Policy, Reserve, Who
from orders.allocation.targets import fairness
from tests.allocation import rules
from tests.allocation.markets import EXAMPLE, Book, random_book


SHARES = ((1, 2, 200), (2, 2, 300), (3, 1, 270), (4, 1, 130))
FLOW = {(1, 2): 200.0, (2, 2): 300.0, (3, 1): 266.667, (4, 1): 133.333}
ONE, TWO, THREE, FOUR = SHARES


def outcome_of(market, shares=(), flow=None):
    """An outcome with these shares and this flow, and the numbers that go with them."""
    flow = sorted((FLOW if flow is None else flow).items())
    lines = market.lines
    pairs = rules.eligible_pairs(market)
    able = np.isin(np.arange(len(lines)), [line for line, _ in pairs])
    received = np.array([sum(u for line, _, u in shares if line == id) for id in lines.id])
    target = [sum(u for (line, _), u in flow if line == id) for id in lines.id]
    limit = np.where(able, Limit.SUPPLY, Limit.NO_OFFER)
    peers = [_peers(market, able, line) for line in range(len(lines))]
    return Outcome(
        shares=Shares(*_table(shares, np.int64)),
        line=lines.id,
        target=np.round(np.array(target, float), 3),
        received=received,
        limit=np.where(received == lines.wanted, Limit.NONE, limit).astype(np.int8),
        reachable=np.array(
            [
                sum(
                    min(rules.usable(market, j), rules.limit(market, j))
                    for i, j in pairs
                    if i == line
                )
                for line in range(len(lines))
            ]
        ),
        peers=np.array([mask.sum() for mask in peers]),
        peer_fill=np.array(
            [received[mask].sum() / max(1, lines.wanted[mask].sum()) for mask in peers]
        ),
        part=np.where(able, 0, NONE),
        parts=Parts(*np.ones((5, 1), np.int64)),
        flow=Flow(*_table([(*pair, units) for pair, units in flow], float)),
    )


def _peers(market, able, line):
    group = [rules.group_of(market, each) for each in range(len(able))]
    same = (market.lines.tier == market.lines.tier[line]) & (np.array(group) == group[line])
    return same & able & able[line]


def _table(rows, kind):
    line, offer, units = zip(*sorted(rows), strict=True) if rows else ((), (), ())
    return np.array(line, np.int64), np.array(offer, np.int64), np.array(units, kind)


def broken(book, shares=SHARES, flow=None):
    market = book.market()
    return {each.rule for each in verify(market, outcome_of(market, shares, flow))}


def with_policy(book, **rules_):
    return replace(book, policy=Policy(**rules_))


def test_verify_finds_nothing_wrong_with_the_example():
    assert broken(EXAMPLE) == set()


@pytest.mark.parametrize(
    ("rule", "shares"),
    [
        (Rule.UNKNOWN, [*SHARES, (99, 1, 10)]),
        (Rule.UNKNOWN, [*SHARES, (5, 99, 10)]),
        (Rule.DUPLICATE, [ONE, TWO, (3, 1, 200), (3, 1, 70), FOUR]),
        (Rule.ELIGIBILITY, [ONE, (2, 2, 250), THREE, (3, 2, 50), FOUR]),
        (Rule.ELIGIBILITY, [ONE, TWO, THREE, (4, 1, 30), (6, 1, 100)]),
        (Rule.PACK, [ONE, TWO, (3, 1, 265), FOUR]),
        (Rule.PACK, [*SHARES, (5, 1, 0)]),
        (Rule.PACK, [*SHARES, (5, 1, -10)]),
        (Rule.STOCK, [ONE, TWO, THREE, (4, 1, 140)]),
        (Rule.WANTED, [(1, 2, 250), (2, 2, 250), THREE, FOUR]),
        (Rule.WASTE, [ONE, TWO, THREE, (4, 1, 120)]),
        (Rule.WASTE, [ONE, TWO, THREE]),
        (Rule.PRIORITY, [ONE, TWO, (3, 1, 260), FOUR, (5, 1, 10)]),
        (Rule.PRIORITY, [(1, 2, 150), (2, 2, 350), THREE, FOUR]),
        (Rule.FAIRNESS, [ONE, TWO, (3, 1, 300), (4, 1, 100)]),
    ],
)
def test_verify_names_the_broken_rule(rule, shares):
    assert broken(EXAMPLE, shares) == {rule}


@pytest.mark.parametrize(
    ("rule", "book"),
    [
        (Rule.MIN_ORDER, EXAMPLE.with_offer(1, min_order=140)),
        (Rule.CAP, EXAMPLE.with_offer(2, max_per_buyer=250)),
        (Rule.CAP, EXAMPLE.with_line(2, buyer=1).with_offer(2, max_per_buyer=450)),
        (Rule.MIN_USEFUL, EXAMPLE.with_line(4, min_useful=140)),
        (Rule.STOCK, EXAMPLE.with_offer(2, stock=499)),
        (Rule.STOCK, with_policy(EXAMPLE, held_back=Decimal("0.01"))),
        (Rule.ENTITY_CAP, with_policy(EXAMPLE, caps={(2, "masks"): 299})),
        (Rule.ENTITY_CAP, with_policy(EXAMPLE.with_line(4, buyer=3), caps={(3, "masks"): 399})),
        (Rule.PACK, EXAMPLE.with_offer(1, pack=20)),
        (Rule.ELIGIBILITY, EXAMPLE.with_offer(1, lead_days=3).with_line(3, need_days=2)),
        (Rule.ELIGIBILITY, EXAMPLE.with_line(3, pinned=2)),
        (Rule.ELIGIBILITY, EXAMPLE.with_line(3, products="B")),
        (Rule.TARGET, EXAMPLE.with_line(4, need=50.0)),
        (Rule.TARGET, EXAMPLE.with_line(4, past=50.0)),
        (Rule.TARGET, EXAMPLE.with_line(5, tier=1)),
        (Rule.TARGET, EXAMPLE.with_offer(2, stock=550)),
        (Rule.TARGET, with_policy(EXAMPLE, floors=(Floor(Who(), Decimal("0.1")),))),
        (Rule.TARGET, with_policy(EXAMPLE, caps={(2, "masks"): 900, (4, "masks"): 130})),
        (
            Rule.TARGET,
            with_policy(
                EXAMPLE, reserves=(Reserve("last", Decimal("0.02"), Who(frozenset({3}))),)
            ),
        ),
    ],
)
def test_verify_refuses_an_answer_to_another_market(rule, book):
    assert broken(book) == {rule}


@pytest.mark.parametrize("held_back", ["0.9", "0.3", "0.7"])
def test_verify_holds_back_exactly_what_is_said(held_back):
    book = Book((Offer(1, 10),), (Line(1, 10),), Policy(held_back=Decimal(held_back)))
    left = int(10 * (1 - Decimal(held_back)))
    assert broken(book, [(1, 1, left)], {(1, 1): left}) == set()
    assert broken(book, [(1, 1, left + 1)], {(1, 1): left}) == {Rule.STOCK}


@pytest.mark.parametrize(
    "changes",
    [
        {(3, 1): 276.667, (4, 1): 123.333},
        {(3, 1): 276.667},
        {(3, 1): 256.667, (5, 1): 10.0},
        {(4, 1): 120.0},
        {(4, 1): 134.333, (5, 1): -1.0},
        {(1, 2): 201.0, (2, 2): 299.0},
        {(1, 2): 199.0, (2, 2): 301.0},
        {(4, 1): 128.333, (6, 1): 5.0},
        {(4, 1): 128.333, (4, 2): 5.0},
        {(4, 99): 5.0},
        {(3, 1): float("nan")},
    ],
)
def test_verify_refuses_a_wrong_flow(changes):
    assert broken(EXAMPLE, flow=FLOW | changes) == {Rule.TARGET}


def test_verify_refuses_a_target_that_does_not_flow():
    market = EXAMPLE.market()
    outcome = outcome_of(market, SHARES)
    lifted = replace(outcome, target=np.add(outcome.target, [0, 0, 0, 0, 0.002, 0]))
    (violation,) = verify(market, lifted)
    assert (violation.rule, violation.line, violation.offer) == (Rule.TARGET, 5, None)


# Per case: offers, lines, the fair flow, and unfair ones.
CASES = {
    "through a full line": (
        (Offer(1, 30, "A"), Offer(2, 60, "B")),
        (Line(1, 60, "A"), Line(2, 30, ("A", "B"), need=300), Line(3, 60, "B")),
        {(1, 1): 30, (2, 2): 30, (3, 2): 30},
        [{(1, 1): 20, (2, 1): 10, (2, 2): 20, (3, 2): 40}, {(2, 1): 30, (3, 2): 60}],
    ),
    "through a full line of an earlier tier": (
        (Offer(1, 30, "A"), Offer(2, 60, "B")),
        (Line(1, 60, "A", tier=2), Line(2, 30, ("A", "B")), Line(3, 90, "B", tier=3)),
        {(1, 1): 30, (2, 2): 30, (3, 2): 30},
        [{(1, 1): 20, (2, 1): 10, (2, 2): 20, (3, 2): 40}],
    ),
    "two lines of a buyer at its limit": (
        (Offer(1, 90, max_per_buyer=40),),
        (Line(1, 40, buyer=7), Line(2, 40, buyer=7), Line(3, 60, buyer=8)),
        {(1, 1): 20, (2, 1): 20, (3, 1): 40},
        [
            {(1, 1): 30, (2, 1): 10, (3, 1): 40},
            {(1, 1): 20, (2, 1): 20, (3, 1): 30},
            {(1, 1): 25, (2, 1): 25, (3, 1): 40},
        ],
    ),
    "past service": (
        (Offer(1, 60),),
        (Line(1, 60), Line(2, 60, past=30), Line(3, 60, past=100)),
        {(1, 1): 45, (2, 1): 15},
        [{(1, 1): 30, (2, 1): 30}, {(1, 1): 44, (2, 1): 14, (3, 1): 2}],
    ),
    "floors": (
        (Offer(1, 60),),
        (Line(1, 60, tier=1), Line(2, 60, tier=3), Line(3, 30, tier=3)),
        {(1, 1): 48, (2, 1): 12},
        [{(1, 1): 60}, {(1, 1): 46, (2, 1): 14}, {(1, 1): 36, (2, 1): 18, (3, 1): 6}],
    ),
    "a reserve": (
        (Offer(1, 100),),
        (Line(1, 100, tier=1), Line(2, 60, tier=2), Line(3, 30, tier=2)),
        {(1, 1): 70, (2, 1): 20, (3, 1): 10},
        [
            {(1, 1): 100},
            {(1, 1): 80, (2, 1): 15, (3, 1): 5},
            {(1, 1): 60, (2, 1): 25, (3, 1): 15},
            {(1, 1): 70, (2, 1): 30},
        ],
    ),
    "a cap of the policy": (
        (Offer(1, 80),),
        (Line(1, 50, tier=1, buyer=7), Line(2, 50, tier=2, buyer=7), Line(3, 50, tier=3)),
        {(1, 1): 50, (2, 1): 10, (3, 1): 20},
        [{(1, 1): 40, (2, 1): 20, (3, 1): 20}, {(1, 1): 50, (2, 1): 30}],
    ),
}
POLICIES = {
    "floors": Policy(floors=(Floor(Who(buyers=frozenset({2})), Decimal("0.2")),)),
    "a reserve": Policy(reserves=(Reserve("homes", Decimal("0.3"), Who(tiers=frozenset({2}))),)),
    "a cap of the policy": Policy(caps={(7, "masks"): 60}),
}


@pytest.mark.parametrize("name", CASES)
def test_verify_proves_the_fair_flow_and_refuses_others(name):
    offers, lines, fair, others = CASES[name]
    book = Book(offers, lines, POLICIES.get(name, Policy()))
    assert Rule.TARGET not in broken(book, [], fair)
    for flow in others:
        assert broken(book, [], flow) == {Rule.TARGET}, flow


def test_verify_says_who_could_give_what():
    offers, lines, _, (unfair, _) = CASES["through a full line"]
    market = Book(offers, lines).market()
    (violation,) = verify(market, outcome_of(market, [], unfair))
    assert (violation.rule, violation.line, violation.offer) == (Rule.TARGET, 1, 1)
    assert violation.detail == (
        "everybody: tier 1, 20.000 units, level 0.333333; "
        "line 3 can give: tier 1, 40.000 units, level 0.666667"
    )


def fair_flow(market):
    """The engine's exact shares, without their packs."""
    found = {}
    for group in market.split():
        fair = fairness.find_fair(group)
        pairs = group.lines.id[fair.flow_line], group.offers.id[fair.flow_offer]
        found |= dict(zip(zip(*pairs, strict=True), fair.flow_units, strict=True))
    return found


def random_markets(seeds):
    for seed in seeds:
        book = random_book(seed, with_policy=seed % 3 > 0, one_group=seed % 2 == 0)
        other = book.with_line(10, need=7.0, tier=1).with_offer(1, stock=book.offers[0].stock + 30)
        try:
            yield book, fair_flow(book.market()), fair_flow(other.market())
        except InvalidMarket:  # floors that cannot be met
            continue


def test_verify_refuses_a_flow_if_and_only_if_its_totals_are_not_the_fair_ones():
    wrong = 0
    for book, fair, other in random_markets(range(60)):
        market = book.market()
        due, others_due = (outcome_of(market, [], flow).target for flow in (fair, other))
        assert Rule.TARGET not in broken(book, [], fair), book.seed
        if np.abs(due - others_due).max() > 1.5:
            assert broken(book, [], other) == {Rule.TARGET}, book.seed
            wrong += 1
    assert wrong > 10


@pytest.mark.parametrize(
    ("column", "line", "value"),
    [
        ("received", 3, 260),
        ("limit", 3, Limit.NONE),
        ("limit", 1, Limit.SUPPLY),
        ("limit", 6, Limit.TIER),
        ("limit", 3, Limit.REGION),
        ("reachable", 3, 900),
        ("peers", 4, 4),
        ("peer_fill", 2, 0.5),
        ("peer_fill", 6, 0.5),
        ("part", 3, NONE),
        ("part", 3, 1),
        ("part", 6, 0),
    ],
)
def test_verify_refuses_a_wrong_number(column, line, value):
    market = EXAMPLE.market()
    outcome = outcome_of(market, SHARES)
    values = getattr(outcome, column).copy()
    values[line - 1] = value
    (violation,) = verify(market, replace(outcome, **{column: values}))
    assert (violation.rule, violation.line) == (Rule.REASON, line)
    assert column in violation.detail


@pytest.mark.parametrize("column", ["line", "target", "limit"])
def test_verify_refuses_columns_of_other_lines(column):
    market = EXAMPLE.market()
    outcome = outcome_of(market, SHARES)
    short = replace(outcome, **{column: getattr(outcome, column)[1:]})
    assert [each.rule for each in verify(market, short)] == [Rule.REASON]


def test_verify_counts_what_it_does_not_show():
    book = Book((Offer(1, 30, pack=2),), tuple(Line(id, 1) for id in range(30)))
    market = book.market()
    shares = [(id, 1, 1) for id in range(30)]
    found = verify(market, outcome_of(market, shares, {}))
    assert {each.rule for each in found} == {Rule.PACK}
    assert len(found) == SHOWN + 1
    assert found[-1].detail == "and 10 more of 30"


TENS = Offer(1, 40, pack=10, price_micro=2)
ALONE = (Line(1, 40),)
BOTH = (Line(1, 30, need=40), Line(2, 40))
PEERS = (Line(1, 40), Line(2, 40))
TIERS = (Line(1, 40, tier=2), Line(2, 40, min_useful=20))
SISTERS = (Line(1, 20, buyer=7, tier=3), Line(2, 20, buyer=7, tier=1))
LIMITED = replace(TENS, max_per_buyer=20)
HALVES = {(1, 1): 20, (2, 1): 20}


@pytest.mark.parametrize(
    ("book", "units", "flow", "rules_"),
    [
        (Book((TENS,), ALONE), [30], {(1, 1): 40}, {Rule.WASTE}),
        (Book((TENS,), BOTH), [30], HALVES, {Rule.WASTE}),
        (Book((replace(TENS, max_per_buyer=30),), ALONE), [30], {(1, 1): 30}, set()),
        (Book((TENS,), ALONE, Policy(held_back=Decimal("0.25"))), [30], {(1, 1): 30}, set()),
        (Book((TENS,), ALONE, Policy(caps={(1, "masks"): 35})), [30], {(1, 1): 35}, set()),
        (Book((replace(TENS, min_order=20),), BOTH), [30], HALVES, set()),
        (Book((TENS,), BOTH).with_line(2, min_useful=20), [30], HALVES, set()),
        (Book((TENS,), BOTH).with_line(2, ceiling_micro=1), [30], {(1, 1): 30}, set()),
        (Book((TENS,), PEERS), [40], HALVES, {Rule.FAIRNESS}),
        (Book((TENS,), PEERS).with_line(1, min_useful=40), [40], HALVES, set()),
        (Book((TENS,), TIERS), [40], {(2, 1): 40}, {Rule.PRIORITY}),
        (Book((TENS,), TIERS).with_offer(1, stock=10), [10], {(2, 1): 10}, set()),
        (Book((LIMITED,), SISTERS), [0, 20], {(2, 1): 20}, set()),
        (Book((LIMITED,), SISTERS), [20], {(2, 1): 20}, set()),
        (
            Book(*CASES["a reserve"][:2], POLICIES["a reserve"]),
            [70, 20, 10],
            CASES["a reserve"][2],
            set(),
        ),
    ],
)
def test_verify_promises_only_what_the_rules_allow(book, units, flow, rules_):
    """`units` of offer 1 go to lines 1, 2, ...: somebody may take a step more, or nobody."""
    shares = [(line, 1, count) for line, count in enumerate(units, 1) if count]
    assert broken(book, shares, flow) == rules_


def test_checking_reads_the_columns_and_nothing_else_of_the_engine():
    data = {"market", "policy", "outcome"}
    derived = {
        name
        for kind in (columns.Market, columns.Offers, columns.Lines)
        for name in vars(kind).keys() - {each.name for each in fields(kind)}
        if not name.startswith("_")
    }
    for path in Path(checking.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert {each.name for each in node.names} <= {"numpy"}, path
            if isinstance(node, ast.ImportFrom) and node.module.startswith("orders"):
                *_, package, module = node.module.split(".")
                assert package == "checking" or module in data | {"checking"}, path
                assert "lots" not in {each.name for each in node.names}, path
            if isinstance(node, ast.Attribute):
                assert node.attr not in derived, (path, node.attr)
