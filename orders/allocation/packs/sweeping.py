"""Last passes over every offer: nothing usable stays unsold, no lower tier overtakes a higher one.

Both look at every line that an offer can serve. Each move gives units to one line and takes
them, if at all, from lower tiers only: the totals of the tiers grow in order, so the passes end.
"""

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.market import IntArray
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import (
    Book,
    crowded,
    enlarged,
    fits,
    give,
    release,
    step,
    take,
)
from orders.allocation.packs.improving import helping
from orders.allocation.packs.levelling import level_out
from orders.allocation.packs.worth import gain, loss


def sweep(ground: Ground, book: Book) -> Book:
    """Give out what is left, put overtaken lines first, level out peers, until nothing moves."""
    lot = np.empty_like(ground.order)
    lot[ground.order] = np.arange(len(lot))
    held = np.zeros(int(ground.lines["tier"].max()) + 2, np.int64)
    settled = False
    while not settled:
        if crowded(book):
            book = enlarged(book)
        settled = (
            _hand_out(ground, book, lot)
            and not _restore_order(ground, book, held)
            and not level_out(ground, book)
        )
    return book


@compiled
def _hand_out(ground: Ground, book: Book, lot: IntArray) -> bool:
    """Give leftover packs to the lines they are worth most to; whether it came to the end."""
    given = True
    while given:
        given = False
        for offer in range(len(ground.offers)):
            while book.offers[offer].left >= ground.offers[offer].pack:
                if crowded(book):
                    return False
                line, units = _most_worthy(ground, book, lot, offer)
                if line < 0:
                    break
                give(ground, book, line, offer, helping(ground, book, line, offer, units))
                given = True
    return True


@compiled
def _most_worthy(ground: Ground, book: Book, lot: IntArray, offer: int) -> tuple[int, int]:
    """The line whose next step fits into what is left and brings most per unit; or -1."""
    best, least, found, found_units = -1.0, 0.0, -1, 0
    for at in range(ground.home_start[offer], ground.home_start[offer + 1]):
        spot = ground.home[at]
        for row in range(ground.spot_start[spot], ground.spot_start[spot + 1]):
            line = ground.spot_line[row]
            units = _next_step(ground, book, line, offer)
            if units == 0 or units > book.offers[offer].left:
                continue
            rate, over = _merit(ground, book, line, units)
            if rate > best or (
                rate == best and (over < least or (over == least and lot[line] < lot[found]))
            ):
                best, least, found, found_units = rate, over, line, units
    return found, found_units


@compiled
def _next_step(ground: Ground, book: Book, line: int, offer: int) -> int:
    """The line's next step of an offer that serves its spot; 0 if there is none."""
    space = ground.lines[line].want - book.lines[line].got
    if space < ground.offers[offer].pack or not fits(ground, line, offer):
        return 0
    return step(ground, book, line, offer)


@compiled
def _merit(ground: Ground, book: Book, line: int, units: int) -> tuple[float, float]:
    """Worth of each unit, and by which part of its due the line would be over: more is worse."""
    due, after = ground.lines[line].due, book.lines[line].got + units
    if book.lines[line].got >= due:
        return ground.lines[line].extra, (after - due) / max(due, 1.0)
    return gain(ground, book, line, units) / units, 0.0


@compiled
def _restore_order(ground: Ground, book: Book, held: IntArray) -> bool:
    """Let lines take their next step from lower tiers that hold it; whether any did."""
    moved = False
    for offer in range(len(ground.offers)):
        lowest = _count_below(ground, book, offer, held)
        for at in range(ground.home_start[offer], ground.home_start[offer + 1]):
            spot = ground.home[at]
            for row in range(ground.spot_start[spot], ground.spot_start[spot + 1]):
                line = ground.spot_line[row]
                if ground.lines[line].tier >= lowest:
                    break
                while _overtake(ground, book, line, offer, held):
                    moved = True
                    lowest = _count_below(ground, book, offer, held)
                    if crowded(book):
                        return True
    return moved


@compiled
def _count_below(ground: Ground, book: Book, offer: int, held: IntArray) -> int:
    """Fill `held` with what each tier and all below it hold of the offer; the lowest that does.

    What lines hold under a floor or a reserve does not count: nobody takes it from them.
    """
    held[:] = 0
    lowest = 0
    piece = book.offers[offer].top
    while piece >= 0:
        holder = book.pieces[piece].line
        tier = ground.lines[holder].tier
        if not ground.lines[holder].by_right:
            held[tier] += book.pieces[piece].units
            lowest = max(lowest, tier)
        piece = book.pieces[piece].below
    for tier in range(len(held) - 2, -1, -1):
        held[tier] += held[tier + 1]
    return lowest


@compiled
def _overtake(ground: Ground, book: Book, line: int, offer: int, held: IntArray) -> bool:
    """Give the line its next step, taken from lower tiers, if they hold it."""
    units = _next_step(ground, book, line, offer)
    below = held[ground.lines[line].tier + 1]
    if units == 0 or below == 0 or below + book.offers[offer].left < units:
        return False
    while book.offers[offer].left < units:
        _free(ground, book, offer, units - book.offers[offer].left)
    give(ground, book, line, offer, units)
    return True


@compiled
def _free(ground: Ground, book: Book, offer: int, missing: int) -> None:
    """Take from the lowest tier that holds the offer, where the least is lost."""
    found, found_units, lowest, best = -1, 0, -1, np.inf
    piece = book.offers[offer].top
    while piece >= 0:
        holder = book.pieces[piece].line
        units = release(ground, book, piece, missing)
        lost = loss(ground, book, holder, units if units > 0 else book.lines[holder].got)
        if units < 0:
            units = book.pieces[piece].units
        rate, tier = lost / min(units, missing), ground.lines[holder].tier
        if ground.lines[holder].by_right:
            tier = -1
        if tier > lowest or (tier == lowest >= 0 and rate < best):
            found, found_units, lowest, best = piece, units, tier, rate
        piece = book.pieces[piece].below
    _let_go(ground, book, found, found_units)


@compiled
def _let_go(ground: Ground, book: Book, piece: int, units: int) -> None:
    """Take units of a piece, and all that its line holds if the rest were of no use."""
    line = book.pieces[piece].line
    take(ground, book, piece, units)
    if book.lines[line].got < ground.lines[line].useful:
        while book.lines[line].top >= 0:
            rest = book.lines[line].top
            take(ground, book, rest, book.pieces[rest].units)
