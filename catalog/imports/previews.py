"""Rows of a file as the preview shows them: wrong ones first, the old value beside the new."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, QuerySet, When
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from catalog.enums import ImportKind, RowAction
from catalog.imports.columns import SAYS, SHEET, Layout, columns_of, layout
from catalog.imports.offer_columns import KEYS
from catalog.models import ImportJob, ImportRow, Offer, Product
from catalog.prices import euros


@dataclass(frozen=True)
class Change:
    """One term of an offer in words: what it is called, how it is, how it will be."""

    label: str
    before: str
    after: str


@dataclass
class Line:
    """One row: where it stands in the file, what it is about, what would become of it."""

    row: ImportRow
    named: str
    offer: Offer | None
    product: Product | None
    typed: str
    before: Any = None
    after: Any = None
    changes: list[Change] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)


def rows_of(job: ImportJob, action: RowAction | None) -> "QuerySet[ImportRow]":
    """The rows with that action; without one, all that matter, the wrong ones on top."""
    rows = ImportRow.objects.filter(job=job)
    if action:
        return rows.filter(action=action).order_by("row")
    wrong_first = Case(When(action=RowAction.ERROR, then=0), default=1)
    return rows.exclude(action=RowAction.SAME).order_by(wrong_first, "row")


def lines_of(job: ImportJob, rows: Iterable[ImportRow]) -> list[Line]:
    """The rows of one page, with their offers and sheets, in two queries more."""
    rows = list(rows)
    if not rows:
        return []
    own = Offer.objects.of_supplier(job.supplier).select_related("product")
    offers = own.in_bulk([row.offer_id for row in rows if row.offer_id])
    sheets = Product.objects.in_bulk([row.product_id for row in rows if row.product_id])
    where = layout(job.kind, job.headings)
    labels = {column.field: str(column.heading) for column in columns_of(job.kind)}
    labels["tiers"] = _("Lower prices for large quantities")
    return [
        replace(_line(job, row, offers, sheets, where), changes=_changes(row, labels))
        for row in rows
    ]


def _line(
    job: ImportJob,
    row: ImportRow,
    offers: Mapping[int, Offer],
    sheets: Mapping[int, Product],
    where: Layout,
) -> Line:
    offer = offers.get(row.offer_id or 0)
    said = SAYS[ImportKind(job.kind)][0].field
    figures = job.kind in {ImportKind.STOCK, ImportKind.PRICES}
    before, after = (row.differences or {}).get(said if figures else "", (None, None))
    keys = [SHEET[1]] if job.kind == ImportKind.PRODUCTS else KEYS
    names = [_cell(row, where, key.field) for key in keys]
    return Line(
        row=row,
        named=next((name for name in names if name), ""),
        offer=offer,
        product=offer.product if offer else sheets.get(row.product_id or 0),
        typed=_cell(row, where, said),
        before=_value(before),
        after=_value(after),
        errors=row.errors or [],
    )


def _changes(row: ImportRow, labels: Mapping[str, str]) -> list[Change]:
    differences = row.differences or {}
    return [
        Change(label, in_words(name, before), in_words(name, after))
        for name, label in labels.items()
        if name in differences
        for before, after in [differences[name]]
    ]


def in_words(term: str, value: Any) -> str:  # noqa: ANN401 - whatever JSON keeps
    """A term as its reader would write it."""
    if value in (None, ""):
        return _("none")
    if write := WORDS.get(term):
        return write(value)
    return number_format(value, force_grouping=True) if isinstance(value, int) else str(value)


def _tiers(value: list[list[Any]]) -> str:
    told = (
        _("%(price)s € from %(units)s units on")
        % {"price": euros(Decimal(price)), "units": number_format(units, force_grouping=True)}
        for units, price in value
    )
    return "; ".join(told) or _("none")


def _day(value: str) -> str:
    return date_format(date.fromisoformat(value), "j F Y")


WORDS: dict[str, Callable[[Any], str]] = {
    "unit_price_eur": lambda value: f"{euros(Decimal(value))}\u00a0€",
    "departments": lambda value: ", ".join(value) or _("all of France"),
    "available_from": _day,
    "available_until": _day,
    "tiers": _tiers,
    "on_sale": lambda value: _("yes") if value else _("no"),
}


def _cell(row: ImportRow, where: Layout, name: str) -> str:
    place = where.places.get(name)
    return str(row.cells[place]) if place is not None and place < len(row.cells) else ""


def _value(value: object) -> object:
    return Decimal(value) if isinstance(value, str) else value
