"""Lists as files that a spreadsheet opens right: CSV and XLSX, whole or not at all.

Rows pass one by one, so that memory does not grow with the list. A text that a spreadsheet would
run as a formula is made harmless: an apostrophe before it in CSV, a cell typed as text in XLSX.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet


MAX_ROWS = 100_000
"""A longer list is cut here, and says so in its last row."""
LONGEST_TEXT = 32_767  # of a cell, in Excel
LONGEST_SHEET_NAME = 31
SKIPPED = re.compile(r"""[\s"'`\u200b-\u200f\u2060\ufeff]*""")
"""What spreadsheets pass over before they decide whether a cell is a formula."""


@dataclass(frozen=True)
class Column:
    """One column: its heading in the reader's language, and the value of a row.

    Values are text, whole numbers, Decimals, dates, instants, yes or no, or None (empty).
    """

    heading: str
    value: Callable[[Any], object]


@dataclass(frozen=True)
class Table:
    """A list to be exported; `name` is plain ASCII and names the file, `title` the sheet."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Iterable[Any]
    limit: int | None = None
    """Another length than `MAX_ROWS`, where a file must come back whole."""


def is_formula(text: str) -> bool:
    """Whether a spreadsheet could run the text: = + - @ at the start, in any width or disguise."""
    if text.startswith(("\t", "\r", "\n")):
        return True
    first = text[SKIPPED.match(text).end() :][:1]  # type: ignore[union-attr]
    return unicodedata.normalize("NFKC", first)[:1] in {"=", "+", "-", "@"}


def write_csv(table: Table, file: BinaryIO) -> None:
    """UTF-8 with a byte order mark; semicolons and decimal commas for French readers."""
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";" if _is_french() else ",")
    for row in _lines(table):
        writer.writerow([_typed(value) for value in row])
    text.detach()


def write_xlsx(
    table: Table, file: BinaryIO, finish: Callable[[Workbook, Worksheet], None] | None = None
) -> None:
    """Numbers and dates as such, everything else as text; the headings stay in sight.

    `finish` adds what is not in rows: notes, choices, another sheet.
    """
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(table.title[:LONGEST_SHEET_NAME])
        formats = _formats(book)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.columns) - 1, 18)
        for number, row in enumerate(_lines(table)):
            for place, value in enumerate(row):
                _put(sheet, number, place, value, formats)
        if finish:
            finish(book, sheet)


def _lines(table: Table) -> Iterator[list[object]]:
    """Headings, rows, and a last line where the list was cut."""
    yield [column.heading for column in table.columns]
    rows = iter(table.rows)
    for row in islice(rows, table.limit or MAX_ROWS):
        yield [column.value(row) for column in table.columns]
    if next(rows, None) is not None:
        yield [
            _("Cut after %(rows)s rows: narrow the list down and export it again.")
            % {"rows": number_format(table.limit or MAX_ROWS, force_grouping=True)}
        ]


def _is_french() -> bool:
    return (get_language() or "fr").startswith("fr")


def _plain(value: object) -> object:
    """The value as it is filed: Paris time, words for yes and no, lazy text resolved."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return localtime(value).replace(tzinfo=None)
    return value if isinstance(value, int | Decimal | date) else str(value)


def _typed(value: object) -> str:
    """What stands in the CSV cell."""
    value = _plain(value)
    if isinstance(value, str):
        return f"'{value}" if is_formula(value) else value
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M" if _is_french() else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y" if _is_french() else "%Y-%m-%d")
    return str(value).replace(".", ",") if _is_french() else str(value)


def _formats(book: Workbook) -> dict[str, Format]:
    day = "dd/mm/yyyy" if _is_french() else "yyyy-mm-dd"
    formats = {
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        "units": book.add_format({"num_format": "#,##0"}),
        "decimal": book.add_format({"num_format": "#,##0.00##"}),
        "day": book.add_format({"num_format": day}),
        "instant": book.add_format({"num_format": f"{day} hh:mm"}),
        "quoted": book.add_format(),
    }
    formats["quoted"].set_quote_prefix()
    return formats


def _put(
    sheet: Worksheet, row: int, place: int, value: object, formats: dict[str, Format]
) -> None:
    value = _plain(value)
    if isinstance(value, str):
        kind = "heading" if row == 0 else "quoted" if is_formula(value) else ""
        sheet.write_string(row, place, value[:LONGEST_TEXT], formats.get(kind))
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value, formats["instant"])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats["day"])
    elif isinstance(value, int):
        sheet.write_number(row, place, value, formats["units"])
    elif isinstance(value, Decimal):
        sheet.write_number(row, place, float(value), formats["decimal"])
