"""What an allocator decides about a simulation: into force, or away with it."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import NotPermitted, StaleState
from orders.enums import RoundStatus
from orders.models import AllocationRound
from orders.operations.telling import note_round
from orders.rounds.moving import move_round
from orders.rounds.opening import check_allocator


def put_into_force(round_: AllocationRound, *, by: User) -> AllocationRound:
    """A computed simulation becomes a round like any other; a worker commits it.

    Raises NotPermitted for anybody but an allocator, and for who opened it where it hands out
    more than `ROUND_SECOND_PERSON_UNITS`; StaleState unless it waits for a decision, or while
    another round runs.
    """
    check_allocator(by)
    with transaction.atomic():
        held = _waiting(round_)
        large = held.allocated_units > settings.ROUND_SECOND_PERSON_UNITS
        if large and held.opened_by_id == by.pk:
            raise NotPermitted(
                _(
                    "A round of more than %(units)d units comes into force by a second person: "
                    "ask another allocator."
                )
                % {"units": settings.ROUND_SECOND_PERSON_UNITS}
            )
        held.for_decision = False
        held.decided_by, held.decided_at = by, timezone.now()
        try:
            with transaction.atomic():
                held.save()
        except IntegrityError:
            raise StaleState(
                _("Another round is running: wait until it is over, then look again.")
            ) from None
        note_round("round_decided", held, by=by, sha256=held.result_sha256)
    return held


def discard(round_: AllocationRound, *, by: User) -> AllocationRound:
    """SIMULATED → DISCARDED for a simulation. Raises as `put_into_force` does."""
    check_allocator(by)
    with transaction.atomic():
        held = _waiting(round_)
        move_round(held, RoundStatus.DISCARDED)
        held.decided_by, held.decided_at = by, timezone.now()
        held.save()
        note_round("round_discarded", held, by=by)
    return held


def _waiting(round_: AllocationRound) -> AllocationRound:
    held = AllocationRound.objects.locked().get(pk=round_.pk)
    if not held.for_decision or held.status != RoundStatus.SIMULATED:
        raise StaleState
    return held
