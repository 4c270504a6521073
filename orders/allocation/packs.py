"""From targets to whole packs: round down, hand out the rest by largest remainder, repair.

Nearness to the target is the aim, not fairness pack by pack, which would starve large lines for
small ones. Rounding is the apportionment of Balinski & Young ("Fair Representation"); no method
can be free of every oddity, ours are listed in `docs/algorithms/allocation.md`.
"""

import heapq
from itertools import pairwise

from orders.allocation import repair
from orders.allocation.groups import FloatArray, Group, IntArray
from orders.allocation.ledger import Ledger
from orders.allocation.targets import SCALE


# A flow may miss a thousandth here and there of what makes a whole pack.
DUST = 5


def share_out(group: Group, target: FloatArray, flow: IntArray) -> Ledger:
    """Whole packs near the targets (units); `flow` (thousandths per pair) says from whom."""
    ledger = Ledger(group, target)
    round_down(ledger, group, flow)
    carried = [
        [offer for offer, amount in zip(choices, amounts, strict=True) if amount > 0]
        for choices, amounts in zip(ledger.choices, _per_line(group, flow), strict=True)
    ]
    hand_out(ledger, carried)
    for line in range(len(group.lines)):
        ledger.drop_useless(line)
    settle(ledger)
    return ledger


def settle(ledger: Ledger) -> None:
    """Repair until no rule is left to repair.

    Ends, because each round raises what the first tiers hold, in lexicographic order, or keeps
    that and comes nearer to the targets.
    """
    while (
        hand_out(ledger, ledger.choices)
        or repair.respect_tiers(ledger)
        or repair.approach_targets(ledger)
    ):
        pass


def round_down(ledger: Ledger, group: Group, flow: IntArray) -> None:
    """Give each pair the whole packs in its flow, if they reach the minimum order."""
    pairs = zip(group.pair_line.tolist(), group.pair_offer.tolist(), flow.tolist(), strict=True)
    for line, offer, amount in pairs:
        pack = ledger.pack[offer]
        room = min(
            ledger.left[offer],
            ledger.wanted[line] - ledger.got[line],
            ledger.cap_room(line, offer),
        )
        units = min((amount + DUST) // (SCALE * pack), room // pack) * pack
        if units >= ledger.first[offer]:
            ledger.move(line, offer, units)


def hand_out(ledger: Ledger, choices: list[list[int]]) -> bool:
    """Give steps, one at a time, while anybody can take one; whether anything was given.

    First the first tier, then who misses the largest part of a step, then who misses most of
    its need, then by lot.
    """
    queue = [
        (urgency, line)
        for line in range(len(choices))
        if (urgency := _urgency(ledger, line, choices[line]))
    ]
    heapq.heapify(queue)
    given = False
    while queue:
        urgency, line = heapq.heappop(queue)
        now = _urgency(ledger, line, choices[line])
        if now == urgency:
            offer = now[-1]
            ledger.move(line, offer, ledger.step(line, offer))
            given = True
            now = _urgency(ledger, line, choices[line])
        if now:
            heapq.heappush(queue, (now, line))
    return given


Urgency = tuple[int, float, float, int, int, int]


def _urgency(ledger: Ledger, line: int, choices: list[int]) -> Urgency | None:
    """Smaller is served first; the last entry is the offer. None: no step is possible."""
    short, tier, draw = ledger.short(line), ledger.tier[line], ledger.draw[line]
    missing = -short / ledger.need[line]
    return min(
        (
            (tier, -min(1.0, short / ledger.step(line, offer)), missing, draw, rank, offer)
            for rank, offer in enumerate(choices)
            if ledger.fits(line, offer)
        ),
        default=None,
    )


def _per_line(group: Group, flow: IntArray) -> list[list[int]]:
    amounts, start = flow.tolist(), group.start.tolist()
    return [amounts[begin:end] for begin, end in pairwise(start)]
