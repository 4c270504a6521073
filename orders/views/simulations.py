"""Simulations for the ministry: try a policy, lay results side by side, decide."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from orders import rounds as allocation
from orders.forms import SimulationForm
from orders.tasks import wake
from orders.views import charts, wording
from orders.views.figures import Figures, figures_of, groups_of
from orders.views.ministry import (
    COMPUTED,
    check_allocator,
    is_allocator,
    is_undecided,
    one,
    visible,
)


AT_ONCE = 3
"""Results side by side; more do not fit a screen."""


@dataclass(frozen=True)
class Compared:
    """One result among others on the same snapshot; the first is what the others differ from."""

    round: Any
    figures: Figures
    changes: list[Any]
    is_undecided: bool


@dataclass(frozen=True)
class Cell:
    """A figure and how far it is from that of the first result."""

    round: Any
    value: Any
    change: Any = None


@require_POST
def simulate(request):
    visible(request)
    check_allocator(request.user)
    form = SimulationForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose one of the policies in the list."))
        return redirect("orders:rounds")
    round_ = allocation.simulate(by=request.user, **form.cleaned_data)
    wake(round_.pk)
    messages.success(
        request,
        _("Simulation %(round)s is being computed; nothing of it is in force.")
        % {"round": round_.pk},
    )
    return redirect("orders:round", round_.pk)


@require_GET
def compare(request, pk):
    round_ = one(request, pk)
    family = list(_family(request, round_))
    shown = _shown(request, family, round_)
    groups = groups_of(shown)
    found = [(each, figures_of(groups[each.pk])) for each in shown]
    found = [(each, figures) for each, figures in found if figures]
    if not found:
        return redirect("orders:round", pk)
    first = found[0][1]
    columns = [
        Compared(
            each,
            figures,
            charts.change_map(first.places, figures.places) if figures is not first else [],
            is_undecided(each) and is_allocator(request.user),
        )
        for each, figures in found
    ]
    context = {
        "round": round_,
        "columns": columns,
        "tables": _tables(columns),
        "family": [(each, each in shown) for each in family],
        "form": SimulationForm(initial={"base": round_.pk})
        if is_allocator(request.user)
        else None,
    }
    return render(request, "orders/round_compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def put_into_force(request, pk):
    round_ = one(request, pk)
    check_allocator(request.user)
    if request.method == "POST":
        allocation.put_into_force(round_, by=request.user)
        wake(pk)
        messages.success(request, _("Round %(round)s is being put into force.") % {"round": pk})
        return redirect("orders:round", pk)
    figures = figures_of(groups_of([round_])[pk])
    if not is_undecided(round_) or figures is None:
        return redirect("orders:round", pk)
    large = round_.allocated_units > settings.ROUND_SECOND_PERSON_UNITS
    today = timezone.localdate()
    policy = round_.policy
    context = {
        "round": round_,
        "figures": figures,
        "hours": settings.ACCEPTANCE_HOURS,
        "needs_second": large and round_.opened_by_id == request.user.pk,
        "limit_units": settings.ROUND_SECOND_PERSON_UNITS,
        "out_of_date": policy.valid_from > today
        or (policy.valid_until is not None and policy.valid_until < today),
        "rules": wording.sentences(policy),
    }
    return render(request, "orders/round_decide.html", context)


@require_POST
def discard(request, pk):
    round_ = one(request, pk)
    check_allocator(request.user)
    allocation.discard(round_, by=request.user)
    messages.success(
        request, _("Simulation %(round)s is discarded; nothing has changed.") % {"round": pk}
    )
    return redirect("orders:rounds")


def _family(request, round_):
    """Computed results on the same snapshot, the oldest first."""
    root = round_.base_id or round_.pk
    rows = visible(request).filter(Q(pk=root) | Q(base=root), status__in=COMPUTED)
    return rows.select_related("policy", "opened_by").order_by("pk")


def _shown(request, family, round_):
    """Those that the address names, else the latest and this one; the oldest is the yardstick."""
    named = [each for each in family if str(each.pk) in request.GET.getlist("with")]
    if named:
        return named[:AT_ONCE]
    others = [each for each in family if each.pk != round_.pk]
    chosen = {each.pk for each in others[1 - AT_ONCE :]} | {round_.pk}
    return [each for each in family if each.pk in chosen]


def _tables(columns):
    """Caption, heading and rows of figures; each row has a cell for each result."""
    whole = [
        _figure(columns, _("Covered of what was asked for"), "pct", lambda f: f.covered_pct),
        _figure(columns, _("Units shared out"), "number", lambda f: f.received),
        _figure(columns, _("Units left in stock"), "number", lambda f: f.stock["left"]),
        _figure(columns, _("Units held back"), "number", lambda f: f.stock["held_back"]),
        _figure(columns, _("Lines with nothing"), "number", lambda f: f.without),
        _figure(columns, _("Lines with all they asked for"), "number", lambda f: f.full),
        _figure(columns, _("Lines below a floor"), "number", lambda f: f.below_floor),
        _figure(columns, _("Distance from the exact shares"), "pct", lambda f: f.off_pct),
        _figure(columns, _("Lines from several suppliers"), "number", lambda f: f.split),
        _figure(columns, _("Cost of a unit"), "eur4", lambda f: f.unit_cost_eur),
    ]
    return [
        (_("On the whole"), "", whole),
        (_("By rank"), _("covered of what was asked for"), _covered(columns, "ranks")),
        (
            _("Evenness inside a rank"),
            _("Of lines that could have used more; 100 %: all came equally far"),
            _inside(columns, "even_pct"),
        ),
        (
            _("The line that is worst off"),
            _("What it received of its need"),
            _inside(columns, "least_pct"),
        ),
        (_("By kind of buyer"), _("covered of what was asked for"), _covered(columns, "kinds")),
        (_("By department"), _("covered of what was asked for"), _by_department(columns)),
    ]


def _figure(columns, label, kind, read):
    values = [read(column.figures) for column in columns]
    return label, kind, _cells(columns, values)


def _cells(columns, values):
    first = values[0]
    return [
        Cell(column.round, value, _change(first, value)) if number else Cell(column.round, value)
        for number, (column, value) in enumerate(zip(columns, values, strict=True))
    ]


def _change(first, value):
    return None if first is None or value is None else value - first


def _covered(columns, name):
    """How much each part of a breakdown received, part by part."""
    found = [{row.key: row for row in getattr(column.figures, name)} for column in columns]
    return [_line(columns, found, key) for key in _keys(found)]


def _by_department(columns):
    """The departments that differ most between any two results come first."""
    found = [column.figures.places for column in columns]
    rows = [_line(columns, found, code) for code in _keys(found)]
    return sorted(rows, key=lambda row: -_spread(row[2]))


def _inside(columns, name):
    """A figure of each rank that is no share of what was asked for."""
    found = [
        {rank.key: getattr(rank, name) for rank in column.figures.ranks} for column in columns
    ]
    return [
        (key, "pct", _cells(columns, [each.get(key) for each in found])) for key in _keys(found)
    ]


def _keys(found):
    """Of all results, each once, in the order of the first that has it."""
    return list(dict.fromkeys(key for each in found for key in each))


def _line(columns, found, key):
    label = next(each[key].label for each in found if key in each)
    values = [each[key].covered_pct if key in each else None for each in found]
    return label, "pct", _cells(columns, values)


def _spread(cells):
    values = [cell.value or 0 for cell in cells]
    return max(values) - min(values)
