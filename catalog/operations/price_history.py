"""The prices of an offer as they stand, and the lines of their history."""

from collections.abc import Sequence
from decimal import Decimal

from accounts.models import User
from catalog.checks import Tier
from catalog.models import Offer, PriceChange, PriceTier, ScheduledPrice


def tiers_of(offer: Offer) -> list[Tier]:
    """Its prices for larger quantities."""
    return [Tier(each.from_units, each.unit_price_eur) for each in offer.tiers.all()]


def put_tiers(offer: Offer, tiers: Sequence[Tier]) -> None:
    """These prices for larger quantities in place of those that it has."""
    offer.tiers.all().delete()
    PriceTier.objects.bulk_create(PriceTier(offer=offer, **each._asdict()) for each in tiers)


Prices = tuple[Decimal, Sequence[Tier]]
"""An offer's own price and those for larger quantities."""


def note_price(
    offer: Offer,
    *,
    before: Prices,
    after: Prices,
    by: User,
    scheduled: ScheduledPrice | None = None,
) -> None:
    """A line of the price history, if the prices differ."""
    (old, old_tiers), (new, new_tiers) = before, after
    if (old, list(old_tiers)) == (new, list(new_tiers)):
        return
    PriceChange.objects.create(
        offer=offer,
        by=by,
        scheduled=scheduled,
        before_eur=old,
        after_eur=new,
        before_tiers=written(old_tiers),
        after_tiers=written(new_tiers),
    )


def written(tiers: Sequence[Tier]) -> list[list[object]]:
    """Tiers as JSON keeps them: four decimals, as text."""
    return [[each.from_units, f"{each.unit_price_eur:.4f}"] for each in tiers]
