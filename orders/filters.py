"""Which of the orders a page shows: the words of its filters, and what each means."""

from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.enums import OrderStatus, SupplierOrderStatus
from orders.models import OrderLine, Shipment


OPEN = [OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS]
ORDER_FILTERS = {
    "to_approve": _("To approve"),
    "to_receive": _("To receive"),
    "late": _("Late"),
    "incomplete": _("Incomplete"),
    "open": _("In progress"),
    "closed": _("Closed or cancelled"),
}
SALES_FILTERS = {
    "to_answer": _("To answer"),
    "to_ship": _("To ship"),
    "under_way": _("On their way"),
    "done": _("Done"),
}


def narrow_orders(orders, show):
    """The orders that the filter `show` names; all of them for an unknown word."""
    if show == "to_approve":
        return orders.filter(status=OrderStatus.PENDING_INTERNAL_APPROVAL)
    if show == "to_receive":
        shipments = Shipment.objects.filter(
            supplier_order__order=OuterRef("pk"), receipt__isnull=True
        )
        return orders.filter(Exists(shipments))
    if show == "late":
        return orders.filter(Exists(late_lines()), status__in=OPEN)
    if show == "incomplete":
        waiting = OrderLine.objects.waiting().filter(order=OuterRef("pk"))
        return orders.filter(Exists(waiting))
    if show == "open":
        return orders.filter(status__in=OPEN)
    if show == "closed":
        return orders.filter(status__in=[OrderStatus.CLOSED, OrderStatus.CANCELED])
    return orders


def late_lines():
    """Lines of the outer order whose day has passed with units still to come."""
    return OrderLine.objects.filter(
        order=OuterRef("pk"),
        needed_by__lt=timezone.localdate(),
        requested_units__gt=F("received_units") + F("canceled_units"),
    )


def narrow_sales(supplier_orders, show):
    """The supplier orders that the filter `show` names; all of them for an unknown word."""
    status = SupplierOrderStatus
    meant = {
        "to_answer": [status.WAITING_ACCEPTANCE],
        "to_ship": [status.SHIPPING],
        "under_way": [status.SHIPPED],
        "done": [
            status.RECEIVED,
            status.CLOSED,
            status.REFUSED,
            status.EXPIRED,
            status.CANCELED,
        ],
    }
    return supplier_orders.filter(status__in=meant[show]) if show in meant else supplier_orders
