"""Events and deliveries by the ten thousand: COPY instead of INSERT."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection

from journal.models import Delivery, Event


NULL = r"\N"
ROWS_AT_ONCE = 20
"""The driver asks for 8 KB at a time and sends what it gets."""
EVENT = [
    *("id", "uid", "at", "actor_id", "verb", "subject_type", "subject_ref"),
    *("organisations", "payload", "digest"),
]
DELIVERY = [
    *("event_id", "recipient_id", "channel", "status", "sent_at", "next_attempt_at"),
    *("read_at", "attempts", "last_error"),
]


def copy_events(events: Sequence[Event]) -> None:
    """Insert the events in their order and give each its key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('journal_event', 'id'))"
            " FROM generate_series(1, %s)",
            [len(events)],
        )
        for event, (key,) in zip(events, cursor.fetchall(), strict=True):
            event.pk = key
    _copy("journal_event", EVENT, map(_row, events))


def copy_deliveries(deliveries: Iterable[Sequence[Any]]) -> None:
    """Insert deliveries, given as rows of `DELIVERY`."""
    _copy(Delivery._meta.db_table, DELIVERY, deliveries)


def _row(event: Event) -> list[Any]:
    return [
        event.pk,
        event.uid,
        event.at,
        event.actor_id,
        event.verb,
        event.subject_type,
        event.subject_ref,
        "{" + ",".join(map(str, event.organisations)) + "}",
        json.dumps(event.payload),
        event.digest,
    ]


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        names = ", ".join(columns)
        cursor.copy_expert(
            f"COPY {table} ({names}) FROM STDIN (FORMAT csv, NULL '{NULL}')", _Stream(rows)
        )


class _Stream(io.RawIOBase):
    """The rows as CSV, made while the database takes in those before."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = iter(rows)

    def read(self, _size: int = -1) -> bytes:
        """The next rows; nothing at the end."""
        text = io.StringIO()
        writer = csv.writer(text)
        for row in islice(self._rows, ROWS_AT_ONCE):
            writer.writerow([NULL if value is None else value for value in row])
        return text.getvalue().encode()
