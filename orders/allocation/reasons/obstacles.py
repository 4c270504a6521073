"""What stands between a line and its next step, compared for a million lines at once."""

from typing import NamedTuple

import numpy as np

from orders.allocation.compiled import allocating, compiled
from orders.allocation.market import BoolArray, IntArray
from orders.allocation.outcome import Limit
from orders.allocation.targets.eligible_sets import Shelves, Views


# A line may be stopped by another thing on each offer; it hears of the smallest of these ranks.
# First what stops it while packs are left, then that packs are gone, then its own bounds.
CAP_LEFT, USEFUL_LEFT, ORDER_LEFT, GONE, GONE_TO_TIERS, CAP, USEFUL, ORDER, PACK, FREE = range(10)
TOLD = np.array(
    [
        Limit.CAP,
        Limit.MIN_USEFUL,
        Limit.MIN_ORDER,
        Limit.SUPPLY,
        Limit.TIER,
        Limit.CAP,
        Limit.MIN_USEFUL,
        Limit.MIN_ORDER,
        Limit.PACK,
        Limit.NONE,
    ],
    np.int8,
)

# How far a line came with the offer that suits it best, when none may serve it.
MET = np.array(
    [
        Limit.NO_OFFER,
        Limit.PINNED,
        Limit.REGION,
        Limit.LEAD_TIME,
        Limit.PRICE_CEILING,
        Limit.PACK,
        Limit.MIN_ORDER,
        Limit.CAP,
        Limit.SUPPLY,
    ],
    np.int8,
)


class Standing(NamedTuple):
    """Who holds what once packs are handed out.

    Per line: received, wanted, least useful, buyer, and its holdings as rows start[i] to
    start[i + 1] of `offer`, `units`. Per offer: pack, first step, units left in whole packs, the
    last tier that holds any (0: nobody). `key` (buyer × offers + offer, sorted) and `bought`.
    """

    received: IntArray
    wanted: IntArray
    least: IntArray
    buyer: IntArray
    start: IntArray
    offer: IntArray
    units: IntArray
    pack: IntArray
    left: IntArray
    usable: IntArray
    last_tier: IntArray
    tier: IntArray
    key: IntArray
    bought: IntArray


def stops(views: Views, shelves: Shelves, now: Standing) -> tuple[IntArray, IntArray]:
    """Per line: the rank of what it is told, and the units it could draw on were it alone."""
    told = np.full(len(now.received), FREE)
    reachable = np.zeros(len(now.received), np.int64)
    _compare(views, shelves, now, told, reachable)
    return told, reachable


@compiled
def _compare(
    views: Views, shelves: Shelves, now: Standing, told: IntArray, reachable: IntArray
) -> None:
    received, wanted, least = now.received, now.wanted, now.least
    pack, left, last_tier, tier = now.pack, now.left, now.last_tier, now.tier
    holding, start = now.offer, now.start
    price, days, first_step = shelves.price, shelves.days, shelves.first_step
    limit, usable, shelved = shelves.buyer_limit, now.usable, shelves.offer
    lines, columns = views.shelf.shape
    for line in range(lines):
        room, short = wanted[line] - received[line], least[line] - received[line]
        for column in range(columns):
            shelf = views.shelf[line, column]
            if shelf < 0:
                break
            for at in range(shelves.start[shelf], shelves.start[shelf + 1]):
                if price[at] > views.ceiling[line]:
                    break
                offer = shelved[at]
                fits = days[at] <= views.days[line] and first_step[at] <= wanted[line]
                if not fits or 0 <= views.pinned[line] != shelves.id[at]:
                    continue
                reachable[line] += min(usable[offer], limit[at])
                if room <= 0:
                    continue
                held = _holds(holding, start[line], start[line + 1], offer)
                order = pack[offer] if held else first_step[at]
                useful = -(-short // pack[offer]) * pack[offer] if short > 0 else 0
                free = limit[at] - _bought(now, line, offer) if shelf % 2 == 1 else room
                gone = GONE_TO_TIERS if last_tier[offer] < tier[line] else GONE
                rank = _rank(room, left[offer], free, pack[offer], order, useful, gone)
                told[line] = min(told[line], rank)


@compiled
def _rank(room: int, left: int, free: int, pack: int, order: int, useful: int, gone: int) -> int:
    """What stops a line with this room on one offer; `free` is what its buyer may still take."""
    step = max(order, useful)
    if room < pack:
        return PACK
    if room < step:
        return USEFUL if useful > order else ORDER
    if free < step:
        return CAP_LEFT if left >= step else CAP
    if left >= pack:
        return USEFUL_LEFT if useful > order else ORDER_LEFT
    return gone


@compiled
def _holds(holding: IntArray, start: int, end: int, offer: int) -> bool:
    held = False
    for row in range(start, end):
        held |= holding[row] == offer
    return held


@compiled
def _bought(now: Standing, line: int, offer: int) -> int:
    """Units of the offer that the line's buyer holds on all its lines."""
    key = now.buyer[line] * len(now.pack) + offer
    at = np.searchsorted(now.key, key)
    return now.bought[at] if at < len(now.key) and now.key[at] == key else 0


class Catalogue(NamedTuple):
    """All offers by product, on sale or not: product p holds rows start[p] to start[p + 1]."""

    start: IntArray
    id: IntArray
    price: IntArray
    days: IntArray
    area: IntArray
    pack: IntArray
    first_step: IntArray
    buyer_limit: IntArray
    usable: IntArray


class Wishes(NamedTuple):
    """The lines that no offer may serve; `accepts` is [line, product]."""

    accepts: BoolArray
    place: IntArray
    pinned: IntArray
    days: IntArray
    ceiling: IntArray
    wanted: IntArray


@allocating
def furthest(wishes: Wishes, shop: Catalogue, areas: BoolArray) -> IntArray:
    """Per line the first condition that the offer which comes furthest does not meet."""
    met = np.zeros(len(wishes.place), np.int64)
    for line in range(len(met)):
        for product in np.flatnonzero(wishes.accepts[line]):
            for at in range(shop.start[product], shop.start[product + 1]):
                suits = wishes.pinned[line] < 0 or wishes.pinned[line] == shop.id[at]
                reaches = areas[shop.area[at], wishes.place[line]]
                if not suits or not reaches:
                    met[line] = max(met[line], 1 + suits)
                elif shop.days[at] > wishes.days[line]:
                    met[line] = max(met[line], 3)
                elif shop.price[at] > wishes.ceiling[line]:
                    met[line] = max(met[line], 4)
                else:
                    size = _size(
                        shop.pack[at],
                        shop.first_step[at],
                        shop.buyer_limit[at],
                        wishes.wanted[line],
                    )
                    met[line] = max(met[line], size)
    return met


@allocating
def _size(pack: int, first_step: int, buyer_limit: int, wanted: int) -> int:
    if pack > wanted:
        return 5
    if first_step > wanted:
        return 6
    return 7 if first_step > buyer_limit else 8
