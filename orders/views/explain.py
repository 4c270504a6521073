"""Why one line got what it got: a sentence, the numbers behind it, the others of its rank."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from orders.models import Allocation, Explanation
from orders.views.gates import visible_order
from orders.views.strip import strip_of


OTHERS_SHOWN = 12


@require_safe
def why(request, number, position):
    order = visible_order(request, number)
    line = get_object_or_404(
        order.lines.select_related("product", "offer__supplier"), position=position
    )
    told = list(
        Explanation.objects.visible_to(request.user)
        .filter(line=line)
        .select_related("round__policy", "line")[: OTHERS_SHOWN + 1]
    )
    shown = _most_telling(told)
    allocations = Allocation.objects.visible_to(request.user).filter(line=line)
    context = {
        "order": order,
        "line": line,
        "why": shown,
        "round": shown.round if shown else None,
        "others": [each for each in told if each != shown],
        "allocations": allocations.select_related("offer__supplier", "offer__product"),
        "strip": strip_of(shown) if shown and shown.round_id else None,
        "more_units": _more(shown),
    }
    return render(request, "orders/why.html", context)


def _most_telling(told):
    """The last time that the line received something, else simply the last; None: not yet told."""
    return next((each for each in told if each.received_units), told[0] if told else None)


def _more(explanation):
    """What the line would receive on top with `extra_units` in the country; None: not computed."""
    if explanation is None or explanation.extra_units is None:
        return None
    return (explanation.would_receive_units or 0) - explanation.received_units
