"""Local search on whole packs: lines short of their target take packs where it costs least.

A line takes its next step of an offer from stock, from one holder or from several at once,
whenever that raises the sum over all lines of what their units are worth. Every move raises
the sum, so the search ends; ties go to the first found, so it always ends alike.
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
    enlarged,
    fits,
    give,
    release,
    room,
    step,
    take,
)
from orders.allocation.packs.worth import gain, least_rate, loss


PASSES = 6  # over all lines at most; later ones look only at what has become easier
SETTLED = 40  # a pass with fewer moves than one in so many lines is the last
NEAR = 256  # a line looks at so many offers, the cheapest
SEVERAL = 8  # holders that may give way together
PROMISING = 8  # offers that a line looks at closely
GAIN = 1e-6  # least gain of a move, in units due to the line


class Trail(NamedTuple):
    """What the search remembers, with short lists to weigh moves on.

    Per offer: when it last became easier to get, and the least that a holder can lose per unit
    of it. Per line: when it last looked in vain. `clock` counts moves. `rates` and `pieces`:
    holders to make way for a move, with `units` of each; `bounds` and `promising`: offers.
    """

    eased: IntArray
    least: FloatArray
    looked: IntArray
    clock: IntArray
    rates: FloatArray
    pieces: IntArray
    units: IntArray
    bounds: FloatArray
    promising: IntArray


def fresh_trail(ground: Ground) -> Trail:
    """Nothing looked at yet."""
    return Trail(
        eased=np.ones(len(ground.offers), np.int64),
        least=np.zeros(len(ground.offers)),
        looked=np.zeros(len(ground.lines), np.int64),
        clock=np.ones(1, np.int64),
        rates=np.empty(SEVERAL),
        pieces=np.empty(SEVERAL, np.int64),
        units=np.empty(SEVERAL, np.int64),
        bounds=np.empty(PROMISING),
        promising=np.empty(PROMISING, np.int64),
    )


def improve(ground: Ground, book: Book, trail: Trail) -> Book:
    """Move packs until hardly a move helps; the book, enlarged if it had to be."""
    for _ in range(PASSES):
        before = trail.clock[0]
        at = 0
        while (at := _pass(ground, book, trail, at)) < len(ground.order):
            book = enlarged(book)
        if (trail.clock[0] - before) * SETTLED <= len(ground.order):
            break
    return book


@compiled
def _pass(ground: Ground, book: Book, trail: Trail, start: int) -> int:
    """Let every line improve from a position of `order` on; where it stopped."""
    for at in range(start, len(ground.order)):
        line = ground.order[at]
        while book.lines[line].got < ground.lines[line].due:
            if crowded(book):
                return at
            if not _move(ground, book, trail, line):
                trail.looked[line] = trail.clock[0]
                break
    return len(ground.order)


@compiled
def _move(ground: Ground, book: Book, trail: Trail, line: int) -> bool:
    """Do the line's best move, if one brings anything."""
    best, best_offer = ground.lines[line].weight * GAIN, -1
    for row in range(_promising(ground, book, trail, line, best)):
        if -trail.bounds[row] <= best:
            break
        net = _net(ground, book, trail, line, trail.promising[row])
        if net > best:
            best, best_offer = net, trail.promising[row]
    if best_offer >= 0:
        _draw(ground, book, trail, line, best_offer)
    return best_offer >= 0


@compiled
def _promising(ground: Ground, book: Book, trail: Trail, line: int, enough: float) -> int:
    """List the offers whose next step may bring most, and enough; how many."""
    trail.bounds[:] = -enough
    trail.promising[:] = -1
    spot, space = ground.lines[line].spot, room(ground, book, line)
    start = ground.reach_start[spot]
    for row in range(start, min(start + NEAR, ground.reach_start[spot + 1])):
        offer = ground.reach[row]
        if (
            trail.eased[offer] > trail.looked[line]
            and ground.offers[offer].pack <= space
            and _at_best(ground, book, trail, line, offer) > -trail.bounds[-1]
            and fits(ground, line, offer)
        ):
            units = step(ground, book, line, offer)
            if units > 0:
                missing = units - book.offers[offer].left
                if missing <= 0:
                    net = gain(ground, book, line, helping(ground, book, line, offer, units))
                else:
                    net = gain(ground, book, line, units) - trail.least[offer] * missing
                _rank(trail.bounds, trail.promising, -net, offer)
    count = 0
    while count < PROMISING and trail.promising[count] >= 0:
        count += 1
    return count


@compiled
def _at_best(ground: Ground, book: Book, trail: Trail, line: int, offer: int) -> float:
    """No step of the offer can bring the line more than this, minimums and limits aside."""
    least, left = trail.least[offer], book.offers[offer].left
    pack, short = ground.offers[offer].pack, ground.lines[line].due - book.lines[line].got
    if left >= pack or least < ground.lines[line].extra:
        return np.inf
    one_pack = gain(ground, book, line, pack) - least * (pack - left)
    if short <= pack:
        return one_pack
    return max(one_pack, gain(ground, book, line, short) - least * (short - left))


@compiled
def _net(ground: Ground, book: Book, trail: Trail, line: int, offer: int) -> float:
    """What the line's next step of the offer brings in all."""
    units = step(ground, book, line, offer)
    missing = units - book.offers[offer].left
    if missing <= 0:
        return gain(ground, book, line, helping(ground, book, line, offer, units))
    lost = _make_way(ground, book, trail, line, offer, missing)[1]
    return gain(ground, book, line, units) - lost


@compiled
def _draw(ground: Ground, book: Book, trail: Trail, line: int, offer: int) -> None:
    """Give the line its next step of the offer, taken from stock or from holders."""
    units = step(ground, book, line, offer)
    missing = units - book.offers[offer].left
    if missing <= 0:
        units = helping(ground, book, line, offer, units)
    else:
        count = _make_way(ground, book, trail, line, offer, missing)[0]
        for row in range(count):
            holder = book.pieces[trail.pieces[row]].line
            take(ground, book, trail.pieces[row], trail.units[row])
            note(ground, book, trail, holder, offer)
    give(ground, book, line, offer, units)
    note(ground, book, trail, line, offer)


@compiled
def helping(ground: Ground, book: Book, line: int, offer: int, units: int) -> int:
    """From stock: the step, or as many whole packs as the line is still due."""
    pack = ground.offers[offer].pack
    most = min(room(ground, book, line), allowance(ground, book, line, offer))
    due = min(most, int(ground.lines[line].due) - book.lines[line].got)
    return max(units, min(due, book.offers[offer].left) // pack * pack)


@compiled
def _make_way(
    ground: Ground, book: Book, trail: Trail, line: int, offer: int, missing: int
) -> tuple[int, float]:
    """The holders that can free what is missing at the least loss, one or several: how many
    `pieces` and `units` they fill, and the loss."""
    trail.rates[:] = np.inf
    least, single, single_loss, single_units = np.inf, -1, np.inf, 0
    piece = book.offers[offer].top
    while piece >= 0:
        holder = book.pieces[piece].line
        least = min(least, least_rate(ground, book, piece))
        freed = release(ground, book, piece, missing) if holder != line else 0
        if freed > 0:
            lost = loss(ground, book, holder, freed)
            if freed >= missing and lost < single_loss:
                single, single_loss, single_units = piece, lost, freed
            _rank(trail.rates, trail.pieces, lost / min(freed, missing), piece)
        piece = book.pieces[piece].below
    trail.least[offer] = least
    count, total = _add_up(ground, book, trail, missing, single_loss)
    if total < single_loss:
        return count, total
    trail.pieces[0], trail.units[0] = single, single_units
    return 1, single_loss


@compiled
def _add_up(
    ground: Ground, book: Book, trail: Trail, missing: int, at_most: float
) -> tuple[int, float]:
    """How many of the listed pieces free what is missing, and their loss; infinite if more."""
    count, total = 0, 0.0
    while missing > 0:
        if total >= at_most or count == SEVERAL or trail.rates[count] == np.inf:
            return 0, np.inf
        piece = trail.pieces[count]
        freed = release(ground, book, piece, missing)
        total += loss(ground, book, book.pieces[piece].line, freed)
        trail.units[count] = freed
        missing -= freed
        count += 1
    return count, total


@compiled
def _rank(rates: FloatArray, items: IntArray, rate: float, item: int) -> None:
    """Insert an item where its rate belongs, lowest first; the last falls out."""
    row = len(rates) - 1
    if rate >= rates[row]:
        return
    while row > 0 and rates[row - 1] > rate:
        rates[row], items[row] = rates[row - 1], items[row - 1]
        row -= 1
    rates[row], items[row] = rate, item


@compiled
def note(ground: Ground, book: Book, trail: Trail, line: int, offer: int) -> None:
    """Remember what has become easier: the offer has stock, or the line can spare more."""
    trail.clock[0] += 1
    trail.looked[line] = 0
    if book.offers[offer].left > 0:
        trail.eased[offer] = trail.clock[0]
    piece = book.lines[line].top
    while piece >= 0:
        held, rate = book.pieces[piece].offer, least_rate(ground, book, piece)
        if rate < trail.least[held]:
            trail.least[held] = rate
            trail.eased[held] = trail.clock[0]
        piece = book.pieces[piece].after
