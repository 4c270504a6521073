"""Second move of the search: a holder goes over to leftover stock, a short line takes its place.

What no short line can reach may serve somebody who holds what a short line can reach.
"""

from typing import NamedTuple

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.market import FloatArray, IntArray
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import (
    Book,
    allowance,
    crowded,
    find,
    fits,
    give,
    room,
    roomy,
    step,
    take,
)
from orders.allocation.packs.improving import GAIN, NEAR, Trail, note
from orders.allocation.packs.worth import gain


class Heirs(NamedTuple):
    """Per offer, the line that would gain most by one more step of it, and the gain."""

    line: IntArray
    gain: FloatArray


def relocate(ground: Ground, book: Book, trail: Trail) -> Book:
    """Once over all leftover stock; the book, enlarged if it had to be."""
    book = roomy(book)
    heirs = Heirs(np.full(len(ground.offers), -1), np.zeros(len(ground.offers)))
    _find_heirs(ground, book, heirs)
    _relocate(ground, book, trail, heirs)
    return book


@compiled
def _find_heirs(ground: Ground, book: Book, heirs: Heirs) -> None:
    for at in range(len(ground.order)):
        line = ground.order[at]
        if book.lines[line].got >= ground.lines[line].due:
            continue
        spot, space = ground.lines[line].spot, room(ground, book, line)
        start = ground.reach_start[spot]
        for row in range(start, min(start + NEAR, ground.reach_start[spot + 1])):
            offer = ground.reach[row]
            if ground.offers[offer].pack <= space and fits(ground, line, offer):
                gained = gain(ground, book, line, step(ground, book, line, offer))
                if gained > heirs.gain[offer]:
                    heirs.line[offer], heirs.gain[offer] = line, gained


@compiled
def _relocate(ground: Ground, book: Book, trail: Trail, heirs: Heirs) -> None:
    for offer in range(len(ground.offers)):
        for at in range(ground.home_start[offer], ground.home_start[offer + 1]):
            if book.offers[offer].left < ground.offers[offer].pack:
                break
            spot = ground.home[at]
            for row in range(ground.spot_start[spot], ground.spot_start[spot + 1]):
                line = ground.spot_line[row]
                if book.lines[line].top >= 0 and fits(ground, line, offer):
                    if crowded(book):
                        return
                    _go_over(ground, book, trail, heirs, line, offer)


@compiled
def _go_over(
    ground: Ground, book: Book, trail: Trail, heirs: Heirs, line: int, offer: int
) -> bool:
    """Exchange one of the line's pieces for units of the offer, if an heir gains by it."""
    piece = book.lines[line].top
    while piece >= 0:
        following, own = book.pieces[piece].after, book.pieces[piece].offer
        heir = heirs.line[own]
        if own != offer and heir != line and heirs.gain[own] > 0:
            wanted = step(ground, book, heir, own)
            out, back = _exchange(ground, book, piece, offer, wanted - book.offers[own].left)
            net = gain(ground, book, heir, wanted) + gain(ground, book, line, back - out)
            if out > 0 and net > GAIN * ground.lines[heir].weight:
                take(ground, book, piece, out)
                give(ground, book, line, offer, back)
                give(ground, book, heir, own, wanted)
                note(ground, book, trail, line, own)
                note(ground, book, trail, line, offer)
                note(ground, book, trail, heir, own)
                heirs.gain[own] = 0.0
                return True
        piece = following
    return False


@compiled
def _exchange(ground: Ground, book: Book, piece: int, offer: int, missing: int) -> tuple[int, int]:
    """Units of the piece to give up for what is missing, and units of the offer to take instead;
    0 if it cannot be."""
    line, own, held = book.pieces[piece].line, book.pieces[piece].offer, book.pieces[piece].units
    if missing <= 0 or held < missing:
        return 0, 0
    out = missing if held - missing >= ground.offers[own].first else held
    pack, got = ground.offers[offer].pack, book.lines[line].got
    least = pack if find(book, line, offer) >= 0 else ground.offers[offer].first
    least = max(least, -(-(ground.lines[line].useful - got + out) // pack) * pack)
    most = min(room(ground, book, line) + out, allowance(ground, book, line, offer))
    most = min(most, book.offers[offer].left) // pack * pack
    back = max(least, out // pack * pack)
    if got - out + back + pack <= ground.lines[line].due:
        back += pack
    back = min(back, most)
    return (out, back) if back >= least else (0, 0)
