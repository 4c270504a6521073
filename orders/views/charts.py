"""Drawings of rounds in whole units of their own; a table beside each says the same."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.places import departments
from orders.allocation.summary import BINS, STEPS


LAYOUT = """
.. .. .. .. .. .. 62 59 .. .. .. .. ..
.. .. .. .. 76 60 80 02 08 .. .. .. ..
.. .. 50 14 27 95 75 93 51 55 54 57 ..
29 22 35 61 78 92 94 77 10 52 88 67 ..
.. 56 53 72 28 91 45 89 21 70 90 68 ..
.. .. 44 49 37 41 18 58 71 39 25 .. ..
.. .. 85 79 86 36 23 03 69 01 74 .. ..
.. .. .. 17 16 87 19 63 42 38 73 .. ..
.. .. .. 33 24 46 15 43 07 26 05 .. ..
.. .. .. 40 47 82 12 48 30 84 04 06 ..
.. .. .. 64 32 31 81 11 34 13 83 .. 2B
.. .. .. .. 65 09 66 .. .. .. .. .. 2A
.. .. .. .. .. .. .. .. .. .. .. .. ..
971 972 973 974 976
"""
"""Departments as squares of equal size, each near its place; the last row lies overseas."""
SIDE = 40
SHADES = (0, 20, 40, 60, 80, 100)
"""From which per cent on a square has the next darker shade; only all is the darkest."""
CHANGES = (1, 5, 15)
"""From which points of difference on a square has the next darker shade."""
DARK = {"4", "5", "more-3", "less-3"}

COLUMN, TALL, BASE = 14, 90, 104
"""Of a distribution: width of a column, height of the tallest, its foot."""


@dataclass(frozen=True)
class Tile:
    """One department. `shade`: the end of its CSS class; `text`: per cent or points."""

    code: str
    name: str
    x: int
    y: int
    shade: str
    text: str

    @property
    def is_dark(self):
        """Whether its words are white."""
        return self.shade in DARK


@dataclass(frozen=True)
class Column:
    """Lines of a rank at one level: those that could have used more below the satisfied ones."""

    label: str
    x: int
    short: int
    short_y: int
    short_height: int
    satisfied: int
    satisfied_y: int
    satisfied_height: int


@dataclass(frozen=True)
class Panel:
    """The lines of one rank by the share of their need that they received."""

    rank: Any
    columns: list[Column]
    tallest: int

    @property
    def counted(self):
        """The columns that stand for anybody."""
        return [column for column in self.columns if column.short or column.satisfied]


@dataclass(frozen=True)
class Segment:
    """One part of a bar, in thousandths of it."""

    name: str
    label: str
    units: int
    x: int
    width: int


def fill_map(places):
    """How much of what each department asked for it received."""
    return _tiles({code: _filled(row) for code, row in places.items()})


def change_map(before, after):
    """What each department receives more or less, in points of what it asked for."""
    return _tiles({code: _changed(before.get(code), row) for code, row in after.items()})


def panels(ranks):
    """One distribution for each rank."""
    return [_panel(rank) for rank in ranks if sum(rank.short) + sum(rank.satisfied)]


def stock_bar(stock):
    """Where the stock of a round went."""
    labels = {
        "shared": _("shared out"),
        "left": _("left in stock"),
        "held_back": _("held back by the rule"),
        "unsellable": _("less than a pack or a minimum order"),
    }
    whole, at, bar = max(stock["before"], 1), 0, []
    for name, label in labels.items():
        end = at + stock[name]
        first, last = at * 1000 // whole, end * 1000 // whole
        bar.append(Segment(name, label, stock[name], first, last - first))
        at = end
    return bar


def _tiles(values):
    known = departments()
    tiles = []
    for y, row in enumerate(LAYOUT.strip().splitlines()):
        for x, code in enumerate(row.split()):
            if code in known:
                shade, text = values.get(code, ("none", ""))
                tiles.append(Tile(code, known[code].name, x * SIDE, y * SIDE, shade, text))
    return tiles


def _filled(row):
    share = row.covered_pct
    shade = sum(share >= bound for bound in SHADES) - 1
    return (str(shade if share else 0), _short(share))


def _short(share):
    """Without decimals, and 0 and 100 for nothing and all alone."""
    whole = round(share)
    if 0 < share < 100:
        whole = min(max(whole, 1), 99)
    return str(whole)


def _changed(before, after):
    points = after.covered_pct - (before.covered_pct if before else 0)
    depth = sum(abs(points) >= bound for bound in CHANGES)
    if not depth:
        return ("same", "=")
    return (f"{'more' if points > 0 else 'less'}-{depth}", f"{points:+.0f}".replace("-", "−"))


def _panel(rank):
    tallest = max(map(sum, zip(rank.short, rank.satisfied, strict=True)))
    columns = []
    for step, (short, satisfied) in enumerate(zip(rank.short, rank.satisfied, strict=True)):
        low = _height(short, tallest)
        high = _height(satisfied, tallest)
        columns.append(
            Column(
                _step(step),
                step * COLUMN,
                short,
                BASE - low,
                low,
                satisfied,
                BASE - low - high,
                high,
            )
        )
    return Panel(rank, columns, tallest)


def _height(lines, tallest):
    """At least two units for anybody at all."""
    return max(lines * TALL // tallest, 2) if lines else 0


def _step(step):
    if step == 0:
        return _("nothing")
    if step == BINS - 1:
        return _("more than the need")
    low, high = ((step - 1) * 100 // STEPS, step * 100 // STEPS)
    return _("%(low)d–%(high)d%%") % {"low": low, "high": high}
