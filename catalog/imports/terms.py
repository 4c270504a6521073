"""What the cells of a row say about an offer, read by the fields of the pages."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from catalog.imports.judging import Judge
from catalog.imports.offer_columns import ON_SALE, TERMS
from catalog.imports.values import PARSERS
from core.errors import DomainError
from suppliers.models import Certificate


CERTIFICATE, STOCK, PRICE = "certificate", "on_hand_units", "unit_price_eur"
FIELDS = tuple(
    column.field
    for column in TERMS
    if column.field not in {CERTIFICATE, STOCK, ON_SALE.field}
)
"""Columns that fill the offer's field of their name with what their parser makes of them."""
MAY_BE_NONE = frozenset(
    {"max_per_buyer_units", "departments", "available_from", "available_until", CERTIFICATE}
)
"""Empty means: none. An empty cell of the others leaves them as they are."""
Errors = list[dict[str, str]]


@dataclass(frozen=True)
class Said:
    """The terms that a row names; what it does not name stays as it is."""

    values: Mapping[str, Any]
    """By field of the offer."""
    on_sale: bool | None
    wrong: Errors


class TermsReader:
    """Reads the rows of one file for its judge."""

    def __init__(self, judge: Judge) -> None:
        """Nothing is looked up yet."""
        self.judge = judge
        self.parsers: dict[str, Callable[[str], Any]] = {**PARSERS, CERTIFICATE: self._proof}

    def read(self, cells: Sequence[str], *, is_new: bool) -> Said:
        """What the row says and what of it cannot be read, each at its own column.

        The stock counts of a new offer only, and a new offer needs a price.
        """
        wrong: Errors = []
        said: dict[str, Any] = {}
        for field in self._named(cells, is_new=is_new):
            cell = self.judge.cell(cells, field)
            try:
                said[field] = self.parsers[field](cell)
            except DomainError as error:
                wrong.append(self.judge.error(field, cell, error))
        on_sale = said.pop(ON_SALE.field, None)
        return Said(said, on_sale, wrong)

    def _named(self, cells: Sequence[str], *, is_new: bool) -> Iterator[str]:
        """An empty cell says “none” where there may be none."""
        for column in TERMS:
            field = column.field
            if field == STOCK and not is_new:
                continue
            if (
                self.judge.cell(cells, field)
                or (field in MAY_BE_NONE and field in self.judge.layout.places)
                or (field == PRICE and is_new)
            ):
                yield field

    @cached_property
    def _proofs(self) -> dict[str, Certificate]:
        """The supplier's certificates by how people name them; none where two have a name."""
        own = self.judge.certificates.values()
        named = [(name.casefold(), each) for each in own for name in {str(each), each.scope}]
        times = Counter(name for name, _each in named)
        return {name: each for name, each in named if times[name] == 1}

    def _proof(self, cell: str) -> Certificate | None:
        if not cell:
            return None
        if cell.casefold() not in self._proofs:
            own = self.judge.certificates.values()
            raise DomainError(
                _("No certificate of yours has just this name. You have: %(known)s.")
                % {"known": "; ".join(map(str, own)) or _("none")}
            )
        return self._proofs[cell.casefold()]
