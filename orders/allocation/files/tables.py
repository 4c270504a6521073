"""CSV tables of typed columns; whatever is malformed is named by file, line and column.

UTF-8 with or without a byte-order mark, commas, any line ends, quotes where needed; blank lines
and unknown columns are passed over.
"""

import csv
import io
import math
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from orders.allocation.errors import InvalidMarket
from orders.allocation.market import NONE, BoolArray, IntArray


class Kind(Enum):
    """What a column holds, in the words of the error."""

    WHOLE = "a whole number of 64 bits"
    WHOLE_OR_EMPTY = "a whole number of 64 bits or empty"
    DECIMAL = "a finite decimal number"
    TEXT = "a text, not empty"


WHOLE_NUMBER = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
DECIMAL_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of codes: the distinct texts, and per row the position of its own."""

    distinct: tuple[str, ...]
    position: IntArray


class Table:
    """The rows of one CSV file, in its order; raises `InvalidMarket` where it is malformed.

    `kinds` names the columns read; those in `optional` may be absent.
    """

    def __init__(
        self, path: Path, kinds: Mapping[str, Kind], optional: frozenset[str] = frozenset()
    ) -> None:
        self.name = path.name
        self._data = self._read(path)
        header = self._header(set(kinds) - optional)
        self._kinds = {name: kind for name, kind in kinds.items() if name in header}
        self._columns = self._parse(header)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def numbers(self, column: str) -> Any:  # noqa: ANN401 - int64 or float64, by its kind
        """A column of numbers; NONE where it is empty."""
        return self._columns[column]

    def texts(self, column: str) -> Texts:
        """A column of texts."""
        found: Texts = self._columns[column]
        return found

    def kind(self, column: str) -> Kind:
        """What a column holds."""
        return self._kinds[column]

    def within(self, column: str, least: int, most: int) -> None:
        """Refuse values outside of `least` to `most`, both included."""
        values = self._columns[column]
        bad = (values < least) | (values > most)
        self.refuse(bad, column, f"must be from {least:,} to {most:,}")

    def refuse(self, bad: BoolArray, column: str, problem: str) -> None:
        """Raise for the first bad row of the file, if there is any."""
        if bad.any():
            self.refuse_row(int(bad.argmax()), column, problem)

    def refuse_repeats(self, column: str, keys: IntArray) -> None:
        """Refuse the first row whose key an earlier row has."""
        again = np.ones(len(keys), bool)
        again[np.unique(keys, return_index=True)[1]] = False
        self.refuse(again, column, "appears twice; keep one row")

    def refuse_row(self, row: int, column: str, problem: str) -> NoReturn:
        """Raise for the row at this position, quoting what the file says."""
        for number, (line, values) in enumerate(self._records()):
            if number == row:
                cell = values[column]
                found = "" if problem.endswith(f" not {cell}") else f" (found {cell!r})"
                raise InvalidMarket(f"{self.name}, line {line}", column, problem + found)
        raise IndexError(row)

    def _read(self, path: Path) -> bytes:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InvalidMarket(self.name, "file", f"cannot be read: {error.strerror}") from error
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problem = f"byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8"
            raise InvalidMarket(f"{self.name}, line {line}", "encoding", problem) from error
        if b"\0" in data:
            raise InvalidMarket(self.name, "encoding", "holds zero bytes; save the file as UTF-8")
        return data.removeprefix(b"\xef\xbb\xbf")

    def _header(self, required: set[str]) -> list[str]:
        header = next(self._lines(), (1, []))[1]
        for name in sorted(required - set(header)):
            problem = f"is missing; the first line has {', '.join(header) or 'nothing'}"
            raise InvalidMarket(f"{self.name}, line 1", name, problem)
        for name in header:
            if header.count(name) > 1:
                raise InvalidMarket(f"{self.name}, line 1", name, "appears twice; keep one")
        return header

    def _parse(self, header: list[str]) -> dict[str, Any]:
        try:
            frame = pd.read_csv(
                io.BytesIO(self._data),
                # "category" and "str" would read 06 as 6 where a file holds no other kind of
                # code, and "int64" takes 5.0: whole numbers show in the type that is found.
                dtype={
                    name: "object" for name in header if self._kinds.get(name) is not Kind.WHOLE
                },
                na_filter=False,
                low_memory=False,
            )
            self._check_widths(len(header), len(frame))
            return {name: self._column(frame[name], kind) for name, kind in self._kinds.items()}
        except (ValueError, OverflowError) as error:
            self._locate()
            raise InvalidMarket(self.name, "file", f"cannot be read: {error}") from error

    def _check_widths(self, columns: int, rows: int) -> None:
        """pandas fills rows that are too short: the number of commas tells."""
        if b'"' in self._data:
            deque(self._records(), maxlen=0)
        elif self._data.count(b",") != (columns - 1) * (rows + 1):
            raise ValueError("rows of different lengths")

    def _column(self, values: "pd.Series[Any]", kind: Kind) -> Any:  # noqa: ANN401
        if kind is Kind.WHOLE:
            if len(values) and values.dtype != np.int64:
                raise ValueError("a malformed value")
            return values.to_numpy(np.int64)
        position, distinct = pd.factorize(values.to_numpy())
        if not all(_fits(text, kind) for text in distinct):
            raise ValueError("a malformed value")
        if kind is Kind.TEXT:
            return Texts(tuple(distinct), position)
        if kind is Kind.DECIMAL:
            return np.array([float(text) for text in distinct], np.float64)[position]
        return np.array([int(text or NONE) for text in distinct], np.int64)[position]

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """The lines that are not blank, split, each with its number in the file."""
        reader = csv.reader(io.StringIO(self._data.decode(), newline=""))
        try:
            for values in reader:
                if len(values) > 1 or (values and values[0].strip()):
                    yield reader.line_num, values
        except csv.Error as error:
            place = f"{self.name}, line {reader.line_num}"
            raise InvalidMarket(place, "line", f"cannot be read: {error}") from error

    def _records(self) -> Iterator[tuple[int, dict[str, str]]]:
        lines = self._lines()
        _, header = next(lines)
        for line, values in lines:
            if len(values) != len(header):
                problem = f"has {len(values)} values where the first line has {len(header)}"
                raise InvalidMarket(f"{self.name}, line {line}", "line", problem)
            yield line, dict(zip(header, values, strict=True))

    def _locate(self) -> None:
        """Raise for the first malformed value, going through the file value by value."""
        for line, record in self._records():
            for name, kind in self._kinds.items():
                if not _fits(record[name], kind):
                    problem = f"must be {kind.value}, not {record[name]!r}"
                    raise InvalidMarket(f"{self.name}, line {line}", name, problem)


def _fits(text: str, kind: Kind) -> bool:
    if kind is Kind.TEXT:
        return bool(text)
    if kind is Kind.DECIMAL:
        return bool(DECIMAL_NUMBER.fullmatch(text)) and math.isfinite(float(text))
    if kind is Kind.WHOLE_OR_EMPTY and not text:
        return True
    return bool(WHOLE_NUMBER.fullmatch(text)) and -(1 << 63) <= int(text) < 1 << 63
