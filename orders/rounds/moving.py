"""A round from one status to the next, for whoever holds its row."""

import logging

from django.db import transaction

from core.states import check_move
from orders.enums import LIVE_ROUND, ROUND_TRANSITIONS, RoundStatus
from orders.models import AllocationRound
from orders.operations.telling import tell_allocators


logger = logging.getLogger(__name__)


def hold(round_id: int, status: RoundStatus) -> AllocationRound | None:
    """The row, held, unless someone has moved it on."""
    held = AllocationRound.objects.locked().get(pk=round_id)
    return held if held.status == status else None


def move_round(round_: AllocationRound, new: RoundStatus) -> None:
    """Set the status of the held round along the table; the caller saves."""
    check_move(ROUND_TRANSITIONS, RoundStatus(round_.status), new)
    round_.status = new


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
