"""A stock count in two steps: what was counted; then book, difference and reason."""

import uuid

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods

from catalog.models import Lot, Offer
from catalog.paging import page_of
from catalog.views.stock_table import posted_offers
from core.errors import DomainError
from orders import count_forms, operations
from orders.views.gates import acting_supplier


@require_http_methods(["GET", "HEAD", "POST"])
def count(request):
    own = Offer.objects.visible_to(request.user).of_supplier(acting_supplier(request))
    own = chosen(request, own.for_listing())
    if request.method != "POST":
        page = page_of(own, request.GET.get("page"))
        return enter(request, counts_of(request, page, request.kept_values or None), page)
    counts = counts_of(request, posted_offers(request, own), request.POST)
    if request.POST.get("step") == "enter" or not all(each.is_valid for each in counts):
        return enter(request, counts)
    counts = [each for each in counts if each.counted()]
    if not counts:
        messages.info(request, _("Enter what you counted; what stays empty is left as it is."))
        return redirect(request.get_full_path())
    moved = [each for each in counts if each.ask_again()]
    if request.POST.get("step") != "record":
        return compare(request, counts)
    return record(request, [each for each in counts if each not in moved], moved)


def chosen(request, own):
    """All own offers, or the one that the address names."""
    try:
        return own.filter(public_id=uuid.UUID(request.GET.get("offer", "")))
    except ValueError:
        return own


def counts_of(request, offers, data):
    """The places of these offers, lots first."""
    offers = list(offers)
    lots = Lot.objects.visible_to(request.user).countable().filter(offer__in=offers)
    return list(count_forms.read(offers, lots, data))


def record(request, counts, moved):
    """Each offer is recorded on its own; those that are not stay on the page with the reason."""
    left = []
    for each in counts:
        try:
            operations.count_stock(
                each.offer,
                by=request.user,
                places=[place.counted() for place in each.counted()],
                give_way=each.give_way,
            )
        except DomainError as error:
            each.refuse(error)
            left.append(each)
    if done := len(counts) - len(left):
        text = ngettext(
            "The count of %(number)d offer is recorded.",
            "The counts of %(number)d offers are recorded.",
            done,
        )
        messages.success(request, text % {"number": done})
    if not left and not moved:
        return redirect(request.get_full_path())
    messages.error(request, _("What is listed below is not recorded yet."))
    return compare(request, [*left, *moved])


def enter(request, counts, page=None):
    """First step: nothing but what was counted, so that nobody copies the book."""
    context = {"supplier": request.supplier, "counts": counts, "page": page}
    return render(request, "orders/count.html", context)


def compare(request, counts):
    """Second step: book, counted, difference, and what would fall short of what is promised."""
    missing = {}
    for each in counts:
        places = [place.counted() for place in each.counted()]
        for place in each.counted():
            place.offer_reasons()
        missing[each.offer.pk] = operations.missing_units(each.offer, places)
    short = operations.at_risk({offer: units for offer, units in missing.items() if units > 0})
    for each in counts:
        each.at_risk = short.get(each.offer.pk, [])
    context = {"supplier": request.supplier, "counts": counts, "address": request.get_full_path()}
    return render(request, "orders/count_compare.html", context)
