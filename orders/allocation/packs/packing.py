"""Whole packs for one group: near the exact targets, cheap, nothing wasted, no tier overtaken.

The aim is nearness to the targets, not a literal max-min of packs, which would starve large
lines for small ones.
"""

from orders.allocation.market import Market
from orders.allocation.outcome import Shares
from orders.allocation.packs.assignment import assign
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


def share_out(market: Market, fair: Fair) -> Shares:
    """Turn the exact shares of one group into packs; every hard rule holds.

    Deterministic: the same market and targets give the same shares. No line of a lower tier holds
    what a line before it could still take, unless it has a floor or a reserve of its own.
    """
    ground = survey(market, fair)
    book = round_down_and_up(market, ground, assign(market, fair, ground))
    book = _search(ground, book)
    line, offer, units = pieces(sweep(ground, book))
    return Shares(market.lines.id[line], market.offers.id[offer], units)


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
