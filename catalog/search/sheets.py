"""All sheets as columns of numbers, in the order of their names, read from PostgreSQL at once."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from django.contrib.postgres.search import SearchRank
from django.db import connection
from django.db.models import F
from numpy.typing import DTypeLike, NDArray

from catalog.models import SheetFacts
from catalog.search.known import Known
from catalog.search.words import Clause, Lexicon, query_of, synonyms_on


Ints = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]
Made = TypeVar("Made")

SHEETS = """
    SELECT {columns}, string_agg(standard, E'\n' ORDER BY name, product_id)
    FROM catalog_sheetfacts
"""
COLUMN = "string_agg({value}, '' ORDER BY name, product_id)"
COLUMNS: dict[str, tuple[str, str]] = {
    "keys": ("int8send(product_id)", ">i8"),
    "shelves": ("int8send(category_id)", ">i8"),
    "positions": ("int2send(position)", ">i2"),
    "managed": ("boolsend(managed)", "?"),
    "is_active": ("boolsend(is_active)", "?"),
    "for_industry": ("boolsend(for_industry)", "?"),
}
"""How PostgreSQL packs each value, and how NumPy reads it."""
PROPERTIES = """
    SELECT said.key, said.value, string_agg(int8send(product_id), '')
    FROM catalog_sheetfacts, jsonb_each_text(properties) AS said
    WHERE category_id = ANY(%s) AND said.key = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
"""
HITS = """
    SELECT string_agg(int8send(key), ''), string_agg(float4send(score), '')
    FROM ({hits}) AS hit(key, score)
"""
MOST_KEPT = 100
"""Of the questions last asked, so many are remembered."""


@dataclass(frozen=True)
class Coded:
    """A column of few values: per row a place in `values`, -1 where there is none."""

    values: list[str]
    codes: Ints

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Coded":
        """Empty text is no value."""
        places: defaultdict[str, int] = defaultdict(lambda: len(places) - 1)
        places[""] = -1
        codes = np.fromiter(map(places.__getitem__, texts), np.int16, len(texts))
        return cls([each for each in places if each], codes)

    def at(self, rows: Ints) -> "Coded":
        """The same of some rows."""
        return Coded(self.values, self.codes[rows])

    def has(self, value: str) -> Flags:
        """Rows with this value."""
        return self.codes == self.values.index(value) if value in self.values else self.codes < -1

    def up_to(self, value: str) -> Flags:
        """Rows with this value or one before it."""
        return (self.codes >= 0) & (self.codes <= self.values.index(value))

    def counts(self, among: Flags) -> dict[str, int]:
        """How many of these rows have each value; those that none has left out."""
        numbers = np.bincount(self.codes[among] + 1, minlength=len(self.values) + 1)[1:]
        counted = zip(self.values, numbers.tolist(), strict=True)
        return {value: number for value, number in counted if number}


@dataclass(frozen=True)
class Hits:
    """Rows of sheets in their order, with the rank of each where words are asked for."""

    rows: Ints
    scores: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Sheets:
    """Accepted sheets as all readers see them; what was asked of them is remembered."""

    keys: Ints
    """Of the products; the order is that of their names."""
    shelves: Ints
    positions: Ints
    managed: Flags
    is_active: Flags
    for_industry: Flags
    standard: Coded
    _kept: dict[object, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def read(cls) -> "Sheets":
        """One statement."""
        columns = ", ".join(COLUMN.format(value=value) for value, _type in COLUMNS.values())
        with connection.cursor() as cursor:
            cursor.execute(SHEETS.format(columns=columns))
            *packed, standards = cursor.fetchone()
        unpacked: dict[str, Any] = {
            name: unpack(each, as_type)
            for (name, (_value, as_type)), each in zip(COLUMNS.items(), packed, strict=True)
        }
        texts = [] if standards is None else standards.split("\n")
        return cls(**unpacked, standard=Coded.of(texts))

    @cached_property
    def _order(self) -> Ints:
        return np.argsort(self.keys)

    def rows_of(self, keys: Ints) -> Ints:
        """The rows of those products that are here; -1 of others."""
        if not len(self.keys):
            return np.full(len(keys), -1)
        places = np.searchsorted(self.keys, keys, sorter=self._order)
        rows = self._order[np.minimum(places, len(self.keys) - 1)]
        return np.where(self.keys[rows] == keys, rows, -1)

    def properties(self, keys: Collection[str], shelves: Collection[int]) -> dict[str, Coded]:
        """What the sheets of these shelves say of some properties; others say nothing."""
        if not keys:
            return {}
        names, where = sorted(keys), sorted(shelves)
        asked = tuple(names), tuple(where)
        return self._once(asked, lambda: self._properties(names, where))

    def _properties(self, keys: list[str], shelves: list[int]) -> dict[str, Coded]:
        found = {key: Coded([], np.full(len(self.keys), -1, np.int16)) for key in keys}
        with connection.cursor() as cursor:
            cursor.execute(PROPERTIES, [shelves, keys])
            for key, value, packed in cursor.fetchall():
                rows = self.rows_of(unpack(packed, ">i8"))
                found[key].codes[rows[rows >= 0]] = len(found[key].values)
                found[key].values.append(value)
        return found

    def known(self, words: str, *, day: date) -> Known:
        """Shelves, and what is known of these words; one statement once the shelves are known."""
        none = self._once("none", lambda: Known.of([], day=day, in_category=True))
        synonyms = self._once(day, lambda: synonyms_on(day))
        lexicon = self._once((words, day), lambda: Lexicon.of([words], synonyms=synonyms))
        return Known(none.shelves, lexicon)

    def hits(self, clauses: Sequence[Clause]) -> Hits:
        """All sheets, or those that have a term of each clause."""
        if not clauses:
            return Hits(np.arange(len(self.keys)))
        return self._once(tuple(clauses), lambda: self._hits(clauses))

    def _hits(self, clauses: Sequence[Clause]) -> Hits:
        query = query_of(clauses)
        found = SheetFacts.objects.filter(document=query).order_by()
        ranked = found.annotate(score=SearchRank(F("document"), query)).values_list("pk", "score")
        sql, values = ranked.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(HITS.format(hits=sql), values)
            keys, scores = cursor.fetchone()
        rows, ranks = self.rows_of(unpack(keys, ">i8")), unpack(scores, ">f4")
        order = np.argsort(rows)[np.count_nonzero(rows < 0) :]
        return Hits(rows[order], ranks[order])

    def _once(self, asked: object, make: Callable[[], Made]) -> Made:
        with self._lock:
            found = self._kept.pop(asked, None)
        found = make() if found is None else found
        with self._lock:
            self._kept[asked] = found
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return found


def unpack(packed: memoryview | None, as_type: DTypeLike) -> NDArray[Any]:
    """Numbers that PostgreSQL has sent end to end, in this machine's order of bytes."""
    numbers = np.frombuffer(packed or b"", as_type)
    return numbers.astype(numbers.dtype.newbyteorder("="))
