from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.prices import RuleBook
from catalog.supply import Supply, supply_of
from catalog.views import public
from catalog.views.facets import chips
from core.places import department_tiles


SIDE = 46
STEPS = 5
SORTS = {
    "department": lambda each: each.department.code,
    "sheets": lambda each: (-each.sheets, each.department.code),
    "units": lambda each: (-(each.units or 0), each.department.code),
}


@dataclass
class Tile:
    """A square of the map; `step` 0: nothing, up to STEPS: the most."""

    supply: Supply
    x: int
    y: int
    step: int


@require_safe
@login_not_required
def supply_map(request):
    buyer, sees_stock = public.reader_of(request)
    chosen = public.chosen_sheets(request)
    rules = RuleBook(chosen.day)
    found = supply_of(chosen.qs, buyer=buyer, sees_stock=sees_stock, rules=rules)
    sort = request.GET.get("sort", "")
    context = {
        "tiles": tiles(found),
        "rows": sorted(found, key=SORTS.get(sort, SORTS["sheets"])),
        "chips": chips(request.GET, chosen),
        "sees_stock": sees_stock,
        "most": max(each.sheets for each in found),
    }
    return render(request, "catalog/map.html", context)


def tiles(found):
    """Where each square stands, and how dark it is."""
    places, most = department_tiles(), max(each.sheets for each in found) or 1
    return [
        Tile(each, x * SIDE, y * SIDE, -(-each.sheets * STEPS // most))
        for each in found
        for x, y in [places[each.department.code]]
    ]
