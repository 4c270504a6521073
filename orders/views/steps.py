"""Where an order stands, as the steps that a page shows."""

from django.utils.translation import gettext as _

from orders.enums import OrderStatus, SupplierOrderStatus


def order_steps(order, lines):
    """Placed, approved, shared out, accepted, shipped, received: done, current or to do."""
    wanted = sum(line.requested_units - line.canceled_units for line in lines)
    reached = [(_("Placed"), order.status != OrderStatus.DRAFT)]
    pending = order.status == OrderStatus.PENDING_INTERNAL_APPROVAL
    if pending or order.approved_by_id:
        reached.append((_("Approved in-house"), not pending))
    for label, counter in (
        (_("Allocated"), "allocated_units"),
        (_("Accepted"), "accepted_units"),
        (_("Shipped"), "shipped_units"),
        (_("Received"), "received_units"),
    ):
        count = sum(getattr(line, counter) for line in lines)
        reached.append((label, bool(wanted) and count >= wanted))
    if order.status == OrderStatus.CANCELED:
        return [_step(_("Placed"), "done"), _step(_("Cancelled"), "current")]
    return _steps(reached, over=order.status == OrderStatus.CLOSED)


def sale_steps(supplier_order):
    """Answered, shipped, received: done, current or to do."""
    status = SupplierOrderStatus
    ended = {
        status.REFUSED: _("Refused"),
        status.EXPIRED: _("Left unanswered"),
        status.CANCELED: _("Cancelled"),
    }
    if supplier_order.status in ended:
        label = ended[SupplierOrderStatus(supplier_order.status)]
        return [_step(_("Ordered"), "done"), _step(label, "current")]
    life = [
        status.WAITING_ACCEPTANCE,
        status.SHIPPING,
        status.SHIPPED,
        status.RECEIVED,
        status.CLOSED,
    ]
    place = life.index(SupplierOrderStatus(supplier_order.status))
    reached = [
        (_("Ordered"), True),
        (_("Accepted"), place >= 1),
        (_("Shipped"), place >= 2),
        (_("Received"), place >= 3),
    ]
    return _steps(reached, over=place >= 3)


def _steps(reached, *, over):
    steps, current_shown = [], False
    for label, done in reached:
        if done:
            steps.append(_step(label, "done"))
        elif not current_shown and not over:
            steps.append(_step(label, "current"))
            current_shown = True
        else:
            steps.append(_step(label, "todo"))
    return steps


def _step(label, state):
    return {"label": label, "state": state}
