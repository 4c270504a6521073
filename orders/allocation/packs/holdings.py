"""Who holds how much of what, as linked pieces that compiled loops move about."""

from typing import NamedTuple

import numpy as np

from orders.allocation.compiled import compiled
from orders.allocation.market import NO_LIMIT, IntArray
from orders.allocation.packs.ground import Ground, Records, records


SPARE_SLOTS = 64  # more than one move creates


class Book(NamedTuple):
    """Pieces, units of one offer held by one line, chained per line and per offer; -1 ends.

    `pieces`, records: units, line (-1: a free slot), offer, after (the line's next piece, or the
    next free slot), below and above (the offer's next piece and the one before). `lines`,
    records: got, top (its first piece). `offers`, records: left, top. `bought` is per buyer, all
    its lines together. `slots`: the first slot freed, the first never used.
    """

    pieces: Records
    lines: Records
    offers: Records
    bought: IntArray
    slots: IntArray


def blank(ground: Ground, stock: IntArray, pieces: int) -> Book:
    """Nobody holds anything; room for about so many pieces."""
    lines, buyers = len(ground.lines), len(ground.cap)
    return Book(
        pieces=_free_slots(pieces + SPARE_SLOTS),
        lines=records(got=np.zeros(lines, np.int64), top=np.full(lines, -1)),
        offers=records(left=stock, top=np.full(len(stock), -1)),
        bought=np.zeros(buyers, np.int64),
        slots=np.array([-1, 0]),
    )


def enlarged(book: Book) -> Book:
    """The same book with twice the room."""
    more = _free_slots(len(book.pieces))
    return book._replace(pieces=np.concatenate([book.pieces, more]))


def roomy(book: Book) -> Book:
    """The book, enlarged if another move might not fit."""
    return enlarged(book) if crowded(book) else book


def _free_slots(count: int) -> Records:
    none = np.full(count, -1)
    return records(units=none * 0, line=none, offer=none, after=none, below=none, above=none)


def pieces(book: Book) -> tuple[IntArray, IntArray, IntArray]:
    """Line, offer and units of every piece, sorted by (line, offer)."""
    used = book.pieces[book.pieces["line"] >= 0]
    used = used[np.lexsort((used["offer"], used["line"]))]
    return used["line"], used["offer"], used["units"]


@compiled
def crowded(book: Book) -> bool:
    """Whether the book should be enlarged before the next move."""
    return book.slots[1] > len(book.pieces) - SPARE_SLOTS


@compiled
def find(book: Book, line: int, offer: int) -> int:
    """The line's piece of the offer, or -1."""
    piece = book.lines[line].top
    while piece >= 0 and book.pieces[piece].offer != offer:
        piece = book.pieces[piece].after
    return piece


@compiled
def give(ground: Ground, book: Book, line: int, offer: int, units: int) -> None:
    """Move units from the offer's stock to the line."""
    piece = find(book, line, offer)
    if piece < 0:
        piece = _new_piece(book, line, offer)
    book.pieces[piece].units += units
    book.lines[line].got += units
    book.offers[offer].left -= units
    book.bought[ground.lines[line].buyer] += units


@compiled
def take(ground: Ground, book: Book, piece: int, units: int) -> None:
    """Move units of a piece back to the offer's stock."""
    line = book.pieces[piece].line
    book.pieces[piece].units -= units
    book.lines[line].got -= units
    book.offers[book.pieces[piece].offer].left += units
    book.bought[ground.lines[line].buyer] -= units
    if book.pieces[piece].units == 0:
        _drop_piece(book, piece)


@compiled
def _new_piece(book: Book, line: int, offer: int) -> int:
    piece = book.slots[0]
    if piece >= 0:
        book.slots[0] = book.pieces[piece].after
    else:
        piece = book.slots[1]
        book.slots[1] += 1
    book.pieces[piece].line, book.pieces[piece].offer, book.pieces[piece].units = line, offer, 0
    book.pieces[piece].after, book.lines[line].top = book.lines[line].top, piece
    book.pieces[piece].above, book.pieces[piece].below = -1, book.offers[offer].top
    if book.offers[offer].top >= 0:
        book.pieces[book.offers[offer].top].above = piece
    book.offers[offer].top = piece
    return piece


@compiled
def _drop_piece(book: Book, piece: int) -> None:
    line, offer = book.pieces[piece].line, book.pieces[piece].offer
    if book.lines[line].top == piece:
        book.lines[line].top = book.pieces[piece].after
    else:
        one = book.lines[line].top
        while book.pieces[one].after != piece:
            one = book.pieces[one].after
        book.pieces[one].after = book.pieces[piece].after
    if book.pieces[piece].above >= 0:
        book.pieces[book.pieces[piece].above].below = book.pieces[piece].below
    else:
        book.offers[offer].top = book.pieces[piece].below
    if book.pieces[piece].below >= 0:
        book.pieces[book.pieces[piece].below].above = book.pieces[piece].above
    book.pieces[piece].line = -1
    book.pieces[piece].after = book.slots[0]
    book.slots[0] = piece


@compiled
def fits(ground: Ground, line: int, offer: int) -> bool:
    """Whether an offer that serves the line's spot may serve the line."""
    return (
        ground.offers[offer].price <= ground.lines[line].ceiling
        and ground.offers[offer].lead <= ground.lines[line].days
        and ground.offers[offer].first <= ground.lines[line].want
        and (ground.lines[line].pinned < 0 or ground.lines[line].pinned == ground.offers[offer].id)
    )


@compiled
def room(ground: Ground, book: Book, line: int) -> int:
    """Units the line may still receive, from whatever offer."""
    buyer = ground.lines[line].buyer
    return min(
        ground.lines[line].want - book.lines[line].got, ground.cap[buyer] - book.bought[buyer]
    )


@compiled
def allowance(ground: Ground, book: Book, line: int, offer: int) -> int:
    """Units of the offer that the line's buyer may still take."""
    if ground.offers[offer].limit >= NO_LIMIT:
        return NO_LIMIT
    buyer = ground.lines[line].buyer
    rest = ground.offers[offer].limit
    for row in range(ground.buyer_start[buyer], ground.buyer_start[buyer + 1]):
        piece = find(book, ground.buyer_line[row], offer)
        if piece >= 0:
            rest -= book.pieces[piece].units
    return rest


@compiled
def step(ground: Ground, book: Book, line: int, offer: int) -> int:
    """The fewest further units of the offer that the line may take, were they in stock; or 0."""
    space = room(ground, book, line)
    pack = ground.offers[offer].pack
    if space < pack:
        return 0
    units = pack if find(book, line, offer) >= 0 else ground.offers[offer].first
    if book.lines[line].got == 0 and ground.lines[line].useful > units:
        units = -(-ground.lines[line].useful // pack) * pack
    if units > space or units > allowance(ground, book, line, offer):
        return 0
    return units


@compiled
def release(ground: Ground, book: Book, piece: int, units: int) -> int:
    """How much of a piece must go so that `units` (whole packs) come free; -1: the line's other
    pieces would fall below its useful minimum. Fewer than `units` if the piece is smaller."""
    held, line = book.pieces[piece].units, book.pieces[piece].line
    freed = min(held, units)
    if held - freed < ground.offers[book.pieces[piece].offer].first:
        freed = held
    rest = book.lines[line].got - freed
    if 0 < rest < ground.lines[line].useful <= book.lines[line].got:
        return held if book.lines[line].got == held else -1
    return freed
