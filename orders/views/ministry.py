"""Rounds for the ministry: the list, one round in figures, and "run now"."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import MinistryRole
from buyers.enums import BuyerKind
from orders import rounds as allocation
from orders.enums import LIVE_ROUND, Limit, RoundTrigger
from orders.models import AllocationRound, Explanation, OrderLine
from orders.tasks import wake
from orders.views.gates import page_of, story


BLOBS = ("snapshot", "result")
"""Large columns that no page shows."""


@require_safe
def rounds(request):
    rows = _visible(request)
    context = {
        "page": page_of(request, rows.select_related("policy", "opened_by").defer(*BLOBS)),
        "waiting_lines": OrderLine.objects.waiting().count(),
        "is_live": AllocationRound.objects.live().exists(),
        "may_run": _is_allocator(request.user),
    }
    return render(request, "orders/rounds.html", context)


@require_POST
def run_round(request):
    _visible(request)
    if not _is_allocator(request.user):
        raise PermissionDenied
    round_ = allocation.open_round(trigger=RoundTrigger.MINISTRY, by=request.user)
    if round_ is None:
        messages.info(
            request, _("No round was opened: one is running already, or no line is waiting.")
        )
        return redirect("orders:rounds")
    wake(round_.pk)
    messages.success(request, _("Round %(round)s is open.") % {"round": round_.pk})
    return redirect("orders:round", round_.pk)


@require_safe
def round_page(request, pk):
    rows = _visible(request).select_related("policy", "opened_by").defer(*BLOBS)
    round_ = get_object_or_404(rows, pk=pk)
    told = Explanation.objects.visible_to(request.user).filter(round=round_)
    without = told.filter(received_units=0)
    kinds = dict(BuyerKind.choices)
    limits = dict(Limit.choices)
    by_kind = _fill(told, "line__order__buyer__kind")
    context = {
        "round": round_,
        "is_live": round_.status in LIVE_ROUND,
        "by_tier": [{**row, "label": row["key"]} for row in _fill(told, "tier")],
        "by_kind": [{**row, "label": kinds[row["key"]]} for row in by_kind],
        "reasons": [
            {"label": limits[limit], "lines": lines}
            for limit, lines in without.values_list("limit")
            .annotate(lines=Count("pk"))
            .order_by("-lines", "limit")
        ],
        "page": page_of(
            request,
            without.select_related("line__order__buyer", "line__product").order_by("tier", "pk"),
        ),
        "events": story(round_),
    }
    response = render(request, "orders/round.html", context)
    if context["is_live"]:
        response.headers["Refresh"] = "2"
    return response


def _visible(request):
    """The rounds, for the ministry; the others do not know that the page exists."""
    if not request.user.has_ministry_role():
        raise Http404
    return AllocationRound.objects.visible_to(request.user)


def _is_allocator(user):
    return user.has_ministry_role(MinistryRole.ALLOCATOR)


def _fill(told, key):
    """Lines, units asked for and received, for each value of `key`."""
    rows = told.values_list(key).annotate(
        lines=Count("pk"), asked=Sum("asked_units"), received=Sum("received_units")
    )
    return [
        {"key": value, "lines": lines, "asked": asked, "received": received}
        for value, lines, asked, received in rows.order_by(key)
    ]
