"""What the cells of a row say about an offer, read by the fields of the pages."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from catalog.checks import Tier
from catalog.imports.judging import Judge
from catalog.imports.offer_columns import ON_SALE, TERMS, TIERS
from catalog.imports.values import PARSERS
from core.errors import DomainError
from suppliers.models import Certificate


REFERENCE, CERTIFICATE = "supplier_reference", "certificate"
STOCK, PRICE = "on_hand_units", "unit_price_eur"
SINGLE = tuple(column.field for column in TERMS if column not in TIERS)
FIELDS = tuple(name for name in SINGLE if name not in {CERTIFICATE, STOCK, ON_SALE.field})
"""Columns that fill the offer's field of their name with what their parser makes of them."""
MAY_BE_NONE = frozenset(
    {"max_per_buyer_units", "departments", "available_from", "available_until", CERTIFICATE}
)
"""Empty means: none. An empty cell of the others leaves them as they are."""
PAIRS = tuple(
    (quantity.field, price.field) for quantity, price in zip(TIERS[::2], TIERS[1::2], strict=True)
)
TIER = (PARSERS["from_units"], PARSERS[PRICE])
"""How the two cells of a pair are read."""
NONE = frozenset({"none", "aucun", "aucune"})
KEPT = 2_000
"""Rows that say different things, kept in memory."""
Errors = list[dict[str, str]]


@dataclass(frozen=True)
class Said:
    """The terms that a row names; what it does not name stays as it is."""

    values: Mapping[str, Any]
    """By field of the offer."""
    on_sale: bool | None
    tiers: Sequence[Tier] | None
    filled: Sequence[int]
    """In which pairs of columns the tiers stand: pairs may be left empty."""
    wrong: Errors

    def column_of(self, field: str) -> str:
        """Where the file has what `checks.tiers` complains of; other fields as they are."""
        if not self.filled or not field.startswith("tiers"):
            return field
        _tiers, row, name = field.split(".") if "." in field else ("", "0", "from_units")
        return f"tiers.{self.filled[int(row)]}.{name}"


class TermsReader:
    """Reads the rows of one file for its judge."""

    def __init__(self, judge: Judge) -> None:
        """Nothing is looked up yet."""
        self.judge = judge
        self.parsers: dict[str, Callable[[str], Any]] = {**PARSERS, CERTIFICATE: self._proof}
        self.kept: dict[tuple[bool, tuple[str, ...]], Said] = {}

    def read(self, cells: Sequence[str], *, is_new: bool) -> Said:
        """What the row says and what of it cannot be read, each at its own column.

        The stock counts of a new offer only, and a new offer needs a price. Rows that say the
        same are read once.
        """
        width = len(cells)
        named = tuple(cells[place] if place < width else "" for place in self.places)
        said = self.kept.get((is_new, named))
        if said is None:
            if len(self.kept) >= KEPT:
                self.kept.clear()
            said = self.kept[is_new, named] = self._read(cells, is_new=is_new)
        return said

    @cached_property
    def places(self) -> list[int]:
        """The columns that say terms."""
        where = self.judge.layout.places
        return [where[column.field] for column in TERMS if column.field in where]

    def _read(self, cells: Sequence[str], *, is_new: bool) -> Said:
        wrong: Errors = []
        said: dict[str, Any] = {}
        for field in self._named(cells, is_new=is_new):
            with self._noting(wrong, cells, field):
                said[field] = self.parsers[field](self.judge.cell(cells, field))
        on_sale = said.pop(ON_SALE.field, None)
        tiers = self._tiers(cells, wrong)
        given = None if tiers is None else list(tiers.values())
        return Said(said, on_sale, given, list(tiers or ()), wrong)

    def _named(self, cells: Sequence[str], *, is_new: bool) -> Iterator[str]:
        """An empty cell says “none” where there may be none."""
        for field in SINGLE:
            if field == STOCK and not is_new:
                continue
            if (
                self.judge.cell(cells, field)
                or (field in MAY_BE_NONE and field in self.judge.layout.places)
                or (field == PRICE and is_new)
            ):
                yield field

    def _tiers(self, cells: Sequence[str], wrong: Errors) -> dict[int, Tier] | None:
        """By pair of columns; None: the row says nothing about them."""
        pairs = [[self.judge.cell(cells, name) for name in pair] for pair in PAIRS]
        filled = [cell for pair in pairs for cell in pair if cell]
        if not filled:
            return None
        if len(filled) == 1 and filled[0].casefold() in NONE:
            return {}
        read = {row: self._tier(row, cells, wrong) for row, pair in enumerate(pairs) if any(pair)}
        return {row: Tier(*halves) for row, halves in read.items() if len(halves) == len(TIER)}

    def _tier(self, row: int, cells: Sequence[str], wrong: Errors) -> list[Any]:
        """What can be read of a quantity and its price."""
        halves = []
        for field, parse in zip(PAIRS[row], TIER, strict=True):
            with self._noting(wrong, cells, field):
                cell = self.judge.cell(cells, field)
                if not cell:
                    raise DomainError(_("Give both the quantity and its price, or neither."))
                halves.append(parse(cell))
        return halves

    @contextmanager
    def _noting(self, wrong: Errors, cells: Sequence[str], field: str) -> Iterator[None]:
        try:
            yield
        except DomainError as error:
            wrong.append(self.judge.error(field, self.judge.cell(cells, field), error))

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
