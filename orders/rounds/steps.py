"""One round, step by step; each step is a transaction, and any step may be repeated.

A worker claims a step, or one group, by a lease on the database's clock. Killed anywhere, the work
is taken up again once the lease is over, from the step or group that was not finished.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core.errors import DomainError
from orders.allocation.errors import InvalidMarket
from orders.enums import LIVE_ROUND, GroupStatus, RoundStatus
from orders.models import AllocationRound, RoundGroup
from orders.rounds import groups, leases, snapshot
from orders.rounds.booking import Conflict
from orders.rounds.commit import commit
from orders.rounds.freezing import freeze, freeze_again
from orders.rounds.moving import fail, hold, move_round
from orders.rounds.news import tell


MAX_ATTEMPTS = 3
MAX_FREEZES = 3
"""A round whose goods have moved that often before it came into force has failed."""


def advance(round_id: int) -> AllocationRound:
    """DRAFT → SOLVING → SIMULATED → COMMITTED, then the news; or FAILED with what went wrong.

    Does what nobody else is doing: a step or a group that another worker holds is left to it. A
    simulation stops at SIMULATED.
    """
    while _step(round_id):
        pass
    return AllocationRound.objects.get(pk=round_id)


def prepare(round_id: int) -> list[int]:
    """DRAFT → SOLVING; returns the groups that wait for a worker, the largest first."""
    _leased(round_id, RoundStatus.DRAFT, freeze)
    return groups.unsolved(round_id)


def resume_due() -> list[int]:
    """Rounds with work that nobody does: of dead workers, or whose wake-up call was lost."""
    due = AllocationRound.objects.unfinished().filter(leases.free())
    return [advance(pk).pk for pk in due.order_by("pk").values_list("pk", flat=True)]


def solve_group(group_id: int) -> int | None:
    """Solve one group unless somebody else does; the last one moves the round on.

    Returns the round, None if there was nothing to do.
    """
    group = leases.claim(RoundGroup.objects.waiting(), group_id)
    if group is None:
        return None
    if _is_given_up(group, group.round):
        return None
    try:
        groups.solve(group)
    except groups.Broken as error:
        fail(group.round, str(error))
    leases.release(group)
    return group.round_id


def solve(round_: AllocationRound) -> None:
    """SOLVING → SIMULATED as far as groups are free; FAILED if a result breaks a rule."""
    for pk in groups.unsolved(round_.pk):
        solve_group(pk)
    finish(round_.pk)


def finish(round_id: int) -> bool:
    """SOLVING → SIMULATED once every group is solved; False while one is not."""
    with transaction.atomic():
        held = hold(round_id, RoundStatus.SOLVING)
        if held is None or held.groups.filter(status=GroupStatus.WAITING).exists():
            return False
        move_round(held, RoundStatus.SIMULATED)
        solved = held.groups.order_by("position")
        held.result_sha256 = snapshot.fingerprint(solved.values_list("outcome_sha256", flat=True))
        held.allocated_units = solved.aggregate(units=Sum("allocated_units"))["units"] or 0
        held.save()
    return True


def _step(round_id: int) -> bool:
    """One step or one group; False where nothing is left for this worker."""
    row = AllocationRound.objects.get(pk=round_id)
    if row.status == RoundStatus.DRAFT:
        return _leased(round_id, RoundStatus.DRAFT, freeze)
    if row.status == RoundStatus.SOLVING:
        mine = (solve_group(pk) is not None for pk in groups.unsolved(round_id))
        return any(mine) or finish(round_id)
    if row.status == RoundStatus.SIMULATED and not row.for_decision:
        return _leased(round_id, RoundStatus.SIMULATED, _commit)
    return row.news_pending and _leased(round_id, RoundStatus.COMMITTED, tell)


def _leased(round_id: int, status: RoundStatus, step: Callable[[AllocationRound], None]) -> bool:
    """Take this step of the round unless somebody else does, renewing the lease meanwhile."""
    rows = AllocationRound.objects.unfinished().filter(status=status)
    round_ = leases.claim(rows, round_id)
    if round_ is None or _is_given_up(round_, round_):
        return False
    try:
        with leases.kept(round_):
            step(round_)
    except (DomainError, InvalidMarket) as error:
        fail(round_, str(error))
    leases.release(round_)
    return True


def _commit(round_: AllocationRound) -> None:
    """Into force; or, where offers or lines have moved, back to solving the groups concerned."""
    try:
        commit(round_)
    except Conflict as conflict:
        often = round_.times_frozen >= MAX_FREEZES
        if often or not freeze_again(round_, conflict):
            fail(round_, str(conflict))


def _is_given_up(row: AllocationRound | RoundGroup, round_: AllocationRound) -> bool:
    """A step that was begun too often fails the round; one that is in force is told in the end."""
    if row.attempts <= MAX_ATTEMPTS or round_.status not in LIVE_ROUND:
        return False
    fail(round_, _("The workers broke off %(count)d times.") % {"count": MAX_ATTEMPTS})
    return True
