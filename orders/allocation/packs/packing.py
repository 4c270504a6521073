"""Whole packs for one group: near the exact targets, cheap, nothing wasted, no tier overtaken.

The aim is nearness to the targets, not a literal max-min of packs, which would starve large
lines for small ones.
"""

from dataclasses import replace

import numpy as np

from orders.allocation.market import BoolArray, Market
from orders.allocation.outcome import Outcome, Shares
from orders.allocation.packs.assignment import Pieces, assign
from orders.allocation.packs.ground import Ground, survey
from orders.allocation.packs.holdings import Book, pieces
from orders.allocation.packs.improving import fresh_trail, improve
from orders.allocation.packs.relocating import relocate
from orders.allocation.packs.rounding import drop_useless, round_down_and_up
from orders.allocation.packs.sweeping import sweep
from orders.allocation.targets.fair import Fair


# Lines below this part of their useful minimum give up, so that others may reach theirs.
GIVING_UP = (0.5, 1.0)
RELOCATIONS = 2
MOVED = 0.01  # a part whose targets moved by more than this part of them is shared out anew


def share_out(market: Market, fair: Fair, before: Outcome | None = None) -> Shares:
    """Turn the exact shares of one group into packs; every hard rule holds.

    Deterministic: the same arguments give the same shares. No line of a lower tier holds what a
    line before it could still take, unless it has a floor or a reserve of its own. With an
    outcome `before` a change, lines keep what they have where their part hardly moved.
    """
    ground = survey(market, fair)
    if before is None:
        begin = assign(market, fair, ground)
    else:
        stay = _staying(market, fair, before)
        moved = replace(fair, target=np.where(stay, 0.0, fair.target))
        begin = _both(assign(market, moved, ground), _kept(market, before.shares, stay))
    book = _search(ground, round_down_and_up(market, ground, begin))
    line, offer, units = pieces(sweep(ground, book))
    return Shares(market.lines.id[line], market.offers.id[offer], units)


def _staying(market: Market, fair: Fair, before: Outcome) -> BoolArray:
    """Lines of parts whose targets have hardly moved."""
    was = dict(zip(before.line.tolist(), before.target.tolist(), strict=True))
    target = np.array([was.get(line, 0.0) for line in market.lines.id.tolist()])
    part = fair.line_part + 1
    moved = np.bincount(part, np.abs(fair.target - target))
    return (moved <= MOVED * np.bincount(part, fair.target))[part]


def _kept(market: Market, shares: Shares, stay: BoolArray) -> Pieces:
    """Their shares, as far as line and offer are still there and still fit."""
    there = np.isin(shares.line, market.lines.id[stay]) & np.isin(shares.offer, market.offers.id)
    line = np.searchsorted(market.lines.id, shares.line[there])
    offer = np.searchsorted(market.offers.id, shares.offer[there])
    fine = market.eligible(line, offer)
    return Pieces(line[fine], offer[fine], shares.units[there][fine])


def _both(some: Pieces, others: Pieces) -> Pieces:
    return Pieces(*(np.concatenate(columns) for columns in zip(some, others, strict=True)))


def _search(ground: Ground, book: Book) -> Book:
    """Improve; then nobody holds less than is useful; then make use of leftover stock."""
    book = improve(ground, book, fresh_trail(ground))
    for part in GIVING_UP:
        drop_useless(ground, book, part)
        trail = fresh_trail(ground)
        book = improve(ground, book, trail)
    for _ in range(RELOCATIONS):
        before = trail.clock[0]
        book = improve(ground, relocate(ground, book, trail), trail)
        if trail.clock[0] == before:
            break
    return book
