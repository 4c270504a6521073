"""Holding back a lot of which units are promised: promises give way first, youngest first.

The lock order is that of every operation (orders, their parts, then supplier, offer, lot).
"""

import logging
from datetime import date

from django.db.models import F

from accounts.models import User
from catalog import operations as catalog, stock
from catalog.enums import LotStatus
from catalog.models import Lot, Offer
from core.errors import Busy, DomainError, OutOfStock
from core.transacting import operation
from orders.enums import SupplierOrderStatus as Part
from orders.models import OrderLine, Shortfall, ShortfallPart, SupplierOrder, SupplierOrderLine
from orders.operations.deliveries import close_if_received, move_part
from orders.operations.seats import require_seller
from orders.operations.supply import Given, give_back, hold, settle
from orders.operations.telling import tell_buyer, tell_of_recall, tell_of_shortfall
from suppliers.models import Supplier


logger = logging.getLogger(__name__)

UNSENT = (Part.WAITING_ACCEPTANCE, Part.SHIPPING)


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
    if by is not None:
        require_seller(lot.offer.supplier, by)
    if _missing(Offer.objects.get(pk=lot.offer_id), Lot.objects.get(pk=lot.pk)) <= 0:
        return
    parts = _held_parts(lot.offer)
    Supplier.objects.locked().get(pk=lot.offer.supplier_id)
    offer = Offer.objects.locked().get(pk=lot.offer_id)
    lot = Lot.objects.locked().select_related("offer__product").get(pk=lot.pk)
    missing = _missing(offer, lot)
    if missing <= 0:
        return
    shortfall = Shortfall.objects.create(offer=lot.offer, lot=lot, units=missing, by=by)
    for part in parts:
        if missing <= 0:
            break
        missing -= _give_way(part, missing, shortfall, by=by)
    if missing > 0:
        raise Busy
    tell_of_shortfall(shortfall, by=by)


def _missing(offer: Offer, lot: Lot) -> int:
    """Promised units that do not fit once the lot is gone."""
    if lot.status != LotStatus.AVAILABLE:
        return 0
    return offer.reserved_units - (offer.on_hand_units - lot.left_units)


def _held_parts(offer: Offer) -> list[SupplierOrder]:
    """The supplier orders that still have units of the offer to send, held, youngest first."""
    found = SupplierOrder.objects.filter(lines__offer=offer, status__in=UNSENT).distinct()
    held = [hold(part)[1] for part in found.order_by("order_id", "pk")]
    unsent = [part for part in held if part.status in UNSENT]
    return sorted(unsent, key=lambda part: (part.created_at, part.pk), reverse=True)


def _give_way(part: SupplierOrder, missing: int, shortfall: Shortfall, *, by: User | None) -> int:
    """Units of the offer that the part no longer holds: all if unanswered, else whole packs."""
    lines = list(part.lines.select_related("order_line", "offer__product"))
    if part.status == Part.WAITING_ACCEPTANCE:
        taken = {line.pk: line.units for line in lines if line.offer_id == shortfall.offer_id}
        move_part(part, Part.CANCELED)
        give_back(part, [Given(line=line, units=line.units) for line in lines], by=by)
    else:
        taken = _take_accepted(lines, missing, shortfall, by=by)
        _finish(part)
    ShortfallPart.objects.bulk_create(
        ShortfallPart(shortfall=shortfall, supplier_line_id=pk, units=units)
        for pk, units in taken.items()
    )
    freed = sum(taken.values())
    order = part.order
    tell_buyer(
        "fell_short",
        order,
        by=by,
        part=part.number,
        supplier=part.supplier.name,
        product=shortfall.offer.product.name,
        units=freed,
    )
    if settle(order):
        tell_buyer("closed", order, by=by)
    return freed


def _take_accepted(
    lines: list[SupplierOrderLine], missing: int, shortfall: Shortfall, *, by: User | None
) -> dict[int, int]:
    """Accepted units that have not left are taken off the lines of the offer, in whole packs."""
    taken: dict[int, int] = {}
    for line in lines:
        wanted = missing - sum(taken.values())
        if line.offer_id != shortfall.offer_id or wanted <= 0:
            continue
        pack = line.offer.pack_units
        units = min(line.accepted_units - line.shipped_units, -(-wanted // pack) * pack)
        if not units:
            continue
        taken[line.pk] = units
        line.accepted_units -= units
        line.save(update_fields=["accepted_units"])
        OrderLine.objects.filter(pk=line.order_line_id).update(
            allocated_units=F("allocated_units") - units,
            accepted_units=F("accepted_units") - units,
            canceled_units=F("canceled_units") + (0 if line.order_line.waits_for_round else units),
        )
        cause = f"shortfall:{shortfall.pk}:line:{line.pk}"
        stock.release(line.offer_id, units, cause=cause, by=by)
    return taken


def _finish(part: SupplierOrder) -> None:
    """A part with nothing left to send has left, or, if nothing was sent at all, is cancelled."""
    lines = list(part.lines.all())
    if any(line.accepted_units > line.shipped_units for line in lines):
        return
    if any(line.shipped_units for line in lines):
        move_part(part, Part.SHIPPED)
        close_if_received(part)
    else:
        move_part(part, Part.CANCELED)
