"""One round, step by step; each step is a transaction, and any step may be repeated.

A worker claims the round by a lease on the database's clock. Killed anywhere, the round is taken
up again once the lease is over, from the step that was not finished.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.states import check_move
from orders.allocation import checker, engine
from orders.allocation.model import InvalidSnapshot
from orders.enums import LIVE_ROUND, ROUND_TRANSITIONS, RoundStatus
from orders.models import AllocationRound
from orders.operations.telling import note_round, tell_allocators
from orders.rounds import snapshot
from orders.rounds.commit import Conflict, commit


logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 3


def advance(round_id: int) -> AllocationRound:
    """DRAFT → SOLVING → SIMULATED → COMMITTED, or FAILED with what went wrong.

    Does nothing to a round that is finished or that another worker holds.
    """
    while (round_ := _claim(round_id)) is not None:
        step = {
            RoundStatus.DRAFT: freeze,
            RoundStatus.SOLVING: solve,
            RoundStatus.SIMULATED: commit,
        }[RoundStatus(round_.status)]
        try:
            step(round_)
        except (Conflict, DomainError, InvalidSnapshot) as error:
            fail(round_, str(error))
        _release(round_)
    return AllocationRound.objects.get(pk=round_id)


def resume_due() -> list[int]:
    """Rounds that nobody works on: of dead workers, or whose wake-up call was lost."""
    due = AllocationRound.objects.live().filter(_unclaimed())
    return [advance(pk).pk for pk in due.order_by("pk").values_list("pk", flat=True)]


def _unclaimed() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=Now())


def _claim(round_id: int) -> AllocationRound | None:
    """The round, if it is live and nobody's; a step that was begun too often fails it."""
    lease = Now() + timedelta(seconds=settings.ROUND_LEASE_SECONDS)
    claimed = (
        AllocationRound.objects.live()
        .filter(_unclaimed(), pk=round_id)
        .update(lease_until=lease, attempts=F("attempts") + 1)
    )
    if not claimed:
        return None
    round_ = AllocationRound.objects.select_related("policy").get(pk=round_id)
    if round_.attempts > MAX_ATTEMPTS:
        fail(round_, _("The workers broke off %(count)d times.") % {"count": MAX_ATTEMPTS})
        return None
    return round_


def _release(round_: AllocationRound) -> None:
    """A step is done: the next one starts with a count of its own. A lease that ran out and was
    given to another worker stays with that one."""
    own = AllocationRound.objects.filter(pk=round_.pk, lease_until=round_.lease_until)
    own.update(lease_until=None, attempts=0)


def freeze(round_: AllocationRound) -> None:
    """DRAFT → SOLVING: the input as one transaction saw it, its fingerprint in the journal."""
    with transaction.atomic():
        _see_one_moment()
        frozen = snapshot.build(round_.policy, round_.seed)
    with transaction.atomic():
        held = _held(round_, RoundStatus.DRAFT)
        if held is None:
            return
        move_round(held, RoundStatus.SOLVING)
        held.snapshot, held.snapshot_sha256 = snapshot.pack(frozen), frozen.digest()
        held.lines_count = len(frozen.lines)
        held.wanted_units = sum(line.wanted for line in frozen.lines)
        held.save()
        note_round("round_frozen", held, by=None, sha256=held.snapshot_sha256)


def _see_one_moment() -> None:
    """All that this transaction reads is of one instant; nothing may have been read before."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def solve(round_: AllocationRound) -> None:
    """SOLVING → SIMULATED: the verified result and its fingerprint; FAILED if it breaks a rule."""
    frozen = snapshot.unpack(round_.snapshot or b"")
    result = engine.solve(frozen)
    broken = checker.verify(frozen, result)
    with transaction.atomic():
        held = _held(round_, RoundStatus.SOLVING)
        if held is None:
            return
        if broken:
            fail(held, "\n".join(str(each) for each in broken[:20]))
            return
        move_round(held, RoundStatus.SIMULATED)
        held.result, held.result_sha256 = snapshot.compress(result.to_bytes()), result.digest()
        held.allocated_units = sum(share.units for share in result.shares)
        held.save()


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


def _held(round_: AllocationRound, status: RoundStatus) -> AllocationRound | None:
    """The row, held, unless someone has moved it on."""
    held = AllocationRound.objects.locked().get(pk=round_.pk)
    return held if held.status == status else None
