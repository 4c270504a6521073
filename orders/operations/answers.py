"""The supplier's answer to a supplier order: whole, in part, none, or silence."""

import logging
from collections.abc import Mapping

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError, StaleState
from core.states import check_move
from core.transacting import operation
from core.units import whole_packs
from orders.enums import SUPPLIER_ORDER_TRANSITIONS, SupplierOrderStatus
from orders.models import Order, OrderLine, SupplierOrder, SupplierOrderLine
from orders.operations.seats import require_approved, require_seller
from orders.operations.supply import Given, give_back, hold, settle
from orders.operations.telling import tell_buyer, tell_supplier


logger = logging.getLogger(__name__)


@operation
def accept(
    supplier_order: SupplierOrder, *, by: User, accepted: Mapping[int, int]
) -> SupplierOrder:
    """WAITING_ACCEPTANCE → SHIPPING with `accepted` units by line key; the rest is given back.

    Whole packs; a line left out counts as not accepted. Nothing accepted at all is a refusal:
    DomainError. StaleState after the deadline or a second answer.
    """
    order, supplier_order = hold(supplier_order)
    require_seller(supplier_order.supplier, by)
    require_approved(supplier_order.supplier)
    waiting = supplier_order.status == SupplierOrderStatus.WAITING_ACCEPTANCE
    if waiting and supplier_order.accept_by < timezone.now():
        raise StaleState(_("The time to answer is over: the order was given to others."))
    lines = _lines(supplier_order)
    for line in lines:
        _check_units(line, accepted.get(line.pk, 0))
    if set(accepted) - {line.pk for line in lines}:
        raise DomainError(_("This line belongs to another order."), field="accepted")
    if not any(accepted.get(line.pk, 0) for line in lines):
        raise DomainError(_("Nothing accepted: refuse the order instead, with a reason."))
    _answer(supplier_order, SupplierOrderStatus.SHIPPING, by=by)
    given = [Given(line=line, units=line.units - accepted.get(line.pk, 0)) for line in lines]
    give_back(supplier_order, given, by=by)
    for line in lines:
        units = accepted.get(line.pk, 0)
        SupplierOrderLine.objects.filter(pk=line.pk).update(accepted_units=units)
        OrderLine.objects.filter(pk=line.order_line_id).update(
            accepted_units=F("accepted_units") + units
        )
    _tell(order, supplier_order, "accepted", by, lines, sum(accepted.values()))
    return supplier_order


def _check_units(line: SupplierOrderLine, units: int) -> None:
    if not 0 <= units <= line.units:
        raise DomainError(
            _("Accept between 0 and %(units)d units.") % {"units": line.units},
            field=f"line_{line.pk}",
        )
    pack = line.offer.pack_units
    if units != line.units and whole_packs(units, pack) != units:
        raise DomainError(
            _("Accept whole packs of %(pack)d units.") % {"pack": pack}, field=f"line_{line.pk}"
        )


@operation
def refuse(supplier_order: SupplierOrder, *, by: User, reason: str) -> SupplierOrder:
    """WAITING_ACCEPTANCE → REFUSED with a reason; all units are given back."""
    order, supplier_order = hold(supplier_order)
    require_seller(supplier_order.supplier, by)
    if not reason.strip():
        raise DomainError(_("Say why you refuse."), field="reason")
    lines = _lines(supplier_order)
    supplier_order.refusal_reason = reason.strip()
    _answer(supplier_order, SupplierOrderStatus.REFUSED, by=by)
    give_back(supplier_order, [Given(line=line, units=line.units) for line in lines], by=by)
    _tell(order, supplier_order, "refused", by, lines, 0, reason=supplier_order.refusal_reason)
    return supplier_order


@operation
def expire(supplier_order: SupplierOrder) -> SupplierOrder:
    """WAITING_ACCEPTANCE past its deadline → EXPIRED; all units are given back.

    An order that was answered meanwhile, or whose time is not over, stays as it is.
    """
    order, supplier_order = hold(supplier_order)
    waiting = supplier_order.status == SupplierOrderStatus.WAITING_ACCEPTANCE
    if not waiting or supplier_order.accept_by >= timezone.now():
        return supplier_order
    lines = _lines(supplier_order)
    supplier_order.status = SupplierOrderStatus.EXPIRED
    supplier_order.save(update_fields=["status"])
    give_back(supplier_order, [Given(line=line, units=line.units) for line in lines], by=None)
    _tell(order, supplier_order, "expired", None, lines, 0)
    tell_supplier("time_over", supplier_order, by=None)
    return supplier_order


def expire_due() -> int:
    """Every supplier order past its deadline; return how many. None holds up the others."""
    due = SupplierOrder.objects.filter(
        status=SupplierOrderStatus.WAITING_ACCEPTANCE, accept_by__lt=timezone.now()
    )
    expired = 0
    for supplier_order in due.order_by("accept_by", "pk"):
        try:
            expired += expire(supplier_order).status == SupplierOrderStatus.EXPIRED
        except DomainError:
            logger.warning("expire again later supplier_order=%s", supplier_order.pk)
    return expired


def _lines(supplier_order: SupplierOrder) -> list[SupplierOrderLine]:
    return list(supplier_order.lines.select_related("order_line", "offer__product"))


def _answer(supplier_order: SupplierOrder, new: SupplierOrderStatus, *, by: User) -> None:
    check_move(SUPPLIER_ORDER_TRANSITIONS, SupplierOrderStatus(supplier_order.status), new)
    supplier_order.status = new
    supplier_order.answered_at, supplier_order.answered_by = timezone.now(), by
    supplier_order.save()


def _tell(
    order: Order,
    supplier_order: SupplierOrder,
    verb: str,
    by: User | None,
    lines: list[SupplierOrderLine],
    accepted_units: int,
    **facts: str,
) -> None:
    tell_buyer(
        verb,
        order,
        by=by,
        supplier=supplier_order.supplier.name,
        part=supplier_order.number,
        units=sum(line.units for line in lines),
        accepted_units=accepted_units,
        **facts,
    )
    if settle(order):
        tell_buyer("closed", order, by=by)
