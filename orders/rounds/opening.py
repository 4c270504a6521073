"""Opening a round, if there is anything to share out anew."""

import secrets
from datetime import timedelta
from typing import cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import MinistryRole
from accounts.models import User
from core.errors import DomainError, NotPermitted
from orders.allocation.model import InvalidSnapshot
from orders.enums import RoundStatus, RoundTrigger
from orders.models import AllocationPolicy, AllocationRound, OrderLine
from orders.operations.telling import note_round
from orders.rounds import snapshot


RETRY_AFTER = timedelta(hours=1)


def open_round(*, trigger: RoundTrigger, by: User | None) -> AllocationRound | None:
    """Nothing → DRAFT; None while another round runs or where nothing waits.

    The clock opens none when offers and lines stand exactly as the last round saw and left them.
    Raises NotPermitted for a ministry round of anybody but an allocator.
    """
    if trigger == RoundTrigger.MINISTRY and not (
        by and by.has_ministry_role(MinistryRole.ALLOCATOR)
    ):
        raise NotPermitted
    if not OrderLine.objects.waiting().exists() or AllocationRound.objects.live().exists():
        return None
    policy = policy_of_the_day()
    if trigger == RoundTrigger.SCHEDULE and _nothing_changed(policy):
        return None
    try:
        with transaction.atomic():
            round_ = AllocationRound.objects.create(
                trigger=trigger, opened_by=by, policy=policy, seed=secrets.token_hex(32)
            )
            note_round("round_opened", round_, by=by, trigger=trigger)
    except IntegrityError:
        return None
    return round_


def policy_of_the_day() -> AllocationPolicy:
    """The newest policy in force; DomainError where the ministry has set none."""
    newest = AllocationPolicy.objects.in_force(timezone.localdate()).first()
    policy = cast("AllocationPolicy | None", newest)
    if policy is None:
        raise DomainError(_("No allocation policy is in force: the ministry has to set one."))
    return policy


def _nothing_changed(policy: AllocationPolicy) -> bool:
    """The last round had the same input; one that failed is tried again after a while."""
    last = AllocationRound.objects.first()
    if last is None or last.policy_id != policy.pk:
        return False
    committed = last.status == RoundStatus.COMMITTED
    if not committed and last.opened_at < timezone.now() - RETRY_AFTER:
        return False
    if last.snapshot is None:
        return True
    seen = snapshot.unpack(last.snapshot)
    try:
        return snapshot.build(policy, seen.seed).to_bytes() == seen.to_bytes()
    except InvalidSnapshot:
        return False
