"""The water line: at which level the demands of many lines sum to a given supply.

All amounts are thousandths of a unit. A line's level is (past + due) ÷ need; at a level it is due
what that level asks for, never less than its base and never more than its ceiling.
"""

from dataclasses import dataclass

import numpy as np

from orders.allocation.market import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Claims:
    """What lines may be due, one row each. Lines of tier `NOBODY` stay at their base."""

    tier: IntArray
    need: FloatArray
    past: FloatArray
    base: IntArray
    ceiling: IntArray

    def take(self, rows: IntArray) -> "Claims":
        """The rows at these positions."""
        return Claims(
            self.tier[rows],
            self.need[rows],
            self.past[rows],
            self.base[rows],
            self.ceiling[rows],
        )


NOBODY = 1 << 30


@dataclass(frozen=True)
class Water:
    """Tiers before `tier` stand at their ceilings, `tier` at `level`, later ones at their base."""

    tier: int
    level: float


def find_water(claims: Claims, supply: int) -> Water | None:
    """The water line at which all claims sum to `supply`; None if every ceiling can be met.

    Exact up to floating point: the sum is piecewise linear, with breaks where a line begins to
    rise and where it is full.
    """
    rest = supply - int(claims.base.sum())
    for tier in np.unique(claims.tier[claims.tier < NOBODY]):
        rows = np.flatnonzero(claims.tier == tier)
        room = int((claims.ceiling[rows] - claims.base[rows]).sum())
        if room > rest:
            return Water(int(tier), _level(claims.take(rows), max(0, rest)))
        rest -= room
    return None


def _level(claims: Claims, rise: int) -> float:
    """The level at which the lines of one tier have risen by `rise` above their bases in all."""
    begin = (claims.base + claims.past) / claims.need
    full = (claims.ceiling + claims.past) / claims.need
    breaks = np.concatenate([begin, full])
    slopes = np.concatenate([claims.need, -claims.need])
    order = np.argsort(breaks, kind="stable")
    breaks, slope = breaks[order], np.maximum(np.cumsum(slopes[order]), 0.0)
    risen = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(breaks))])
    at = max(0, int(np.searchsorted(risen, rise, side="right")) - 1)
    if slope[at] <= 0.0:
        return float(breaks[at])
    return float(breaks[at] + (rise - risen[at]) / slope[at])


def exactly_due_at(water: Water | None, claims: Claims) -> FloatArray:
    """What each line is due at the water line."""
    if water is None:
        return np.where(claims.tier < NOBODY, claims.ceiling, claims.base).astype(np.float64)
    rising = np.clip(water.level * claims.need - claims.past, claims.base, claims.ceiling)
    settled = np.where(claims.tier < water.tier, claims.ceiling, claims.base)
    return np.where(claims.tier == water.tier, rising, settled)


def due_at(water: Water | None, claims: Claims) -> IntArray:
    """The same in whole thousandths that sum to the supply.

    Fractions are carried from line to line, so no line is a whole thousandth off.
    """
    exact = exactly_due_at(water, claims)
    if water is None:
        return exact.astype(np.int64)
    rows = np.flatnonzero(claims.tier == water.tier)
    carried = np.floor(np.cumsum(exact[rows]) + 1e-6)
    whole = np.diff(carried, prepend=0.0).astype(np.int64)
    due = exact.astype(np.int64)
    due[rows] = np.clip(whole, claims.base[rows], claims.ceiling[rows])
    return due
