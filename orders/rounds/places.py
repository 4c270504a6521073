"""Where lines stand and offers deliver.

A place is a department. A line that suppliers have refused stands in a place of its own beside
its department, in which those offers do not deliver: so they are not proposed to it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.places import departments
from orders.allocation.market import BoolArray, IntArray
from orders.rounds.reading import Table
from orders.rounds.rules import BARRED, department


@dataclass(frozen=True, eq=False)
class Ground:
    """`place`: of each line, a position in `codes`; `area`: of each offer, a row of `areas`."""

    codes: tuple[str, ...]
    place: IntArray
    area: IntArray
    areas: BoolArray


def draw(lines: Table, offers: Sequence[Any], barred: Mapping[int, frozenset[int]]) -> Ground:
    """The places of these lines and the areas of these offers."""
    codes = list(departments())
    place = lines["department"].copy()
    without: dict[str, frozenset[int]] = {}
    for line in sorted(barred):
        row = int(np.searchsorted(lines["line"], line))
        offered = barred[line]
        code = f"{codes[place[row]]}{BARRED}{'+'.join(map(str, sorted(offered)))}"
        if code not in without:
            without[code] = offered
            codes.append(code)
        place[row] = codes.index(code)
    kinds: dict[tuple[Any, ...], int] = {}
    area = [kinds.setdefault(_kind(offer, without), len(kinds)) for offer in offers]
    areas = np.zeros((len(kinds), len(codes)), bool)
    for (served, closed), row in kinds.items():
        areas[row] = [
            (not served or department(code) in served) and code not in closed for code in codes
        ]
    return Ground(tuple(codes), place, np.array(area, np.int64), areas)


def _kind(offer: Sequence[Any], without: Mapping[str, frozenset[int]]) -> tuple[Any, ...]:
    """Departments that it serves (none: all), and places closed to it."""
    closed = frozenset(code for code, offers in without.items() if offer[0] in offers)
    return frozenset(offer[8]), closed
