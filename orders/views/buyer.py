from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _, ngettext

from buyers.enums import BuyerRole
from orders import operations
from orders.enums import OrderStatus, SupplierOrderStatus
from orders.filters import ORDER_FILTERS, narrow_orders
from orders.forms import ReasonForm
from orders.models import Explanation, Order, Shipment
from orders.views.amounts import billed, estimate
from orders.views.gates import (
    acting_buyer,
    consignments,
    own_order,
    page_of,
    posted,
    story,
    visible_order,
)
from orders.views.steps import order_steps


APPROVERS = {BuyerRole.APPROVER, BuyerRole.MANAGER}
CANCELABLE = {
    OrderStatus.PENDING_INTERNAL_APPROVAL,
    OrderStatus.SUBMITTED,
    OrderStatus.IN_PROGRESS,
}
WAITING_ACCEPTANCE = SupplierOrderStatus.WAITING_ACCEPTANCE
ENDED = {
    SupplierOrderStatus.REFUSED,
    SupplierOrderStatus.EXPIRED,
    SupplierOrderStatus.CANCELED,
}
TAKING = {OrderStatus.SUBMITTED, OrderStatus.IN_PROGRESS}


def chosen_orders(request):
    """The buyer's orders that the address asks for, and its word for them."""
    show = request.GET.get("show", "")
    rows = Order.objects.visible_to(request.user).filter(buyer=acting_buyer(request))
    return narrow_orders(rows.exclude(status=OrderStatus.DRAFT), show), show


def orders(request):
    rows, show = chosen_orders(request)
    page = page_of(request, rows.for_listing())
    return render(
        request,
        "orders/orders.html",
        {"page": page, "filters": ORDER_FILTERS.items(), "show": show},
    )


def order(request, number):
    return _order_page(request, visible_order(request, number), ReasonForm())


def approve(request, number):
    subject = own_order(request, number)
    if request.method == "POST":
        if late := _decided(request, subject):
            return late
        operations.approve(subject, by=request.user)
        messages.success(
            request, _("Order %(number)s is approved and placed.") % {"number": number}
        )
    return redirect("orders:order", number)


def send_back(request, number):
    subject = own_order(request, number)
    if request.method == "POST" and (late := _decided(request, subject)):
        return late
    form = ReasonForm(posted(request), initial=request.kept_values or None)
    if form.is_valid() and form.perform(
        operations.send_back, subject, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("The order is back with the person who prepared it."))
        return redirect("orders:orders")
    return _order_page(request, visible_order(request, number), form)


def _decided(request, subject):
    """A second click, or a colleague was quicker: back to the order as it is now."""
    if subject.status == OrderStatus.PENDING_INTERNAL_APPROVAL:
        return None
    messages.info(
        request,
        _("Nothing was changed: this order is already “%(status)s”.")
        % {"status": subject.get_status_display()},
    )
    return redirect("orders:order", subject.number)


def cancel(request, number):
    subject = own_order(request, number)
    if request.method == "POST":
        if subject.status == OrderStatus.CANCELED:
            messages.info(
                request, _("Order %(number)s was cancelled already.") % {"number": number}
            )
            return redirect("orders:order", number)
        operations.cancel(subject, by=request.user)
        messages.success(request, _("Order %(number)s is cancelled.") % {"number": number})
    return redirect("orders:order", number)


def cancel_rest(request, number, position):
    line = get_object_or_404(own_order(request, number).lines, position=position)
    if request.method == "POST":
        units = line.waiting_units
        if not units:
            messages.info(request, _("Nothing of this line is waiting any more."))
            return redirect("orders:order", number)
        operations.cancel_rest(line, by=request.user)
        messages.success(
            request,
            ngettext(
                "%(units)s unit is no longer asked for.",
                "%(units)s units are no longer asked for.",
                units,
            )
            % {"units": units},
        )
    return redirect("orders:order", number)


def _order_page(request, subject, form):
    lines = list(
        subject.lines.select_related("product", "offer__supplier", "offer__product")
        .prefetch_related("offer__tiers")
        .annotate(explained=Exists(Explanation.objects.filter(line=OuterRef("pk"))))
    )
    parts = list(
        subject.supplier_orders.select_related("supplier").prefetch_related(
            "lines__offer__product", Prefetch("shipments", consignments(Shipment.objects.all()))
        )
    )
    priced = [line for part in parts if part.status not in ENDED for line in part.lines.all()]
    is_ministry = request.user.has_ministry_role()
    return render(
        request,
        "orders/order.html",
        {
            "order": subject,
            "lines": lines,
            "steps": order_steps(subject, lines),
            "parts": parts,
            "total": billed(priced) if priced else None,
            "estimate": estimate(lines),
            "events": story(subject, team=None if is_ministry else subject.buyer),
            "form": form,
            **_allowed(request.user, subject, lines, parts),
        },
    )


def _allowed(user, subject, lines, parts):
    """What this person may do to the order, and what cancelling it would give back."""
    seat = subject.buyer.members.filter(user=user).first()
    own = seat is not None and (
        seat.role != BuyerRole.REQUESTER or subject.placed_by_id == user.pk
    )
    pending = subject.status == OrderStatus.PENDING_INTERNAL_APPROVAL
    untouched = all(part.status in {*ENDED, WAITING_ACCEPTANCE} for part in parts)
    return {
        "is_member": seat is not None,
        "pending": pending,
        "may_approve": bool(
            pending and seat and seat.role in APPROVERS and subject.placed_by_id != user.pk
        ),
        "may_cancel": own and subject.status in CANCELABLE and untouched,
        "may_cancel_rest": own and subject.status in TAKING,
        "open_units": sum(line.requested_units - line.canceled_units for line in lines),
        "reserved_units": sum(line.allocated_units for line in lines),
    }
