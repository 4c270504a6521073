"""The usual way to share: first come, first served, each line taking its cheapest offers."""

import numpy as np
from numba import njit
from numba.typed import Dict
from numba.types import int64

from benchmarks.allocation.pairs import Pairs, suits
from orders.allocation.market import NO_LIMIT, IntArray


def serve(pairs: Pairs, arrival: IntArray, by_tier: bool) -> IntArray:
    """Rows of (line, offer, units); `arrival` ranks the lines, `by_tier` puts tiers before it."""
    order = np.lexsort((arrival, pairs.tier)) if by_tier else np.argsort(arrival)
    found: IntArray = _serve(pairs, order)
    return found


@njit(cache=True)
def _serve(pairs: Pairs, order: IntArray) -> IntArray:
    left = pairs.stock.copy()
    bought = Dict.empty(int64, int64)
    found = np.empty((2 * len(order) + 64, 3), np.int64)
    count = 0
    for line in order:
        first, room = count, pairs.wanted[line]
        for at in range(pairs.start[pairs.spot[line]], pairs.start[pairs.spot[line] + 1]):
            offer = pairs.reach[at]
            if room == 0 or not suits(pairs, line, offer):
                continue
            key = pairs.buyer[line] * len(left) + offer
            units = _most(pairs, left, bought, (key, offer, room))
            if units > 0:
                if count == len(found):
                    found = np.concatenate((found, found))
                found[count] = (line, offer, units)
                count += 1
                room -= units
                left[offer] -= units
                _note(pairs, bought, (key, offer, units))
        if pairs.wanted[line] - room < pairs.useful[line]:
            for row in range(first, count):
                offer, units = found[row, 1], found[row, 2]
                left[offer] += units
                _note(pairs, bought, (pairs.buyer[line] * len(left) + offer, offer, -units))
            count = first
    return found[:count]


@njit(cache=True)
def _most(pairs: Pairs, left: IntArray, bought: dict[int, int], ask: tuple[int, int, int]) -> int:
    """Whole packs of the offer for a line with this much room, or 0 below the minimum."""
    key, offer, room = ask
    units = min(room, left[offer])
    if pairs.limit[offer] < NO_LIMIT:
        units = min(units, pairs.limit[offer] - bought.get(key, 0))
    units = units // pairs.pack[offer] * pairs.pack[offer]
    return units if units >= pairs.first[offer] else 0


@njit(cache=True)
def _note(pairs: Pairs, bought: dict[int, int], change: tuple[int, int, int]) -> None:
    key, offer, units = change
    if pairs.limit[offer] < NO_LIMIT:
        bought[key] = bought.get(key, 0) + units
