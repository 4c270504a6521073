"""The engine's one door: a snapshot in, shares, targets and reasons out."""

from collections import defaultdict
from dataclasses import dataclass, replace

from orders.allocation import groups, packs, reasons, targets
from orders.allocation.eligibility import first_step
from orders.allocation.groups import Group
from orders.allocation.model import Counterfactual, Limit, Offer, Reason, Result, Share, Snapshot


# Counterfactuals solve the group again several times: in `solve` only where that is cheap.
COUNTERFACTUAL_LINES = 40
# A counterfactual tries 1, 2, 4, … first steps more of one offer, this many times.
TRIES = 5
SCARCE = frozenset({Limit.SUPPLY, Limit.TIER})


@dataclass(frozen=True)
class _Solved:
    group: Group
    shares: list[Share]
    targets: dict[int, float]
    reasons: list[Reason]


def solve(snapshot: Snapshot, *, counterfactuals: bool = True) -> Result:
    """Share the snapshot's stock: whole packs near the fair targets, with reasons.

    Deterministic: equal snapshots give equal bytes. No snapshot that could be built fails.
    Counterfactuals are given in groups of up to `COUNTERFACTUAL_LINES` lines; ask
    `counterfactual` for any other line.
    """
    solved = [_solve(group) for group in groups.split(snapshot)]
    found = [reason for one in solved for reason in _reasons(one, counterfactuals)]
    due = {line: units for one in solved for line, units in one.targets.items()}
    by_product: dict[int, list[Offer]] = defaultdict(list)
    for offer in snapshot.offers:
        by_product[offer.product].append(offer)
    found += [
        reasons.without_offer(line, [offer for key in line.products for offer in by_product[key]])
        for line in snapshot.lines
        if line.id not in due
    ]
    shares = [share for one in solved for share in one.shares]
    return Result(
        shares=tuple(sorted(shares, key=lambda share: (share.line, share.offer))),
        targets={line.id: due.get(line.id, 0.0) for line in snapshot.lines},
        reasons=tuple(sorted(found, key=lambda reason: reason.line)),
    )


def counterfactual(snapshot: Snapshot, line_id: int) -> Counterfactual | None:
    """How much more stock of the line's first choice would have brought it more, and how much.

    True because it is tried: the line's group is solved again with more of that one offer. None
    if the line lacks nothing, if supply is not its limit, or if no amount tried brought more.
    """
    for group in groups.split(snapshot):
        for line, row in enumerate(group.lines):
            if row.id == line_id:
                solved = _solve(group)
                return _try_more(solved, line, {})
    return None


def _solve(group: Group) -> _Solved:
    target, flow = targets.find_targets(group)
    ledger = packs.share_out(group, target, flow)
    shares = [
        Share(group.lines[line].id, group.offers[offer].id, units)
        for offer, held in enumerate(ledger.held)
        for line, units in held.items()
    ]
    due = {line.id: units for line, units in zip(group.lines, ledger.target, strict=True)}
    return _Solved(group, shares, due, reasons.explain(group, ledger))


def _reasons(solved: _Solved, counterfactuals: bool) -> list[Reason]:
    if not counterfactuals or len(solved.reasons) > COUNTERFACTUAL_LINES:
        return solved.reasons
    tried: dict[tuple[int, int], list[Reason]] = {}
    return [
        replace(reason, counterfactual=_try_more(solved, line, tried))
        for line, reason in enumerate(solved.reasons)
    ]


def _try_more(
    solved: _Solved, line: int, tried: dict[tuple[int, int], list[Reason]]
) -> Counterfactual | None:
    """The least amount tried that brings the line more; lines share what was `tried`."""
    group, reason = solved.group, solved.reasons[line]
    if reason.limit not in SCARCE:
        return None
    position = int(group.pair_offer[group.start[line]])
    offer = group.offers[position]
    for doubling in range(TRIES):
        extra = first_step(offer) << doubling
        if (position, extra) not in tried:
            tried[position, extra] = _solve(_with_more(group, position, extra)).reasons
        received = tried[position, extra][line].received
        if received > reason.received:
            return Counterfactual(offer.id, extra, received)
    return None


def _with_more(group: Group, position: int, extra: int) -> Group:
    """More stock on an offer that already sells opens no pair: the group stays the same."""
    usable = group.usable.copy()
    usable[position] += extra
    return replace(group, usable=usable)
