"""Tables of numbers as bytes: a JSON header of one line, then raw little-endian columns.

Whole numbers take the narrowest type that holds the column, and a column of one repeated value is
stored once, so equal tables give equal bytes on any machine.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orders.allocation.errors import InvalidMarket


WHOLE = ("|i1", "<i2", "<i4", "<i8")
DECIMAL = "<f8"


def dump(kind: str, head: Mapping[str, object], columns: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of `columns`, int64 or float64, and of whatever JSON `head` holds."""
    narrow = {name: _narrow(values) for name, values in columns.items()}
    header = {
        "kind": kind,
        "head": head,
        "columns": [
            [name, values.dtype.str, len(columns[name]), len(values)]
            for name, values in narrow.items()
        ],
    }
    text = json.dumps(
        header, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )
    return b"".join([text.encode(), b"\n", *(values.tobytes() for values in narrow.values())])


def load(kind: str, data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Inverse of `dump`: head and columns. Raises `InvalidMarket` on anything else."""
    line, _, body = data.partition(b"\n")
    try:
        header = json.loads(line)
        if header["kind"] != kind:
            raise ValueError(f"hold {header['kind']!r}, not {kind!r}")
        columns = _columns(header["columns"], body)
        head = dict(header["head"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidMarket("bytes", kind, f"cannot be read: {error}") from error
    return head, columns


def _columns(described: list[Any], body: bytes) -> dict[str, NDArray[Any]]:
    columns, start = {}, 0
    for name, dtype, rows, stored in described:
        if dtype not in (*WHOLE, DECIMAL) or stored not in {rows, min(rows, 1)}:
            raise ValueError(f"column {name} of type {dtype}")
        values = np.frombuffer(body, dtype, stored, start)
        start += values.nbytes
        wide = values.astype(np.float64 if dtype == DECIMAL else np.int64)
        columns[name] = wide if stored == rows else np.repeat(wide, rows)
    if start != len(body):
        raise ValueError(f"{len(body) - start} bytes too many")
    return columns


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    if len(values) > 1 and (values == values[0]).all():
        values = values[:1]
    if values.dtype.kind == "f":
        return values.astype(DECIMAL)
    least, most = values.min(initial=0), values.max(initial=0)
    for dtype in WHOLE:
        if np.iinfo(dtype).min <= least and most <= np.iinfo(dtype).max:
            return values.astype(dtype)
    raise AssertionError("64 bits hold every column")
