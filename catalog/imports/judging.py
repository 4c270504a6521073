"""What applying would do with each row; the rules are those of the pages, row by row."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy

from catalog import checks, prices
from catalog.enums import BuyerSide, ImportKind, OfferStatus, RowAction
from catalog.imports.columns import SAYS, Layout
from catalog.imports.files import Row
from catalog.imports.finding import FIELDS, FactsFinder, Found, Own
from catalog.imports.values import PARSERS
from catalog.models import ImportJob, Offer, Product
from catalog.prices import Ceiling, RuleBook
from core.errors import DomainError
from core.exports import is_formula
from suppliers.models import Certificate


TOO_MANY = gettext_lazy(
    "This row has more cells than there are headings. A figure with a comma or a semicolon "
    "stands in quotation marks."
)


class Judged(NamedTuple):
    """One row as it is stored."""

    row: int
    cells: list[str]
    action: RowAction
    offer_id: int | None = None
    product_id: int | None = None
    terms: dict[str, Any] | None = None
    differences: dict[str, list[Any]] | None = None
    errors: list[dict[str, str]] | None = None


@dataclass
class Judge(ABC):
    """Judges the rows of one file by the rules of one day."""

    job: ImportJob
    layout: Layout
    day: date

    def __post_init__(self) -> None:
        """The rules of the day, and what has been asked of them."""
        self.rules = RuleBook(self.day)
        self.ceilings: dict[int, Ceiling | None] = {}

    @cached_property
    def certificates(self) -> dict[int, Certificate]:
        """The supplier's own, by key, with the sheets that they name."""
        return self.job.supplier.certificates.prefetch_related("named_sheets").in_bulk()

    @abstractmethod
    def judge(self, batch: Sequence[Row]) -> list[Judged]:
        """The verdict on each row of the batch that says something."""

    def store_plain(self, batch: Sequence[Row]) -> list[Row]:
        """Store the rows that need no judge, in the caller's transaction; those that are left."""
        return list(batch)

    def cells_of(self, batch: Sequence[Row]) -> list[Row]:
        """The rows without what stands around the values, empty ones left out."""
        rows = [(number, [_bare(cell) for cell in cells]) for number, cells in batch]
        return [(number, cells) for number, cells in rows if any(cells)]

    def cell(self, cells: Sequence[str], field: str) -> str:
        """What stands in the field's column; empty where there is none."""
        place = self.layout.places.get(field)
        return cells[place] if place is not None and place < len(cells) else ""

    def keys(self, cells: Sequence[str]) -> dict[str, str]:
        """What the row says about which offer it is."""
        return {field: self.cell(cells, field) for field in FIELDS}

    def error(self, field: str, value: str, message: object) -> dict[str, str]:
        """As it is stored: the column as the file heads it, what it says, the remedy."""
        column = self.layout.heading(field)
        return {"column": column, "value": value[:200], "message": str(message)}

    def surplus(self, cells: Sequence[str]) -> list[dict[str, str]]:
        """Wrong where there are more cells than headings."""
        more = cells[len(self.layout.headings) :]
        return [self.error("", " ".join(more), TOO_MANY)] if more else []

    def check_price(self, product: Product, price: Decimal) -> None:
        """Below the day's ceiling, looked up once a sheet. Raises IllegalPrice."""
        if product.pk not in self.ceilings:
            self.ceilings[product.pk] = self.rules.ceiling(product, BuyerSide.END_USER)
        ceiling = self.ceilings[product.pk]
        if ceiling and price > ceiling.max_unit_price_eur:
            prices.check_price(
                product, price, side=BuyerSide.END_USER, day=self.day, rules=self.rules
            )

    def rule_ids(self, product_id: int) -> list[int]:
        """The rules that `check_price` has compared, for the record."""
        ceiling = self.ceilings[product_id]
        return ceiling.rule_ids if ceiling else []


class FigureJudge(Judge):
    """Of files that change one figure of offers that exist: stock, or price."""

    def __post_init__(self) -> None:
        """The field that this kind of file changes."""
        super().__post_init__()
        self.field = SAYS[ImportKind(self.job.kind)][0].field
        self.parse = PARSERS[self.field]
        self.finder = FactsFinder(self.job.supplier)
        self.check = self._stock if self.field == "on_hand_units" else self._price

    def judge(self, batch: Sequence[Row]) -> list[Judged]:
        """The offers of all rows are looked up together."""
        rows = self.cells_of(batch)
        keys = [self.keys(cells) for _number, cells in rows]
        found = self.finder.find(keys)
        return [
            self._one(number, cells, named, found)
            for (number, cells), named in zip(rows, keys, strict=True)
        ]

    def _one(
        self, number: int, cells: list[str], keys: Mapping[str, str], found: Found[Own]
    ) -> Judged:
        offer = None
        wrong = self.surplus(cells)
        try:
            offer = found.offer(keys)
        except DomainError as error:
            wrong.append(self.error(error.field, keys.get(error.field, ""), error))
        cell = self.cell(cells, self.field)
        before = after = None
        try:
            after = self.parse(cell)
            if offer is not None:
                before = getattr(offer, self.field)
                if after != before:
                    self.check(offer, after)
        except DomainError as error:
            wrong.append(self.error(self.field, cell, error))
        pk = offer.pk if offer else None
        if wrong:
            return Judged(number, cells, RowAction.ERROR, pk, errors=wrong)
        if after == before:
            return Judged(number, cells, RowAction.SAME, pk)
        change = {self.field: [plain(before), plain(after)]}
        return Judged(number, cells, RowAction.UPDATE, pk, differences=change)

    def _stock(self, offer: Own, units: int) -> None:
        checks.units(units, "on_hand_units")
        checks.count_possible(units, offer.reserved_units, offer.in_lots_units)

    def _price(self, offer: Own, price: Decimal) -> None:
        checks.dearer_than_tiers(price, offer.dearest_tier_eur)
        product = self.finder.products[offer.product_id]
        self.check_price(product, price)
        if offer.status == OfferStatus.ON_SALE and product.standard:
            proof = self.certificates.get(offer.certificate_id or 0)
            checks.certificate(
                Offer(product=product, certificate=proof), self.day, rules=self.rules
            )


def _bare(cell: str) -> str:
    """Without spaces around it and the apostrophe that error files put before formulas."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


def plain(value: object) -> object:
    """As JSON keeps it."""
    return str(value) if isinstance(value, Decimal | date) else value
