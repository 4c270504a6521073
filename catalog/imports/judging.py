"""What applying would do with each row; the rules are those of the pages, row by row."""

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
from catalog.imports.finding import FIELDS, Finder, Found, Own
from catalog.imports.values import PARSERS
from catalog.models import ImportJob, Offer
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
    offer_id: int | None
    differences: dict[str, list[Any]] | None
    errors: list[dict[str, str]] | None


@dataclass
class Judge:
    """Judges the rows of one file by the rules of one day."""

    job: ImportJob
    layout: Layout
    day: date

    def __post_init__(self) -> None:
        """The field that this kind of file changes."""
        self.field = SAYS[ImportKind(self.job.kind)].field
        self.parse = PARSERS[self.field]
        self.finder = Finder(self.job.supplier)
        self.rules = RuleBook(self.day)
        self.ceilings: dict[int, Ceiling | None] = {}
        self.check = self._stock if self.field == "on_hand_units" else self._price

    @cached_property
    def certificates(self) -> dict[int, Certificate]:
        """The supplier's own, by key."""
        return self.job.supplier.certificates.in_bulk()

    def judge(self, batch: Sequence[Row]) -> list[Judged]:
        """The verdict on each row of the batch."""
        rows = [(number, [_bare(cell) for cell in cells]) for number, cells in batch]
        keys = [self._keys(cells) for _number, cells in rows]
        found = self.finder.find(keys)
        return [
            self._one(number, cells, named, found)
            for (number, cells), named in zip(rows, keys, strict=True)
            if any(cells)
        ]

    def _keys(self, cells: list[str]) -> dict[str, str]:
        places = self.layout.places
        return {
            field: cells[places[field]]
            for field in FIELDS
            if field in places and places[field] < len(cells)
        }

    def _one(self, number: int, cells: list[str], keys: Mapping[str, str], found: Found) -> Judged:
        offer = None
        wrong: list[dict[str, str]] = []
        if len(cells) > len(self.layout.headings):
            wrong.append(self._too_many(cells))
        try:
            offer = found.offer(keys)
        except DomainError as error:
            wrong.append(self._error(error, keys.get(error.field, "")))
        place = self.layout.places[self.field]
        cell = cells[place] if place < len(cells) else ""
        before = after = None
        try:
            after = self.parse(cell)
            if offer is not None:
                before = getattr(offer, self.field)
                if after != before:
                    self.check(offer, after)
        except DomainError as error:
            wrong.append(self._error(error, cell))
        pk = offer.pk if offer else None
        if wrong:
            return Judged(number, cells, RowAction.ERROR, pk, None, wrong)
        if after == before:
            return Judged(number, cells, RowAction.SAME, pk, None, None)
        change = {self.field: [_plain(before), _plain(after)]}
        return Judged(number, cells, RowAction.UPDATE, pk, change, None)

    def _error(self, error: DomainError, value: str) -> dict[str, str]:
        field = error.field if error.field in FIELDS else self.field
        column = self.layout.heading(field)
        return {"column": column, "value": value[:200], "message": str(error)}

    def _too_many(self, cells: list[str]) -> dict[str, str]:
        surplus = cells[len(self.layout.headings) :]
        return {"column": "", "value": " ".join(surplus)[:200], "message": str(TOO_MANY)}

    def _stock(self, offer: Own, units: int) -> None:
        checks.units(units, "on_hand_units")
        checks.count_possible(units, offer.reserved_units, offer.in_lots_units)

    def _price(self, offer: Own, price: Decimal) -> None:
        checks.dearer_than_tiers(price, offer.dearest_tier_eur)
        ceiling = self._ceiling(offer.product_id)
        product = self.finder.products[offer.product_id]
        if ceiling and price > ceiling.max_unit_price_eur:
            prices.check_price(
                product, price, side=BuyerSide.END_USER, day=self.day, rules=self.rules
            )
        if offer.status == OfferStatus.ON_SALE and product.standard:
            proof = self.certificates.get(offer.certificate_id or 0)
            checks.certificate(Offer(product=product, certificate=proof), self.day)

    def _ceiling(self, product_id: int) -> Ceiling | None:
        if product_id not in self.ceilings:
            product = self.finder.products[product_id]
            self.ceilings[product_id] = self.rules.ceiling(product, BuyerSide.END_USER)
        return self.ceilings[product_id]


def _bare(cell: str) -> str:
    """Without spaces around it and the apostrophe that error files put before formulas."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
