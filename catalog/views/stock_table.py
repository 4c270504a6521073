"""All offers of a supplier as one sheet: many cells typed or pasted, saved by one button."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog import operations
from catalog.forms import StockRowForm
from catalog.models import Offer
from catalog.paging import PAGE_SIZE, page_of
from catalog.prices import RuleBook
from catalog.remedies import reasons_of
from catalog.views.supplier import own_supplier


@require_http_methods(["GET", "HEAD", "POST"])
def stock_table(request):
    supplier = own_supplier(request)
    own = Offer.objects.visible_to(request.user).of_supplier(supplier).for_listing()
    page = page_of(own, request.GET.get("page"))
    if request.method == "POST":
        return save(request, own, page)
    kept = request.kept_values
    rows = [StockRowForm(kept if _is_in(kept, offer) else None, offer=offer) for offer in page]
    return show(request, page, rows)


def _is_in(values, offer):
    return f"{offer.public_id}-on_hand_units" in values


def save(request, own, page):
    """Good rows are saved; those with an error stay on the page with what was typed."""
    rows = [StockRowForm(request.POST, offer=offer) for offer in posted_offers(request, own)]
    good = [row for row in rows if row.is_valid()]
    outcomes = operations.revise_all([row.asked() for row in good], by=request.user)
    for row, outcome in zip(good, outcomes, strict=True):
        if outcome.error:
            row.refuse(outcome.error)
    saved = sum(outcome.changed for outcome in outcomes)
    wrong = sum(not row.is_valid() for row in rows)
    tell(request, saved, wrong)
    if not wrong:
        return redirect(request.get_full_path())
    fresh = own.in_bulk([row.offer.pk for row in rows])
    shown = [row if row.errors else StockRowForm(offer=fresh[row.offer.pk]) for row in rows]
    return show(request, page, shown)


def posted_offers(request, own):
    """The offers whose rows were sent in, at most a page; one that is not theirs: 404."""
    try:
        asked = {uuid.UUID(each) for each in request.POST.getlist("offer")}
    except ValueError:
        raise Http404 from None
    found = list(own.filter(public_id__in=asked)[: PAGE_SIZE + 1])
    if len(found) != len(asked) or len(found) > PAGE_SIZE:
        raise Http404
    return found


def tell(request, saved, wrong):
    """What was saved and what was not."""
    if saved:
        messages.success(
            request,
            ngettext("%(number)d row is saved.", "%(number)d rows are saved.", saved)
            % {"number": saved},
        )
    if wrong:
        messages.error(
            request,
            ngettext(
                "%(number)d row is not saved: correct it below and save again.",
                "%(number)d rows are not saved: correct them below and save again.",
                wrong,
            )
            % {"number": wrong},
        )
    if not saved and not wrong:
        messages.info(request, _("Nothing was changed."))


def own_to_confirm(request):
    """The own offers on sale whose stock nobody has confirmed for long."""
    own = Offer.objects.visible_to(request.user).of_supplier(own_supplier(request))
    return own.to_confirm(timezone.localdate())


@require_POST
def confirm_stock(request):
    """Everything is still right."""
    count = operations.confirm_stock(own_supplier(request), by=request.user)
    text = ngettext(
        "The stock of %(number)d offer is confirmed.",
        "The stock of %(number)d offers is confirmed.",
        count,
    )
    messages.success(request, text % {"number": count})
    return redirect("catalog:stock_table")


def show(request, page, rows):
    """The sheet with these rows."""
    day = timezone.localdate()
    rules = RuleBook(day)
    context = {
        "supplier": request.supplier,
        "page": page,
        "to_confirm": own_to_confirm(request).count(),
        "stale_after_days": settings.STOCK_STALE_AFTER_DAYS,
        "rows": [(row, reasons_of(row.offer, day=day, rules=rules)) for row in rows],
    }
    return render(request, "catalog/stock_table.html", context)
