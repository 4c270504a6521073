"""Text files as spreadsheets write them: which encoding, which separator, row by row."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _

from catalog.imports.columns import recognised
from core.errors import DomainError


CHUNK = 1 << 20
MAX_CELL = 10_000
"""Letters in one cell; a quotation mark that is never closed swallows more."""
DELIMITERS = (";", ",", "\t", "|")
UTF8_IN_DISGUISE = re.compile(rb"[\xc3\xc5][\x80-\xbf]|\xe2\x82\xac")
"""French letters and the euro sign, as UTF-8 writes them."""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
Row = tuple[int, list[str]]


def encoding_of(file: BinaryIO) -> tuple[str, int]:
    """The encoding, told from the whole file, and the number of its lines.

    UTF-8, UTF-16 with its mark, else Windows-1252. Raises DomainError for what is no text, or two
    encodings in one.
    """
    file.seek(0)
    start = file.read(4)
    if start.startswith(UTF16):
        return "utf-16", _count_lines(file)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(file):
            if b"\0" in chunk:
                raise _not_text()
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _windows(file), _count_lines(file)
    return "utf-8-sig", _count_lines(file)


def _windows(file: BinaryIO) -> str:
    line = 1
    for chunk in _chunks(file):
        if b"\0" in chunk:
            raise _not_text()
        if found := UTF8_IN_DISGUISE.search(chunk):
            line += chunk[: found.start()].count(b"\n")
            raise DomainError(
                _(
                    "This file mixes two encodings (row %(row)d is UTF-8, others are not). Open "
                    "it in your spreadsheet, check the accents, and save it as “CSV UTF-8”."
                )
                % {"row": line}
            )
        try:
            chunk.decode("cp1252")
        except UnicodeDecodeError:
            raise _not_text() from None
        line += chunk.count(b"\n")
    return "cp1252"


def _not_text() -> DomainError:
    return DomainError(
        _("This is neither a text file nor a spreadsheet. Save it as “CSV UTF-8” or as .xlsx.")
    )


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def _count_lines(file: BinaryIO) -> int:
    ends = [0, 0]
    for chunk in _chunks(file):
        ends = [ends[0] + chunk.count(b"\n"), ends[1] + chunk.count(b"\r")]
    return max(ends) + 1


def rows_of(file: BinaryIO, encoding: str, kind: str) -> Iterator[Row]:
    """Rows with something in them, by their number in the spreadsheet; notes left out.

    Raises DomainError naming the row where the file is broken.
    """
    csv.field_size_limit(MAX_CELL)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    number = 0
    try:
        delimiter = _delimiter(text, kind)
        for number, cells in enumerate(csv.reader(text, delimiter=delimiter, strict=True), 1):
            if _says_something(cells):
                yield number, cells
    except csv.Error:
        raise DomainError(
            _(
                "Row %(row)d cannot be read: a quotation mark is opened and not closed, or a "
                "cell is longer than %(letters)d letters. Correct the row."
            )
            % {"row": number + 1, "letters": MAX_CELL}
        ) from None
    except UnicodeDecodeError:
        raise _not_text() from None
    finally:
        text.detach()


def _says_something(cells: list[str]) -> bool:
    """Not empty, no note (#) and no hint of Excel's on the separator."""
    first = cells[0] if cells else ""
    return not first.startswith(("#", "sep=")) and any(cells)


def _delimiter(text: io.TextIOWrapper, kind: str) -> str:
    """The separator under which the first row holds the most headings that are known."""
    while line := text.readline(MAX_CELL):
        if line.strip(" ;,\t|\r\n") and not line.startswith(("#", "sep=")):
            break
    text.seek(0)

    def known(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        return recognised(kind, cells), len(cells)

    return max(DELIMITERS, key=known)
