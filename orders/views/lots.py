"""The lots of an offer: received, held back, recalled, sold again; and what fell short by it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import operations as catalog
from catalog.models import Lot, Offer
from core.errors import DomainError
from orders import operations
from orders.lot_forms import LotForm
from orders.models import Shortfall
from orders.views.gates import acting_supplier, page_of, posted


def own_lot(request, public_id):
    """A lot of the supplier acted for."""
    own = Lot.objects.visible_to(request.user).filter(offer__supplier=acting_supplier(request))
    return get_object_or_404(own.select_related("offer__supplier"), public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def lots(request, public_id):
    own = Offer.objects.visible_to(request.user).of_supplier(acting_supplier(request))
    offer = get_object_or_404(own.for_listing(), public_id=public_id)
    form = LotForm(posted(request), initial=request.kept_values or None)
    if form.is_valid() and form.perform(
        catalog.receive_lot, offer, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("The lot is recorded."))
        return redirect("orders:lots", offer.public_id)
    context = {
        "offer": offer,
        "form": form,
        "page": page_of(request, Lot.objects.visible_to(request.user).filter(offer=offer)),
        "loose_units": offer.on_hand_units - offer.in_lots_units,
        "today": timezone.localdate(),
    }
    return render(request, "orders/lots.html", context)


@require_POST
def quarantine_lot(request, public_id):
    lot = own_lot(request, public_id)
    operations.quarantine_lot(lot, by=request.user, reason=reason_of(request))
    messages.success(request, _("Lot %(lot)s is in quarantine.") % {"lot": lot.number})
    return redirect("orders:lots", lot.offer.public_id)


@require_POST
def recall_lot(request, public_id):
    lot = own_lot(request, public_id)
    operations.recall_lot(lot, by=request.user, reason=reason_of(request))
    messages.success(
        request,
        _("Lot %(lot)s is recalled; every buyer who was sent units of it is told.")
        % {"lot": lot.number},
    )
    return redirect("orders:lots", lot.offer.public_id)


@require_POST
def release_lot(request, public_id):
    lot = catalog.release_from_quarantine(own_lot(request, public_id), by=request.user)
    messages.success(request, _("Lot %(lot)s may be sold again.") % {"lot": lot.number})
    return redirect("orders:lots", lot.offer.public_id)


def reason_of(request):
    """Why, in a sentence that others will read."""
    reason = request.POST.get("reason", "").strip()
    if not 1 <= len(reason) <= 300:
        raise DomainError(_("Say why in a sentence of at most 300 characters."), field="reason")
    return reason


@require_safe
def shortfalls(request):
    if not request.user.has_ministry_role():
        acting_supplier(request)
    rows = Shortfall.objects.visible_to(request.user).for_listing()
    return render(request, "orders/shortfalls.html", {"page": page_of(request, rows)})
