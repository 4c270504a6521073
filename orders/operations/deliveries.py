"""What leaves the supplier and what arrives at the buyer."""

from collections.abc import Mapping, Sequence

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError, Duplicate, StaleState
from core.states import check_move
from core.transacting import operation
from orders.enums import SUPPLIER_ORDER_TRANSITIONS, SupplierOrderStatus
from orders.models import (
    OrderLine,
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    SupplierOrder,
    SupplierOrderLine,
)
from orders.operations.leaving import Packed, leave
from orders.operations.seats import buyer_seat, require_approved, require_seller
from orders.operations.supply import hold, settle
from orders.operations.telling import tell_buyer, tell_buyer_of_shipment, tell_supplier


MAX_PARCELS = 9999


@operation
def ship(
    supplier_order: SupplierOrder,
    *,
    by: User,
    carrier: str,
    lines: Sequence[Packed],
    tracking_number: str = "",
    parcels: int = 1,
) -> Shipment:
    """SHIPPING → the same, or SHIPPED once all accepted units have left; the units leave stock.

    DomainError without carrier, lot number or units, for goods past their date, and for more
    than was accepted and not sent yet.
    """
    _order, supplier_order = hold(supplier_order)
    require_seller(supplier_order.supplier, by)
    require_approved(supplier_order.supplier)
    if supplier_order.status != SupplierOrderStatus.SHIPPING:
        raise StaleState
    if not carrier.strip():
        raise DomainError(_("Name the carrier."), field="carrier")
    if not 1 <= parcels <= MAX_PARCELS:
        raise DomainError(
            _("Between 1 and %(most)d parcels.") % {"most": MAX_PARCELS}, field="parcels"
        )
    held = {line.pk: line for line in supplier_order.lines.select_related("offer__product")}
    packed = [row for row in lines if row["units"]]
    if not packed:
        raise DomainError(_("Enter the units that leave."), field="lines")
    sums = _checked_sums(held, packed)
    _check_not_twice(supplier_order, carrier.strip(), tracking_number.strip(), packed)
    shipment = Shipment.objects.create(
        number=f"{supplier_order.number}-E{supplier_order.shipments.count() + 1}",
        supplier_order=supplier_order,
        carrier=carrier.strip(),
        tracking_number=tracking_number.strip(),
        parcels=parcels,
        shipped_by=by,
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(
            shipment=shipment,
            supplier_line=held[row["line"].pk],
            lot_number=row["lot_number"].strip(),
            expires_on=row["expires_on"],
            units=row["units"],
        )
        for row in packed
    )
    _count(held, sums)
    leave(held, packed, shipment, by=by)
    units = sum(sums.values())
    all_sent = all(
        line.shipped_units + sums.get(pk, 0) == line.accepted_units for pk, line in held.items()
    )
    if all_sent:
        move_part(supplier_order, SupplierOrderStatus.SHIPPED)
    tell_buyer_of_shipment(
        "shipped",
        shipment,
        by=by,
        units=units,
        carrier=shipment.carrier,
        tracking=shipment.tracking_number,
    )
    return shipment


def _checked_sums(
    held: Mapping[int, SupplierOrderLine], packed: Sequence[Packed]
) -> dict[int, int]:
    """Units to send by line key."""
    sums: dict[int, int] = {}
    lots = set()
    for row in packed:
        line, lot = held.get(row["line"].pk), row["lot_number"].strip()
        if line is None:
            raise DomainError(_("This line belongs to another order."), field="lines")
        if not lot:
            raise DomainError(_("Enter the lot number, printed on the pack."), field="lot_number")
        if (line.pk, lot) in lots:
            raise DomainError(
                _("Lot %(lot)s stands here twice: put it on one row.") % {"lot": lot},
                field="lot_number",
            )
        if row["expires_on"] and row["expires_on"] < timezone.localdate():
            raise DomainError(
                _("Lot %(lot)s is past its date: it must not be sent.") % {"lot": lot},
                field="expires_on",
            )
        lots.add((line.pk, lot))
        sums[line.pk] = sums.get(line.pk, 0) + row["units"]
        left = line.accepted_units - line.shipped_units
        if row["units"] < 0 or sums[line.pk] > left:
            raise DomainError(
                _("%(product)s: at most %(left)d units are left to send.")
                % {"product": line.offer.product, "left": left},
                field="units",
            )
    return sums


def _check_not_twice(
    supplier_order: SupplierOrder, carrier: str, tracking_number: str, packed: Sequence[Packed]
) -> None:
    """A second click sends nothing a second time: the same lots on the same consignment."""
    lots = {(row["line"].pk, row["lot_number"].strip(), row["units"]) for row in packed}
    alike = supplier_order.shipments.filter(carrier=carrier, tracking_number=tracking_number)
    for shipment in alike.prefetch_related("lines"):
        if lots == {
            (line.supplier_line_id, line.lot_number, line.units) for line in shipment.lines.all()
        }:
            raise Duplicate(
                _(
                    "This consignment is recorded already as %(number)s. If it is another one,"
                    " give its own tracking number."
                )
                % {"number": shipment.number},
                field="tracking_number",
            )


def _count(held: Mapping[int, SupplierOrderLine], sums: Mapping[int, int]) -> None:
    for pk, units in sorted(sums.items(), key=lambda item: held[item[0]].order_line_id):
        OrderLine.objects.filter(pk=held[pk].order_line_id).update(
            shipped_units=F("shipped_units") + units
        )
        SupplierOrderLine.objects.filter(pk=pk).update(shipped_units=F("shipped_units") + units)


@operation
def receive(
    shipment: Shipment,
    *,
    by: User,
    lines: Mapping[int, tuple[int, int]],
    note: str = "",
) -> Receipt:
    """The buyer records (received in good order, refused) units by shipment line key, once.

    What is missing or refused counts as not delivered: a scarce line waits for the next round
    again, an ample one ends. Order and supplier order close when nothing more is to come.
    """
    order, supplier_order = hold(shipment.supplier_order)
    buyer_seat(order.buyer, by)
    shipment = Shipment.objects.locked().get(pk=shipment.pk)
    shipment.supplier_order = supplier_order
    if Receipt.objects.filter(shipment=shipment).exists():
        raise StaleState(_("This delivery was recorded already."))
    rows = list(shipment.lines.select_related("supplier_line__order_line"))
    if set(lines) - {row.pk for row in rows}:
        raise DomainError(_("This line belongs to another shipment."), field="lines")
    for row in rows:
        _check_received(row, lines.get(row.pk))
    receipt = Receipt.objects.create(shipment=shipment, received_by=by, note=note.strip())
    for row in rows:
        received, refused = lines[row.pk]
        ReceiptLine.objects.create(
            receipt=receipt, shipment_line=row, received_units=received, refused_units=refused
        )
        _arrive(row, received)
    units = sum(row.units for row in rows)
    arrived = sum(lines[row.pk][0] for row in rows)
    close_if_received(supplier_order)
    tell_buyer(
        "received", order, by=by, shipment=shipment.number, units=units, received_units=arrived
    )
    tell_supplier("arrived", supplier_order, by=by, units=units, received_units=arrived)
    if settle(order):
        tell_buyer("closed", order, by=by)
    return receipt


def _check_received(row: ShipmentLine, counted: tuple[int, int] | None) -> None:
    if counted is None:
        raise DomainError(
            _("Say what arrived of lot %(lot)s; 0 if nothing did.") % {"lot": row.lot_number},
            field=f"line_{row.pk}",
        )
    received, refused = counted
    if received < 0 or refused < 0 or received + refused > row.units:
        raise DomainError(
            _("Lot %(lot)s: received and refused together are at most %(units)d units.")
            % {"lot": row.lot_number, "units": row.units},
            field=f"line_{row.pk}",
        )


def _arrive(row: ShipmentLine, received: int) -> None:
    """Count what arrived; what did not is taken off the line's promise."""
    supplier_line = row.supplier_line
    missing = row.units - received
    SupplierOrderLine.objects.filter(pk=supplier_line.pk).update(
        received_units=F("received_units") + received
    )
    canceled = 0 if supplier_line.order_line.waits_for_round else missing
    OrderLine.objects.filter(pk=supplier_line.order_line_id).update(
        received_units=F("received_units") + received,
        shipped_units=F("shipped_units") - missing,
        accepted_units=F("accepted_units") - missing,
        allocated_units=F("allocated_units") - missing,
        canceled_units=F("canceled_units") + canceled,
    )


def close_if_received(supplier_order: SupplierOrder) -> None:
    """SHIPPED → RECEIVED → CLOSED once each shipment has its receipt."""
    open_shipments = supplier_order.shipments.filter(receipt=None).exists()
    if supplier_order.status == SupplierOrderStatus.SHIPPED and not open_shipments:
        move_part(supplier_order, SupplierOrderStatus.RECEIVED)
        move_part(supplier_order, SupplierOrderStatus.CLOSED)


def move_part(supplier_order: SupplierOrder, new: SupplierOrderStatus) -> None:
    """Set the status of the held supplier order along the table and save it."""
    check_move(SUPPLIER_ORDER_TRANSITIONS, SupplierOrderStatus(supplier_order.status), new)
    supplier_order.status = new
    supplier_order.save(update_fields=["status"])
