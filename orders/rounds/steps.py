"""One round, step by step; each step is a transaction, and any step may be repeated.

A worker claims a step, or one group, by a lease on the database's clock. Killed anywhere, the work
is taken up again once the lease is over, from the step or group that was not finished.
"""

import hashlib
import logging
from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.states import check_move
from orders.allocation.errors import InvalidMarket
from orders.enums import LIVE_ROUND, ROUND_TRANSITIONS, GroupStatus, RoundStatus
from orders.models import AllocationRound, RoundGroup
from orders.operations.telling import note_round, tell_allocators
from orders.rounds import groups, leases, snapshot
from orders.rounds.booking import UNHURRIED, Conflict
from orders.rounds.commit import commit
from orders.rounds.facts import Facts
from orders.rounds.news import tell
from orders.rounds.snapshot import Part


logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 3


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
        held = _held(round_id, RoundStatus.SOLVING)
        if held is None or held.groups.filter(status=GroupStatus.WAITING).exists():
            return False
        move_round(held, RoundStatus.SIMULATED)
        solved = held.groups.order_by("position")
        held.result_sha256 = snapshot.fingerprint(solved.values_list("outcome_sha256", flat=True))
        held.allocated_units = solved.aggregate(units=Sum("allocated_units"))["units"] or 0
        held.save()
    return True


def freeze(round_: AllocationRound) -> None:
    """DRAFT → SOLVING: the input as one transaction saw it, its fingerprint in the journal."""
    parts = _parts(round_)
    rows = [_row(round_, position, part) for position, part in enumerate(parts)]
    with transaction.atomic():
        held = _held(round_.pk, RoundStatus.DRAFT)
        if held is None:
            return
        move_round(held, RoundStatus.SOLVING)
        RoundGroup.objects.bulk_create(rows, batch_size=1)  # each is megabytes
        held.snapshot_sha256 = snapshot.fingerprint(row.input_sha256 for row in rows)
        held.lines_count = sum(row.lines_count for row in rows)
        held.wanted_units = sum(row.wanted_units for row in rows)
        held.save()
        note_round(
            "round_frozen",
            held,
            by=None,
            sha256=held.snapshot_sha256,
            groups=len(rows),
            seed_sha256=hashlib.sha256(held.seed.encode()).hexdigest(),
        )


def _parts(round_: AllocationRound) -> list[Part]:
    if round_.base is not None:
        stored = round_.base.groups.order_by("position")
        kept = (
            Part(snapshot.of_market(row.input), Facts.from_bytes(snapshot.unpack(row.facts)))
            for row in stored
        )
        return list(snapshot.again(round_.policy, kept))
    with transaction.atomic():
        _see_one_moment()
        return snapshot.take(round_.policy, round_.seed)


def _row(round_: AllocationRound, position: int, part: Part) -> RoundGroup:
    data = part.to_bytes()
    return RoundGroup(
        round=round_,
        position=position,
        name=part.name,
        input=snapshot.pack(data),
        input_sha256=snapshot.digest(data),
        facts=snapshot.pack(part.facts.to_bytes()),
        lines_count=len(part.market.lines),
        offers_count=len(part.market.offers),
        wanted_units=int(part.market.lines.wanted.sum()),
    )


def _see_one_moment() -> None:
    """All that this transaction reads is of one instant; nothing may have been read before."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(UNHURRIED)


def fail(round_: AllocationRound, why: str) -> None:
    """Live → FAILED, the allocators told; nothing of it is in force."""
    with transaction.atomic():
        held = AllocationRound.objects.locked().get(pk=round_.pk)
        if held.status not in LIVE_ROUND:
            return
        logger.error("round failed round=%s", held.pk)
        move_round(held, RoundStatus.FAILED)
        held.failure = why
        held.save()
        tell_allocators("round_failed", held, why=why)


def move_round(round_: AllocationRound, new: RoundStatus) -> None:
    """Set the status of the held round along the table; the caller saves."""
    check_move(ROUND_TRANSITIONS, RoundStatus(round_.status), new)
    round_.status = new


def _step(round_id: int) -> bool:
    """One step or one group; False where nothing is left for this worker."""
    row = AllocationRound.objects.get(pk=round_id)
    if row.status == RoundStatus.DRAFT:
        return _leased(round_id, RoundStatus.DRAFT, freeze)
    if row.status == RoundStatus.SOLVING:
        mine = (solve_group(pk) is not None for pk in groups.unsolved(round_id))
        return any(mine) or finish(round_id)
    if row.status == RoundStatus.SIMULATED and not row.for_decision:
        return _leased(round_id, RoundStatus.SIMULATED, commit)
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
    except (Conflict, DomainError, InvalidMarket) as error:
        fail(round_, str(error))
    leases.release(round_)
    return True


def _is_given_up(row: AllocationRound | RoundGroup, round_: AllocationRound) -> bool:
    """A step that was begun too often fails the round; one that is in force is told in the end."""
    if row.attempts <= MAX_ATTEMPTS or round_.status not in LIVE_ROUND:
        return False
    fail(round_, _("The workers broke off %(count)d times.") % {"count": MAX_ATTEMPTS})
    return True


def _held(round_id: int, status: RoundStatus) -> AllocationRound | None:
    """The row, held, unless someone has moved it on."""
    held = AllocationRound.objects.locked().get(pk=round_id)
    return held if held.status == status else None
