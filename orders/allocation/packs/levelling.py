"""Among peers: nobody stays a step short while another stands more than that step above target."""

from orders.allocation.compiled import compiled
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import Book, crowded, fits, release, step
from orders.allocation.packs.worklist import Worklist, let_go, serve


@compiled
def level_out(ground: Ground, book: Book, worklist: Worklist) -> bool:
    """Hand steps to short lines from peers well above their targets; whether any moved.

    Each move brings both lines nearer to their targets and leaves the tier's total as it is.
    """
    moved = False
    for at in range(len(ground.order)):
        while not crowded(book) and _take_from_peer(ground, book, worklist, ground.order[at]):
            moved = True
    return moved


@compiled
def _take_from_peer(ground: Ground, book: Book, worklist: Worklist, line: int) -> bool:
    spot, short = ground.lines[line].spot, ground.lines[line].target - book.lines[line].got
    if short <= 1:
        return False
    for row in range(ground.reach_start[spot], ground.reach_start[spot + 1]):
        offer = ground.reach[row]
        if ground.offers[offer].pack < short and fits(ground, line, offer):
            units = step(ground, book, line, offer)
            missing = units - book.offers[offer].left
            if 0 < units < short and missing > 0:
                piece = _giver(ground, book, line, offer, units, missing)
                if piece >= 0:
                    let_go(ground, book, worklist, piece, missing)
                    serve(ground, book, worklist, line, offer, units)
                    return True
    return False


@compiled
def _giver(ground: Ground, book: Book, line: int, offer: int, units: int, missing: int) -> int:
    """The piece of a peer above target by more than the step that can spare what is missing."""
    piece = book.offers[offer].top
    while piece >= 0:
        holder = book.pieces[piece].line
        peer = ground.lines[holder].tier == ground.lines[line].tier and holder != line
        above = book.lines[holder].got - ground.lines[holder].target
        if peer and above > units and release(ground, book, piece, missing) == missing:
            return int(piece)
        piece = book.pieces[piece].below
    return -1
