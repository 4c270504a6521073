from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import operations, prices
from catalog.enums import BuyerSide, OfferStatus
from catalog.forms import (
    NewOfferForm,
    ProductionForm,
    SchedulePriceForm,
    StockForm,
    TermsForm,
)
from catalog.models import Offer
from catalog.paging import page_of
from catalog.prices import RuleBook
from catalog.promises import promises
from catalog.remedies import reasons_of
from journal.models import Event


MOVEMENTS_SHOWN = 12
PRICES_SHOWN = 24


def own_supplier(request):
    """The supplier acted for; others do not know that the page exists."""
    if request.supplier is None:
        raise Http404
    return request.supplier


def own_offer(request, public_id):
    """An offer of the supplier acted for."""
    offers = Offer.objects.visible_to(request.user).of_supplier(own_supplier(request))
    return get_object_or_404(
        offers.for_listing().with_tiers().with_production(), public_id=public_id
    )


def chosen_offers(request):
    """The own offers in the status that the address asks for, and that status."""
    own = Offer.objects.visible_to(request.user).of_supplier(own_supplier(request)).for_listing()
    status = request.GET.get("status", "")
    return own.filter(status=status) if status in OfferStatus.values else own, status


@require_safe
def offers(request):
    own, status = chosen_offers(request)
    page = page_of(own, request.GET.get("page"))
    day = timezone.localdate()
    rules = RuleBook(day)
    context = {
        "supplier": request.supplier,
        "page": page,
        "rows": [
            (offer, reasons_of(offer, day=day, rules=rules), stock_form(offer)) for offer in page
        ],
        "statuses": OfferStatus.choices,
        "status": status,
    }
    return render(request, "catalog/offers.html", context)


def stock_form(offer, data=None):
    """The count of one offer; each has ids of its own, since a page shows many."""
    return StockForm(
        data,
        initial={
            "on_hand_units": offer.on_hand_units,
            "expected_on_hand_units": offer.on_hand_units,
        },
        auto_id=f"stock-{offer.public_id}-%s",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def new_offer(request):
    supplier = own_supplier(request)
    asked = request.kept_values or {"product": request.GET.get("product", "")[:80]}
    form = NewOfferForm(request.POST or None, initial=asked, supplier=supplier, user=request.user)
    if form.is_valid():
        offer = form.perform(
            operations.create_offer, supplier, by=request.user, **form.cleaned_data
        )
        if offer:
            messages.success(request, _("The offer is prepared. Check it, then put it on sale."))
            return redirect("catalog:offer", offer.public_id)
    return render(request, "catalog/new_offer.html", {"form": form, "supplier": supplier})


@require_http_methods(["GET", "HEAD", "POST"])
def offer(request, public_id):
    own = own_offer(request, public_id)
    form = terms_form(request, own, request.POST or None)
    if form.is_valid():
        if form.perform(operations.update_offer, own, by=request.user, **form.cleaned_data):
            messages.success(request, _("The new terms are recorded."))
            return redirect("catalog:offer", own.public_id)
        own = own_offer(request, public_id)
    return offer_page(request, own, form, stock_form(own))


def terms_form(request, own, data=None):
    """The terms as they stand, or as they were typed before the session ended."""
    return TermsForm(
        data,
        instance=own,
        initial=request.kept_values or None,
        supplier=own.supplier,
        product=own.product,
    )


def schedule_form(own, data=None):
    """A price to come; its ids differ from those of the terms on the same page."""
    return SchedulePriceForm(data, offer=own, auto_id="to-come-%s")


def offer_page(request, own, form, count_form, price_form=None, production_form=None):
    """One offer with everything that its supplier may know and do."""
    day = timezone.localdate()
    rules = RuleBook(day)
    context = {
        "offer": own,
        "form": form,
        "stock_form": count_form,
        "schedule_form": price_form or schedule_form(own),
        "scheduled": own.scheduled_prices.shown(),
        "promises": promises(own, day=day),
        "production_form": production_form or ProductionForm(offer=own),
        "price_changes": own.price_changes.select_related("by", "scheduled")[:PRICES_SHOWN],
        "today": day,
        "reasons": reasons_of(own, day=day, rules=rules),
        "ceiling": prices.ceiling(own.product, side=BuyerSide.END_USER, day=day, rules=rules),
        "movements": own.movements.select_related("by")[:MOVEMENTS_SHOWN],
        "events": Event.objects.about(own).select_related("actor"),
        "is_on_sale": own.is_published,
    }
    return render(request, "catalog/offer.html", context)


@require_POST
def publish(request, public_id):
    offer = operations.publish(own_offer(request, public_id), by=request.user)
    told = {"product": offer.product.title}
    if reasons_of(offer, day=timezone.localdate()):
        messages.info(
            request,
            _("%(product)s is published. What still keeps it off sale is listed below.") % told,
        )
    else:
        messages.success(request, _("%(product)s is on sale.") % told)
    return redirect("catalog:offer", offer.public_id)


@require_POST
def withdraw(request, public_id):
    offer = operations.withdraw(own_offer(request, public_id), by=request.user)
    messages.success(
        request,
        _("%(product)s is withdrawn from sale; orders already taken stay valid.")
        % {"product": offer.product.title},
    )
    return redirect("catalog:offer", offer.public_id)


@require_POST
def declare_stock(request, public_id):
    own = own_offer(request, public_id)
    form = stock_form(own, request.POST)
    if form.is_valid() and form.perform(
        operations.declare_stock, own, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("The stock is recorded."))
        return redirect("catalog:offers")
    return offer_page(request, own, terms_form(request, own), form)
