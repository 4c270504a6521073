"""Who works on a round or a group: a lease on the database's clock, renewed while work goes on.

A row that an open transaction holds is being worked on, too: claims skip it.
"""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from orders.models.rounds import Leased


logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Leased)
BEATS_PER_LEASE = 4


def free() -> Q:
    """Rows that nobody holds, or whose holder has gone silent."""
    return Q(lease_until=None) | Q(lease_until__lt=Now())


def claim(rows: "models.QuerySet[Row]", pk: int) -> Row | None:
    """The row, if it is among `rows` and nobody's; its attempts are counted."""
    with transaction.atomic():
        unheld = rows.filter(free(), pk=pk).order_by("pk")
        row = unheld.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
        if row is None:
            return None
        _same(row).update(
            lease_until=_until(), lease_token=uuid.uuid4(), attempts=F("attempts") + 1
        )
        row.refresh_from_db(fields=["lease_until", "lease_token", "attempts"])
    return row


def release(row: Leased) -> None:
    """Work is done: the next step has a count of its own. A lease that ran out and was given to
    another worker stays with that one."""
    _same(row).filter(lease_token=row.lease_token).update(
        lease_until=None, lease_token=None, attempts=0
    )


@contextmanager
def kept(row: Leased) -> Iterator[None]:
    """Renew the lease from a thread of its own until the block ends, however long it takes."""
    done = threading.Event()
    thread = threading.Thread(target=_beat, args=(row, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(row: Leased, done: threading.Event) -> None:
    try:
        while not done.wait(settings.ROUND_LEASE_SECONDS / BEATS_PER_LEASE):
            try:
                _renew(row)
            except DatabaseError:
                logger.warning("lease not renewed row=%s", row)
    finally:
        connection.close()


def _renew(row: Leased) -> None:
    with transaction.atomic():
        own = _same(row).filter(lease_token=row.lease_token).order_by("pk")
        if own.select_for_update(of=("self",), no_key=True, skip_locked=True).only("pk").first():
            own.order_by().update(lease_until=_until())


def _same(row: Leased) -> "models.QuerySet[Any]":
    return type(row)._default_manager.filter(pk=row.pk)  # noqa: SLF001 - Django's public name


def _until() -> models.expressions.CombinedExpression:
    return Now() + timedelta(seconds=settings.ROUND_LEASE_SECONDS)
