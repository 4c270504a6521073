"""Whole columns out of and into PostgreSQL by binary COPY: no row becomes a Python object.

Every column travels as eight bytes, a whole number or a float, so a row has a fixed size and NumPy
reads and writes it as one record.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection, models
from numpy.typing import NDArray


WHOLE = "COALESCE(({})::bigint, -1)"
"""A column of whole numbers; NULL becomes -1."""
DECIMAL = "({})::float8"
MICRO = "COALESCE((({}) * 1000000)::bigint, -1)"
"""Euros as millionths; NULL becomes -1."""

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
END = b"\xff\xff"
ROWS_AT_ONCE = 100_000
"""So many travel together: a million rows are never held as columns and as bytes at once."""

Columns = Mapping[str, NDArray[Any]]


def position_in(values: Sequence[str]) -> str:
    """A column of texts as positions in `values`, which are codes without quotes; -1: unknown."""
    known = ",".join(f"'{value}'" for value in values)
    return f"COALESCE(array_position(ARRAY[{known}]::text[], ({{}})::text), 0)::bigint - 1"


def read(rows: "models.QuerySet[Any, Any]", **kinds: str) -> dict[str, NDArray[Any]]:
    """The columns of `rows`, a `values_list` query in the order of `kinds`."""
    sql, params = rows.query.sql_with_params()
    return read_sql(sql, params, **kinds)


def read_sql(sql: str, params: object, **kinds: str) -> dict[str, NDArray[Any]]:
    """The columns of a query, named and converted by `kinds`."""
    wanted = ", ".join(kind.format(name) for name, kind in kinds.items())
    names = ", ".join(kinds)
    with connection.cursor() as cursor:
        inner = cursor.mogrify(sql, params).decode()
        buffer = io.BytesIO()
        cursor.copy_expert(
            f"COPY (SELECT {wanted} FROM ({inner}) AS found({names}))"  # noqa: S608 - our own names
            " TO STDOUT (FORMAT binary)",
            buffer,
        )
    data = buffer.getbuffer()[len(SIGNATURE) : -len(END)]
    records = np.frombuffer(data, _record(list(kinds), [_type(kind) for kind in kinds.values()]))
    if not all((records[f"{name}_bytes"] == 8).all() for name in kinds):
        raise ValueError("a decimal column holds NULL")
    return {
        name: records[name].astype(np.float64 if kind == DECIMAL else np.int64)
        for name, kind in kinds.items()
    }


def write(table: str, columns: Columns) -> None:
    """A new temporary table of these columns, bigint or float8, gone with the transaction."""
    types = [">f8" if values.dtype.kind == "f" else ">i8" for values in columns.values()]
    described = ", ".join(
        f"{name} {'float8' if kind == '>f8' else 'bigint'}"
        for name, kind in zip(columns, types, strict=True)
    )
    record = _record(list(columns), types)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({described}) ON COMMIT DROP")
        for start in range(0, len(next(iter(columns.values()))), ROWS_AT_ONCE):
            rows = {name: values[start : start + ROWS_AT_ONCE] for name, values in columns.items()}
            stream = io.BytesIO(b"".join([SIGNATURE, _records(rows, record), END]))
            cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT binary)", stream)
        cursor.execute(f"ANALYZE {table}")


def _records(columns: Columns, record: np.dtype[Any]) -> bytes:
    rows = np.empty(len(next(iter(columns.values()))), record)
    rows["fields"] = len(columns)
    for name, values in columns.items():
        rows[f"{name}_bytes"] = 8
        rows[name] = values
    return rows.tobytes()


def _type(kind: str) -> str:
    return ">f8" if kind == DECIMAL else ">i8"


def _record(names: Sequence[str], types: Sequence[str]) -> np.dtype[Any]:
    parts = [("fields", ">i2")]
    for name, kind in zip(names, types, strict=True):
        parts += [(f"{name}_bytes", ">i4"), (name, kind)]
    return np.dtype(parts)
