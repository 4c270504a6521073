"""Units leave the warehouse out of the lots that are named."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import stock
from catalog.enums import LotStatus
from catalog.models import Lot
from core.errors import DomainError, OutOfStock
from orders.models import Shipment, SupplierOrderLine


class Packed(TypedDict):
    """Units of one lot for one supplier order line."""

    line: SupplierOrderLine
    lot_number: str
    units: int
    expires_on: date | None


def leave(
    held: Mapping[int, SupplierOrderLine],
    packed: Sequence[Packed],
    shipment: Shipment,
    *,
    by: User,
) -> None:
    """The units leave stock, out of the lots named; a lot that is not recorded is text only."""
    offers = {line.offer_id for line in held.values()}
    lots = {(lot.offer_id, lot.number): lot for lot in Lot.objects.filter(offer__in=offers)}
    rows = [(held[row["line"].pk], row) for row in packed]
    for place, (line, row) in enumerate(sorted(rows, key=lambda each: each[0].offer_id)):
        lot = lots.get((line.offer_id, row["lot_number"].strip()))
        _check_lot(lot, row["units"])
        try:
            stock.ship(
                line.offer_id,
                row["units"],
                cause=f"shipment:{shipment.number}:line:{line.pk}:{place}",
                by=by,
                lot_id=lot.pk if lot else None,
            )
        except OutOfStock as error:
            raise DomainError(
                _("%(product)s: so many units are not there. Name the lots they come from.")
                % {"product": line.offer.product},
                field="lot_number",
            ) from error


def _check_lot(lot: Lot | None, units: int) -> None:
    if lot is None:
        return
    if lot.status != LotStatus.AVAILABLE:
        raise DomainError(
            _("Lot %(lot)s must not be sent: %(status)s.")
            % {"lot": lot.number, "status": lot.get_status_display()},
            field="lot_number",
        )
    if lot.expires_on and lot.expires_on < timezone.localdate():
        raise DomainError(
            _("Lot %(lot)s is past its date: it must not be sent.") % {"lot": lot.number},
            field="lot_number",
        )
    if lot.left_units < units:
        raise DomainError(
            _("Lot %(lot)s holds %(units)d units only.")
            % {"lot": lot.number, "units": lot.left_units},
            field="units",
        )
