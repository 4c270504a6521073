"""The lines of one rank side by side, without names: how much of its request each received."""

from collections import Counter
from dataclasses import dataclass

from orders.models import Explanation


STEPS = 20
"""Columns between 0 % and 100 %."""
TALLEST = 8
"""Dots in the tallest column; beyond it one dot stands for several lines."""
LEFT, BOTTOM, WIDTH, PITCH, FOOT = 20, 160, 440, 18, 214


@dataclass(frozen=True)
class Dot:
    """One dot of the drawing, in its units."""

    x: int
    y: int


@dataclass(frozen=True)
class Column:
    """All lines that received about the same share."""

    share_pct: int
    lines: int
    is_mine: bool


@dataclass(frozen=True)
class Strip:
    """The drawing and its twin as a table."""

    dots: list[Dot]
    mine: Dot
    columns: list[Column]
    lines_per_dot: int
    lines: int

    @property
    def top(self):
        """Where the drawing begins: just above its highest dot."""
        return min(dot.y for dot in [*self.dots, self.mine]) - PITCH

    @property
    def height(self):
        """From there to below the words under the axis."""
        return FOOT - self.top


def strip_of(explanation):
    """The explained line among those of the same round, rank and product."""
    peers = Explanation.objects.filter(
        round_id=explanation.round_id,
        tier=explanation.tier,
        line__product_id=explanation.line.product_id,
    )
    counts = Counter(
        _step(received, asked)
        for received, asked in peers.values_list("received_units", "asked_units")
    )
    own = _step(explanation.received_units, explanation.asked_units)
    lines_per_dot = -(-max(counts.values()) // TALLEST)
    dots = [
        Dot(_x(step), BOTTOM - PITCH * level)
        for step, count in sorted(counts.items())
        for level in range(-(-count // lines_per_dot))
        if (step, level) != (own, 0)
    ]
    columns = [
        Column(step * 100 // STEPS, count, step == own) for step, count in sorted(counts.items())
    ]
    return Strip(dots, Dot(_x(own), BOTTOM), columns, lines_per_dot, counts.total())


def _step(received, asked):
    """The nearest column; only nothing stands at 0 % and only all at 100 %."""
    if not received:
        return 0
    if received >= asked:
        return STEPS
    return min(max(round(STEPS * received / asked), 1), STEPS - 1)


def _x(step):
    return LEFT + WIDTH * step // STEPS
