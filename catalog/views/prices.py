"""Prices to come of a supplier's offer."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog import operations
from catalog.models import ScheduledPrice
from catalog.views.supplier import (
    offer_page,
    own_offer,
    own_supplier,
    schedule_form,
    stock_form,
    terms_form,
)


@require_POST
def schedule(request, public_id):
    own = own_offer(request, public_id)
    form = schedule_form(own, request.POST)
    if form.is_valid() and form.perform(
        operations.schedule_price, own, by=request.user, **form.cleaned_data
    ):
        day = date_format(form.cleaned_data["takes_effect_on"], "j F Y")
        messages.success(request, _("The price from %(day)s on is entered.") % {"day": day})
        return redirect("catalog:offer", own.public_id)
    return offer_page(request, own, terms_form(request, own), stock_form(own), form)


@require_POST
def cancel(request, public_id):
    supplier = own_supplier(request)
    prices = ScheduledPrice.objects.visible_to(request.user).filter(offer__supplier=supplier)
    scheduled = get_object_or_404(prices.select_related("offer"), public_id=public_id)
    operations.cancel_price(scheduled, by=request.user)
    messages.success(request, _("The price to come is canceled."))
    return redirect("catalog:offer", scheduled.offer.public_id)
