"""What a row of a file of offers would do: a new offer, other terms, nothing, or an error."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from catalog import checks
from catalog.checks import Tier
from catalog.enums import BuyerSide, OfferStatus, RowAction
from catalog.imports.files import Row
from catalog.imports.finding import Found, OfferFinder
from catalog.imports.judging import Judge, Judged
from catalog.imports.seen import Seen
from catalog.imports.terms import CERTIFICATE, FIELDS, KEPT, REFERENCE, Errors, Said, TermsReader
from catalog.imports.values import PARSERS
from catalog.imports.versions import Version, as_new, shown, terms_of
from catalog.models import Offer, Product
from core.errors import DomainError


FIGURES = (*FIELDS, "low_stock_units")
"""What `checks.figures` looks at. All else that it would refuse, the parsers refuse before."""


class Draft(NamedTuple):
    """A new offer, for all rows that say the same of it: sheet and reference are filled in."""

    said: Said
    version: Version
    terms: dict[str, Any]
    differences: dict[str, list[Any]]
    wrong: Errors
    """Whatever the sheet."""


class Shown(NamedTuple):
    """A row as the preview has shown it, and what its verdict stood on."""

    row: int
    cells: list[str]
    offer_id: int | None
    product_id: int | None
    before: dict[str, Any] | None
    seen: str


class OfferJudge(Judge):
    """Of files that prepare offers, change their terms and put them on sale, as the pages do."""

    def __post_init__(self) -> None:
        """Nothing is looked up yet."""
        super().__post_init__()
        self.finder = OfferFinder(self.job.supplier)
        self.reader = TermsReader(self)
        self.seen = Seen(self)
        self.drafts: dict[int, Draft] = {}
        self.asked: dict[tuple[str, ...], tuple[str, str] | None] = {}

    def judge(self, batch: Sequence[Row]) -> list[Judged]:
        """Offers and sheets of all rows are looked up together."""
        rows = self.cells_of(batch)
        keys = [self.keys(cells) for _number, cells in rows]
        found = self.finder.find(keys)
        return [
            self._one(number, cells, named, found)
            for (number, cells), named in zip(rows, keys, strict=True)
        ]

    def moved(self, batch: Sequence[Shown]) -> list[Shown]:
        """The rows whose verdict stands on something that is no longer as it was."""
        keys = [self.keys(each.cells) for each in batch]
        found = self.finder.find(keys)
        return [
            each
            for each, named in zip(batch, keys, strict=True)
            if not self._stands(each, named, found)
        ]

    def _stands(self, shown: Shown, keys: Mapping[str, str], found: Found[Offer]) -> bool:
        try:
            before = self._as_it_is(found.offer_if_any(keys))
            product = self._sheet(before, keys, found)
        except DomainError:
            return False
        self._note_rules(product)
        if self.seen.of(product) != shown.seen:
            return False
        if before is None:
            return product.pk == shown.product_id
        return before.offer.pk == shown.offer_id and terms_of(before) == shown.before

    def _one(
        self, number: int, cells: list[str], keys: Mapping[str, str], found: Found[Offer]
    ) -> Judged:
        before = product = None
        wrong = self.surplus(cells)
        try:
            before = self._as_it_is(found.offer_if_any(keys))
            product = self._sheet(before, keys, found)
        except DomainError as error:
            self._note(wrong, cells, error.field, error)
        said = self.reader.read(cells, is_new=before is None)
        wrong += said.wrong
        told = Judged(number, cells, RowAction.ERROR)
        if before:
            return self._changed(told._replace(offer_id=before.offer.pk), before, said, wrong)
        try:
            reference = PARSERS[REFERENCE](keys[REFERENCE])
        except DomainError as error:
            self._note(wrong, cells, REFERENCE, error)
        if product is None or wrong:
            return self._misread(told, product, keys, wrong)
        return self._new(told._replace(product_id=product.pk), product, reference, said)

    def _misread(
        self, told: Judged, product: Product | None, keys: Mapping[str, str], wrong: Errors
    ) -> Judged:
        """A row that cannot be read; its twins are known by sheet and reference all the same."""
        terms = {"after": {REFERENCE: keys[REFERENCE]}}
        return told._replace(product_id=product and product.pk, terms=terms, errors=wrong)

    def _as_it_is(self, offer: Offer | None) -> Version | None:
        if offer is None:
            return None
        offer.certificate = self.certificates.get(offer.certificate_id or 0)
        offer.product = self.finder.products[offer.product_id]
        return Version(offer, self.finder.tiers.get(offer.pk, []))

    def _sheet(
        self, before: Version | None, keys: Mapping[str, str], found: Found[Offer]
    ) -> Product:
        if before:
            return before.offer.product
        pk = found.sheet(keys)
        if pk not in self.finder.open:
            raise DomainError(
                _("This product sheet was retired: choose another."), field="product"
            )
        return self.finder.products[pk]

    def _new(self, told: Judged, product: Product, reference: str, said: Said) -> Judged:
        """A row about an offer that there is not yet."""
        draft = self._draft(said, told.cells)
        offer, proof = draft.version.offer, said.values.get(CERTIFICATE)
        offer.product, offer.supplier_reference = product, reference
        if proof or offer.certificate:
            offer.certificate = proof
        wrong = list(draft.wrong)
        self._check(told.cells, self._rules_of_sheet(None, offer), said, wrong)
        proof = offer.certificate
        after = {**draft.terms, REFERENCE: reference, "certificate_id": proof and proof.pk}
        told = told._replace(terms={"after": after, "seen": self.seen.of(product)})
        if wrong:
            return told._replace(errors=wrong)
        differences = draft.differences
        if proof:
            differences = {**differences, CERTIFICATE: [None, str(proof)]}
        return told._replace(action=RowAction.CREATE, differences=differences)

    def _draft(self, said: Said, cells: list[str]) -> Draft:
        """Made and judged once for all rows that say the same."""
        draft = self.drafts.get(id(said))
        if draft is None:
            version = self._wanted(Offer(supplier=self.job.supplier), (), said)
            version.offer.certificate = None
            wrong: Errors = []
            self._check(cells, self._rules_of_terms(None, version, said), said, wrong)
            terms = terms_of(version)
            draft = Draft(said, version, terms, as_new(version, terms), wrong)
            if len(self.drafts) >= KEPT:
                self.drafts.clear()
            self.drafts[id(said)] = draft
        return draft

    def _changed(self, told: Judged, before: Version, said: Said, wrong: Errors) -> Judged:
        """A row about an offer that there is."""
        if wrong:
            return told._replace(errors=wrong)
        after = self._wanted(copy(before.offer), before.tiers, said)
        was, wanted = terms_of(before), terms_of(after)
        if was == wanted:
            return told._replace(action=RowAction.SAME)
        self._check(told.cells, self._rules_of_terms(before.offer, after, said), said, wrong)
        self._check(told.cells, self._rules_of_sheet(before.offer, after.offer), said, wrong)
        if wrong:
            return told._replace(errors=wrong)
        wanted["certificate_id"] = after.offer.certificate_id
        old, new = shown(before, was), shown(after, wanted)
        if old == new:
            return told._replace(action=RowAction.SAME)
        seen = self.seen.of(before.offer.product)
        return told._replace(
            action=RowAction.UPDATE,
            terms={"before": was, "after": wanted, "seen": seen},
            differences={name: [old[name], new[name]] for name in new if old[name] != new[name]},
        )

    def _wanted(self, offer: Offer, tiers: Sequence[Tier], said: Said) -> Version:
        """The offer as the row wants it."""
        for field, value in said.values.items():
            setattr(offer, field, value)
        if said.on_sale:
            offer.status = OfferStatus.ON_SALE
        elif said.on_sale is False and offer.is_published:
            offer.status = OfferStatus.WITHDRAWN
        return Version(offer, tiers if said.tiers is None else said.tiers)

    def _check(
        self, cells: list[str], rules: Iterator[Callable[[], None]], said: Said, wrong: Errors
    ) -> None:
        """Everything that is wrong, each at its own column."""
        for rule in rules:
            try:
                rule()
            except DomainError as error:
                self._note(wrong, cells, said.column_of(error.field), error)

    def _rules_of_terms(
        self, was: Offer | None, after: Version, said: Said
    ) -> Iterator[Callable[[], None]]:
        """What the pages ask of the terms, whatever the sheet."""
        offer = after.offer
        yield partial(self._check_figures, offer)
        yield from _rules_of_tiers(after, said)
        if not was or _begins(was, offer) or offer.available_until != was.available_until:
            yield partial(checks.not_over, offer)

    def _rules_of_sheet(self, was: Offer | None, offer: Offer) -> Iterator[Callable[[], None]]:
        """What the pages ask of the terms on this sheet.

        That a new offer has no twin is known by its keys.
        """
        yield partial(checks.certificate_fits, offer, self.rules)
        if _begins(was, offer):
            yield partial(checks.sheet_sells, offer.product)
        if offer.is_published or not was or offer.unit_price_eur != was.unit_price_eur:
            yield partial(self.check_price, offer.product, offer.unit_price_eur)
        if offer.is_published:
            yield partial(checks.certificate, offer, self.day, rules=self.rules)
            yield partial(checks.formula, offer, self.day, rules=self.rules)

    def _check_figures(self, offer: Offer) -> None:
        """As `checks.figures`, which is asked once for all rows with the same figures."""
        figures = tuple(str(getattr(offer, name)) for name in FIGURES)
        if figures not in self.asked:
            if len(self.asked) >= KEPT:
                self.asked.clear()
            self.asked[figures] = _refusal(partial(checks.figures, offer))
        if refusal := self.asked[figures]:
            message, field = refusal
            raise DomainError(message, field=field)

    def _note_rules(self, product: Product) -> None:
        """As `check_price` does: the record names the rules even where nothing is asked anew."""
        if product.pk not in self.ceilings:
            self.ceilings[product.pk] = self.rules.ceiling(product, BuyerSide.END_USER)

    def _note(self, wrong: Errors, cells: list[str], field: str, error: DomainError) -> None:
        wrong.append(self.error(field, self.cell(cells, field), error))


def _begins(was: Offer | None, offer: Offer) -> bool:
    """It is to go on sale."""
    return offer.is_published and not (was and was.is_published)


def _refusal(rule: Callable[[], None]) -> tuple[str, str] | None:
    try:
        rule()
    except DomainError as error:
        return str(error), error.field
    return None


def _rules_of_tiers(after: Version, said: Said) -> Iterator[Callable[[], None]]:
    """Those that the row gives, or that its price and minimum stay clear of those that stand."""
    offer, tiers = after
    if said.tiers is not None:
        yield partial(checks.tiers, offer, tiers)
    elif tiers:
        yield partial(checks.dearer_than_tiers, offer.unit_price_eur, tiers[0].unit_price_eur)
        yield partial(checks.below_tiers, offer.smallest_order_units, tiers[0].from_units)
