"""Files that go out: the template of each kind, and a file with what is wrong in it."""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.utils.translation import get_language, gettext as _

from catalog.enums import ImportKind, OfferStatus
from catalog.imports.columns import SAYS, columns_of
from catalog.models import ImportJob, ImportRow, Offer
from core.exports import is_formula
from suppliers.models import Supplier


BOM = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""
AT_ONCE = 2000


def template_file(supplier: Supplier, kind: str) -> Iterator[str]:
    """Headings, a help line each, an example, and the supplier's offers as they stand."""
    columns = columns_of(kind)
    said = SAYS[ImportKind(kind)].field
    help_lines = [[f"# {column.heading}: {column.help}"] for column in columns]
    example = ["# " + _("Example:"), *(column.example for column in columns)]
    yield BOM + _text([[str(column.heading) for column in columns], *help_lines, example])
    own = Offer.objects.of_supplier(supplier).exclude(status=OfferStatus.WITHDRAWN)
    rows = own.order_by("pk").values_list(
        "supplier_reference", "product__gtin", "product__slug", said
    )
    batch: list[list[str]] = []
    for *keys, value in rows.iterator(AT_ONCE):
        batch.append([*(key or "" for key in keys), _figure(value)])
        if len(batch) == AT_ONCE:
            yield _text(batch)
            batch = []
    yield _text(batch)


def error_file(job: ImportJob) -> Iterator[str]:
    """All rows of the file in their order; the last column says what is wrong and the remedy."""
    yield BOM + _text([[*job.headings, _("Error")]])
    width = len(job.headings)
    rows = ImportRow.objects.filter(job=job).order_by("row").values_list("cells", "errors")
    batch: list[list[str]] = []
    for cells, errors in rows.iterator(AT_ONCE):
        told = " ".join(error["message"] for error in errors or ())
        batch.append([*cells, *[""] * (width - len(cells)), told])
        if len(batch) == AT_ONCE:
            yield _text(batch)
            batch = []
    yield _text(batch)


def _text(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes no cell for a formula."""
    return f"'{cell}" if is_formula(cell) else cell


def _figure(value: object) -> str:
    if not isinstance(value, Decimal):
        return str(value)
    plain = f"{value.normalize():f}"
    return plain.replace(".", ",") if get_language() == "fr" else plain
