"""Rows of prices from a CSV file, as spreadsheets write it."""

import codecs
import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import TypeVar

from catalog.enums import BuyerSide, ProductKind, TaxBasis
from catalog.models import Product
from catalog.price_vectors.cells import READERS, Fault, name_of


COLUMNS = tuple(READERS)
DELIMITERS = ",;\t"
T = TypeVar("T")
SHOWN = 60  # characters of a cell that a message repeats


class BadRows(Exception):
    """What keeps the file from being judged, one sentence for each fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Vector:
    """One row of the file."""

    day: date
    product: Product
    side: BuyerSide
    price_eur: Decimal
    basis: TaxBasis


@dataclass(frozen=True)
class Table:
    """A file that was read whole."""

    delimiter: str
    headings: list[str]
    rows: list[list[str]]
    vectors: list[Vector]


def read_table(content: bytes) -> Table:
    """Every row read, or BadRows naming row and column of each fault; row 1 has the headings."""
    delimiter, headings, rows = _cells(content)
    vectors, faults = [], []
    for number, cells in rows:
        try:
            vectors.append(_vector(headings, cells, delimiter))
        except Fault as fault:
            faults.append(f"row {number}, {fault}")
    if faults:
        raise BadRows(faults)
    return Table(delimiter, headings, [cells for _number, cells in rows], vectors)


def _cells(content: bytes) -> tuple[str, list[str], list[tuple[int, list[str]]]]:
    """Delimiter, headings as they stand, and the numbered rows that are not empty."""
    text = _decoded(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadRows([f"the file is no CSV table: {error}; save it as CSV again"]) from error
    numbered = [
        (number, cells)
        for number, cells in enumerate(rows, start=1)
        if any(cell.strip() for cell in cells)
    ]
    if not numbered:
        raise BadRows([f"the file is empty: its first row names the columns {', '.join(COLUMNS)}"])
    (number, headings), *body = numbered
    _check_headings(number, headings)
    return delimiter, headings, [(at, _filled(cells, len(headings))) for at, cells in body]


def _decoded(content: bytes) -> str:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadRows(["the file is neither UTF-8 nor Windows-1252: save it as CSV UTF-8"])


def _check_headings(number: int, headings: list[str]) -> None:
    names = [name_of(each) for each in headings]
    faults = [
        f"row {number}, column {each}: missing; add a column with this heading"
        for each in COLUMNS
        if each not in names
    ]
    faults += [
        f"row {number}, column {each}: there twice; keep one of them"
        for each in COLUMNS
        if names.count(each) > 1
    ]
    if faults:
        raise BadRows(faults)


def _filled(cells: list[str], width: int) -> list[str]:
    """Spreadsheets leave out empty cells at the end of a row, or add some."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells + [""] * (width - len(cells))


def _vector(headings: list[str], cells: list[str], delimiter: str) -> Vector:
    if len(cells) > len(headings):
        raise Fault(
            f"column {len(headings) + 1}: no heading above it; put cells that contain "
            f'"{delimiter}" into quotes'
        )
    named = zip(headings, cells, strict=True)
    values = {name_of(heading): cell.strip() for heading, cell in named}
    read = {name: _read(reader, name, values[name]) for name, reader in READERS.items()}
    kind = read["product_kind"]
    container_ml = read["container_ml"]
    if kind == ProductKind.GEL and not container_ml:
        raise Fault("column container_ml: empty; gel needs the volume of its container in ml")
    return Vector(
        day=read["date"],
        product=Product(kind=kind, container_ml=container_ml or None, dispenser=read["dispenser"]),
        side=read["buyer_role"],
        price_eur=read["price_eur"],
        basis=read["tax_basis"],
    )


def _read(reader: Callable[[str], T], name: str, cell: str) -> T:
    try:
        return reader(cell)
    except Fault as fault:
        shown = f'"{cell[:SHOWN]}"' if cell else "empty"
        raise Fault(f"column {name}: {shown}; {fault}") from None
