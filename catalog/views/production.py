"""Weeks of production of a supplier's offer."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog import operations
from catalog.forms import ProductionForm
from catalog.views.supplier import offer_page, own_offer, stock_form, terms_form


@require_POST
def plan(request, public_id):
    own = own_offer(request, public_id)
    form = ProductionForm(request.POST, offer=own)
    if form.is_valid() and form.perform(
        operations.plan_production, own, by=request.user, weeks=form.weeks()
    ):
        messages.success(request, _("The production to come is recorded."))
        return redirect("catalog:offer", own.public_id)
    return offer_page(
        request, own, terms_form(request, own), stock_form(own), production_form=form
    )
