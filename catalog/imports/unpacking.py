"""An .xlsx on standard input becomes CSV on standard output; run as a program of its own.

It has no database and no Django, little memory and little time: whatever is wrong with a file, it
is this process that ends. The last word on standard error says why (`catalog.imports.sheets`).
Sizes are checked in the archive's directory and by counting, before a library opens it.
"""

import csv
import io
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, NoReturn

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)


MEBI = 1 << 20
MEMORY = 230 * MEBI
SECONDS = 60
MAX_PARTS = 2000
MAX_UNPACKED = 256 * MEBI
MAX_WORDS = 64 * MEBI
"""Of the table of texts."""
MAX_RATIO, SMALL = 150, 4 * MEBI
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 1_048_576, 200, 4_000_000
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*?(/?)>')
LONGEST_CELL = 500
Value = int | float | str | bool | date | datetime | time | timedelta


class Refused(Exception):
    """A word for what is wrong, with what a message needs."""


def main() -> NoReturn:
    """Standard input to standard output; the exit code is 0 or 3."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        with open(0, "rb", closefd=False) as file:
            check(file)
            write(file)
    except Refused as why:
        stop(str(why))
    except PasswordError:
        stop("PASSWORD")
    except MemoryError:
        stop("TOO_LARGE")
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        stop("BROKEN")
    sys.exit(0)


def stop(word: str) -> NoReturn:
    """End with the word that says why."""
    sys.stderr.write(f"\n{word}\n")
    sys.exit(3)


def check(file: BinaryIO) -> None:
    """Refuse what is no plain .xlsx, or would unpack to more than is allowed."""
    file.seek(0)
    start = file.read(8)
    if start == OLD_OFFICE:
        raise Refused("PASSWORD" if ENCRYPTED in file.read() else "OLD_FORMAT")
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if any(part.flag_bits & 1 for part in parts):
            raise Refused("PASSWORD")
        if any(name.endswith("vbaProject.bin") for name in names):
            raise Refused("MACROS")
        if "xl/workbook.xml" not in names:
            raise Refused("OTHER_FORMAT")
        _check_sizes(parts)
        for part in parts:
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                _check_cells(archive, part)


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("TOO_LARGE")
    for part in parts:
        if part.file_size > SMALL and part.file_size > MAX_RATIO * part.compress_size:
            raise Refused("TOO_LARGE")
        if part.filename == "xl/sharedStrings.xml" and part.file_size > MAX_WORDS:
            raise Refused("TOO_LARGE")


def _check_cells(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """How far the cells with something in them reach: a library lays out all between them."""
    rows = columns = 0
    rest = b""
    with archive.open(part) as sheet:
        while chunk := sheet.read(MEBI):
            text = rest + chunk
            end = 0
            for found in CELL.finditer(text):
                end = found.end()
                if not found[3]:
                    rows = max(rows, int(found[2]))
                    columns = max(columns, _number(found[1]))
            rest = text[max(end, len(text) - LONGEST_CELL) :]
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise Refused(f"TOO_WIDE {rows} {columns}")


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def write(file: BinaryIO) -> None:
    """The first sheet that is shown, row by row, as CSV with semicolons."""
    file.seek(0)
    with CalamineWorkbook.from_object(io.BufferedReader(file)) as book:  # type: ignore[arg-type]
        sheet = _first_sheet(book)
        if merged := sheet.merged_cell_ranges:
            raise Refused(f"MERGED {merged[0][0][0] + 1}")
        start = sheet.start
        with open(1, "w", encoding="utf-8", newline="", closefd=False) as out:
            out.write("\r\n" * (start[0] if start else 0))
            writer = csv.writer(out, delimiter=";")
            for row in sheet.iter_rows():
                writer.writerow([_text(value) for value in row])


def _first_sheet(book: CalamineWorkbook) -> CalamineSheet:
    for place, sheet in enumerate(book.sheets_metadata):
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return book.get_sheet_by_index(place)
    raise Refused("NO_SHEET")


def _text(value: Value) -> str:
    """As it would be typed: 1200.0 is 1200."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


if __name__ == "__main__":
    main()
