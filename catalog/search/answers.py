"""Counts and order of a search from columns; every facet is counted without itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.duplicates import with_gtin
from catalog.filters import CUMULATIVE, DISTANCES, LEAD_TIMES, PRICE_BANDS, ProductFilter
from catalog.search.memory import Shelf
from catalog.search.on_sale import EUR, Terms, from_one_of
from catalog.search.sheets import Coded, Flags, Hits, Ints
from core.places import distances_km


MOST_SHOWN = 10_000
"""Counts are exact; above this size a reader is told “more than 10,000”."""


@dataclass(frozen=True)
class Counts:
    """Sheets in all, and by facet and value (as text)."""

    total: int = 0
    by_value: dict[str, dict[str, int]] = field(default_factory=dict)


class Answer:
    """What one search finds on the shelf."""

    def __init__(self, chosen: ProductFilter, shelf: Shelf) -> None:
        self.chosen, self.sheets = chosen, shelf.sheets
        self.hits = self._seen()
        self.terms: Terms | None = None
        if chosen.reader.sees_terms:
            keys, side = self.sheets.keys[self.hits.rows], chosen.reader.side
            self.terms = shelf.terms(keys, place=chosen.place, side=side)

    @cached_property
    def counts(self) -> Counts:
        """Exact, whatever their size."""
        failed = self._failed
        by_value = {}
        for name, facet in self._facets.items():
            own = [name, *self.chosen.properties] if name == "category" else [name]
            of_others = failed - sum(self._fails[each] for each in own if each in self._fails)
            if counted := facet.counts(of_others == 0):
                by_value[name] = counted
        return Counts(int(np.count_nonzero(failed == 0)), by_value)

    def keys(self) -> Ints:
        """The products found, in the order asked for."""
        return self.sheets.keys[self._ordered()]

    def _seen(self) -> Hits:
        """Sheets with the words, of those that the reader may see or buy."""
        chosen, sheets = self.chosen, self.sheets
        if "q" in chosen.chosen and not chosen.clauses:
            return Hits(np.empty(0, np.int64))
        hits = sheets.hits(chosen.clauses)
        seen = np.ones(len(hits.rows), np.bool_)
        if not chosen.reader.sees_retired:
            seen &= sheets.is_active[hits.rows]
        if not chosen.reader.buys_for_industry:
            seen &= ~sheets.for_industry[hits.rows]
        return Hits(hits.rows[seen], None if hits.scores is None else hits.scores[seen])

    @cached_property
    def _facets(self) -> dict[str, Coded]:
        """The value that each facet counts a sheet under."""
        chosen, sheets, rows = self.chosen, self.sheets, self.hits.rows
        shelves, codes = np.unique(sheets.shelves[rows], return_inverse=True)
        found = {
            "category": Coded([str(each) for each in shelves], codes),
            "standard": sheets.standard.at(rows),
            "managed": Coded(["false", "true"], sheets.managed[rows].astype(np.int16)),
        }
        if self.terms is not None:
            found |= _facets_of_terms(self.terms)
            if chosen.place:
                found["department"] = _tick(self.terms["offers"] > 0, chosen.place)
                found["distance"] = self._distances(self.terms)
        family = chosen.family(str(chosen.chosen.get("category", "")))
        said = sheets.properties([each.key for each in chosen.properties.values()], family)
        return found | {name: said[each.key].at(rows) for name, each in chosen.properties.items()}

    def _distances(self, terms: Terms) -> Coded:
        codes = np.full(len(terms), -1, np.int16)
        far = distances_km(self.chosen.place)
        for place, radius in reversed(list(enumerate(DISTANCES))):
            near = from_one_of(terms, [code for code, km in far.items() if km <= int(radius)])
            codes[near] = place
        return Coded(list(DISTANCES), codes)

    @cached_property
    def _fails(self) -> dict[str, Flags]:
        """By facet that is chosen, the sheets that it takes away."""
        chosen = self.chosen
        found = {}
        for name in ("gtin", *self._facets):
            if name in chosen.chosen:
                found[name] = ~self._passes(name, str(chosen.chosen[name]))
        return found

    def _passes(self, name: str, value: str) -> Flags:
        rows = self.hits.rows
        if name == "gtin":
            keys = with_gtin(value).order_by().values_list("pk", flat=True)
            return np.isin(self.sheets.keys[rows], list(keys))
        if name == "category":
            return np.isin(self.sheets.shelves[rows], self.chosen.family(value))
        facet = self._facets[name]
        if name in CUMULATIVE:
            return facet.up_to(value)
        return facet.has("true" if value == "True" else value)

    @cached_property
    def _failed(self) -> Ints:
        """How many of the choices take each sheet away."""
        none = np.zeros(len(self.hits.rows), np.int16)
        return sum((each.astype(np.int16) for each in self._fails.values()), start=none)

    def _ordered(self) -> Ints:
        kept = np.flatnonzero(self._failed == 0)
        by: dict[str, Callable[[], NDArray[Any]]] = {
            "price": lambda: _last(self._of(kept)["comparable"]),
            "lead_time": lambda: _last(self._of(kept)["lead_time"]),
            "distance": lambda: self._nearest(self._of(kept)),
            "name": lambda: kept,
        }
        order = by.get(str(self.chosen.chosen.get("order")), lambda: self._relevance(kept))
        return self.hits.rows[kept[np.argsort(order(), kind="stable")]]

    def _of(self, kept: Ints) -> Terms:
        if self.terms is None:
            raise ValueError("Orders by terms are offered to those alone who see them.")
        return self.terms[kept]

    def _relevance(self, kept: Ints) -> NDArray[Any]:
        if self.hits.scores is None:
            return self.sheets.positions[self.hits.rows[kept]]
        return -self.hits.scores[kept]

    def _nearest(self, terms: Terms) -> Ints:
        """Kilometres to the nearest origin; what has none is last."""
        found = np.full(len(terms), np.iinfo(np.int64).max)
        for code, km in sorted(distances_km(self.chosen.place).items(), key=lambda each: -each[1]):
            found[from_one_of(terms, [code])] = km
        return found


def _facets_of_terms(terms: Terms) -> dict[str, Coded]:
    return {
        "in_stock": _tick(terms["ready"] > 0),
        "donation": _tick(terms["donation"]),
        "price": _steps(
            terms["comparable"], {key: band[1] for key, band in PRICE_BANDS.items()}, EUR
        ),
        "lead_time": _steps(terms["lead_time"], {days: int(days) for days in LEAD_TIMES}),
    }


def _tick(has: Flags, value: str = "true") -> Coded:
    return Coded([value], np.where(has, 0, -1))


def _steps(numbers: Ints, ends: dict[str, Any], scale: int = 1) -> Coded:
    """Each number under the first of the rising ends that it does not pass; none below nought."""
    bounds = [round(float(end) * scale) for end in ends.values() if end is not None]
    codes = np.searchsorted(bounds, numbers, side="left")
    return Coded(list(ends), np.where((numbers < 0) | (codes == len(ends)), -1, codes))


def _last(numbers: Ints) -> Ints:
    """In rising order, with those below nought at the end."""
    return np.where(numbers < 0, np.iinfo(np.int64).max, numbers.astype(np.int64))
