"""One group of a round: solved by whichever worker claims it, verified, and stored once."""

import logging
import time

from orders.allocation import solving
from orders.allocation.checking import verify
from orders.allocation.errors import InvalidMarket
from orders.allocation.input import frozen
from orders.allocation.market import Market
from orders.allocation.outcome import Counterfactual, Outcome
from orders.allocation.summary import summarise
from orders.enums import GroupStatus
from orders.models import AllocationRound, Explanation, RoundGroup
from orders.rounds import leases, snapshot
from orders.rounds.facts import Facts
from orders.rounds.rules import KINDS


logger = logging.getLogger(__name__)
VIOLATIONS_SHOWN = 20


class Broken(Exception):
    """A group that cannot be solved, or whose result breaks a rule; says which."""


def unsolved(round_id: int) -> list[int]:
    """Groups of the round that nobody works on, the largest first."""
    free = RoundGroup.objects.waiting().filter(leases.free(), round=round_id)
    return list(free.order_by("position").values_list("pk", flat=True))


def solve(group: RoundGroup) -> None:
    """WAITING → SOLVED for a group that the caller has claimed; repeating changes nothing.

    Raises Broken; then nothing is stored.
    """
    begin = time.monotonic()
    with leases.kept(group):
        market = snapshot.of_market(group.input)
        try:
            outcome = solving.solve_group(market, _before(group))
        except InvalidMarket as error:
            raise Broken(str(error)) from error
        if broken := verify(market, outcome):
            raise Broken("\n".join(str(each) for each in broken[:VIOLATIONS_SHOWN]))
        facts = Facts.from_bytes(snapshot.unpack(group.facts))
        summary = summarise(market, outcome, {"kinds": (KINDS, facts.kind)})
        data = frozen.to_bytes(outcome)
        packed = snapshot.pack(data)
    RoundGroup.objects.filter(pk=group.pk, status=GroupStatus.WAITING).update(
        status=GroupStatus.SOLVED,
        outcome=packed,
        outcome_sha256=snapshot.digest(data),
        allocated_units=int(outcome.shares.units.sum()),
        summary=summary,
        seconds=time.monotonic() - begin,
    )
    logger.info("group solved group=%s seconds=%.2f", group.pk, time.monotonic() - begin)


def stored(group: RoundGroup) -> tuple[Market, Outcome]:
    """What a solved group was given and what came out."""
    outcome = frozen.outcome_from_bytes(snapshot.unpack(group.outcome or b""))
    return snapshot.of_market(group.input), outcome


def _before(group: RoundGroup) -> Outcome | None:
    if group.before is None:
        return None
    return frozen.outcome_from_bytes(snapshot.unpack(group.before))


def replay(group: RoundGroup) -> bool:
    """Whether the stored input, solved again, gives the recorded fingerprint; stores nothing."""
    outcome = solving.solve_group(snapshot.of_market(group.input), _before(group))
    return frozen.digest(outcome) == group.outcome_sha256


def group_of(round_: AllocationRound, line_id: int) -> RoundGroup | None:
    """The group in which the round judged a line."""
    for group in round_.groups.order_by("position"):
        lines = snapshot.of_market(group.input).lines.id
        if line_id in lines:
            return group
    return None


def find_counterfactual(explanation: Explanation) -> None:
    """Keep with the explanation how much more stock would have brought its line more.

    Found by solving the line's group again; 0 extra units where more stock would not have helped.
    """
    found = _counterfactual(explanation)
    Explanation.objects.filter(pk=explanation.pk, extra_units=None).update(
        extra_units=found.extra_units if found else 0,
        would_receive_units=found.would_receive if found else explanation.received_units,
    )


def _counterfactual(explanation: Explanation) -> Counterfactual | None:
    round_, line = explanation.round, explanation.line_id
    if round_ is None or (group := group_of(round_, line)) is None:
        return None
    market, outcome = stored(group)
    return solving.counterfactual(market, line, outcome)
