"""Lots of an offer: what comes in, what is held back, what may be sold again.

Locks: supplier, offer, lot. Each change of stock is one conditional UPDATE with its ledger row.
"""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import checks, stock
from catalog.enums import LOT_TRANSITIONS, LotStatus, StockReason
from catalog.models import Lot, Offer
from catalog.operations.offers import confirmed, note, own_offer, selling
from core.errors import DomainError, Duplicate
from core.states import check_move
from core.transacting import operation


@operation
def receive_lot(
    offer: Offer,
    *,
    by: User,
    number: str,
    units: int,
    made_on: date | None = None,
    expires_on: date | None = None,
    counted: bool = False,
) -> Lot:
    """Nothing → AVAILABLE: `units` come on hand, or are `counted` in the stock already.

    Raises Duplicate for a number that the offer has, DomainError for dates that cannot be and
    for more counted units than stand outside of lots.
    """
    offer = own_offer(offer, by)
    selling(offer.supplier, by)
    number = number.strip()
    _check_new(offer, number, units, made_on, expires_on)
    lot = Lot.objects.create(
        offer=offer,
        number=number,
        made_on=made_on,
        expires_on=expires_on,
        received_units=units,
        left_units=units,
    )
    loose = offer.on_hand_units - offer.in_lots_units
    if counted and units > loose:
        raise DomainError(
            _("Only %(units)d units of your stock stand outside of lots.") % {"units": loose},
            field="units",
        )
    stock.put_in(lot, counted=counted, cause=f"lot:{lot.pk}", by=by)
    confirmed(offer)
    note("catalog.lot_received", offer, by=by, lot=lot.number, units=units)
    return lot


def _check_new(
    offer: Offer, number: str, units: int, made_on: date | None, expires_on: date | None
) -> None:
    today = timezone.localdate()
    if not number:
        raise DomainError(_("Enter the lot number, printed on the pack."), field="number")
    if units < 1:
        raise DomainError(_("At least 1 unit."), field="units")
    checks.units(offer.on_hand_units + units, "units")
    if made_on and made_on > today:
        raise DomainError(_("This day is still to come."), field="made_on")
    if made_on and expires_on and made_on > expires_on:
        raise DomainError(_("A lot is not made after its own date."), field="expires_on")
    if expires_on and expires_on < today:
        raise DomainError(_("This lot is past its date already."), field="expires_on")
    if Lot.objects.filter(offer=offer, number=number).exists():
        raise Duplicate(_("This lot is recorded already."), field="number")


@operation
def quarantine(lot: Lot, *, by: User, reason: str) -> Lot:
    """AVAILABLE → QUARANTINED: what is left is no longer on hand.

    Raises OutOfStock where it is promised (`orders.operations.quarantine_lot` gives way first).
    """
    return _hold(lot, LotStatus.QUARANTINED, StockReason.LOT_HELD, by=by, reason=reason)


@operation
def recall(lot: Lot, *, by: User, reason: str) -> Lot:
    """Any status → RECALLED, for good; what is left is no longer on hand.

    Raises OutOfStock where it is promised (`orders.operations.recall_lot` gives way first).
    """
    return _hold(lot, LotStatus.RECALLED, StockReason.LOT_RECALL, by=by, reason=reason)


def _hold(lot: Lot, new: LotStatus, why: StockReason, *, by: User | None, reason: str) -> Lot:
    lot = own_lot(lot, by)
    if not reason.strip():
        raise DomainError(_("Say why."), field="reason")
    _move(lot, new, why, by=by, reason=reason.strip())
    if by is not None:
        confirmed(lot.offer)
    return lot


@operation
def release_from_quarantine(lot: Lot, *, by: User) -> Lot:
    """QUARANTINED → AVAILABLE: what is left may be sold again. DomainError past its date."""
    lot = own_lot(lot, by)
    selling(lot.offer.supplier, by)
    if lot.expires_on and lot.expires_on < timezone.localdate():
        raise DomainError(_("This lot is past its date: it must not be sold."))
    check_move(LOT_TRANSITIONS, LotStatus(lot.status), LotStatus.AVAILABLE)
    lot.status, lot.status_reason = LotStatus.AVAILABLE, ""
    lot.save(update_fields=["status", "status_reason"])
    stock.let_go(lot, cause=_cause(lot), by=by)
    confirmed(lot.offer)
    _tell(lot, by=by)
    return lot


@operation
def expire(lot: Lot, *, day: date) -> Lot:
    """AVAILABLE or QUARANTINED, past its date on `day` → EXPIRED; what is left is off hand.

    Raises OutOfStock where it is promised (`orders.operations.expire_lots` gives way first).
    """
    lot = own_lot(lot, None)
    if lot.expires_on and lot.expires_on < day:
        _move(lot, LotStatus.EXPIRED, StockReason.LOT_EXPIRY, by=None, reason="")
    return lot


def _move(lot: Lot, new: LotStatus, why: StockReason, *, by: User | None, reason: str) -> None:
    check_move(LOT_TRANSITIONS, LotStatus(lot.status), new)
    if lot.status == LotStatus.AVAILABLE:
        stock.hold_back(lot, reason=why, cause=_cause(lot), by=by)
    lot.status, lot.status_reason = new, reason
    lot.save(update_fields=["status", "status_reason"])
    _tell(lot, by=by)


def own_lot(lot: Lot, by: User | None) -> Lot:
    """The lot with its offer, both held; `by` is one of the supplier's people, or the clock."""
    offer = own_offer(lot.offer, by)
    lot = Lot.objects.locked().get(pk=lot.pk)
    lot.offer = offer
    return lot


def _cause(lot: Lot) -> str:
    """A lot may be held and freed many times; each turn is an act of its own."""
    return f"lot:{lot.pk}:{lot.movements.count()}"


def _tell(lot: Lot, *, by: User | None) -> None:
    note(
        "catalog.lot_moved",
        lot.offer,
        by=by,
        tell=True,
        lot=lot.number,
        lot_status=lot.status,
        units=lot.left_units,
        why=lot.status_reason,
    )
