"""Last passes over every offer: nothing usable stays unsold, no lower tier overtakes a higher one.

Both look at every line that an offer can serve. Each move gives units to one line and takes
them, if at all, from lower tiers only: the totals of the tiers grow in order, so the passes end.
"""

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.market import IntArray
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import Book, crowded, fits, release, roomy, step
from orders.allocation.packs.improving import helping
from orders.allocation.packs.levelling import level_out
from orders.allocation.packs.worklist import Worklist, everything, let_go, serve
from orders.allocation.packs.worth import gain, loss


def sweep(ground: Ground, book: Book) -> Book:
    """Give out what is left, put overtaken lines first, level out peers, until nothing moves."""
    worklist = everything(ground, book)
    moving = True
    while moving:
        book = roomy(book)
        _settle(ground, book, worklist)
        book = roomy(book)
        moving = bool(worklist.open.any()) or level_out(ground, book, worklist)
    return book


@compiled
def _settle(ground: Ground, book: Book, worklist: Worklist) -> None:
    """Look at every open offer, while there is room for pieces."""
    for offer in range(len(ground.offers)):
        while worklist.open[offer]:
            if crowded(book):
                return
            worklist.open[offer] = False
            _hand_out(ground, book, worklist, offer)
            _restore_order(ground, book, worklist, offer)


@compiled
def _hand_out(ground: Ground, book: Book, worklist: Worklist, offer: int) -> None:
    """Give leftover packs to the lines they are worth most to."""
    while book.offers[offer].left >= ground.offers[offer].pack:
        line, units = _most_worthy(ground, book, worklist, offer)
        if line < 0:
            return
        if crowded(book):
            worklist.open[offer] = True
            return
        units = helping(ground, book, line, offer, units)
        serve(ground, book, worklist, line, offer, units)


@compiled
def _most_worthy(ground: Ground, book: Book, worklist: Worklist, offer: int) -> tuple[int, int]:
    """The line whose next step fits into what is left and brings most per unit; or -1."""
    best, least, lot, found, found_units = -1.0, 0.0, 0, -1, 0
    for at in range(ground.home_start[offer], ground.home_start[offer + 1]):
        spot = ground.home[at]
        for row in range(ground.spot_start[spot], ground.spot_start[spot + 1]):
            line = ground.spot_line[row]
            if worklist.space[row] < ground.offers[offer].pack or not fits(ground, line, offer):
                continue
            units = step(ground, book, line, offer)
            if 0 < units <= book.offers[offer].left:
                rate, over = _merit(ground, book, line, units)
                if (-rate, over, worklist.lot[line]) < (-best, least, lot):
                    best, least, lot = rate, over, worklist.lot[line]
                    found, found_units = line, units
    return found, found_units


@compiled
def _merit(ground: Ground, book: Book, line: int, units: int) -> tuple[float, float]:
    """Worth of each unit, and by which part of its due the line would be over: more is worse."""
    due, after = ground.lines[line].due, book.lines[line].got + units
    if book.lines[line].got >= due:
        return ground.lines[line].extra, (after - due) / max(due, 1.0)
    return gain(ground, book, line, units) / units, 0.0


@compiled
def _restore_order(ground: Ground, book: Book, worklist: Worklist, offer: int) -> None:
    """Let lines take their next step of the offer from lower tiers that hold it."""
    lowest = _count_below(ground, book, worklist.held, offer)
    for at in range(ground.home_start[offer], ground.home_start[offer + 1]):
        spot = ground.home[at]
        for row in range(ground.spot_start[spot], ground.spot_start[spot + 1]):
            if worklist.tier[row] >= lowest:
                break
            if worklist.space[row] < ground.offers[offer].pack:
                continue
            while _overtakes(ground, book, worklist, ground.spot_line[row], offer):
                if crowded(book):
                    worklist.open[offer] = True
                    return
                lowest = _count_below(ground, book, worklist.held, offer)


@compiled
def _count_below(ground: Ground, book: Book, held: IntArray, offer: int) -> int:
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
def _overtakes(ground: Ground, book: Book, worklist: Worklist, line: int, offer: int) -> bool:
    """Give the line its next step, taken from lower tiers, if they hold it."""
    below = worklist.held[ground.lines[line].tier + 1]
    if below == 0 or not fits(ground, line, offer):
        return False
    units = step(ground, book, line, offer)
    if units == 0 or below + book.offers[offer].left < units:
        return False
    while book.offers[offer].left < units:
        _free(ground, book, worklist, offer, units - book.offers[offer].left)
    serve(ground, book, worklist, line, offer, units)
    return True


@compiled
def _free(ground: Ground, book: Book, worklist: Worklist, offer: int, missing: int) -> None:
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
    let_go(ground, book, worklist, found, found_units)
