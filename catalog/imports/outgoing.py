"""Files that go out: the template of each kind, and a file with what is wrong in it."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import TypeVar

from django.utils.translation import get_language, gettext as _

from catalog.enums import ImportKind, OfferStatus
from catalog.imports.columns import columns_of
from catalog.imports.offer_columns import TIERS, Column
from catalog.models import ImportJob, ImportRow, Offer
from core.exports import is_formula
from suppliers.models import Supplier


BOM = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""
AT_ONCE = 2000
T = TypeVar("T")


def template_file(supplier: Supplier, kind: str) -> Iterator[str]:
    """Headings, a help line each, an example; where it is about them, the offers as they stand."""
    columns = columns_of(kind)
    help_lines = [[f"# {column.heading}: {column.help}"] for column in columns]
    example = ["# " + _("Example:"), *(column.example for column in columns)]
    yield BOM + _text([[str(column.heading) for column in columns], *help_lines, example])
    rows = () if kind == ImportKind.PRODUCTS else own_offers(supplier, columns)
    for batch in batched(rows):
        yield _text([_cell(value) for value in row] for row in batch)


def own_offers(supplier: Supplier, columns: Sequence[Column]) -> Iterator[list[object]]:
    """The supplier's offers as they stand, a value for each column."""
    own = Offer.objects.of_supplier(supplier).exclude(status=OfferStatus.WITHDRAWN).order_by("pk")
    own = own.select_related("product", "certificate").with_tiers()
    for offer in own.iterator(AT_ONCE):
        yield [STANDS.get(column.field, attrgetter(column.field))(offer) for column in columns]


def _half_of_tier(field: str) -> Callable[[Offer], object]:
    _tiers, row, name = field.split(".")

    def read(offer: Offer) -> object:
        tiers = list(offer.tiers.all())
        return getattr(tiers[int(row)], name) if int(row) < len(tiers) else None

    return read


STANDS: dict[str, Callable[[Offer], object]] = {
    "gtin": lambda offer: offer.product.gtin,
    "product": lambda offer: offer.product.slug,
    "departments": lambda offer: " ".join(offer.departments),
    "on_sale": lambda offer: offer.is_published,
    **{column.field: _half_of_tier(column.field) for column in TIERS},
}
"""Where a column holds something else than the offer's field of its name."""


def batched(rows: Iterable[T]) -> Iterator[list[T]]:
    """So many rows at once."""
    rest = iter(rows)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def error_file(job: ImportJob) -> Iterator[str]:
    """All rows of the file in their order; the last column says what is wrong and the remedy."""
    yield BOM + _text([[*job.headings, _("Error")]])
    for batch in batched(filed_rows(job)):
        yield _text(batch)


def filed_rows(job: ImportJob) -> Iterator[list[str]]:
    """The cells of each row under their headings, then what is wrong with it."""
    width = len(job.headings)
    rows = ImportRow.objects.filter(job=job).order_by("row").values_list("cells", "errors")
    for cells, errors in rows.iterator(AT_ONCE):
        told = " ".join(error["message"] for error in errors or ())
        yield [*cells[:width], *[""] * (width - len(cells)), told]


def _text(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """A spreadsheet takes no cell for a formula."""
    return f"'{cell}" if is_formula(cell) else cell


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not isinstance(value, Decimal):
        return "" if value is None else str(value)
    plain = f"{value.normalize():f}"
    return plain.replace(".", ",") if get_language() == "fr" else plain
