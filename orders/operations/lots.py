"""Holding back a lot of which units are promised: promises give way first, youngest first.

The lock order is that of every operation (orders, their parts, then supplier, offer, lot).
"""

import logging
from datetime import date

from accounts.models import User
from catalog import operations as catalog
from catalog.enums import LotStatus
from catalog.models import Lot, Offer
from core.errors import Busy, DomainError, OutOfStock
from core.transacting import operation
from orders.operations.giving_way import make_room
from orders.operations.telling import tell_of_recall


logger = logging.getLogger(__name__)


@operation
def quarantine_lot(lot: Lot, *, by: User, reason: str) -> Lot:
    """AVAILABLE → QUARANTINED; promises that no longer fit are taken back (`Shortfall`).

    Raises as `catalog.operations.quarantine`; Busy if buyers were quicker: try again.
    """
    _make_room(lot, by=by)
    try:
        return catalog.quarantine(lot, by=by, reason=reason)
    except OutOfStock as error:
        raise Busy from error


@operation
def recall_lot(lot: Lot, *, by: User, reason: str) -> Lot:
    """Any status → RECALLED; as `quarantine_lot`, and every buyer who was sent units is told."""
    _make_room(lot, by=by)
    try:
        lot = catalog.recall(lot, by=by, reason=reason)
    except OutOfStock as error:
        raise Busy from error
    tell_of_recall(lot, by=by)
    return lot


@operation
def expire_lot(lot: Lot, *, day: date) -> Lot:
    """AVAILABLE or QUARANTINED past its date on `day` → EXPIRED; as `quarantine_lot`."""
    _make_room(lot, by=None)
    try:
        return catalog.expire(lot, day=day)
    except OutOfStock as error:
        raise Busy from error


def expire_lots(day: date) -> int:
    """Every lot past its date on `day`; return how many. None holds up the others."""
    expired = 0
    for lot in Lot.objects.past_date(day).select_related("offer").order_by("pk"):
        try:
            expired += expire_lot(lot, day=day).status == LotStatus.EXPIRED
        except DomainError:
            logger.warning("expire again later lot=%s", lot.pk)
    return expired


def _make_room(lot: Lot, *, by: User | None) -> None:
    """Take promises back until what is left without the lot covers the rest."""
    make_room(lot.offer, lot=lot, missing=lambda: _missing(lot), by=by)


def _missing(lot: Lot) -> int:
    """Promised units that do not fit once the lot is gone."""
    lot = Lot.objects.get(pk=lot.pk)
    if lot.status != LotStatus.AVAILABLE:
        return 0
    offer = Offer.objects.get(pk=lot.offer_id)
    return offer.reserved_units - (offer.on_hand_units - lot.left_units)
