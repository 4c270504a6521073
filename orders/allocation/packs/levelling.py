"""Among peers: nobody stays a step short while another stands more than that step above target."""

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.market import FloatArray
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import Book, crowded, fits, release, step
from orders.allocation.packs.worklist import Worklist, let_go, serve


def level_out(ground: Ground, book: Book, worklist: Worklist) -> bool:
    """Hand steps to short lines from peers well above their targets; whether any moved.

    Each move brings both lines nearer to their targets and leaves the tier's total as it is.
    Nobody is lifted above its target: what a tier holds above it falls, offer by offer.
    """
    most = np.full((len(ground.offers), len(worklist.held)), -np.inf)
    _look_above(ground, book, most)
    return bool(_level_out(ground, book, worklist, most))


@compiled
def _level_out(ground: Ground, book: Book, worklist: Worklist, most: FloatArray) -> bool:
    moved = False
    for at in range(len(ground.order)):
        line = ground.order[at]
        while not crowded(book) and _take_from_peer(ground, book, worklist, most, line):
            moved = True
    return moved


@compiled
def _look_above(ground: Ground, book: Book, most: FloatArray) -> None:
    """Fill `most`, by offer and tier: units above target of the holder that stands highest."""
    for offer in range(len(ground.offers)):
        piece = book.offers[offer].top
        while piece >= 0:
            holder = book.pieces[piece].line
            tier = ground.lines[holder].tier
            above = book.lines[holder].got - ground.lines[holder].target
            most[offer, tier] = max(most[offer, tier], above)
            piece = book.pieces[piece].below


@compiled
def _take_from_peer(
    ground: Ground, book: Book, worklist: Worklist, most: FloatArray, line: int
) -> bool:
    tier, spot = ground.lines[line].tier, ground.lines[line].spot
    short = ground.lines[line].target - book.lines[line].got
    if short <= 1:
        return False
    for row in range(ground.reach_start[spot], ground.reach_start[spot + 1]):
        offer = ground.reach[row]
        pack = ground.offers[offer].pack
        if pack < short and pack < most[offer, tier] and fits(ground, line, offer):
            units = step(ground, book, line, offer)
            missing = units - book.offers[offer].left
            if 0 < units < min(short, most[offer, tier]) and missing > 0:
                piece = _giver(ground, book, most, line, offer, units, missing)
                if piece >= 0:
                    let_go(ground, book, worklist, piece, missing)
                    serve(ground, book, worklist, line, offer, units)
                    return True
    return False


@compiled
def _giver(
    ground: Ground,
    book: Book,
    most: FloatArray,
    line: int,
    offer: int,
    units: int,
    missing: int,
) -> int:
    """The piece of a peer above target by more than the step that can spare what is missing."""
    tier, highest = ground.lines[line].tier, -np.inf
    piece = book.offers[offer].top
    while piece >= 0:
        holder = book.pieces[piece].line
        if ground.lines[holder].tier == tier:
            above = book.lines[holder].got - ground.lines[holder].target
            highest = max(highest, above)
            if above > units and release(ground, book, piece, missing) == missing:
                return int(piece)
        piece = book.pieces[piece].below
    most[offer, tier] = highest
    return -1
