"""Why one line got what it got: a sentence, the numbers behind it, the others of its rank."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from orders import rounds
from orders.enums import Basis, Limit
from orders.models import Allocation, Explanation
from orders.views import wording
from orders.views.gates import own_order, visible_order
from orders.views.strip import strip_of


OTHERS_SHOWN = 12
WHOLE_FROM_PCT = 10
"""From there on a share is told without decimals."""
SCARCE = {Limit.SUPPLY, Limit.TIER, Limit.PAST}
"""Limits that more stock could have moved."""
REMEDIES = {
    Limit.SUPPLY: _("Nothing to do: what is missing stays in line for the next round."),
    Limit.TIER: _("Nothing to do: what is missing stays in line for the next round."),
    Limit.PAST: _("Nothing to do: your turn comes as the others catch up."),
    Limit.CAP: _("The suppliers give no more to one buyer; the next round may have other offers."),
    Limit.ENTITY_CAP: _(
        "The limit holds for your whole legal entity or group: ask your colleagues, "
        "or the ministry if it is too low."
    ),
    Limit.PACK: _("Ask for whole packs next time; the rest of this line may be cancelled."),
    Limit.MIN_ORDER: _("Ask for more at a time, or name other products that would do."),
    Limit.MIN_USEFUL: _("A lower minimum useful quantity lets you receive a smaller share."),
    Limit.PRICE_CEILING: _("A higher price on your next line opens more offers."),
    Limit.REGION: _("Name other products that would do: suppliers near you may offer them."),
    Limit.LEAD_TIME: _("A later date on your next line opens more offers."),
    Limit.PINNED: _("Ask without choosing an offer: then any supplier may serve you."),
    Limit.NO_OFFER: _("Name other products that would do on your next line."),
    Limit.CERTIFICATE: _("Name other products that would do on your next line."),
    Limit.REFUSED: _("The next round asks the other suppliers as soon as they have stock."),
}
"""What the buyer can do, in the words of the page."""


@require_safe
def why(request, number, position):
    order = visible_order(request, number)
    line = get_object_or_404(
        order.lines.select_related("product__category", "offer__supplier"), position=position
    )
    told = _told(request, line)
    shown = _most_telling(told)
    is_own = order.buyer.members.filter(user=request.user).exists()
    allocations = Allocation.objects.visible_to(request.user).filter(line=line)
    round_ = shown.round if shown else None
    context = {
        "order": order,
        "line": line,
        "why": shown,
        "round": round_,
        "others": [each for each in told if each != shown],
        "allocations": allocations.select_related("offer__supplier", "offer__product"),
        "strip": strip_of(shown) if round_ else None,
        "by_need": bool(round_) and round_.policy.basis == Basis.NEED,
        "part_pct": _part_pct(shown) if round_ else None,
        "more_units": _more(shown),
        "may_ask": _may_ask(shown) and is_own,
        "is_own": is_own,
        "remedy": REMEDIES.get(shown.limit) if round_ else None,
        "rules": wording.sentences(round_.policy) if round_ else [],
    }
    return render(request, "orders/why.html", context)


@require_POST
def what_if(request, number, position):
    """Find out, and keep, how much more stock would have changed the last decision."""
    order = own_order(request, number)
    line = get_object_or_404(order.lines, position=position)
    shown = _most_telling(_told(request, line))
    if _may_ask(shown):
        rounds.find_counterfactual(shown)
    return redirect("orders:why", number, position)


def _told(request, line):
    """The explanations of a line, the newest first."""
    return list(
        Explanation.objects.visible_to(request.user)
        .filter(line=line)
        .select_related("round__policy", "line__product")[: OTHERS_SHOWN + 1]
    )


def _most_telling(told):
    """The last time that the line received something, else simply the last; None: not yet told."""
    return next((each for each in told if each.received_units), told[0] if told else None)


def _part_pct(explanation):
    """The level that what the line could use reached, in per cent; None where nobody lacked."""
    if not explanation.part_tier or explanation.part_tier != explanation.tier:
        return None
    level = explanation.part_level * 100
    return round(level, 1 if level < WHOLE_FROM_PCT else None)


def _may_ask(explanation):
    """Whether more stock could have helped, and nobody has asked yet how much."""
    return (
        explanation is not None
        and explanation.round_id is not None
        and explanation.limit in SCARCE
        and explanation.extra_units is None
    )


def _more(explanation):
    """What the line would receive on top with `extra_units` in the country; None: not computed."""
    if explanation is None or explanation.extra_units is None:
        return None
    return (explanation.would_receive_units or 0) - explanation.received_units
