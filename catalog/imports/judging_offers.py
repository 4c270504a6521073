"""What a row of a file of offers would do: a new offer, other terms, nothing, or an error."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from catalog import checks
from catalog.checks import Tier
from catalog.enums import OfferStatus, RowAction
from catalog.imports.files import Row
from catalog.imports.finding import Found, OfferFinder
from catalog.imports.judging import Judge, Judged, plain
from catalog.imports.offer_columns import ON_SALE
from catalog.imports.terms import CERTIFICATE, FIELDS, STOCK, Errors, Said, TermsReader
from catalog.models import Offer, Product
from catalog.operations.price_history import tiers_of, written
from core.errors import DomainError


class Version(NamedTuple):
    """An offer as it is, or as a row wants it."""

    offer: Offer
    tiers: Sequence[Tier]


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
            before = self._as_it_is(found.offer_if_any(keys))
            product = self._sheet(before, keys, found)
        said = self.reader.read(cells, is_new=before is None)
        wrong += said.wrong
        after = self._after(before, product, said, keys["supplier_reference"])
        if product and not wrong:
            for rule in self._rules(before, after, said):
                with self._noting(wrong, cells, said.column_of):
                    rule()
        told = Judged(
            number,
            cells,
            RowAction.ERROR if wrong else RowAction.CREATE,
            offer_id=before.offer.pk if before else None,
            product_id=None if before or product is None else product.pk,
            terms={"after": terms_of(after)},
            errors=wrong or None,
        )
        if wrong:
            return told
        return _compared(told, before, after) if before else told._replace(differences=new(after))

    def _as_it_is(self, offer: Offer | None) -> Version | None:
        if offer is None:
            return None
        offer.certificate = self.certificates.get(offer.certificate_id or 0)
        return Version(offer, tiers_of(offer))

    def _sheet(
        self, before: Version | None, keys: Mapping[str, str], found: Found[Offer]
    ) -> Product:
        if before:
            return self.finder.products[before.offer.product_id]
        pk = found.sheet(keys)
        if pk not in self.finder.open:
            raise DomainError(
                _("This product sheet was retired: choose another."), field="product"
            )
        return self.finder.products[pk]

    def _after(
        self, before: Version | None, product: Product | None, said: Said, reference: str
    ) -> Version:
        """The offer as the row wants it."""
        offer = copy(before.offer) if before else Offer(supplier_reference=reference)
        offer.supplier = self.job.supplier
        if product:
            offer.product = product
        for field, value in said.values.items():
            setattr(offer, field, value)
        if said.on_sale:
            offer.status = OfferStatus.ON_SALE
        elif said.on_sale is False and offer.is_published:
            offer.status = OfferStatus.WITHDRAWN
        held = before.tiers if before else ()
        return Version(offer, held if said.tiers is None else said.tiers)

    def _rules(
        self, before: Version | None, after: Version, said: Said
    ) -> Iterator[Callable[[], None]]:
        """What the pages ask. That a new offer has no twin is known by its keys."""
        if before and terms_of(before) == terms_of(after):
            return
        offer, was = after.offer, before.offer if before else None
        begins = offer.is_published and not (was and was.is_published)
        yield partial(checks.terms, offer, rules=self.rules)
        yield from _rules_of_tiers(after, said)
        if begins:
            yield partial(checks.sheet_sells, offer.product)
        if begins or not was or offer.available_until != was.available_until:
            yield partial(checks.not_over, offer)
        if offer.is_published or not was or offer.unit_price_eur != was.unit_price_eur:
            yield partial(self.check_price, offer.product, offer.unit_price_eur)
        if offer.is_published:
            yield partial(checks.certificate, offer, self.day, rules=self.rules)
            yield partial(checks.formula, offer, self.day, rules=self.rules)

    @contextmanager
    def _noting(
        self, wrong: Errors, cells: list[str], column_of: Callable[[str], str] = str
    ) -> Iterator[None]:
        """What is raised becomes an error at its own column."""
        try:
            yield
        except DomainError as error:
            field = column_of(error.field)
            wrong.append(self.error(field, self.cell(cells, field), error))


def _rules_of_tiers(after: Version, said: Said) -> Iterator[Callable[[], None]]:
    """Those that the row gives, or that its price and minimum stay clear of those that stand."""
    offer, tiers = after
    if said.tiers is not None:
        yield partial(checks.tiers, offer, tiers)
    elif tiers:
        yield partial(checks.dearer_than_tiers, offer.unit_price_eur, tiers[0].unit_price_eur)
        yield partial(checks.below_tiers, offer.smallest_order_units, tiers[0].from_units)


def _compared(told: Judged, before: Version, after: Version) -> Judged:
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


def terms_of(version: Version) -> dict[str, Any]:
    """All terms as JSON keeps them; the stock only of a new offer."""
    offer, tiers = version
    new = {} if offer.pk else {STOCK: offer.on_hand_units}
    return {
        **{field: plain(getattr(offer, field)) for field in FIELDS},
        "supplier_reference": offer.supplier_reference,
        "certificate_id": offer.certificate_id,
        "status": offer.status,
        "tiers": written(tiers),
        **new,
    }


def shown(version: Version) -> dict[str, Any]:
    """The terms as a person reads them."""
    offer, tiers = version
    return {
        **{field: plain(getattr(offer, field)) for field in FIELDS},
        CERTIFICATE: str(offer.certificate or ""),
        ON_SALE.field: offer.is_published,
        "tiers": written(tiers),
    }


def new(version: Version) -> dict[str, list[Any]]:
    """What a new offer says, as differences from nothing."""
    said = {STOCK: version.offer.on_hand_units, **shown(version)}
    return {
        name: [None, value]
        for name, value in said.items()
        if value not in (None, "", []) and value is not False
    }
