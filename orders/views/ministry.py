"""Rounds for the ministry: the list, one round in figures, and "run now"."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import MinistryRole
from orders import rounds as allocation
from orders.enums import LIVE_ROUND, GroupStatus, Limit, RoundStatus, RoundTrigger
from orders.forms import SimulationForm
from orders.models import AllocationRound, Explanation, OrderLine
from orders.tasks import wake
from orders.views import charts, wording
from orders.views.figures import figures_of, goods, groups_of
from orders.views.gates import PAGE_SIZE, page_of, story


RELOAD_SECONDS = 2
COMPUTED = (RoundStatus.SIMULATED, RoundStatus.COMMITTED)


@require_safe
def rounds(request):
    rows = visible(request)
    page = page_of(request, rows.select_related("policy", "opened_by"))
    context = {
        "page": page,
        "waiting_lines": OrderLine.objects.waiting().count(),
        "running": rows.live().filter(for_decision=False).first(),
        "undecided": undecided(rows).select_related("policy")[:PAGE_SIZE],
        "form": SimulationForm() if is_allocator(request.user) else None,
    }
    return render(request, "orders/rounds.html", context)


@require_POST
def run_round(request):
    visible(request)
    check_allocator(request.user)
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
    round_ = one(request, pk)
    groups = groups_of([round_])[pk]
    figures = figures_of(groups)
    context = {
        "round": round_,
        "is_live": is_live(round_),
        "progress": _progress(round_, groups),
        "figures": figures,
        "goods": goods(groups),
        "ranks": wording.ranks(round_.policy),
        "rules": wording.sentences(round_.policy),
        "events": story(round_),
        **_drawings(figures),
        **_nothing(request, round_),
        **_simulating(request, round_),
    }
    response = render(request, "orders/round.html", context)
    if context["is_live"]:
        response.headers["Refresh"] = str(RELOAD_SECONDS)
    return response


def visible(request):
    """The rounds, for the ministry; the others do not know that the page exists."""
    if not request.user.has_ministry_role():
        raise Http404
    return AllocationRound.objects.visible_to(request.user)


def one(request, pk):
    """A round of the ministry's."""
    rows = visible(request).select_related("policy", "opened_by", "decided_by", "base")
    return get_object_or_404(rows, pk=pk)


def undecided(rows):
    """Computed simulations that nobody has put into force or discarded."""
    return rows.filter(for_decision=True, status=RoundStatus.SIMULATED)


def is_undecided(round_):
    return round_.for_decision and round_.status == RoundStatus.SIMULATED


def is_live(round_):
    """Whether workers are on it."""
    return round_.status in LIVE_ROUND and not is_undecided(round_)


def is_allocator(user):
    return user.has_ministry_role(MinistryRole.ALLOCATOR)


def check_allocator(user):
    """403 for the ministry's other people."""
    if not is_allocator(user):
        raise PermissionDenied


def _progress(round_, groups):
    """Lines computed so far, and the seconds that the rest will take at the same pace."""
    done = [group for group in groups if group.status == GroupStatus.SOLVED]
    lines = sum(group.lines_count for group in done)
    left = round_.lines_count - lines
    passed = (timezone.now() - round_.opened_at).total_seconds()
    return {
        "groups": len(groups),
        "done": len(done),
        "lines": lines,
        "seconds": round(passed * left / lines) if lines and left else None,
    }


def _drawings(figures):
    if figures is None:
        return {"tiles": [], "panels": [], "stock": []}
    return {
        "tiles": charts.fill_map(figures.places),
        "panels": charts.panels(figures.ranks),
        "stock": charts.stock_bar(figures.stock),
    }


def _nothing(request, round_):
    """Lines that received nothing, one page of them, of one reason if the address names it."""
    told = Explanation.objects.visible_to(request.user).filter(round=round_, received_units=0)
    reason = request.GET.get("reason", "")
    if reason in Limit.values:
        told = told.filter(limit=reason)
    rows = told.select_related("line__order__buyer", "line__product").order_by("tier", "pk")
    return {"page": page_of(request, rows), "reason": reason}


def _simulating(request, round_):
    """What an allocator may do with this round besides looking at it."""
    may = is_allocator(request.user)
    return {
        "may_decide": may and is_undecided(round_),
        "is_undecided": is_undecided(round_),
        "may_compare": round_.result_sha256 != "" and round_.status in COMPUTED,
    }
