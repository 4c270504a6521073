"""What is still open to whom after a sharing-out: the loops behind waste and overtaken lines.

A line's next step on an offer is the fewest further units that it could take there: a pack, at
first the offer's minimum, for an unserved line its useful minimum in whole packs.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numba.typed import Dict
from numba.types import int64

from benchmarks.allocation.pairs import Pairs, suits
from orders.allocation.market import NO_LIMIT, BoolArray, IntArray


class Held(NamedTuple):
    """Shares by position, sorted by line, and their sums. `below`: [offer, tier] units that
    lines of later tiers hold."""

    row: IntArray  # per line: where its shares begin
    offer: IntArray
    units: IntArray
    got: IntArray
    left: IntArray
    below: IntArray


class Open(NamedTuple):
    """Per line: whether any offer suits it, whether unsold packs would, whether a later tier
    holds a step that would; and the smallest first step of its offers (0: none)."""

    able: BoolArray
    wasted: BoolArray
    overtaken: BoolArray
    least: IntArray


def hold(pairs: Pairs, line: IntArray, offer: IntArray, units: IntArray) -> Held:
    """Sums over shares that are sorted by line."""
    lines, offers, tiers = len(pairs.wanted), len(pairs.stock), int(pairs.tier.max()) + 1
    by_tier = np.zeros((offers, tiers + 1), np.int64)
    np.add.at(by_tier, (offer, pairs.tier[line]), units)
    got, sold = np.zeros(lines, np.int64), np.zeros(offers, np.int64)
    np.add.at(got, line, units)
    np.add.at(sold, offer, units)
    below = by_tier[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    start = np.searchsorted(line, np.arange(lines + 1))
    return Held(start, offer, units, got, pairs.stock - sold, np.ascontiguousarray(below))


@njit(cache=True)
def still_open(pairs: Pairs, held: Held) -> Open:
    """One look at every line and all offers that suit it."""
    lines = len(pairs.wanted)
    able, wasted = np.zeros(lines, np.bool_), np.zeros(lines, np.bool_)
    overtaken, least = np.zeros(lines, np.bool_), np.zeros(lines, np.int64)
    bought = _bought(pairs, held)
    for line in range(lines):
        for at in range(pairs.start[pairs.spot[line]], pairs.start[pairs.spot[line] + 1]):
            offer = pairs.reach[at]
            if not suits(pairs, line, offer):
                continue
            first = pairs.first[offer]
            least[line] = min(least[line], first) if able[line] else first
            able[line] = True
            step = _step(pairs, held, bought, (line, offer))
            if step == 0:
                continue
            wasted[line] |= step <= held.left[offer]
            lower = held.below[offer, pairs.tier[line]]
            overtaken[line] |= lower > 0 and step <= lower + held.left[offer]
    return Open(able, wasted, overtaken, least)


@njit(cache=True)
def _bought(pairs: Pairs, held: Held) -> dict[int, int]:
    """Units per buyer and offer, where the offer limits a buyer."""
    bought = Dict.empty(int64, int64)
    for line in range(len(pairs.wanted)):
        for row in range(held.row[line], held.row[line + 1]):
            offer = held.offer[row]
            if pairs.limit[offer] < NO_LIMIT:
                key = pairs.buyer[line] * len(pairs.stock) + offer
                bought[key] = bought.get(key, 0) + held.units[row]
    return bought


@njit(cache=True)
def _step(pairs: Pairs, held: Held, bought: dict[int, int], pair: tuple[int, int]) -> int:
    """The line's next step on the offer, were it in stock; 0 if there is none."""
    line, offer = pair
    pack, step = pairs.pack[offer], pairs.first[offer]
    for row in range(held.row[line], held.row[line + 1]):
        if held.offer[row] == offer:
            step = pack
    if held.got[line] == 0:
        step = max(step, -(-pairs.useful[line] // pack) * pack)
    if step > pairs.wanted[line] - held.got[line]:
        return 0
    if pairs.limit[offer] < NO_LIMIT:
        key = pairs.buyer[line] * len(pairs.stock) + offer
        if bought.get(key, 0) + step > pairs.limit[offer]:
            return 0
    return step
