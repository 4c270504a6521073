"""The lines of one rank side by side, without names: how much of its need each received."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.functions import Cast, Ceil, Least

from orders.enums import Limit
from orders.models import Explanation


STEPS = 20
"""Columns between nothing and the right end."""
TALLEST = 8
"""Dots in the tallest column; beyond it one dot stands for several lines."""
LEFT, BOTTOM, WIDTH, PITCH, FOOT = 20, 160, 440, 18, 214
ENDS = (100, 200, 500, 1000, 2000, 5000, 10000)
"""Where the axis may end, in per cent of the need."""


@dataclass(frozen=True)
class Dot:
    """One dot of the drawing, in its units; hollow: it lacks some of what it asked for."""

    x: int
    y: int
    is_hollow: bool = False


@dataclass(frozen=True)
class Column:
    """All lines that received about the same share, and how many of them have all they want."""

    share_pct: int
    lines: int
    satisfied: int
    is_mine: bool


@dataclass(frozen=True)
class Strip:
    """The drawing and its twin as a table. `end_pct`: right end; beyond it lines stand on it."""

    dots: list[Dot]
    mine: Dot
    columns: list[Column]
    lines_per_dot: int
    lines: int
    own_pct: float
    end_pct: int

    @property
    def satisfied(self):
        """Lines that have all they asked for."""
        return sum(column.satisfied for column in self.columns)

    @property
    def middle_pct(self):
        return self.end_pct // 2

    @property
    def top(self):
        """Where the drawing begins: just above its highest dot."""
        return min(dot.y for dot in [*self.dots, self.mine]) - PITCH

    @property
    def height(self):
        """From there to below the words under the axis."""
        return FOOT - self.top


def level_pct(explanation):
    """What the line has of its need, past service included, in per cent."""
    got = explanation.past_units + explanation.received_units
    return float(got * 100 / explanation.need_units) if explanation.need_units else 0.0


def strip_of(explanation):
    """The explained line among those of the same round, rank and goods."""
    own_pct = level_pct(explanation)
    aim = max(own_pct, explanation.part_level * 100)
    end = next((each for each in ENDS if each >= aim), ENDS[-1])
    own, columns = _own(own_pct, end), {}
    for step, satisfied, lines in _counted(explanation, end):
        columns.setdefault(step, Counter())[satisfied] = lines
    tallest = max(each.total() for each in columns.values())
    per_dot = -(-tallest // TALLEST)
    return Strip(
        dots=[
            Dot(_x(step), BOTTOM - PITCH * level, is_hollow)
            for step, counts in sorted(columns.items())
            for level, is_hollow in enumerate(_stack(counts, per_dot))
            if (step, level) != (own, 0)
        ],
        mine=Dot(_x(own), BOTTOM, explanation.limit != Limit.NONE),
        columns=[
            Column(step * end // STEPS, counts.total(), counts[True], step == own)
            for step, counts in sorted(columns.items())
        ],
        lines_per_dot=per_dot,
        lines=sum(each.total() for each in columns.values()),
        own_pct=own_pct,
        end_pct=end,
    )


def _counted(explanation, end):
    """Step, whether satisfied, and lines: of the peers that any offer may serve."""
    peers = Explanation.objects.filter(
        Q(peers__gt=0) | Q(pk=explanation.pk),
        round_id=explanation.round_id,
        tier=explanation.tier,
        line__product__category_id=explanation.line.product.category_id,
    )
    level = (F("past_units") + F("received_units")) * 100 / F("need_units")
    step = Least(Cast(Ceil(level * STEPS / end), IntegerField()), Value(STEPS))
    satisfied = Q(limit=Limit.NONE)
    return (
        peers.annotate(
            step=Case(When(need_units__gt=0, then=step), default=Value(0)),
            satisfied=Case(When(satisfied, then=Value(1)), default=Value(0)),
        )
        .values_list("step", "satisfied")
        .annotate(lines=Count("pk"))
        .order_by("step", "satisfied")
    )


def _own(own_pct, end):
    return min(-int(-own_pct * STEPS // end), STEPS)


def _stack(counts, per_dot):
    """From the foot: lines that could have used more, then the satisfied ones."""
    short, satisfied = (-(-counts[key] // per_dot) for key in (0, 1))
    return [True] * short + [False] * satisfied


def _x(step):
    return LEFT + WIDTH * step // STEPS
