"""The reason of every line of a round, as rows that pages and API show."""

from collections.abc import Mapping
from decimal import Decimal

from catalog.enums import Blocker
from orders.allocation.model import Limit as EngineLimit, Reason, Result, Snapshot
from orders.enums import Limit
from orders.models import AllocationRound, Explanation, OrderLine
from orders.rounds.snapshot import blocked_products


PROOF = frozenset({Blocker.CERTIFICATE_MISSING, Blocker.CERTIFICATE_EXPIRED})


def write(
    round_: AllocationRound,
    frozen: Snapshot,
    result: Result,
    lines: Mapping[int, OrderLine],
) -> set[int]:
    """One Explanation for each line of the round; returns the lines that had none before."""
    tiers = {line.id: line.tier for line in frozen.lines}
    known = set(Explanation.objects.filter(line__in=list(lines)).values_list("line", flat=True))
    without_offer = any(each.limit == EngineLimit.NO_OFFER for each in result.reasons)
    blocked = blocked_products() if without_offer else {}
    Explanation.objects.bulk_create(
        _row(round_, reason, tiers[reason.line], _limit(reason, lines[reason.line], blocked))
        for reason in result.reasons
        if reason.line in lines
    )
    return set(lines) - known


def _limit(reason: Reason, line: OrderLine, blocked: Mapping[int, set[Blocker]]) -> Limit:
    """The engine's word, or CERTIFICATE where only the proofs of the offers are missing."""
    limit = Limit[reason.limit.name]
    if limit == Limit.NO_OFFER and blocked.get(line.product_id, set()) & PROOF:
        return Limit.CERTIFICATE
    return limit


def _row(round_: AllocationRound, reason: Reason, tier: int, limit: Limit) -> Explanation:
    more = reason.counterfactual
    return Explanation(
        round=round_,
        line_id=reason.line,
        limit=limit,
        tier=tier,
        asked_units=reason.asked,
        need_units=_decimal(reason.need),
        received_units=reason.received,
        target_units=_decimal(reason.target),
        reachable_units=reason.eligible_units,
        peers=reason.peers,
        peer_fill_pct=Decimal(repr(round(reason.tier_fill * 100, 2))),
        extra_units=more.extra_units if more else None,
        would_receive_units=more.would_receive if more else None,
    )


def _decimal(value: float) -> Decimal:
    return Decimal(repr(round(value, 3)))
