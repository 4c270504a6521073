"""What a supplier can do about each reason that keeps its offer off sale, and where."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.availability import blockers
from catalog.enums import Blocker
from catalog.models import Offer
from catalog.prices import RuleBook


OFFER = "catalog:offer"
FILE = "suppliers:file"
NAMED = "catalog:certificate_sheets"
COUNT = "on_hand_units"


@dataclass(frozen=True)
class Remedy:
    """One act that takes a reason away: on the page `page`, by these fields of it."""

    text: Any
    fields: tuple[str, ...] = ()
    page: str = OFFER


REMEDIES = {
    Blocker.DRAFT: Remedy(_("put it on sale"), ("status",)),
    Blocker.WITHDRAWN: Remedy(_("put it back on sale"), ("status",)),
    Blocker.SUPPLIER_NOT_APPROVED: Remedy(
        _("see under “My company” what the ministry waits for"), page=FILE
    ),
    Blocker.PRODUCT_NOT_ACCEPTED: Remedy(
        _("see under “Sheets” what the ministry waits for"), page="catalog:sheets"
    ),
    Blocker.PRODUCT_RETIRED: Remedy(
        _("offer the sheet that took its place"), page="catalog:new_offer"
    ),
    Blocker.NOT_YET_AVAILABLE: Remedy(
        _("wait for that day, or choose an earlier one"), ("available_from",)
    ),
    Blocker.NO_LONGER_AVAILABLE: Remedy(
        _("choose a later one, or none"), ("available_until", "available_from")
    ),
    Blocker.NO_STOCK: Remedy(_("declare your stock"), (COUNT,)),
    Blocker.LESS_THAN_PACK: Remedy(
        _("declare more stock, or smaller packs"), (COUNT, "pack_units")
    ),
    Blocker.LESS_THAN_MINIMUM: Remedy(
        _("lower the minimum, or declare more stock"), ("min_order_units", COUNT)
    ),
    Blocker.STOCK_NOT_CONFIRMED: Remedy(_("count it, or record the same figure again"), (COUNT,)),
    Blocker.CERTIFICATE_MISSING: Remedy(
        _("choose an accepted certificate, or hand one in"), ("certificate",)
    ),
    Blocker.CERTIFICATE_EXPIRED: Remedy(
        _("hand in a new one, then choose it here"),
        ("certificate",),
        page="suppliers:add_certificate",
    ),
    Blocker.CERTIFICATE_IN_REVIEW: Remedy(
        _("wait for its answer, or choose another certificate"), ("certificate",)
    ),
    Blocker.EQUIVALENCE_ENDED: Remedy(
        _("hand in one for the standard itself, then choose it here"),
        ("certificate",),
        page="suppliers:add_certificate",
    ),
    Blocker.NOT_ON_CERTIFICATE: Remedy(
        _("add this product to it, or choose another certificate"), ("certificate",), page=NAMED
    ),
    Blocker.FORMULA_NOT_PERMITTED: Remedy(
        _("offer a sheet of a permitted formula, or of an authorised product"),
        page="catalog:new_offer",
    ),
    Blocker.PRICE_ABOVE_CEILING: Remedy(_("lower the price"), ("unit_price_eur",)),
}


@dataclass(frozen=True)
class Reason:
    """Why an offer is not on sale, for people and machines."""

    code: Blocker
    reason: str
    remedy: str
    fields: list[str]
    url: str
    """Of the very field or page that mends it."""


def reasons_of(offer: Offer, *, day: date, rules: RuleBook | None = None) -> list[Reason]:
    """Every reason that applies on `day`, each with its remedy; none: the offer is on sale."""
    return in_words(offer, blockers(offer, day=day, rules=rules))


def in_words(offer: Offer, found: Collection[Blocker]) -> list[Reason]:
    """These blockers of the offer with their remedies."""
    return [_reason(offer, each, REMEDIES[each]) for each in found]


def _reason(offer: Offer, blocker: Blocker, remedy: Remedy) -> Reason:
    return Reason(
        code=blocker,
        reason=str(blocker.label),
        remedy=str(remedy.text),
        fields=list(remedy.fields),
        url=_url(offer, remedy),
    )


def _url(offer: Offer, remedy: Remedy) -> str:
    if remedy.page == NAMED:
        return _url_of_proof(offer)
    if remedy.page != OFFER:
        return reverse(remedy.page)
    field = remedy.fields[0]
    anchor = f"stock-{offer.public_id}-{field}" if field == COUNT else f"id_{field}"
    return f"{reverse(OFFER, args=[offer.public_id])}#{anchor}"


def _url_of_proof(offer: Offer) -> str:
    if offer.certificate is None:
        return reverse(FILE)
    return f"{reverse(NAMED, args=[offer.certificate.public_id])}?add={offer.product.slug}"
