"""Files of product sheets: every row is a proposal, by the operation of the page.

The preview makes the proposals in a transaction that it takes back, so that rows are judged by
the very rules that will hold, one after the other: a row that repeats another is found, too.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog import attributes, operations
from catalog.enums import RowAction, SheetStatus
from catalog.imports.columns import SHEET, layout
from catalog.imports.files import Row
from catalog.imports.judging import Judge, Judged
from catalog.models import Category, ImportJob, ImportRow, Product
from core.errors import DomainError
from core.identifiers import as_padded_gtin


MAX_ROWS = 1000
"""Each row asks some statements; no supplier may have more than a hundred proposals waiting."""
FACTS = tuple(column.field for column in SHEET if column.field not in {"category", "differs"})


class SheetJudge(Judge):
    """Of files that propose product sheets."""

    def __post_init__(self) -> None:
        """Categories and their properties are read once."""
        super().__post_init__()
        self.made: set[int] = set()
        self.asked = attributes.by_category()
        self.shelves: dict[str, list[Category]] = {}
        for each in Category.objects.order_by("pk"):
            for word in {each.slug, each.name.casefold(), each.name_en.casefold()}:
                self.shelves.setdefault(word, []).append(each)

    def judge(self, batch: Sequence[Row]) -> list[Judged]:
        """Nothing is written: the proposals are taken back."""
        if batch[-1][0] > MAX_ROWS + 1:
            raise DomainError(
                _("At most %(rows)d product sheets in a file: split it.") % {"rows": MAX_ROWS}
            )
        with _taken_back():
            return [self._one(number, cells) for number, cells in self.cells_of(batch)]

    def _one(self, number: int, cells: list[str]) -> Judged:
        told = Judged(number, cells, RowAction.CREATE)
        wrong = self.surplus(cells)
        try:
            category, facts = self.facts(cells)
            if known := self._proposed_before(category, facts):
                return told._replace(action=RowAction.SAME, product_id=known.pk)
            self.made.add(self.propose(cells).pk)
        except DomainError as error:
            wrong.append(self.error(error.field, self.cell(cells, error.field), error))
        if wrong:
            return told._replace(action=RowAction.ERROR, errors=wrong)
        said = {"category": category.title, **facts, **facts["attributes"]}
        said = {name: [None, str(value)] for name, value in said.items() if name != "attributes"}
        shown = {name: each for name, each in said.items() if each[1]}
        return told._replace(terms={"after": facts}, differences=shown)

    def propose(self, cells: list[str]) -> Product:
        """By the operation of the page, with all its rules. Raises DomainError."""
        category, facts = self.facts(cells)
        differs = self.cell(cells, "differs").casefold() in attributes.YES
        by = self.job.decided_by or self.job.created_by
        return operations.propose_sheet(
            self.job.supplier, by=by, category=category, differs=differs, **facts
        )

    def facts(self, cells: list[str]) -> tuple[Category, dict[str, Any]]:
        """What the row says. Raises DomainError for a category that is none."""
        named = self.cell(cells, "category")
        found = self.shelves.get(named.casefold(), [])
        if len(found) != 1:
            raise DomainError(
                _("There is no category of just this name: take one of the catalogue's."),
                field="category",
            )
        facts: dict[str, Any] = {name: self.cell(cells, name) for name in FACTS}
        asked = {each.key for each in self.asked[found[0].pk]}
        properties = {
            key: self.cell(cells, key)
            for key in self.layout.places
            if key not in {*FACTS, "category", "differs"}
        }
        facts["attributes"] = {
            key: value for key, value in properties.items() if value or key in asked
        }
        return found[0], facts

    def _proposed_before(self, category: Category, facts: dict[str, Any]) -> Product | None:
        """The company's own proposal that the row repeats; it is corrected on its own page."""
        own = Product.objects.filter(proposed_for=self.job.supplier, category=category)
        own = own.exclude(status=SheetStatus.REFUSED).order_by("pk")
        gtin = as_padded_gtin(facts["gtin"]) if facts["gtin"] else None
        known = own.filter(name=" ".join(facts["name"].split()), gtin=gtin).first()
        if known and known.pk in self.made:
            raise DomainError(
                _("Another row of this file proposes the same sheet: keep one of them."),
                field="name",
            )
        return known


@contextmanager
def _taken_back() -> Iterator[None]:
    """What is written inside was never so."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def put(job: ImportJob) -> int:
    """The proposals that were shown, in their order, in the caller's transaction; how many.

    Less than the preview said: one of them would no longer be accepted.
    """
    judge = SheetJudge(job, layout(job.kind, job.headings), job.judged_on)
    rows = ImportRow.objects.filter(job=job, action=RowAction.CREATE).order_by("row")
    made = 0
    for cells in rows.values_list("cells", flat=True):
        try:
            judge.propose(cells)
        except DomainError:
            return made
        made += 1
    return made
