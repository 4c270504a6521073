"""What a process remembers of the shelf, brought up to date by what has moved since (ADR 20)."""

import threading
import uuid
from dataclasses import dataclass, field

import numpy as np
from django.db import connection

from catalog.enums import BuyerSide
from catalog.search import on_sale
from catalog.search.on_sale import Terms, Where
from catalog.search.sheets import Ints, Sheets
from catalog.search.terms import Reader


NOW = """
    SELECT number::text, public_number::text, complete_since,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
        pg_current_xact_id_if_assigned() IS NOT NULL
    FROM catalog_shelfversion
"""
MOVED = """
    SELECT coalesce(bool_or(sheets), false), array_agg(DISTINCT product)
    FROM catalog_shelfmove LEFT JOIN LATERAL unnest(products) AS product ON true
    WHERE moved_in >= %s
"""


@dataclass(frozen=True)
class Version:
    """What the shelf is like at one moment, and who was still changing it."""

    number: str
    public_number: str
    complete_since: int = 0
    xmin: int = 0
    """Whoever began before has ended: all that is not seen yet is logged from there on."""
    is_own: bool = True
    """Seen by a transaction that has itself written something, which may still be undone."""

    @classmethod
    def now(cls) -> "Version":
        """One statement. Before any worker has looked at the shelf, every version is a new one."""
        with connection.cursor() as cursor:
            cursor.execute(NOW)
            return cls(*(cursor.fetchone() or (str(uuid.uuid4()), str(uuid.uuid4()))))

    def number_for(self, reader: Reader) -> str:
        """Strangers are shown what prices do not move, and shall not wait for prices either."""
        return self.number if reader.sees_terms else self.public_number

    def is_same(self, other: "Version", reader: Reader) -> bool:
        """Whether this reader is shown the same in both."""
        return self.number_for(reader) == other.number_for(reader)


@dataclass(frozen=True)
class Shelf:
    """Sheets, and what is on sale in the places asked about, as of one version."""

    sheets: Sheets
    version: Version
    tables: dict[Where, Terms] = field(default_factory=dict)

    def terms(self, keys: Ints, *, place: str, side: BuyerSide) -> Terms:
        """What is on sale of these sheets for a reader; a place is read when first asked about."""
        where = on_sale.tables(place, side)
        if missing := [each for each in where if each not in self.tables]:
            self.tables.update(on_sale.read_places(missing))
        return on_sale.terms_of(keys, [self.tables[each] for each in where])


class Memory:
    """The shelf of one process; its threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shelf: Shelf | None = None

    def shelf(self, version: Version, reader: Reader) -> Shelf:
        """The shelf of this version, or what has become of it since."""
        kept = self._shelf
        if kept and kept.version.is_same(version, reader):
            return kept
        if version.is_own:
            return Shelf(Sheets.read(), version)
        with self._lock:
            kept = self._shelf
            if not kept or not kept.version.is_same(version, reader):
                kept = self._shelf = _brought_up(kept, version)
            return kept


def _brought_up(before: Shelf | None, version: Version) -> Shelf:
    if before is None or before.version.xmin < version.complete_since:
        return Shelf(Sheets.read(), version)
    with connection.cursor() as cursor:
        cursor.execute(MOVED, [before.version.xmin])
        of_sheets, products = cursor.fetchone()
    moved = np.array(sorted(set(products or ()) - {None}), np.int64)
    sheets = Sheets.read() if of_sheets else before.sheets
    return Shelf(sheets, version, _changed(before.tables, moved))


def _changed(tables: dict[Where, Terms], moved: Ints) -> dict[Where, Terms]:
    if not len(moved):
        return dict(tables)
    tables = dict(tables)
    fresh = on_sale.read_sheets(moved, tables)
    return {
        where: on_sale.changed(table, moved, fresh.get(where, on_sale.empty()))
        for where, table in tables.items()
    }


memory = Memory()
