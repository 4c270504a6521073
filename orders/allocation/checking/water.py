"""How high the water stands: the tier and level at which lines together hold an amount.

A line rises from `low` to `high` units: not before its tier's turn, full after it, and during it
by its level, (past + units) ÷ need.
"""

from typing import NamedTuple

import numpy as np

from orders.allocation.market import BoolArray, FloatArray, IntArray


HALVINGS = 100
NEVER = 1 << 40  # a tier after all others


class Lines(NamedTuple):
    """Columns of the lines that rise together; the water is found per `basin`."""

    basin: IntArray
    tier: IntArray
    need: FloatArray
    past: FloatArray
    low: FloatArray
    high: FloatArray

    def where(self, mask: BoolArray) -> "Lines":
        """The lines that are marked."""
        return Lines(
            self.basin[mask],
            self.tier[mask],
            self.need[mask],
            self.past[mask],
            self.low[mask],
            self.high[mask],
        )


class Water(NamedTuple):
    """Per basin: the tier whose turn it is, and the level of its lines."""

    tier: IntArray
    level: FloatArray

    def held(self, lines: Lines) -> FloatArray:
        """Units of each line at this water."""
        tier, level = self.tier[lines.basin], self.level[lines.basin]
        turn = np.clip(level * lines.need - lines.past, lines.low, lines.high)
        return np.where(
            lines.tier < tier, lines.high, np.where(lines.tier == tier, turn, lines.low)
        )


def water_for(lines: Lines, amount: FloatArray) -> Water:
    """The lowest water at which the lines of each basin hold `amount` more units than `low`.

    Tier `NEVER` where even all of them full hold less; found by bisection, to the last bit of
    the level.
    """
    tier = np.where(amount > 0, NEVER, 0)
    level, before = np.zeros(len(amount)), np.zeros(len(amount))
    for turn in np.unique(lines.tier):
        mine = lines.where(lines.tier == turn)
        together = _summed(mine.high - mine.low, mine.basin, len(amount))
        tier[(tier == NEVER) & (before + together >= amount)] = turn
        before += np.where(tier == NEVER, together, 0)
    mine = lines.where(lines.tier == tier[lines.basin])
    bottom, top = np.zeros(len(amount)), np.zeros(len(amount))
    np.maximum.at(top, mine.basin, (mine.past + mine.high) / mine.need)
    for _ in range(HALVINGS):
        level = (bottom + top) / 2
        held = np.clip(level[mine.basin] * mine.need - mine.past, mine.low, mine.high)
        enough = before + _summed(held - mine.low, mine.basin, len(amount)) >= amount
        top, bottom = np.where(enough, level, top), np.where(enough, bottom, level)
    return Water(tier, top)


def _summed(units: FloatArray, basin: IntArray, count: int) -> FloatArray:
    return np.bincount(basin, weights=units, minlength=count).astype(float)
