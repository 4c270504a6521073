"""The same files for spreadsheets: a template that explains and checks itself, and the errors."""

from collections.abc import Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from catalog.enums import ImportKind
from catalog.imports.columns import columns_of
from catalog.imports.offer_columns import ON_SALE, TIERS, Column
from catalog.imports.outgoing import filed_rows, own_offers
from catalog.models import Category, ImportJob
from core import exports
from core.units import MAX_UNITS
from suppliers.models import Supplier


UNITS = {
    "on_hand_units": 0,
    "pack_units": 1,
    "min_order_units": 1,
    "max_per_buyer_units": 1,
    "lead_time_days": 0,
    **{quantity.field: 2 for quantity in TIERS[2::2]},
}
"""Columns of whole numbers, and the least in each; the first quantity may say “none”."""
PRICES = {"unit_price_eur", *(price.field for price in TIERS[1::2])}
CHOICES_COLUMN = 4
LONGEST_TITLE, LONGEST_NOTE = 32, 255


def template_book(supplier: Supplier, kind: str) -> tuple[exports.Table, Any]:
    """The template of `catalog.imports.outgoing`, and what a spreadsheet adds to it."""
    columns = columns_of(kind)
    table = exports.Table(
        name=kind.lower(),
        title=_("List"),
        columns=[
            exports.Column(str(column.heading), itemgetter(place))
            for place, column in enumerate(columns)
        ],
        rows=() if kind == ImportKind.PRODUCTS else own_offers(supplier, columns),
        limit=settings.MAX_IMPORT_ROWS,
    )
    choices = {
        "certificate": sorted({str(each) for each in supplier.certificates.all()}),
        "category": [each.title for each in Category.objects.filter(children=None)],
    }
    return table, partial(_explain, columns=columns, choices=choices)


def error_book(job: ImportJob) -> exports.Table:
    """The file as it was uploaded, all cells as text, with its errors in a last column."""
    headings = [*job.headings, _("Error")]
    return exports.Table(
        name=f"errors-{job.public_id}",
        title=_("List"),
        columns=[exports.Column(name, itemgetter(place)) for place, name in enumerate(headings)],
        rows=filed_rows(job),
        limit=settings.MAX_IMPORT_ROWS,
    )


def _explain(
    book: Workbook,
    sheet: Worksheet,
    *,
    columns: Sequence[Column],
    choices: Mapping[str, list[str]],
) -> None:
    """The help of each column at its cells and on a second sheet; choices where there are few."""
    second = book.add_worksheet(_("Help"))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    second.set_column(0, 0, 28)
    second.set_column(1, 1, 70, wrapped)
    second.set_column(2, CHOICES_COLUMN, 30)
    second.write_row(0, 0, [_("Column"), _("Help"), _("Example"), "", _("Choices")])
    for place, column in enumerate(columns):
        said = (str(column.heading), str(column.help), column.example)
        for where, text in enumerate(said):
            second.write_string(place + 1, where, text)
        known = choices.get(column.field, [])
        for number, text in enumerate(known, 1):
            second.write_string(number, CHOICES_COLUMN, text)
        rule = _rule(column, len(known))
        sheet.data_validation(1, place, settings.MAX_IMPORT_ROWS, place, rule)


def _rule(column: Column, choices: int) -> dict[str, Any]:
    """What a cell of the column may hold, and the note that shows beside it."""
    help_text = str(column.help)[:LONGEST_NOTE]
    note = {
        "input_title": str(column.heading)[:LONGEST_TITLE],
        "input_message": help_text,
        "error_message": help_text,
    }
    if column.field in UNITS:
        limits = {"minimum": UNITS[column.field], "maximum": MAX_UNITS}
        return {"validate": "integer", "criteria": "between", **limits, **note}
    if column.field in PRICES:
        return {"validate": "decimal", "criteria": ">=", "value": 0, **note}
    if column == ON_SALE:
        return {"validate": "list", "source": [_("yes"), _("no")], **note}
    if choices:
        source = f"='{_('Help')}'!$E$2:$E${choices + 1}"
        return {"validate": "list", "source": source, **note}
    return {"validate": "any", **note}
