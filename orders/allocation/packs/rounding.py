"""From units to whole packs: every piece rounded down, then packs by largest remainder.

Largest remainder among the lines of a tier (Hamilton's method; Balinski & Young, "Fair
Representation", 1982), offer by offer, ties by lot.
"""

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.market import IntArray, Market
from orders.allocation.packs.assignment import Pieces
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import Book, allowance, blank, give, room, step, take


def round_down_and_up(market: Market, ground: Ground, pieces: Pieces) -> Book:
    """Whole packs near the pieces, within every hard rule; what is not given stays in stock."""
    book = blank(ground, np.where(market.on_sale, market.usable, 0), 2 * len(pieces.line))
    line, offer, units = pieces
    tier = ground.lines["tier"][line]
    by_tier = np.lexsort((offer, line, tier))
    _round_down(ground, book, Pieces(line[by_tier], offer[by_tier], units[by_tier]))
    pack, first = ground.offers["pack"][offer], ground.offers["first"][offer]
    whole = units // pack * pack
    short = np.where(whole >= first, (units - whole) / pack, units / first)
    best = np.lexsort((market.draws[line], -short, tier, offer))
    best = best[short[best] > 0]
    _round_up(ground, book, line[best], offer[best])
    return book


@compiled
def _round_down(ground: Ground, book: Book, pieces: Pieces) -> None:
    for row in range(len(pieces.line)):
        line, offer = pieces.line[row], pieces.offer[row]
        pack = ground.offers[offer].pack
        most = min(room(ground, book, line), allowance(ground, book, line, offer))
        units = min(pieces.units[row], most, book.offers[offer].left) // pack * pack
        if units >= ground.offers[offer].first:
            give(ground, book, line, offer, units)


@compiled
def _round_up(ground: Ground, book: Book, line: IntArray, offer: IntArray) -> None:
    for row in range(len(line)):
        if book.lines[line[row]].got < ground.lines[line[row]].due:
            units = step(ground, book, line[row], offer[row])
            if 0 < units <= book.offers[offer[row]].left:
                give(ground, book, line[row], offer[row], units)


@compiled
def drop_useless(ground: Ground, book: Book, part: float) -> None:
    """Take everything from lines that hold less than a part of what is of use to them."""
    for line in range(len(ground.lines)):
        if book.lines[line].got < part * ground.lines[line].useful:
            piece = book.lines[line].top
            while piece >= 0:
                following = book.pieces[piece].after
                take(ground, book, piece, book.pieces[piece].units)
                piece = following
