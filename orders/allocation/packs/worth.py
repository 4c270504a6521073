"""What units are worth to a line, and what it loses by letting go: concave, so that nearness to
the target is what the search pays for."""

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import Book, release


DEEP = 1.1  # worth of a unit to a line short by more than a step, against one that is not


@compiled
def worth(ground: Ground, line: int, units: float) -> float:
    """What so many units are worth to the line, in units due to the first tier."""
    due, weight = ground.lines[line].due, ground.lines[line].weight
    if units > due:
        return float(weight * due + ground.lines[line].extra * (units - due))
    far = max(0.0, due - ground.lines[line].margin - units)
    return float(weight * (units - (DEEP - 1) * far))


@compiled
def gain(ground: Ground, book: Book, line: int, units: int) -> float:
    """What so many units more bring the line."""
    got = book.lines[line].got
    return worth(ground, line, got + units) - worth(ground, line, got)


@compiled
def loss(ground: Ground, book: Book, line: int, units: int) -> float:
    """What so many units fewer cost the line."""
    return -gain(ground, book, line, -units)


@compiled
def least_rate(ground: Ground, book: Book, piece: int) -> float:
    """The least that its holder can lose per unit of the piece; infinite if it cannot let go."""
    freed = release(ground, book, piece, ground.offers[book.pieces[piece].offer].pack)
    if freed < 0:
        return np.inf
    return loss(ground, book, book.pieces[piece].line, freed) / freed
