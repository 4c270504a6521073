"""Whole single units: one mask, one bottle, never a box. Plain Python, no Django."""

MAX_UNITS = 1_000_000_000
"""No offer and no line is larger than this; a larger figure is a slip of the keyboard."""


def whole_packs(units: int, pack_units: int) -> int:
    """The largest whole number of packs within `units`, in units."""
    return units // pack_units * pack_units


def smallest_order(pack_units: int, min_order_units: int) -> int:
    """The least units one line can take: the minimum order, rounded up to whole packs."""
    return max(pack_units, -(-min_order_units // pack_units) * pack_units)
