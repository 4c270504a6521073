"""Which lines can draw on the same offers, found without listing every pair.

Offers are shelved by product, by how far they deliver (everywhere, a whole region, a department)
and by whether they limit what a buyer may take. A line looks at six shelves for each product it
accepts and may use, on each, the offers within its price, date and size. What it finds on a shelf
has a signature, the sum of the random marks of its offers: equal signatures, equal sets.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orders.allocation.compiled import allocating
from orders.allocation.market import NONE, BoolArray, IntArray, Market, lots


Marks = NDArray[np.uint64]


class Shelves(NamedTuple):
    """Offers by shelf, cheapest first: shelf s holds the rows start[s] to start[s + 1].

    Shelves come in pairs, without and with a limit per buyer; a limit that the stock cannot
    exceed is none. `mark` stands for the offer in signatures.
    """

    start: IntArray
    offer: IntArray
    id: IntArray
    price: IntArray
    days: IntArray
    first_step: IntArray
    buyer_limit: IntArray
    mark: Marks


class Views(NamedTuple):
    """What a line compares, one row per line; `shelf` and `together` have a column per shelf.

    `shelf` is NONE past the last. `together`: what the line's buyer wants on all its lines that
    accept the shelf's product; an offer whose limit per buyer is lower binds them together.
    """

    shelf: IntArray
    together: IntArray
    ceiling: IntArray
    days: IntArray
    wanted: IntArray
    pinned: IntArray


def shelve(market: Market) -> Shelves:
    """All offers on sale, each on one shelf per place that it reaches."""
    reach = _reach(market)
    on_sale = np.flatnonzero(market.on_sale)
    at, how_far = np.nonzero(reach[market.offers.area[on_sale]])
    offer = on_sale[at]
    limited = market.buyer_limit[offer] < market.usable[offer]
    shelf = (market.offers.product[offer] * reach.shape[1] + how_far) * 2 + limited
    order = np.lexsort((offer, market.offers.price_micro[offer], shelf))
    shelf, offer = shelf[order], offer[order]
    shelves = len(market.products.code) * reach.shape[1] * 2
    return Shelves(
        np.searchsorted(shelf, np.arange(shelves + 1)).astype(np.int64),
        offer,
        market.offers.id[offer],
        market.offers.price_micro[offer],
        market.offers.lead_days[offer],
        market.first_step[offer],
        market.buyer_limit[offer],
        lots("offers", market.offers.id[offer]),
    )


def _reach(market: Market) -> BoolArray:
    """[area, 1 + regions + places]: everywhere; else whole regions; else single places."""
    areas = market.areas
    names, region = np.unique(np.array(market.places.region), return_inverse=True)
    everywhere: BoolArray = np.all(areas, axis=1)
    whole = np.stack([areas[:, region == r].all(axis=1) for r in range(len(names))], axis=1)
    whole &= ~everywhere[:, None]
    single = areas & ~whole[:, region] & ~everywhere[:, None]
    return np.concatenate([everywhere[:, None], whole, single], axis=1)


def view(market: Market) -> Views:
    """What every line of a one-group market compares."""
    lines = market.lines
    _, region = np.unique(np.array(market.places.region), return_inverse=True)
    per_product = 1 + int(region.max(initial=-1)) + 1 + len(market.places.code)
    most = max(len(wish) for wish in market.wishes)
    product = np.full((len(market.wishes), most), NONE, np.int64)
    for row, wish in enumerate(market.wishes):
        product[row, : len(wish)] = wish
    mine = product[lines.wish]
    regions = int(region.max(initial=-1)) + 1
    zero = np.zeros(len(lines), np.int64)
    how_far = np.stack([zero, 1 + region[lines.place], 1 + regions + lines.place], axis=1)
    near = mine[:, :, None] * per_product + how_far[:, None, :]
    shelf = np.where(mine[:, :, None, None] == NONE, NONE, near[..., None] * 2 + np.arange(2))
    columns = shelf.shape[2] * shelf.shape[3]
    return Views(
        shelf.reshape(len(lines), -1),
        np.repeat(_together(market, mine), columns, axis=1),
        lines.ceiling_micro,
        lines.need_days,
        lines.wanted,
        lines.pinned,
    )


def _together(market: Market, mine: IntArray) -> IntArray:
    """[line, accepted product]: units that the line's buyer wants of the product, all lines."""
    _, buyer = np.unique(market.lines.buyer, return_inverse=True)
    total = np.zeros(mine.shape, np.int64)
    for product in np.unique(mine[mine != NONE]):
        line, at = np.nonzero(mine == product)
        wanted = np.zeros(len(market.lines), np.int64)
        np.add.at(wanted, buyer[line], market.lines.wanted[line])
        total[line, at] = wanted[buyer[line]]
    return total


@allocating
def signatures(views: Views, shelves: Shelves) -> tuple[Marks, IntArray]:
    """Per line and shelf the signature of what it may use freely; per line its bound pairs.

    A pair is bound where the limit per buyer is lower than what the buyer's lines want together.
    """
    days, first_step, mark = shelves.days, shelves.first_step, shelves.mark
    lines, columns = views.shelf.shape
    signature = np.zeros((lines, columns), np.uint64)
    bound = np.zeros(lines, np.int64)
    for line in range(lines):
        latest, wanted, pinned = views.days[line], views.wanted[line], views.pinned[line]
        for column in range(columns):
            shelf = views.shelf[line, column]
            if shelf < 0:
                break
            start, end = shelves.start[shelf], _affordable(shelves, shelf, views.ceiling[line])
            if pinned < 0 and shelf % 2 == 0:
                found = _sum_of_marks(days, first_step, mark, start, end, latest, wanted)
            else:
                together = views.together[line, column] if shelf % 2 else 0
                found, count = _picked(shelves, start, end, latest, wanted, pinned, together)
                bound[line] += count
            signature[line, column] = found
    return signature, bound


@allocating
def _sum_of_marks(
    days: IntArray,
    first_step: IntArray,
    mark: Marks,
    start: int,
    end: int,
    latest: int,
    wanted: int,
) -> np.uint64:
    """The inner loop of a round, kept free of branches: half a thousand million comparisons."""
    total = np.uint64(0)
    for at in range(start, end):
        fits = (days[at] <= latest) & (first_step[at] <= wanted)
        total += mark[at] if fits else np.uint64(0)
    return total


@allocating
def _picked(
    shelves: Shelves,
    start: int,
    end: int,
    latest: int,
    wanted: int,
    pinned: int,
    together: int,
) -> tuple[np.uint64, int]:
    """The same with a pin and limits: marks of the free offers, and how many are bound."""
    total, bound = np.uint64(0), 0
    for at in range(start, end):
        fits = shelves.days[at] <= latest and shelves.first_step[at] <= wanted
        if fits and (pinned < 0 or pinned == shelves.id[at]):
            if shelves.buyer_limit[at] < together:
                bound += 1
            else:
                total += shelves.mark[at]
    return total, bound


@allocating
def _affordable(shelves: Shelves, shelf: int, ceiling: int) -> int:
    """The end of the rows of a shelf that cost at most `ceiling`."""
    start, end = shelves.start[shelf], shelves.start[shelf + 1]
    return int(start + np.searchsorted(shelves.price[start:end], ceiling, side="right"))


@allocating
def members(
    views: Views, shelves: Shelves, line: IntArray, column: IntArray, bound: bool
) -> tuple[IntArray, IntArray]:
    """The offers that (line, column) may use, either the bound ones or the free: start, offers."""
    start = np.zeros(len(line) + 1, np.int64)
    found = np.empty(1024, np.int64)
    for row in range(len(line)):
        one = line[row]
        latest, wanted, pinned = views.days[one], views.wanted[one], views.pinned[one]
        shelf, together = views.shelf[one, column[row]], views.together[one, column[row]]
        first, last = shelves.start[shelf], _affordable(shelves, shelf, views.ceiling[one])
        end = start[row]
        if end + last - first > len(found):
            found = np.concatenate((found, np.empty(len(found) + last - first, np.int64)))
        for at in range(first, last):
            fits = shelves.days[at] <= latest and shelves.first_step[at] <= wanted
            if fits and (pinned < 0 or pinned == shelves.id[at]):
                limited = shelf % 2 == 1 and shelves.buyer_limit[at] < together
                if limited == bound:
                    found[end] = shelves.offer[at]
                    end += 1
        start[row + 1] = end
    return start, found[: start[-1]].copy()
