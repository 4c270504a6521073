from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from buyers.enums import BuyerRole
from catalog.models import Product
from orders import operations
from orders.enums import OrderStatus
from orders.forms import LineForm, PlaceForm
from orders.views.amounts import estimate
from orders.views.gates import acting_buyer, basket_or_none


def basket(request):
    form = PlaceForm(initial=request.kept_values or None, buyer=acting_buyer(request))
    return _basket_page(request, form)


def submit(request):
    buyer = acting_buyer(request)
    if request.method != "POST":
        return basket(request)
    order = basket_or_none(request)
    if order is None:
        messages.info(request, _("Nothing to place: this basket was placed already."))
        return redirect("orders:orders")
    form = PlaceForm(request.POST, buyer=buyer)
    if form.is_valid():
        placed = form.perform(operations.submit, order, by=request.user, **form.cleaned_data)
        if placed:
            messages.success(request, _placed_message(placed))
            return redirect("orders:order", placed.number)
    return _basket_page(request, form)


def add_line(request):
    buyer = acting_buyer(request)
    slug = request.POST.get("product") or request.GET.get("product", "")
    slug = request.kept_values.get("product", slug)
    if "\0" in slug:
        raise Http404
    product = get_object_or_404(Product.objects.visible_to(request.user), slug=slug)
    if request.method != "POST":
        asked = {"product": slug, "offer": request.GET.get("offer")}
        form = LineForm(initial=request.kept_values or asked, user=request.user, product=product)
        return _line_page(request, form, product)
    form = LineForm(request.POST, user=request.user, product=product)
    if form.is_valid() and form.perform(_add, buyer, by=request.user, **form.cleaned_data):
        messages.success(request, _("%(product)s is in your basket.") % {"product": product})
        return redirect("orders:basket")
    return _line_page(request, form, product)


def remove_line(request, position):
    acting_buyer(request)
    order = basket_or_none(request)
    if order is None:
        raise Http404
    if request.method == "POST":
        operations.remove_line(order, by=request.user, position=position)
        messages.success(request, _("The line is gone from your basket."))
    return redirect("orders:basket")


def _add(buyer, *, by, **line):
    return operations.add_line(operations.basket_of(buyer, by=by), by=by, **line)


def _placed_message(order):
    if order.status == OrderStatus.PENDING_INTERNAL_APPROVAL:
        return _("Order %(number)s is prepared and waits for your approver.") % {
            "number": order.number
        }
    return _("Order %(number)s is placed.") % {"number": order.number}


def _basket_page(request, form):
    order = basket_or_none(request)
    lines = []
    if order:
        own = order.lines.select_related("product", "offer__supplier")
        lines = list(own.prefetch_related("substitutes__product", "offer__tiers"))
    return render(
        request,
        "orders/basket.html",
        {
            "order": order,
            "at_once": [line for line in lines if not line.waits_for_round],
            "waiting": [line for line in lines if line.waits_for_round],
            "lines_count": len(lines),
            "estimate": estimate(lines),
            "form": form,
            "has_sites": bool(form.fields["site"].queryset),
            "limit_eur": request.membership.order_limit_eur,
            "is_requester": request.membership.role == BuyerRole.REQUESTER,
        },
    )


def _line_page(request, form, product):
    return render(request, "orders/add_line.html", {"form": form, "product": product})
