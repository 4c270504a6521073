from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import operations
from orders.enums import SupplierOrderStatus
from orders.filters import SALES_FILTERS, narrow_sales
from orders.forms import AcceptForm, ReasonForm
from orders.models import SupplierOrder
from orders.shipping_form import ShipForm
from orders.views.amounts import billed
from orders.views.gates import acting_supplier, consignments, own_sale, page_of, posted, story
from orders.views.steps import sale_steps


def chosen_sales(request):
    """The supplier's orders that the address asks for, and its word for them."""
    show = request.GET.get("show", "")
    rows = SupplierOrder.objects.visible_to(request.user).filter(supplier=acting_supplier(request))
    return narrow_sales(rows, show), show


def supplier_orders(request):
    rows, show = chosen_sales(request)
    page = page_of(request, rows.for_listing())
    return render(
        request,
        "orders/supplier_orders.html",
        {"page": page, "filters": SALES_FILTERS.items(), "show": show},
    )


def supplier_order(request, number):
    return _sale_page(request, own_sale(request, number))


def accept(request, number):
    sale = own_sale(request, number)
    if late := _too_late(request, sale, SupplierOrderStatus.WAITING_ACCEPTANCE):
        return late
    kept = request.kept_values or None
    form = AcceptForm(posted(request), initial=kept, supplier_order=sale)
    if form.is_valid() and form.perform(
        operations.accept, sale, by=request.user, accepted=form.accepted()
    ):
        messages.success(request, _("Your answer is recorded; the buyer is told."))
        return redirect("orders:supplier_order", number)
    return _sale_page(request, sale, accept_form=form)


def refuse(request, number):
    sale = own_sale(request, number)
    if late := _too_late(request, sale, SupplierOrderStatus.WAITING_ACCEPTANCE):
        return late
    form = ReasonForm(posted(request), initial=request.kept_values or None)
    if form.is_valid() and form.perform(
        operations.refuse, sale, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("Refused: the units are offered to others again."))
        return redirect("orders:supplier_order", number)
    return _sale_page(request, sale, refuse_form=form)


def ship(request, number):
    sale = own_sale(request, number)
    if late := _too_late(request, sale, SupplierOrderStatus.SHIPPING):
        return late
    kept = request.kept_values or None
    form = ShipForm(posted(request), initial=kept, supplier_order=sale)
    if form.is_valid() and form.perform(
        operations.ship, sale, by=request.user, lines=form.consigned(), **form.details()
    ):
        messages.success(request, _("The shipment is announced to the buyer."))
        return redirect("orders:supplier_order", number)
    return _sale_page(request, sale, ship_form=form)


def _too_late(request, sale, status):
    """A second click, or a colleague was quicker: back to the order with what it is now."""
    if request.method != "POST" or sale.status == status:
        return None
    messages.info(
        request,
        _("Nothing was changed: this order is already “%(status)s”.")
        % {"status": sale.get_status_display()},
    )
    return redirect("orders:supplier_order", sale.number)


def _sale_page(request, sale, *, accept_form=None, refuse_form=None, ship_form=None):
    status = sale.status
    waiting = status == SupplierOrderStatus.WAITING_ACCEPTANCE
    lines = list(sale.lines.select_related("offer__product", "order_line"))
    return render(
        request,
        "orders/supplier_order.html",
        {
            "sale": sale,
            "lines": lines,
            "total": billed(lines),
            "steps": sale_steps(sale),
            "waiting": waiting,
            "late": waiting and sale.accept_by < timezone.now(),
            "preparing": status == SupplierOrderStatus.SHIPPING,
            "accept_form": accept_form or AcceptForm(supplier_order=sale),
            "refuse_form": refuse_form or ReasonForm(),
            "ship_form": ship_form or ShipForm(supplier_order=sale),
            "shipments": consignments(sale.shipments.all()),
            "events": story(sale, team=sale.supplier),
        },
    )
