"""What the last passes still have to look at, and moves that keep that list true."""

from typing import NamedTuple

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.market import BoolArray, IntArray
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import Book, give, take


class Worklist(NamedTuple):
    """`open`: offers still to be looked at. `lot`: the place of each line in the draw. `held`: of
    the offer at hand, the units that a tier and all below it hold. `row`: where each line stands
    in `Ground.spot_line`; `tier` and `space`, the units still wanted, are in that order, to be
    read one after the other."""

    open: BoolArray
    lot: IntArray
    held: IntArray
    row: IntArray
    tier: IntArray
    space: IntArray


def everything(ground: Ground, book: Book) -> Worklist:
    """Nothing looked at yet."""
    tier = ground.lines["tier"]
    space = ground.lines["want"] - book.lines["got"]
    return Worklist(
        open=np.ones(len(ground.offers), bool),
        lot=np.argsort(ground.order),
        held=np.zeros(int(tier.max()) + 2, np.int64),
        row=np.argsort(ground.spot_line),
        tier=tier[ground.spot_line],
        space=space[ground.spot_line],
    )


@compiled
def serve(
    ground: Ground, book: Book, worklist: Worklist, line: int, offer: int, units: int
) -> None:
    """Give; a line served at all can use less than its useful minimum of any other offer."""
    if book.lines[line].got < ground.lines[line].useful:
        _reopen(ground, worklist, line)
    give(ground, book, line, offer, units)
    worklist.space[worklist.row[line]] = ground.lines[line].want - book.lines[line].got


@compiled
def let_go(ground: Ground, book: Book, worklist: Worklist, piece: int, units: int) -> None:
    """Take units of a piece, and all that its line holds if the rest were of no use."""
    line = book.pieces[piece].line
    take(ground, book, piece, units)
    if book.lines[line].got < ground.lines[line].useful:
        while book.lines[line].top >= 0:
            rest = book.lines[line].top
            take(ground, book, rest, book.pieces[rest].units)
    worklist.space[worklist.row[line]] = ground.lines[line].want - book.lines[line].got
    _reopen(ground, worklist, line)


@compiled
def _reopen(ground: Ground, worklist: Worklist, line: int) -> None:
    """Have every offer looked at again that the line's buyer could take from."""
    buyer = ground.lines[line].buyer
    for at in range(ground.buyer_start[buyer], ground.buyer_start[buyer + 1]):
        spot = ground.lines[ground.buyer_line[at]].spot
        for row in range(ground.reach_start[spot], ground.reach_start[spot + 1]):
            worklist.open[ground.reach[row]] = True
