"""What is on sale as rows of numbers: of one place and side of trade, sorted by sheet."""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from catalog.enums import BuyerSide
from catalog.models import SheetTerms
from catalog.search.sheets import Flags, Ints, unpack
from core.places import departments


EUR = 10_000
"""Prices are counted in ten-thousandths of a euro, as finely as they are stored."""
TERM = np.dtype(
    [
        ("sheet", "i8"),
        ("offers", "i4"),
        ("ready", "i4"),
        ("lowest", "i8"),
        ("highest", "i8"),
        ("comparable", "i8"),
        ("lead_time", "i2"),
        ("donation", "?"),
        ("origins", "u8", 2),
    ]
)
"""Of one sheet; prices and days are -1 where nothing can be ordered. `origins`: a bit for each
department, in the order of the codes."""
NOTHING = np.array((0, 0, 0, -1, -1, -1, -1, False, (0, 0)), TERM)
READ = """
    SELECT side, place, {columns},
        string_agg(array_to_string(origins, ' '), ' ' ORDER BY sheet_id)
    FROM catalog_sheetterms WHERE {which} GROUP BY side, place
"""
COLUMN = "string_agg({value}, '' ORDER BY sheet_id)"
COLUMNS = {
    "sheet": ("int8send(sheet_id)", ">i8"),
    "offers": ("int4send(offers)", ">i4"),
    "ready": ("int4send(ready_offers)", ">i4"),
    **{
        name: (f"int8send(coalesce(({name}_eur * {EUR})::bigint, -1))", ">i8")
        for name in ("lowest", "highest", "comparable")
    },
    "lead_time": ("int2send(coalesce(lead_time_days, -1)::smallint)", ">i2"),
    "donation": ("boolsend(donation)", "?"),
    "origins": ("int2send(cardinality(origins)::smallint)", ">i2"),
}
Terms = NDArray[np.void]
Where = tuple[str, str]
"""Side of trade and place."""


def tables(place: str, side: BuyerSide) -> list[Where]:
    """Where to look for a sheet's terms there: the first that has a row holds."""
    places = [place] if place == SheetTerms.ANYWHERE else [place, SheetTerms.EVERYWHERE]
    sides = [BuyerSide.END_USER] if side == BuyerSide.END_USER else [side, BuyerSide.END_USER]
    return [(str(each), where) for each in sides for where in places]


def read_places(where: Collection[Where]) -> dict[Where, Terms]:
    """All rows of some places and sides."""
    found = _read("(side, place) IN %s", [tuple(where)])
    return {each: found.get(each, empty()) for each in where}


def read_sheets(keys: Ints, where: Iterable[Where]) -> dict[Where, Terms]:
    """The rows of these sheets in those places, by place; without an entry where there is none."""
    places = sorted({place for _side, place in where})
    return _read("sheet_id = ANY(%s) AND place = ANY(%s)", [keys.tolist(), places])


def empty() -> Terms:
    """No row."""
    return np.empty(0, TERM)


def _read(which: str, values: list[Any]) -> dict[Where, Terms]:
    columns = ", ".join(COLUMN.format(value=value) for value, _type in COLUMNS.values())
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(READ.format(columns=columns, which=which), values)
        for side, place, *packed, origins in cursor.fetchall():
            unpacked = {
                name: unpack(each, as_type)
                for (name, (_value, as_type)), each in zip(COLUMNS.items(), packed, strict=True)
            }
            found[side, place] = _table(unpacked, origins.split())
    return found


def _table(columns: Mapping[str, NDArray[Any]], origins: list[str]) -> Terms:
    table = np.zeros(len(columns["sheet"]), TERM)
    for name in COLUMNS:
        if name != "origins":
            table[name] = columns[name]
    bits = np.fromiter(map(_bits().__getitem__, origins), np.int64, len(origins))
    rows = np.repeat(np.arange(len(table)), columns["origins"])
    np.bitwise_or.at(table["origins"], (rows, bits >> 6), np.uint64(1) << (bits & 63).astype("u8"))
    return table


def changed(table: Terms, moved: Ints, fresh: Terms) -> Terms:
    """The table with `fresh` in the place of all rows of the moved sheets."""
    first, end = (np.searchsorted(table["sheet"], moved, side) for side in ("left", "right"))
    gone = first[first < end]
    if not len(gone) and not len(fresh):
        return table
    kept = np.delete(table, gone)
    return np.insert(kept, np.searchsorted(kept["sheet"], fresh["sheet"]), fresh)


def terms_of(keys: Ints, layers: Iterable[Terms]) -> Terms:
    """Of each sheet the row of the first of the tables that has one."""
    found = np.full(len(keys), NOTHING, TERM)
    open_ = np.arange(len(keys))
    for table in layers:
        if len(table) and len(open_):
            at = np.minimum(np.searchsorted(table["sheet"], keys[open_]), len(table) - 1)
            has = table["sheet"][at] == keys[open_]
            found[open_[has]] = table[at[has]]
            open_ = open_[~has]
    return found


def eur(amount: np.integer[Any]) -> Decimal | None:
    """A price of a row in euros; None where nothing can be ordered."""
    return None if amount < 0 else Decimal(int(amount)).scaleb(-4)


def from_one_of(terms: Terms, codes: Iterable[str]) -> Flags:
    """Whether something can be ordered that comes out of one of these departments."""
    mask = np.zeros(2, np.uint64)
    for code in codes:
        bit = _bits()[code]
        mask[bit >> 6] |= np.uint64(1 << (bit & 63))
    return np.asarray((terms["origins"] & mask).any(axis=1))


@cache
def _bits() -> dict[str, int]:
    return {code: bit for bit, code in enumerate(departments())}
