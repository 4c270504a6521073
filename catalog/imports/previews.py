"""Rows of a file as the preview shows them: wrong ones first, the old value beside the new."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from catalog.enums import ImportKind, RowAction
from catalog.imports.columns import KEYS, SAYS, Layout, layout
from catalog.models import ImportJob, ImportRow, Offer


@dataclass
class Line:
    """One row: where it stands in the file, what it is about, what would become of it."""

    row: ImportRow
    named: str
    offer: Offer | None
    typed: str
    before: Any = None
    after: Any = None
    errors: list[dict[str, str]] = field(default_factory=list)


def rows_of(job: ImportJob, action: RowAction | None) -> "QuerySet[ImportRow]":
    """The rows with that action; without one, all that matter, the wrong ones on top."""
    rows = ImportRow.objects.filter(job=job)
    if action:
        return rows.filter(action=action).order_by("row")
    return rows.exclude(action=RowAction.SAME).order_by("action", "row")


def lines_of(job: ImportJob, rows: Iterable[ImportRow]) -> list[Line]:
    """The rows of one page, with their offers, in one query more."""
    rows = list(rows)
    if not rows:
        return []
    own = Offer.objects.of_supplier(job.supplier).select_related("product")
    offers = own.in_bulk([row.offer_id for row in rows if row.offer_id])
    where = layout(job.kind, job.headings)
    return [_line(job, row, offers.get(row.offer_id or 0), where) for row in rows]


def _line(job: ImportJob, row: ImportRow, offer: Offer | None, where: Layout) -> Line:
    said = SAYS[ImportKind(job.kind)].field
    before, after = (row.differences or {}).get(said, (None, None))
    names = [_cell(row, where, key.field) for key in KEYS]
    return Line(
        row=row,
        named=next((name for name in names if name), ""),
        offer=offer,
        typed=_cell(row, where, said),
        before=_value(before),
        after=_value(after),
        errors=row.errors or [],
    )


def _cell(row: ImportRow, where: Layout, name: str) -> str:
    place = where.places.get(name)
    return str(row.cells[place]) if place is not None and place < len(row.cells) else ""


def _value(value: object) -> object:
    return Decimal(value) if isinstance(value, str) else value
