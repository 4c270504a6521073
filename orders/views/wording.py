"""A policy in sentences, for whoever is bound by it."""

from django.utils.text import get_text_list
from django.utils.translation import gettext as _, ngettext

from buyers.enums import BuyerKind
from core.places import departments
from orders.enums import Basis
from orders.models.policies import LAST_TIER


def ranks(policy):
    """Each rank that the policy gives with the kinds of buyer in it; the last for all others."""
    labels = dict(BuyerKind.choices)
    found = {}
    for kind in BuyerKind.values:
        found.setdefault(policy.tier_of(kind), []).append(str(labels[kind]))
    return [
        (_("last") if rank == LAST_TIER else rank, get_text_list(kinds, _("and")))
        for rank, kinds in sorted(found.items())
    ]


def sentences(policy):
    """What the policy does, in the order in which the engine does it."""
    told = []
    if policy.held_back_pct:
        told.append(
            _("%(share)s of every stock is held back for emergencies.")
            % {"share": _pct(policy.held_back_pct)}
        )
    told += [
        _("First of all, each line of %(who)s gets at least %(share)s of what it asks for.")
        % {"who": _who(floor), "share": _pct(floor.share_pct)}
        for floor in policy.floors.order_by("position", "pk")
    ]
    told += [
        _("“%(name)s”: up to %(share)s of each group of goods is kept for %(who)s.")
        % {"name": each.name, "share": _pct(each.share_pct), "who": _who(each)}
        for each in policy.reserves.order_by("position", "pk")
    ]
    told.append(
        _("What is left goes by rank: 1 is served first.")
        if told
        else _("Goods go by rank: 1 is served first.")
    )
    told.append(_basis(policy))
    if policy.past_weeks:
        told.append(_past(policy))
    return told


def _basis(policy):
    if policy.basis == Basis.NEED:
        return _(
            "Inside a rank everyone gets the same share of a verified need, until a request is "
            "filled or until nothing is left that can be delivered there."
        )
    return _(
        "Inside a rank everyone gets the same share of what was asked for: whoever asks for "
        "more gets more."
    )


def _past(policy):
    counts = ngettext(
        "What was received in the last week counts as if it were received now.",
        "What was received in the last %(weeks)d weeks counts as if it were received now.",
        policy.past_weeks,
    ) % {"weeks": policy.past_weeks}
    if policy.past_weight_pct == 100:
        return counts
    fades = _("With every week that passes it counts only %(share)s of that.") % {
        "share": _pct(policy.past_weight_pct)
    }
    return f"{counts} {fades}"


def _who(part):
    """In words, the buyers that a floor or reserve favours."""
    labels, known = dict(BuyerKind.choices), departments()
    regions = {each.region_code: each.region for each in known.values()}
    lists = ((part.kinds, labels), (part.departments, known), (part.regions, regions))
    words = [
        get_text_list([str(names[code]) for code in codes], _("or"))
        for codes, names in lists
        if codes
    ]
    return ", ".join(words) or _("all buyers")


def _pct(value):
    digits = f"{value.normalize():f}"
    return _("%(share)s%%") % {"share": digits}
