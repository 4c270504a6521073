"""Why each line received what it did, in numbers that its buyer can check."""

from collections.abc import Iterable

from orders.allocation import eligibility
from orders.allocation.groups import Group
from orders.allocation.ledger import Ledger
from orders.allocation.model import Limit, Line, Offer, Reason


# A line may be stopped by another thing on each offer; it hears of the first of these. First
# what stops it while packs are left, then that packs are gone, then its own bounds.
_LEFT, _GONE, _BOUND = 0, 1, 2
_TOLD = (
    (_LEFT, Limit.CAP),
    (_LEFT, Limit.MIN_USEFUL),
    (_LEFT, Limit.MIN_ORDER),
    (_GONE, Limit.SUPPLY),
    (_GONE, Limit.TIER),
    (_BOUND, Limit.CAP),
    (_BOUND, Limit.MIN_USEFUL),
    (_BOUND, Limit.MIN_ORDER),
    (_BOUND, Limit.PACK),
)


def explain(group: Group, ledger: Ledger) -> list[Reason]:
    """The reason of each line of a group, once its packs are handed out."""
    received: dict[int, int] = {}
    wanted: dict[int, int] = {}
    peers: dict[int, int] = {}
    for tier, got, asked in zip(ledger.tier, ledger.got, ledger.wanted, strict=True):
        received[tier] = received.get(tier, 0) + got
        wanted[tier] = wanted.get(tier, 0) + asked
        peers[tier] = peers.get(tier, 0) + 1
    found = []
    for line, row in enumerate(group.lines):
        tier, got = ledger.tier[line], ledger.got[line]
        found.append(
            Reason(
                line=row.id,
                asked=row.wanted,
                need=float(row.need),
                received=got,
                target=ledger.target[line],
                eligible_units=_reach(group, ledger, line),
                limit=_limit(ledger, line),
                level=got / row.need,
                tier_fill=received[tier] / wanted[tier],
                peers=peers[tier],
            )
        )
    return found


def without_offer(line: Line, offers: Iterable[Offer]) -> Reason:
    """The reason of a line that no offer may serve, given those of its products."""
    return Reason(
        line=line.id,
        asked=line.wanted,
        need=float(line.need),
        received=0,
        target=0.0,
        eligible_units=0,
        limit=eligibility.why_none(line, offers),
        level=0.0,
        tier_fill=0.0,
        peers=0,
    )


def _reach(group: Group, ledger: Ledger, line: int) -> int:
    return sum(min(int(group.usable[offer]), ledger.cap[offer]) for offer in ledger.choices[line])


def _limit(ledger: Ledger, line: int) -> Limit:
    if ledger.got[line] >= ledger.wanted[line]:
        return Limit.NONE
    return min((_stop(ledger, line, offer) for offer in ledger.choices[line]), key=_TOLD.index)[1]


def _stop(ledger: Ledger, line: int, offer: int) -> tuple[int, Limit]:
    """What keeps the line from its next step on this offer, and at which stage."""
    step, pack = ledger.step(line, offer), ledger.pack[offer]
    room, left = ledger.wanted[line] - ledger.got[line], ledger.left[offer]
    if room < pack:
        return _BOUND, Limit.PACK
    if room < step:
        return _BOUND, _minimum(ledger, line, offer)
    if ledger.cap_room(line, offer) < step:
        return _LEFT if left >= step else _BOUND, Limit.CAP
    if left >= pack:
        return _LEFT, _minimum(ledger, line, offer)
    higher = all(ledger.tier[other] < ledger.tier[line] for other in ledger.held[offer])
    return _GONE, Limit.TIER if higher else Limit.SUPPLY


def _minimum(ledger: Ledger, line: int, offer: int) -> Limit:
    order = ledger.pack[offer] if line in ledger.held[offer] else ledger.first[offer]
    return Limit.MIN_USEFUL if ledger.step(line, offer) > order else Limit.MIN_ORDER
