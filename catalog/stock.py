"""The only code that moves a stock counter: one conditional UPDATE and one ledger row together.

READ COMMITTED; whoever touches several offers does so in primary-key order, with the units summed
per offer first. `cause` is unique per offer and reason: a repeated act is booked once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from catalog.enums import LotStatus, StockReason
from catalog.models import Lot, Offer, StockMovement
from core.errors import OutOfStock


@dataclass(frozen=True)
class Change:
    """What one act does to an offer's counters (units); what a lot gains or loses is its own."""

    on_hand: int = 0
    reserved: int = 0
    lot_id: int | None = None
    in_lot: int = 0


def _book(
    offer_id: int, change: Change, *, reason: StockReason, cause: str, by: User | None
) -> None:
    in_lots = change.on_hand if change.lot_id else 0
    least = Greatest(F("reserved_units") + change.reserved, F("in_lots_units") + in_lots)
    moved = Offer.objects.filter(
        pk=offer_id,
        reserved_units__gte=-change.reserved,
        in_lots_units__gte=-in_lots,
        on_hand_units__gte=least - change.on_hand,
    ).update(
        on_hand_units=F("on_hand_units") + change.on_hand,
        reserved_units=F("reserved_units") + change.reserved,
        in_lots_units=F("in_lots_units") + in_lots,
    )
    if not moved:
        raise OutOfStock
    StockMovement.objects.create(
        offer_id=offer_id,
        lot_id=change.lot_id,
        delta_on_hand_units=change.on_hand,
        delta_reserved_units=change.reserved,
        delta_lot_units=change.in_lot,
        reason=reason,
        cause=cause,
        by=by,
    )


@transaction.atomic
def reserve(offer_id: int, units: int, *, cause: str, by: User | None) -> None:
    """Promise `units` of the offer, or raise OutOfStock and change nothing."""
    _book(offer_id, Change(reserved=units), reason=StockReason.RESERVED, cause=cause, by=by)


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
    _book(offer_id, Change(reserved=-units), reason=StockReason.RELEASED, cause=cause, by=by)


@transaction.atomic
def ship(
    offer_id: int, units: int, *, cause: str, by: User | None, lot_id: int | None = None
) -> None:
    """Promised `units` leave the warehouse, out of one lot where it is known.

    OutOfStock if the lot may not leave or holds less; without a lot, if only lots are left.
    """
    change = Change(on_hand=-units, reserved=-units, lot_id=lot_id, in_lot=-units if lot_id else 0)
    _book(offer_id, change, reason=StockReason.SHIPPED, cause=cause, by=by)
    if lot_id:
        _take(lot_id, units)


def _take(lot_id: int, units: int) -> None:
    """Units leave an available lot; the last ones leave it empty."""
    usable = Lot.objects.filter(pk=lot_id, status=LotStatus.AVAILABLE, left_units__gte=units)
    last = When(left_units=units, then=Value(LotStatus.EMPTY))
    taken = usable.update(
        left_units=F("left_units") - units, status=Case(last, default=F("status"))
    )
    if not taken:
        raise OutOfStock


@transaction.atomic
def put_in(lot: Lot, *, counted: bool, cause: str, by: User | None) -> None:
    """The units of a new lot come on hand; if they were `counted` before, on_hand stays.

    OutOfStock if less than that stands outside of lots.
    """
    units = lot.received_units
    change = Change(on_hand=units, lot_id=lot.pk, in_lot=units)
    _book(lot.offer_id, change, reason=StockReason.LOT_IN, cause=cause, by=by)
    if counted:
        _book(
            lot.offer_id,
            Change(on_hand=-units),
            reason=StockReason.LOT_SORTED,
            cause=cause,
            by=by,
        )


@transaction.atomic
def hold_back(lot: Lot, *, reason: StockReason, cause: str, by: User | None) -> None:
    """What is left of an available lot leaves what may be sold, and stays in the lot.

    OutOfStock where it is promised to buyers: release promises first.
    """
    change = Change(on_hand=-lot.left_units, lot_id=lot.pk)
    _book(lot.offer_id, change, reason=reason, cause=cause, by=by)


@transaction.atomic
def let_go(lot: Lot, *, cause: str, by: User | None) -> None:
    """What is left of a lot may be sold again."""
    change = Change(on_hand=lot.left_units, lot_id=lot.pk)
    _book(lot.offer_id, change, reason=StockReason.LOT_FREED, cause=cause, by=by)


@transaction.atomic
def declare(offer_id: int, delta_units: int, *, cause: str, by: User | None) -> None:
    """The supplier counted: on hand changes by `delta_units`, never below promises or lots."""
    _book(offer_id, Change(on_hand=delta_units), reason=StockReason.DECLARED, cause=cause, by=by)


@transaction.atomic
def correct(
    offer_id: int,
    difference: int,
    *,
    reason: StockReason,
    cause: str,
    by: User | None,
    lot: Lot | None = None,
) -> None:
    """A count differs from the book by `difference` units: in one lot, or outside of lots.

    What is counted in a lot that is held back is not on hand. OutOfStock below promises.
    """
    held_back = lot is not None and lot.status != LotStatus.AVAILABLE
    change = Change(
        on_hand=0 if held_back else difference,
        lot_id=lot.pk if lot else None,
        in_lot=difference if lot else 0,
    )
    _book(offer_id, change, reason=reason, cause=cause, by=by)
    if lot:
        _recount(lot, difference)


def _recount(lot: Lot, difference: int) -> None:
    """More than was received is received; a lot of which nothing is found is empty."""
    left = F("left_units") + difference
    nothing = When(left_units=-difference, then=Value(LotStatus.EMPTY))
    counted = Lot.objects.filter(pk=lot.pk, status=lot.status, left_units__gte=-difference).update(
        left_units=left,
        received_units=Greatest(F("received_units"), left),
        status=Case(nothing, default=F("status")),
    )
    if not counted:
        raise OutOfStock


DECLARE_ALL = """
    WITH counted AS ({counts}), held AS (
        SELECT offer.id, counted.before, counted.after
        FROM catalog_offer offer JOIN counted ON counted.offer_id = offer.id
        WHERE offer.supplier_id = %(supplier)s AND offer.on_hand_units = counted.before
          AND greatest(offer.reserved_units, offer.in_lots_units) <= counted.after
        ORDER BY offer.id FOR NO KEY UPDATE OF offer
    ), booked AS (
        UPDATE catalog_offer offer
        SET on_hand_units = held.after, updated_at = now(), stock_confirmed_on = %(day)s
        FROM held WHERE held.id = offer.id
        RETURNING offer.id, held.after - held.before AS delta
    )
    INSERT INTO catalog_stockmovement
        (offer_id, delta_on_hand_units, delta_reserved_units, reason, cause, at, by_id)
    SELECT id, delta, 0, %(reason)s, %(cause)s, statement_timestamp(), %(by)s FROM booked
"""


@transaction.atomic
def declare_all(
    supplier_id: int, counts: tuple[str, Mapping[str, Any]], *, cause: str, by: User
) -> int:
    """A supplier counted many offers: how many counts were booked, in one statement.

    `counts` is a query of (offer_id, before, after) in units and its values. An offer that no
    longer holds `before`, or has more than `after` promised, is left alone: the caller compares
    the number and takes everything back.
    """
    query, values = counts
    facts: dict[str, Any] = {
        "supplier": supplier_id,
        "reason": StockReason.DECLARED.value,
        "cause": cause,
        "by": by.pk,
        "day": timezone.localdate(),
    }
    with connection.cursor() as cursor:
        cursor.execute(DECLARE_ALL.format(counts=query), {**values, **facts})
        return int(cursor.rowcount)


OPENED = f"""
    INSERT INTO catalog_stockmovement
        (offer_id, delta_on_hand_units, delta_reserved_units, reason, cause, at, by_id)
    SELECT id, units, 0, '{StockReason.DECLARED}', %(cause)s, statement_timestamp(), %(by)s
    FROM fresh WHERE units > 0
"""  # noqa: S608 - a name of our own
"""The ledger's side of offers `fresh` (id, units) that the same statement inserts with `units` on
hand: there is no counter yet that somebody else could move."""
