"""What a row of a file of offers would do: a new offer, other terms, nothing, or an error."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property, partial
from typing import Any

from django.utils.translation import gettext as _

from catalog import checks
from catalog.enums import OfferStatus, RowAction
from catalog.imports.columns import TERMS
from catalog.imports.files import Row
from catalog.imports.finding import Found, OfferFinder
from catalog.imports.judging import Judge, Judged, plain
from catalog.imports.values import PARSERS
from catalog.models import Offer, Product
from core.errors import DomainError
from suppliers.models import Certificate


CERTIFICATE, STOCK = "certificate", "on_hand_units"
PRICE = "unit_price_eur"
FIELDS = tuple(column.field for column in TERMS if column.field not in {CERTIFICATE, STOCK})
MAY_BE_NONE = frozenset(
    {"max_per_buyer_units", "departments", "available_from", "available_until"}
)
"""Empty means: none. An empty cell of the others leaves them as they are."""
Errors = list[dict[str, str]]


class OfferJudge(Judge):
    """Of files that prepare offers and change their terms, by the rules of the form."""

    def __post_init__(self) -> None:
        """Nothing is looked up yet."""
        super().__post_init__()
        self.finder = OfferFinder(self.job.supplier)

    @cached_property
    def proofs(self) -> dict[str, Certificate]:
        """The supplier's certificates by how people name them; none where two have a name."""
        own = self.certificates.values()
        named = [(name.casefold(), each) for each in own for name in {str(each), each.scope}]
        times = Counter(name for name, _each in named)
        return {name: each for name, each in named if times[name] == 1}

    def judge(self, batch: Sequence[Row]) -> list[Judged]:
        """Offers and sheets of all rows are looked up together."""
        rows = self.cells_of(batch)
        keys = [self.keys(cells) for _number, cells in rows]
        found = self.finder.find(keys)
        return [
            self._one(number, cells, named, found)
            for (number, cells), named in zip(rows, keys, strict=True)
        ]

    def _one(
        self, number: int, cells: list[str], keys: Mapping[str, str], found: Found[Offer]
    ) -> Judged:
        wrong = self.surplus(cells)
        before = product = None
        with self._noting(wrong, cells):
            before = found.offer_if_any(keys)
            product = self._sheet(before, keys, found)
        after = self._after(before, product, cells, wrong)
        if product and not wrong:
            rules = self._rules_of_new(after) if before is None else self._rules_of(before, after)
            self._check(wrong, cells, rules)
        told = Judged(
            number,
            cells,
            RowAction.ERROR if wrong else RowAction.CREATE,
            offer_id=before.pk if before else None,
            product_id=None if before or product is None else product.pk,
            terms={"after": terms_of(after)},
            errors=wrong or None,
        )
        if wrong:
            return told
        return _compared(told, before, after) if before else told._replace(differences=new(after))

    def _sheet(self, offer: Offer | None, keys: Mapping[str, str], found: Found[Offer]) -> Product:
        if offer:
            return self.finder.products[offer.product_id]
        pk = found.sheet(keys)
        if pk not in self.finder.open:
            raise DomainError(
                _("This product sheet was retired: choose another."), field="product"
            )
        return self.finder.products[pk]

    def _after(
        self, before: Offer | None, product: Product | None, cells: list[str], wrong: Errors
    ) -> Offer:
        """The offer as the row wants it."""
        if before:
            before.certificate = self.certificates.get(before.certificate_id or 0)
            after = copy(before)
        else:
            after = Offer(supplier_reference=self.cell(cells, "supplier_reference"))
            with self._noting(wrong, cells, STOCK):
                after.on_hand_units = PARSERS[STOCK](self.cell(cells, STOCK) or "0")
        after.supplier = self.job.supplier
        if product:
            after.product = product
        for field in FIELDS:
            if self._says(field, cells, is_new=before is None):
                with self._noting(wrong, cells, field):
                    setattr(after, field, PARSERS[field](self.cell(cells, field)))
        if CERTIFICATE in self.layout.places:
            with self._noting(wrong, cells, CERTIFICATE):
                after.certificate = self._proof(self.cell(cells, CERTIFICATE))
        return after

    def _says(self, field: str, cells: list[str], *, is_new: bool) -> bool:
        """An empty cell says “none” where there may be none; a new offer needs a price."""
        if self.cell(cells, field):
            return True
        return (field in self.layout.places and field in MAY_BE_NONE) or (
            is_new and field == PRICE
        )

    def _proof(self, cell: str) -> Certificate | None:
        if not cell:
            return None
        if cell.casefold() not in self.proofs:
            raise DomainError(
                _("No certificate of yours has just this name. You have: %(known)s.")
                % {"known": "; ".join(map(str, self.certificates.values())) or _("none")}
            )
        return self.proofs[cell.casefold()]

    def _rules_of_new(self, offer: Offer) -> Iterator[Callable[[], None]]:
        """What the form asks of a new offer; that it has no twin is known by its keys."""
        yield partial(checks.terms, offer, rules=self.rules)
        yield partial(checks.not_over, offer)
        yield partial(self.check_price, offer.product, offer.unit_price_eur)

    def _rules_of(self, before: Any, after: Offer) -> Iterator[Callable[[], None]]:  # noqa: ANN401
        """What the form asks of an offer that is changed, as `OfferFinder` reads it."""
        if terms_of(before) == terms_of(after):
            return
        on_sale = after.status == OfferStatus.ON_SALE
        yield partial(checks.terms, after, rules=self.rules)
        yield partial(checks.dearer_than_tiers, after.unit_price_eur, before.dearest_tier_eur)
        yield partial(checks.below_tiers, after.smallest_order_units, before.first_tier_units)
        if after.available_until != before.available_until:
            yield partial(checks.not_over, after)
        if on_sale or after.unit_price_eur != before.unit_price_eur:
            yield partial(self.check_price, after.product, after.unit_price_eur)
        if on_sale:
            yield partial(checks.certificate, after, self.day, rules=self.rules)
            yield partial(checks.formula, after, self.day, rules=self.rules)

    def _check(self, wrong: Errors, cells: list[str], rules: Iterator[Callable[[], None]]) -> None:
        for rule in rules:
            with self._noting(wrong, cells):
                rule()

    @contextmanager
    def _noting(self, wrong: Errors, cells: list[str], field: str = "") -> Iterator[None]:
        """What is raised becomes an error at its own column, or at that of `field`."""
        try:
            yield
        except DomainError as error:
            name = field or error.field
            wrong.append(self.error(name, self.cell(cells, name), error))


def _compared(told: Judged, before: Offer, after: Offer) -> Judged:
    """What changes on an offer that exists."""
    old, wanted = shown(before), shown(after)
    if old == wanted:
        return told._replace(action=RowAction.SAME, terms=None)
    return told._replace(
        action=RowAction.UPDATE,
        terms={"before": terms_of(before), "after": terms_of(after)},
        differences={
            name: [old[name], wanted[name]] for name in wanted if old[name] != wanted[name]
        },
    )


def terms_of(offer: Offer) -> dict[str, Any]:
    """All terms as JSON keeps them; the stock only of a new offer."""
    new = {} if offer.pk else {STOCK: offer.on_hand_units}
    return {
        **{field: plain(getattr(offer, field)) for field in FIELDS},
        "supplier_reference": offer.supplier_reference,
        "certificate_id": offer.certificate_id,
        "status": offer.status,
        **new,
    }


def shown(offer: Offer) -> dict[str, Any]:
    """The terms as a person reads them."""
    terms = {field: plain(getattr(offer, field)) for field in FIELDS}
    return {**terms, CERTIFICATE: str(offer.certificate or "")}


def new(offer: Offer) -> dict[str, list[Any]]:
    """What a new offer says, as differences from nothing."""
    said = {STOCK: offer.on_hand_units, **shown(offer)}
    return {name: [None, value] for name, value in said.items() if value not in (None, "", [])}
