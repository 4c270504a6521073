"""Why one line got what it got: a sentence, the numbers behind it, the others of its rank."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders.models import Allocation, Explanation
from orders.views.gates import visible_order
from orders.views.strip import strip_of


EARLIER_SHOWN = 12


@require_safe
def why(request, number, position):
    order = visible_order(request, number)
    line = get_object_or_404(
        order.lines.select_related("product", "offer__supplier"), position=position
    )
    told = list(
        Explanation.objects.visible_to(request.user)
        .filter(line=line)
        .select_related("round__policy", "line")[: EARLIER_SHOWN + 1]
    )
    last = told[0] if told else None
    allocations = Allocation.objects.visible_to(request.user).filter(line=line)
    context = {
        "order": order,
        "line": line,
        "why": last,
        "round": last.round if last else None,
        "earlier": told[1:],
        "allocations": allocations.select_related("offer__supplier", "offer__product"),
        "strip": strip_of(last) if last and last.round_id else None,
        "more_units": _more(last),
    }
    return render(request, "orders/why.html", context)


def _more(explanation):
    """What the line would receive on top with `extra_units` in the country; None: not computed."""
    if explanation is None or explanation.extra_units is None:
        return None
    return (explanation.would_receive_units or 0) - explanation.received_units
