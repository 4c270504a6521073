"""Promised units that no longer fit are taken back, of the youngest supplier orders first.

The lock order is that of every operation: orders, their parts, then supplier and offer.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from django.db.models import F

from accounts.models import User
from catalog import stock
from catalog.models import Lot, Offer
from core.errors import Busy
from orders.enums import SupplierOrderStatus as Part
from orders.models import OrderLine, Shortfall, ShortfallPart, SupplierOrder, SupplierOrderLine
from orders.operations.deliveries import close_if_received, move_part
from orders.operations.seats import require_seller
from orders.operations.supply import Given, give_back, hold, settle
from orders.operations.telling import tell_buyer, tell_of_shortfall
from suppliers.models import Supplier


UNSENT = (Part.WAITING_ACCEPTANCE, Part.SHIPPING)


def make_room(
    offer: Offer, *, missing: Callable[[], int], by: User | None, lot: Lot | None = None
) -> None:
    """Take promises back until nothing is `missing` (units); what gave way is a `Shortfall`.

    `missing` is asked again once the offer is held. Busy if buyers were quicker: try again.
    """
    if by is not None:
        require_seller(offer.supplier, by)
    if missing() <= 0:
        return
    parts = _held_parts(offer)
    Supplier.objects.locked().get(pk=offer.supplier_id)
    offer = Offer.objects.locked().select_related("product", "supplier").get(pk=offer.pk)
    units = missing()
    if units <= 0:
        return
    shortfall = Shortfall.objects.create(offer=offer, lot=lot, units=units, by=by)
    for part in parts:
        if units <= 0:
            break
        units -= _give_way(part, units, shortfall, by=by)
    if units > 0:
        raise Busy
    tell_of_shortfall(shortfall, by=by)


class AtRisk(NamedTuple):
    """A supplier order that would give way, and by how many units."""

    part: SupplierOrder
    units: int


def at_risk(missing: Mapping[int, int]) -> dict[int, list[AtRisk]]:
    """What would give way, by offer, if so many units of each were missing; nothing changes."""
    found = SupplierOrder.objects.filter(lines__offer__in=missing, status__in=UNSENT).distinct()
    parts = _youngest_first(
        found.select_related("order__buyer").prefetch_related("lines__offer").order_by("pk")
    )
    rows: dict[int, list[AtRisk]] = {offer: [] for offer in missing}
    for offer_id, units in missing.items():
        for part in parts:
            if units <= 0:
                break
            taken = sum(_taken(part, part.lines.all(), offer_id, units).values())
            if taken:
                rows[offer_id].append(AtRisk(part, taken))
                units -= taken
    return rows


def _held_parts(offer: Offer) -> list[SupplierOrder]:
    """The supplier orders that still have units of the offer to send, held, youngest first."""
    found = SupplierOrder.objects.filter(lines__offer=offer, status__in=UNSENT).distinct()
    held = [hold(part)[1] for part in found.order_by("order_id", "pk")]
    return _youngest_first(part for part in held if part.status in UNSENT)


def _youngest_first(parts: Iterable[SupplierOrder]) -> list[SupplierOrder]:
    return sorted(parts, key=lambda part: (part.created_at, part.pk), reverse=True)


def _taken(
    part: SupplierOrder, lines: Iterable[SupplierOrderLine], offer_id: int, missing: int
) -> dict[SupplierOrderLine, int]:
    """Units by line that the part gives way by: all if unanswered, else whole packs."""
    concerned = [line for line in lines if line.offer_id == offer_id]
    if part.status == Part.WAITING_ACCEPTANCE:
        return {line: line.units for line in concerned}
    taken: dict[SupplierOrderLine, int] = {}
    for line in concerned:
        wanted = missing - sum(taken.values())
        pack = line.offer.pack_units
        units = min(line.accepted_units - line.shipped_units, -(-wanted // pack) * pack)
        if units > 0:
            taken[line] = units
    return taken


def _give_way(part: SupplierOrder, missing: int, shortfall: Shortfall, *, by: User | None) -> int:
    """Units of the offer that the held part no longer holds."""
    lines = list(part.lines.select_related("order_line", "offer__product"))
    taken = _taken(part, lines, shortfall.offer_id, missing)
    if part.status == Part.WAITING_ACCEPTANCE:
        move_part(part, Part.CANCELED)
        give_back(part, [Given(line=line, units=line.units) for line in lines], by=by)
    else:
        for line, units in taken.items():
            _take(line, units, shortfall, by=by)
        _finish(part)
    ShortfallPart.objects.bulk_create(
        ShortfallPart(shortfall=shortfall, supplier_line=line, units=units)
        for line, units in taken.items()
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


def _take(line: SupplierOrderLine, units: int, shortfall: Shortfall, *, by: User | None) -> None:
    """Accepted units that have not left are taken off the line."""
    line.accepted_units -= units
    line.save(update_fields=["accepted_units"])
    OrderLine.objects.filter(pk=line.order_line_id).update(
        allocated_units=F("allocated_units") - units,
        accepted_units=F("accepted_units") - units,
        canceled_units=F("canceled_units") + (0 if line.order_line.waits_for_round else units),
    )
    cause = f"shortfall:{shortfall.pk}:line:{line.pk}"
    stock.release(line.offer_id, units, cause=cause, by=by)


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
