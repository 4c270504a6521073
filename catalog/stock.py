"""The only code that moves a stock counter: one conditional UPDATE and one ledger row together.

READ COMMITTED; whoever touches several offers does so in primary-key order, with the units summed
per offer first. `cause` is unique per offer and reason: a repeated act is booked once.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

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


RESERVE_ALL = """
    WITH booked AS (
        UPDATE catalog_offer offer SET reserved_units = offer.reserved_units + wanted.units
        FROM unnest(%(offers)s::bigint[], %(units)s::bigint[]) AS wanted(id, units)
        WHERE offer.id = wanted.id
          AND offer.on_hand_units - offer.reserved_units >= wanted.units
        RETURNING offer.id, wanted.units
    )
    INSERT INTO catalog_stockmovement
        (offer_id, delta_on_hand_units, delta_reserved_units, reason, cause, at, by_id)
    SELECT id, 0, units, %(reason)s, %(cause)s, statement_timestamp(), %(by)s
    FROM booked ORDER BY id RETURNING offer_id
"""


class SomeOutOfStock(OutOfStock):
    """Offers, by key, that do not hold the units asked for."""

    def __init__(self, offers: list[int]) -> None:
        super().__init__()
        self.offers = offers


@transaction.atomic
def reserve_all(units: Mapping[int, int], *, cause: str, by: User | None) -> None:
    """Promise `units` of many offers by key in one statement; the caller holds their rows.

    Raises SomeOutOfStock naming those that are short; then nothing has changed.
    """
    values: dict[str, Any] = {
        "offers": list(units),
        "units": list(units.values()),
        "reason": StockReason.RESERVED.value,
        "cause": cause,
        "by": by.pk if by else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(RESERVE_ALL, values)
        booked = {offer for (offer,) in cursor.fetchall()}
    if short := sorted(units.keys() - booked):
        raise SomeOutOfStock(short)


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


@dataclass(frozen=True)
class Difference:
    """An offer whose counters and ledger disagree (units)."""

    offer: uuid.UUID
    on_hand: int
    reserved: int
    on_hand_booked: int
    reserved_booked: int

    def __str__(self) -> str:
        """One line for whoever has to find out why."""
        return (
            f"offer {self.offer}: on hand {self.on_hand}, ledger {self.on_hand_booked}; "
            f"reserved {self.reserved}, ledger {self.reserved_booked}"
        )


def differences() -> list[Difference]:
    """Every offer whose ledger does not sum up to its counters; nothing is repaired."""
    rows = Offer.objects.annotate(
        on_hand_booked=Coalesce(_booked("delta_on_hand_units"), 0),
        reserved_booked=Coalesce(_booked("delta_reserved_units"), 0),
    ).order_by("pk")
    wrong = rows.exclude(on_hand_booked=F("on_hand_units"), reserved_booked=F("reserved_units"))
    counts = ("on_hand_units", "reserved_units", "on_hand_booked", "reserved_booked")
    return [Difference(*row) for row in wrong.values_list("public_id", *counts)]


def _booked(delta: str) -> Subquery:
    movements = StockMovement.objects.filter(offer=OuterRef("pk")).order_by()
    return Subquery(movements.values("offer").annotate(total=Sum(delta)).values("total"))
