"""Whether an offer sells, to whom, and how much of a product a buyer needs by its size."""

from datetime import date, timedelta

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from buyers.enums import BuyerKind
from buyers.models import Buyer
from catalog.enums import Blocker, BuyerSide, OfferStatus, ProductKind, Trade
from catalog.models import CoveredSheet, Offer, OfferQuerySet, PriceTier, Product
from catalog.prices import RuleBook
from core.errors import NotEligible
from suppliers.enums import ForeignStandard, ProofStatus
from suppliers.models import Certificate


FORMULA = "formula"
"""The property of a gel sheet that names what it is made by."""


def blockers(offer: Offer, *, day: date, rules: RuleBook | None = None) -> list[Blocker]:
    """Every reason why the offer does not sell on `day`; none: it is on sale.

    The price is held against the end user's ceiling (see `prices.check_price`).
    """
    rules = rules or RuleBook(day)
    found = [*_standing(offer), *_days(offer, day), *_stock(offer, day)]
    if proof := certificate_blocker(offer.product, offer.certificate, rules):
        found.append(proof)
    if leaves_out(offer.product, offer.certificate, rules):
        found.append(Blocker.NOT_ON_CERTIFICATE)
    if is_forbidden(offer.product, rules):
        found.append(Blocker.FORMULA_NOT_PERMITTED)
    ceiling = rules.ceiling(offer.product, BuyerSide.END_USER)
    if ceiling and offer.unit_price_eur > ceiling.max_unit_price_eur:
        found.append(Blocker.PRICE_ABOVE_CEILING)
    return found


def sellable(rules: RuleBook) -> OfferQuerySet:
    """What `blockers` leaves on sale on the rules' day, as a query; stock is not looked at."""
    offers = Offer.objects.on_sale().available_on(rules.day)
    offers = offers.exclude(Offer.objects.is_stale_on(rules.day))
    offers = offers.proven_on(rules.day, fitting(rules) & naming())
    return offers.exclude(forbidden(rules)).exclude(too_dear(rules))


def orderable(buyer: Buyer | None, rules: RuleBook) -> OfferQuerySet:
    """What this buyer may order today, wherever the goods are delivered; None: anyone."""
    offers = sellable(rules).in_stock()
    if buyer and buyer.kind != BuyerKind.MANUFACTURER:
        offers = offers.filter(product__category__trade=Trade.FINISHED)
    if buyer and buyer.is_reseller:
        offers = offers.alias(least_eur=least_eur()).exclude(too_dear_to_resell(rules))
    return offers


def too_dear(
    rules: RuleBook,
    side: BuyerSide = BuyerSide.END_USER,
    *,
    sheets: QuerySet[Product] | None = None,
    price: str = "unit_price_eur",
    product: str = "product",
) -> Q:
    """Offers above the ceiling of `side`, which depends on four facts of the sheet only.

    `sheets`: which the offers are of, where not of any; `price`: the column that is compared;
    `product`: the way to the sheet, of rows that are no offers.
    """
    found = Q(pk__in=[])
    capped = rules.capped_sheets if sheets is None else rules.capped_among(sheets)
    for facts in capped:
        ceiling = rules.ceiling(Product(**facts), side)
        if ceiling:
            same = {f"{product}__{name}": value for name, value in facts.items()}
            found |= Q(**same, **{f"{price}__gt": ceiling.max_unit_price_eur})
    return found


def too_dear_to_resell(rules: RuleBook, sheets: QuerySet[Product] | None = None) -> Q:
    """Offers, with a column `least_eur`, that no quantity brings under the wholesale ceiling."""
    return too_dear(rules, BuyerSide.RESELLER, sheets=sheets, price="least_eur")


def least_eur() -> Coalesce:
    """As `Offer.lowest_price_eur`, in a query on offers."""
    tiers = PriceTier.objects.filter(offer=OuterRef("pk")).order_by().values("offer")
    lowest = tiers.annotate(least=Min("unit_price_eur")).values("least")
    return Coalesce(Subquery(lowest), F("unit_price_eur"))


def _standing(offer: Offer) -> list[Blocker]:
    found = []
    if offer.status == OfferStatus.DRAFT:
        found.append(Blocker.DRAFT)
    if offer.status == OfferStatus.WITHDRAWN:
        found.append(Blocker.WITHDRAWN)
    if not offer.supplier.is_approved:
        found.append(Blocker.SUPPLIER_NOT_APPROVED)
    if not offer.product.is_accepted:
        found.append(Blocker.PRODUCT_NOT_ACCEPTED)
    elif not offer.product.is_active:
        found.append(Blocker.PRODUCT_RETIRED)
    return found


def _days(offer: Offer, day: date) -> list[Blocker]:
    if offer.available_from and day < offer.available_from:
        return [Blocker.NOT_YET_AVAILABLE]
    if offer.available_until and day > offer.available_until:
        return [Blocker.NO_LONGER_AVAILABLE]
    return []


def _stock(offer: Offer, day: date) -> list[Blocker]:
    stale = [Blocker.STOCK_NOT_CONFIRMED] if offer.is_stale(day) else []
    return [*_units(offer), *stale]


def _units(offer: Offer) -> list[Blocker]:
    if offer.available_units <= 0:
        return [Blocker.NO_STOCK]
    if offer.available_units < offer.pack_units:
        return [Blocker.LESS_THAN_PACK]
    if offer.available_units < offer.smallest_order_units:
        return [Blocker.LESS_THAN_MINIMUM]
    return []


def certificate_blocker(
    product: Product, certificate: Certificate | None, rules: RuleBook
) -> Blocker | None:
    """What the certificate lacks for this product on the rules' day; nothing if none is asked."""
    if not product.standard:
        return None
    if certificate is None:
        return Blocker.CERTIFICATE_MISSING
    if not fits(product, certificate, rules):
        foreign = certificate.standard in ForeignStandard.values
        return Blocker.EQUIVALENCE_ENDED if foreign else Blocker.CERTIFICATE_MISSING
    if certificate.expires_on < rules.day:
        return Blocker.CERTIFICATE_EXPIRED
    if certificate.status == ProofStatus.PENDING:
        return Blocker.CERTIFICATE_IN_REVIEW
    if certificate.status != ProofStatus.ACCEPTED or certificate.issued_on > rules.day:
        return Blocker.CERTIFICATE_MISSING
    return None


def fits(product: Product, certificate: Certificate, rules: RuleBook) -> bool:
    """For the standard and class that the sheet asks, or for one that counts on that day.

    A certificate without a class covers every class of its standard.
    """
    if certificate.standard == product.standard:
        classes = {certificate.standard_class, product.standard_class} - {""}
        return len(classes) < 2
    asked = product.standard, product.standard_class
    return any(rule.covers(*asked, certificate) for rule in rules.equivalences)


def fitting(rules: RuleBook) -> Q:
    """As `fits`, of the offer's own certificate, as a query."""
    found = Q(certificate__standard=F("product__standard")) & (
        Q(certificate__standard_class="")
        | Q(product__standard_class="")
        | Q(certificate__standard_class=F("product__standard_class"))
    )
    for rule in rules.equivalences:
        found |= rule.condition()
    return found


def leaves_out(product: Product, certificate: Certificate | None, rules: RuleBook) -> bool:
    """The certificate is for the standard that the sheet asks, but names other sheets only."""
    if not product.standard or certificate is None:
        return False
    return fits(product, certificate, rules) and not names(certificate, product)


def names(certificate: Certificate, product: Product) -> bool:
    """It names the sheet; one that names none speaks for all of its standard (ADR 19)."""
    named = {each.product_id for each in certificate.named_sheets.all()}
    return not named or product.pk in named


def naming() -> Q:
    """As `names`, of the offer's own certificate, as a query."""
    named = CoveredSheet.objects.filter(certificate=OuterRef("certificate")).order_by()
    return Q(~Exists(named)) | Q(Exists(named.filter(product=OuterRef("product"))))


def is_forbidden(product: Product, rules: RuleBook) -> bool:
    """Gel of a formula that may not be made on the rules' day (TREX2007745A)."""
    named = product.attributes.get(FORMULA)
    return product.kind == ProductKind.GEL and named in rules.formulas_forbidden


def forbidden(rules: RuleBook) -> Q:
    """As `is_forbidden`, as a query on offers."""
    return Q(
        product__kind=ProductKind.GEL,
        product__attributes__has_key=FORMULA,
        product__attributes__formula__in=rules.formulas_forbidden,
    )


def may_buy(buyer: Buyer, product: Product) -> bool:
    """Finished goods are for everyone, raw materials and packaging for manufacturers."""
    return product.category.trade == Trade.FINISHED or buyer.kind == BuyerKind.MANUFACTURER


def check_may_buy(buyer: Buyer, product: Product) -> None:
    """Raise NotEligible(field="product") unless `may_buy`."""
    if not may_buy(buyer, product):
        raise NotEligible(
            _(
                "%(product)s is sold to manufacturers only. If you make gel or protection "
                "yourself, register as a manufacturer."
            )
            % {"product": product.title},
            field="product",
        )


def earliest_delivery(offer: Offer, *, day: date) -> date:
    """The day on which an order of `day` arrives by the supplier's own lead time."""
    return day + timedelta(days=offer.lead_time_days)


def obstacle(offer: Offer, *, buyer: Buyer | None, rules: RuleBook) -> str:
    """Why an offer that is on sale is not for this buyer, in words; empty: it is."""
    if offer.available_units < offer.smallest_order_units:
        return _("out of stock at present")
    if buyer is None:
        return ""
    if not offer.serves(buyer.department):
        return _("does not deliver to %(place)s") % {"place": buyer.place}
    if buyer.is_reseller and _is_too_dear_to_resell(offer, rules):
        return _("price above the wholesale ceiling: not for resale")
    return ""


def _is_too_dear_to_resell(offer: Offer, rules: RuleBook) -> bool:
    ceiling = rules.ceiling(offer.product, BuyerSide.RESELLER)
    return ceiling is not None and offer.lowest_price_eur > ceiling.max_unit_price_eur
