from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from orders.allocation import solving
from orders.allocation.errors import InfeasibleFloors
from orders.allocation.input import building, frozen, rows
from orders.allocation.input.rows import Line, Offer
from orders.allocation.market import NO_LIMIT, Market
from orders.allocation.policy import Floor, Policy, Who
from orders.allocation.targets import fairness
from tests.allocation import properties
from tests.allocation.markets import Book, books, books_with_policy, equals_book, random_book
from tests.allocation.rules import usable


some = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
SEEDS = range(12)
CAPS = {(1, "masks"): 40, (2, "masks"): 90, (3, "masks"): 15}


def each_line(check, *more):
    """The property over some lines of some crowded markets."""
    for seed in SEEDS:
        book = random_book(seed, lines=8).in_single_units()
        for line in book.lines[::3]:
            yield from check(book, line.id, *more)


def broken_rules():
    for seed in SEEDS:
        yield from properties.breaks_a_rule(random_book(seed, one_group=False))


def broken_packs():
    for seed in SEEDS:
        yield from properties.breaks_a_pack(random_book(seed))


def effects_of_row_order():
    for seed in SEEDS:
        yield from properties.depends_on_row_order(random_book(seed, one_group=False))
        yield from properties.depends_on_row_order(equals_book(seed))


def losses_by_stock():
    for seed in SEEDS:
        yield from properties.takes_when_stock_rises(random_book(seed), 1 + seed % 5, 30)


def effects_of_lower_tiers():
    for seed in SEEDS:
        yield from properties.depends_on_lower_tiers(random_book(seed), 1 + seed % 2)


def rewards_of_splitting():
    yield from each_line(properties.rewards_splitting)


def excesses_by_cloning():
    yield from each_line(properties.exceeds_the_cap_by_cloning, 50)


def rewards_of_false_claims():
    yield from each_line(properties.rewards_a_false_claim, 1000)


def untrue_counterfactuals():
    for seed in SEEDS:
        yield from properties.claims_untruly(random_book(seed, lines=8))


POOLED = [
    broken_rules,
    broken_packs,
    effects_of_row_order,
    losses_by_stock,
    effects_of_lower_tiers,
    rewards_of_splitting,
    excesses_by_cloning,
    rewards_of_false_claims,
    untrue_counterfactuals,
]


@pytest.mark.parametrize("violations", POOLED, ids=lambda each: each.__name__)
def test_none_in_crowded_markets(violations):
    assert list(violations()) == []


def solvable(book):
    """The book, without its floors where they cannot be met."""
    try:
        solving.solve(book.market())
    except InfeasibleFloors:
        return replace(book, policy=replace(book.policy, floors=()))
    return book


@some
@given(books_with_policy())
def test_every_rule_and_pack_is_kept(book):
    book = solvable(book)
    assert properties.breaks_a_rule(book) == []
    assert properties.breaks_a_pack(book) == []


@some
@given(books_with_policy())
def test_the_order_of_rows_changes_nothing(book):
    assert properties.depends_on_row_order(solvable(book)) == []


@some
@given(books(), st.data())
def test_more_stock_takes_nothing_from_anybody(book, data):
    offer = data.draw(st.sampled_from(book.offers))
    extra = data.draw(st.integers(1, 50))
    assert properties.takes_when_stock_rises(book, offer.id, extra) == []


@some
@given(books(), st.integers(1, 2))
def test_lower_tiers_take_nothing_from_higher_ones(book, tier):
    assert properties.depends_on_lower_tiers(book, tier) == []


def apart(book, caps):
    """In single units, ids ten apart, under these dated caps."""
    lines = tuple(replace(line, id=10 * line.id) for line in book.lines)
    return replace(book.in_single_units(), lines=lines, policy=Policy(caps=caps))


@some
@given(books(), st.sampled_from([{}, CAPS]), st.data())
def test_splitting_a_request_brings_nothing(book, caps, data):
    book = apart(book, caps)
    line = data.draw(st.sampled_from(book.lines))
    assert properties.rewards_splitting(book, line.id) == []


def test_splitting_pays_where_a_piece_falls_below_a_minimum():
    """The limit of the promise: an account too small for an offer of its own turns to others."""
    near = Offer(1, 10, min_order=10, places=frozenset({"29"}))
    others = tuple(Line(id, 30) for id in (2, 3, 4))
    whole = Book((near, Offer(2, 10)), (Line(1, 20, place="29"), *others))
    pieces = (
        Line(10, 15, need=10, place="29", buyer=1),
        Line(11, 5, need=10, place="29", buyer=1),
    )
    split = properties.targets(replace(whole, lines=pieces + others))
    assert properties.targets(whole)[1] == 10
    assert split[10] + split[11] == 11


@some
@given(books(), st.integers(1, 90), st.data())
def test_ten_clones_of_a_buyer_stay_within_its_cap(book, cap, data):
    book = apart(book, {})
    line = data.draw(st.sampled_from(book.lines))
    assert properties.exceeds_the_cap_by_cloning(book, line.id, cap) == []


@some
@given(books(), st.sampled_from([{}, CAPS]), st.integers(1, 1000), st.data())
def test_a_false_claim_brings_nothing(book, caps, claim, data):
    book = apart(book, caps)
    line = data.draw(st.sampled_from(book.lines))
    assert properties.rewards_a_false_claim(book, line.id, claim) == []


@some
@given(books_with_policy())
def test_counterfactuals_come_true(book):
    assert properties.claims_untruly(solvable(book)) == []


def test_a_larger_claim_raises_a_floor_that_hangs_on_it():
    """The limit of the promise: floors are parts of claims."""
    floors = (Floor(Who(buyers=frozenset({1})), Decimal("0.5")),)
    book = Book((Offer(1, 60),), (Line(1, 40), Line(2, 100, tier=1)), Policy(floors=floors))
    book = book.with_line(1, tier=2, need=40)
    assert properties.targets(book)[1] == 20
    assert properties.targets(book.with_line(1, wanted=80))[1] == 40


def test_counterfactuals_are_not_rare():
    market = random_book(1).market()
    assert any(solving.counterfactual(market, line) for line in market.lines.id.tolist())


def test_lots_decide_between_equals():
    answers = {frozen.digest(solving.solve(equals_book(seed).market())) for seed in range(5)}
    assert len(answers) > 1


def test_another_process_gives_the_same_bytes():
    assert properties.depends_on_the_process(range(6)) == []


def test_a_seeded_bug_is_found_in_another_process():
    bug = """
frozen_lots = market.lots
market.lots = lambda seed, ids: frozen_lots(str(hash(seed)), ids)
"""
    assert properties.depends_on_the_process(range(6), bug)


def _seed_by_row_order(raw):
    first = raw.lines.id[0] if len(raw.lines) else 0
    return replace(building.build(raw), seed=str(first))


def _claim_is_need(market, find=fairness.find_fair):
    return find(replace(market, lines=replace(market.lines, need=market.lines.wanted / 1)))


def _every_account_is_equal(market, find=fairness.find_fair):
    return find(replace(market, lines=replace(market.lines, need=np.ones(len(market.lines)))))


def _one_tier(market, find=fairness.find_fair):
    return find(replace(market, lines=replace(market.lines, tier=np.ones_like(market.lines.tier))))


def _caps_are_forgotten(market, find=fairness.find_fair):
    return find(replace(market, policy=Policy()))


def _one_pack_too_many(market, line, counterfactual=solving.counterfactual):
    promise = counterfactual(market, line)
    return promise and replace(promise, would_receive=promise.would_receive + 1)


def _no_buyer_limit(market):
    return np.full(len(market.offers), NO_LIMIT)


def _stock_rounded_up(market):
    return -(-market.offers.stock // market.offers.pack) * market.offers.pack


def _stock_of_two_digits(market):
    return np.array([usable(market, offer) % 64 for offer in range(len(market.offers))])


def _no_minimum(market):
    return market.offers.pack


@pytest.mark.parametrize(
    ("where", "name", "bug", "violations"),
    [
        (Market, "buyer_limit", property(_no_buyer_limit), broken_rules),
        (Market, "usable", property(_stock_rounded_up), broken_rules),
        (Market, "first_step", property(_no_minimum), broken_packs),
        (rows, "build", _seed_by_row_order, effects_of_row_order),
        (Market, "usable", property(_stock_of_two_digits), losses_by_stock),
        (fairness, "find_fair", _one_tier, effects_of_lower_tiers),
        (fairness, "find_fair", _every_account_is_equal, rewards_of_splitting),
        (fairness, "find_fair", _caps_are_forgotten, excesses_by_cloning),
        (fairness, "find_fair", _claim_is_need, rewards_of_false_claims),
        (solving, "counterfactual", _one_pack_too_many, untrue_counterfactuals),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_a_seeded_bug_is_found(monkeypatch, where, name, bug, violations):
    monkeypatch.setattr(where, name, bug)
    assert next(violations(), None)
