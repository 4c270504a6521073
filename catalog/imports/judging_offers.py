"""What a row of a file of offers would do: a new offer, other terms, nothing, or an error."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from catalog import checks
from catalog.enums import OfferStatus, RowAction
from catalog.imports.files import Row
from catalog.imports.finding import Found, OfferFinder
from catalog.imports.judging import Judge, Judged, plain
from catalog.imports.offer_columns import ON_SALE
from catalog.imports.terms import CERTIFICATE, FIELDS, STOCK, Errors, Said, TermsReader
from catalog.models import Offer, Product
from core.errors import DomainError


class OfferJudge(Judge):
    """Of files that prepare offers, change their terms and put them on sale, as the pages do."""

    def __post_init__(self) -> None:
        """Nothing is looked up yet."""
        super().__post_init__()
        self.finder = OfferFinder(self.job.supplier)
        self.reader = TermsReader(self)

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
        said = self.reader.read(cells, is_new=before is None)
        wrong += said.wrong
        after = self._after(before, product, said, keys["supplier_reference"])
        if product and not wrong:
            for rule in self._rules(before, after):
                with self._noting(wrong, cells):
                    rule()
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
        self, before: Offer | None, product: Product | None, said: Said, reference: str
    ) -> Offer:
        """The offer as the row wants it."""
        if before:
            before.certificate = self.certificates.get(before.certificate_id or 0)
            after = copy(before)
        else:
            after = Offer(supplier_reference=reference)
        after.supplier = self.job.supplier
        if product:
            after.product = product
        for field, value in said.values.items():
            setattr(after, field, value)
        if said.on_sale:
            after.status = OfferStatus.ON_SALE
        elif said.on_sale is False and after.status == OfferStatus.ON_SALE:
            after.status = OfferStatus.WITHDRAWN
        return after

    def _rules(self, before: Any, after: Offer) -> Iterator[Callable[[], None]]:  # noqa: ANN401
        """What the pages ask; `before`: as `OfferFinder` reads it, or None.

        That a new offer has no twin is known by its keys.
        """
        if before and terms_of(before) == terms_of(after):
            return
        on_sale = after.status == OfferStatus.ON_SALE
        begins = on_sale and not (before and before.is_published)
        yield partial(checks.terms, after, rules=self.rules)
        if before:
            yield partial(checks.dearer_than_tiers, after.unit_price_eur, before.dearest_tier_eur)
            yield partial(checks.below_tiers, after.smallest_order_units, before.first_tier_units)
        if begins:
            yield partial(checks.sheet_sells, after.product)
        if begins or not before or after.available_until != before.available_until:
            yield partial(checks.not_over, after)
        if on_sale or not before or after.unit_price_eur != before.unit_price_eur:
            yield partial(self.check_price, after.product, after.unit_price_eur)
        if on_sale:
            yield partial(checks.certificate, after, self.day, rules=self.rules)
            yield partial(checks.formula, after, self.day, rules=self.rules)

    @contextmanager
    def _noting(self, wrong: Errors, cells: list[str]) -> Iterator[None]:
        """What is raised becomes an error at its own column."""
        try:
            yield
        except DomainError as error:
            wrong.append(self.error(error.field, self.cell(cells, error.field), error))


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
    proof = str(offer.certificate or "")
    return {**terms, CERTIFICATE: proof, ON_SALE.field: offer.is_published}


def new(offer: Offer) -> dict[str, list[Any]]:
    """What a new offer says, as differences from nothing."""
    said = {STOCK: offer.on_hand_units, **shown(offer)}
    return {
        name: [None, value]
        for name, value in said.items()
        if value not in (None, "", []) and value is not False
    }
