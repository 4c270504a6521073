"""After a withdrawal, a recount or a cancellation only what has to change changes."""

from dataclasses import replace

import numpy as np
import pytest

from orders.allocation import solving
from orders.allocation.checking import verify
from tests.allocation.markets import random_book


SEEDS = range(6)


def markets():
    """Groups large enough to have parts that a small change does not reach."""
    for seed in SEEDS:
        market = random_book(seed, offers=60, lines=400, with_policy=seed % 2 > 0).market()
        policy = replace(market.policy, floors=())  # random floors are more than the stock
        yield from replace(market, policy=policy).split()


def least_sold(outcome):
    """The offer with the fewest units sold."""
    offers, of_share = np.unique(outcome.shares.offer, return_inverse=True)
    return offers[np.argmin(np.bincount(of_share, outcome.shares.units))]


def withdraw(market, outcome):
    kept = np.flatnonzero(market.offers.id != least_sold(outcome))
    return replace(market, offers=market.offers.take(kept))


def recount(market, outcome):
    recounted = market.offers.id == least_sold(outcome)
    stock = np.where(recounted, market.offers.stock // 2, market.offers.stock)
    return replace(market, offers=replace(market.offers, stock=stock))


def cancel(market, outcome):
    served = np.flatnonzero(outcome.received)
    least = served[np.argmin(outcome.received[served])]
    rest = np.delete(np.arange(len(market.lines)), least)
    return replace(market, lines=market.lines.take(rest))


def ask_more(market, _outcome):
    wanted = market.lines.wanted.copy()
    wanted[0] += 50
    return replace(market, lines=replace(market.lines, wanted=wanted))


def shares(outcome):
    columns = (getattr(outcome.shares, name).tolist() for name in ("line", "offer", "units"))
    return set(zip(*columns, strict=True))


def lines_changed(before, after):
    return len({line for line, _offer, _units in shares(before) ^ shares(after)})


def distance(outcome):
    return np.abs(outcome.received - outcome.target).sum()


CHANGES = pytest.mark.parametrize("change", [withdraw, recount, cancel, ask_more])


@CHANGES
def test_the_exact_targets_are_those_of_solving_from_the_start(change):
    for market in markets():
        before = solving.solve_group(market)
        changed = change(market, before)
        again, anew = solving.solve_group(changed, before), solving.solve_group(changed)
        assert again.target.tolist() == anew.target.tolist()


@CHANGES
def test_no_rule_is_broken_and_no_higher_tier_loses_to_a_lower(change):
    for market in markets():
        before = solving.solve_group(market)
        changed = change(market, before)
        assert verify(changed, solving.solve_group(changed, before)) == []


@CHANGES
def test_fewer_lines_change_than_by_solving_from_the_start(change):
    kept = moved = 0
    for market in markets():
        before = solving.solve_group(market)
        changed = change(market, before)
        kept += lines_changed(before, solving.solve_group(changed, before))
        moved += lines_changed(before, solving.solve_group(changed))
    assert kept < 0.6 * moved


def test_packs_are_as_near_to_the_targets_as_by_solving_from_the_start():
    again = anew = 0.0
    for market in markets():
        before = solving.solve_group(market)
        changed = withdraw(market, before)
        again += distance(solving.solve_group(changed, before))
        anew += distance(solving.solve_group(changed))
    assert again < 1.1 * anew
