"""The only code that moves a stock counter: one conditional UPDATE and one ledger row together.

READ COMMITTED; whoever touches several offers does so in primary-key order, with the units summed
per offer first. `cause` is unique per offer and reason: a repeated act is booked once.
"""

from django.db import transaction
from django.db.models import F

from accounts.models import User
from catalog.enums import StockReason
from catalog.models import Offer, StockMovement
from core.errors import OutOfStock


def _book(
    offer_id: int, on_hand: int, reserved: int, *, reason: StockReason, cause: str, by: User | None
) -> None:
    moved = Offer.objects.filter(
        pk=offer_id,
        reserved_units__gte=-reserved,
        on_hand_units__gte=F("reserved_units") + reserved - on_hand,
    ).update(
        on_hand_units=F("on_hand_units") + on_hand, reserved_units=F("reserved_units") + reserved
    )
    if not moved:
        raise OutOfStock
    StockMovement.objects.create(
        offer_id=offer_id,
        delta_on_hand_units=on_hand,
        delta_reserved_units=reserved,
        reason=reason,
        cause=cause,
        by=by,
    )


@transaction.atomic
def reserve(offer_id: int, units: int, *, cause: str, by: User | None) -> None:
    """Promise `units` of the offer, or raise OutOfStock and change nothing."""
    _book(offer_id, 0, units, reason=StockReason.RESERVED, cause=cause, by=by)


@transaction.atomic
def release(offer_id: int, units: int, *, cause: str, by: User | None) -> None:
    """Give promised `units` back."""
    _book(offer_id, 0, -units, reason=StockReason.RELEASED, cause=cause, by=by)


@transaction.atomic
def ship(offer_id: int, units: int, *, cause: str, by: User | None) -> None:
    """Promised `units` leave the warehouse."""
    _book(offer_id, -units, -units, reason=StockReason.SHIPPED, cause=cause, by=by)


@transaction.atomic
def declare(offer_id: int, delta_units: int, *, cause: str, by: User | None) -> None:
    """The supplier counted: on hand changes by `delta_units`, never below what is promised."""
    _book(offer_id, delta_units, 0, reason=StockReason.DECLARED, cause=cause, by=by)
