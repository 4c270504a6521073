"""Which offer a row is about, looked up once for a batch of rows."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    F,
    Func,
    Max,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from catalog.checks import Tier
from catalog.enums import OfferStatus
from catalog.imports.values import gtin_key
from catalog.models import GtinAlias, Offer, PriceTier, Product
from core.errors import DomainError
from suppliers.models import Supplier


FACTS = (
    *("pk", "supplier_reference", "status", "unit_price_eur", "on_hand_units"),
    *("reserved_units", "in_lots_units", "product_id", "certificate_id", "dearest_tier_eur"),
)
MAX_KEPT = 5000
"""Product sheets kept in memory."""


class Own(NamedTuple):
    """What a row has to know about an offer of the supplier's."""

    pk: int
    supplier_reference: str
    status: str
    unit_price_eur: Decimal
    on_hand_units: int
    reserved_units: int
    in_lots_units: int
    product_id: int
    certificate_id: int | None
    dearest_tier_eur: Decimal | None
    """The highest price for a larger quantity; None: there is none."""


Known = TypeVar("Known", Own, Offer)
"""What is looked up of an offer: a few facts, or all of it."""


@dataclass
class Found(Generic[Known]):
    """The offers that a batch of rows may be about, by each way of naming them."""

    by_reference: Mapping[str, list[Known]]
    by_product: Mapping[int, list[Known]]
    sheets: Mapping[str, set[int]]
    """Keys of product sheets by GTIN of 14 digits, address or name in small letters."""

    def offer(self, keys: Mapping[str, str]) -> Known:
        """The one offer named by the cells. Raises DomainError naming the field."""
        found = self.offer_if_any(keys)
        if found is None:
            raise DomainError(
                _("You have no such offer. Correct it, or prepare the offer first."),
                field=_first(keys),
            )
        return found

    def offer_if_any(self, keys: Mapping[str, str]) -> Known | None:
        """As `offer`, or None where there is none yet."""
        field = _first(keys)
        if not field:
            raise DomainError(
                _("Nothing says which offer this is: give your reference."), field=FIELDS[0]
            )
        found = self._named(keys)
        if len(found) > 1:
            found = [each for each in found if each.status != OfferStatus.WITHDRAWN]
        if len(found) > 1:
            raise DomainError(
                _("Several offers of yours fit: give the reference of one."), field=field
            )
        return found[0] if found else None

    def sheet(self, keys: Mapping[str, str]) -> int:
        """The key of the one sheet that the cells name, for a new offer of it.

        Raises DomainError naming the field.
        """
        named = [field for field in FIELDS[1:] if keys.get(field)]
        if not named:
            raise DomainError(
                _("You have no such offer. For a new one, give the GTIN or the product sheet."),
                field=FIELDS[0],
            )
        fitting = [self.sheets.get(_sheet_key(field, keys[field]), set()) for field in named]
        for field, sheets in zip(named, fitting, strict=True):
            if not sheets:
                raise DomainError(
                    _("The catalogue has no such product sheet. Correct it, or propose one."),
                    field=field,
                )
        both = set.intersection(*fitting)
        if not both:
            raise DomainError(
                _("GTIN and product sheet are not the same product: correct one of them."),
                field=named[-1],
            )
        if len(both) > 1:
            raise DomainError(
                _("Several product sheets fit: give the GTIN, or the address of one."),
                field=named[0],
            )
        return both.pop()

    def _named(self, keys: Mapping[str, str]) -> list[Known]:
        sheets = [
            self.sheets.get(_sheet_key(field, keys[field]), set())
            for field in FIELDS[1:]
            if keys.get(field)
        ]
        if reference := keys.get("supplier_reference"):
            named = self.by_reference.get(reference, [])
        else:
            named = [each for pk in sheets[0] for each in self.by_product.get(pk, ())]
        return [each for each in named if all(each.product_id in pks for pks in sheets)]


FIELDS = ("supplier_reference", "gtin", "product")


def _first(keys: Mapping[str, str]) -> str:
    return next((name for name in FIELDS if keys.get(name)), "")


def _sheet_key(field: str, cell: str) -> str:
    return gtin_key(cell) if field == "gtin" else cell.casefold()


class Finder(Generic[Known]):
    """Looks up the offers of one supplier, batch by batch, and keeps the sheets it has seen."""

    def __init__(self, supplier: Supplier) -> None:
        """Reads nothing yet."""
        self.supplier = supplier
        self.products: dict[int, Product] = {}

    def find(self, rows: Iterable[Mapping[str, str]]) -> Found[Known]:
        """What the rows may be about, in a few queries for all of them."""
        references, gtins, names = set(), set(), set()
        nameless: set[str] = set()
        for keys in rows:
            references.add(keys.get("supplier_reference", ""))
            gtins.add(keys.get("gtin", "").replace(" ", ""))
            names.add(keys.get("product", ""))
            if not keys.get("supplier_reference"):
                nameless |= {_sheet_key(name, keys[name]) for name in FIELDS[1:] if keys.get(name)}
        sheets = self._sheets(gtins - {""}, names - {""})
        pks = {pk for each in sheets.values() for pk in each}
        by_sheet = {pk for key in nameless for pk in sheets.get(key, ())}
        offers = self._offers(references - {""}, by_sheet)
        self._keep({offer.product_id for offer in offers} | self._offered(pks))
        by_reference, by_product = defaultdict(list), defaultdict(list)
        for offer in offers:
            by_reference[offer.supplier_reference].append(offer)
            by_product[offer.product_id].append(offer)
        return Found(by_reference, by_product, sheets)

    def _offers(self, references: set[str], products: set[int]) -> list[Known]:
        own = Offer.objects.of_supplier(self.supplier).order_by()
        rows: dict[int, Known] = {}
        if references:
            by_reference = own.filter(_one_of("supplier_reference", references))
            rows |= {each.pk: each for each in self._read(by_reference)}
        if products:
            rows |= {each.pk: each for each in self._read(own.filter(product__in=products))}
        return [rows[pk] for pk in sorted(rows)]

    def _read(self, offers: QuerySet[Offer]) -> Iterable[Known]:
        raise NotImplementedError

    def _offered(self, products: set[int]) -> set[int]:
        """Of the sheets that were named, those on which a new offer may stand."""
        return set()

    @staticmethod
    def _sheets(gtins: set[str], names: set[str]) -> dict[str, set[int]]:
        """A sheet that was merged leads to the one that stayed, by its GTIN, address and name."""
        if not gtins and not names:
            return {}
        padded, lower = {gtin_key(each) for each in gtins}, {name.casefold() for name in names}
        found: dict[str, set[int]] = defaultdict(set)
        former = GtinAlias.objects.filter(_one_of("gtin", padded)).order_by()
        for alias, pk in former.values_list("gtin", "product_id"):
            found[alias].add(pk)
        named = Q(_one_of("name", names)) | Q(_one_of("name_en", names))
        known = Q(_one_of("gtin", padded)) | Q(_one_of("slug", lower))
        rows = Product.objects.filter(known | named).order_by()
        stays = Coalesce("merged_into_id", "pk")
        for pk, gtin, *words in rows.values_list(stays, "gtin", "slug", "name", "name_en"):
            if gtin:
                found[gtin].add(pk)
            for word in words:
                found[word.casefold()].add(pk)
        return found

    def _keep(self, products: set[int]) -> None:
        if len(self.products) > MAX_KEPT:
            self.products.clear()
        self.products |= Product.objects.in_bulk(products - self.products.keys())


Kind = type[TextField] | type[BigIntegerField]


def _one_of(column: str, values: Collection[Any], kind: Kind = TextField) -> Func:
    """As `column__in`, with one parameter for all values: Django takes its time for each."""
    listed = Value(list(values), output_field=ArrayField(kind()))
    return Func(
        F(column),
        listed,
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


class FactsFinder(Finder[Own]):
    """A few facts of each offer: quick enough for files about all of them."""

    def _read(self, offers: QuerySet[Offer]) -> Iterable[Own]:
        told = offers.annotate(dearest_tier_eur=Max("tiers__unit_price_eur"))
        return (Own(*row) for row in told.values_list(*FACTS))


class OfferFinder(Finder[Offer]):
    """All of each offer, and the sheets on which there may be a new one."""

    def __init__(self, supplier: Supplier) -> None:
        """`open`: keys of sheets that were named and may be offered on; `tiers`: by offer."""
        super().__init__(supplier)
        self.open: set[int] = set()
        self.tiers: dict[int, list[Tier]] = {}

    def _read(self, offers: QuerySet[Offer]) -> Iterable[Offer]:
        return offers

    def _offers(self, references: set[str], products: set[int]) -> list[Offer]:
        found = super()._offers(references, products)
        self.tiers = defaultdict(list)
        if found:
            held = _one_of("offer_id", [offer.pk for offer in found], BigIntegerField)
            rows = PriceTier.objects.filter(held).order_by("offer_id", "from_units")
            for pk, *tier in rows.values_list("offer_id", *Tier._fields):
                self.tiers[pk].append(Tier(*tier))
        return found

    def _offered(self, products: set[int]) -> set[int]:
        if not products:
            return set()
        sheets = Product.objects.offered_on(self.supplier).filter(pk__in=products)
        found = set(sheets.order_by().values_list("pk", flat=True))
        self.open |= found
        return found
