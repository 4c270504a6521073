"""An offer as it is, or as a row of a file wants it: for JSON and for people."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from catalog.checks import Tier
from catalog.imports.judging import plain
from catalog.imports.offer_columns import ON_SALE
from catalog.imports.terms import CERTIFICATE, FIELDS, REFERENCE, STOCK
from catalog.models import Offer
from catalog.operations.price_history import written


class Version(NamedTuple):
    """An offer with its prices for larger quantities."""

    offer: Offer
    tiers: Sequence[Tier]


def terms_of(version: Version) -> dict[str, Any]:
    """All terms as JSON keeps them; the stock only of a new offer."""
    offer, tiers = version
    stock = {} if offer.pk else {STOCK: offer.on_hand_units}
    return {
        **{field: plain(getattr(offer, field)) for field in FIELDS},
        REFERENCE: offer.supplier_reference,
        "certificate_id": offer.certificate_id,
        "status": offer.status,
        "tiers": written(tiers),
        **stock,
    }


def shown(version: Version, terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms, as `terms_of` says them, for people."""
    return {
        **{field: terms[field] for field in FIELDS},
        CERTIFICATE: str(version.offer.certificate or ""),
        ON_SALE.field: version.offer.is_published,
        "tiers": terms["tiers"],
    }


def as_new(version: Version, terms: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What a new offer says, as differences from nothing."""
    said = {STOCK: version.offer.on_hand_units, **shown(version, terms)}
    return {
        name: [None, value]
        for name, value in said.items()
        if value not in (None, "", []) and value is not False
    }
