"""Opening a round, if there is anything to share out anew, and simulations beside."""

import secrets
from datetime import timedelta
from typing import cast

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import MinistryRole
from accounts.models import User
from core.errors import DomainError, NotPermitted, StaleState
from orders.allocation.errors import InvalidMarket
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
    if trigger == RoundTrigger.MINISTRY:
        check_allocator(by)
    running = AllocationRound.objects.live().filter(for_decision=False)
    if not OrderLine.objects.waiting().exists() or running.exists():
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


def simulate(
    *, by: User, policy: AllocationPolicy | None = None, base: AllocationRound | None = None
) -> AllocationRound:
    """Nothing → DRAFT of a simulation: by the policy of the day or another one, on the market as
    it stands or on the frozen snapshot of `base`, whose seed it then shares.

    Simulations stand beside each other and beside the rounds of the clock. Raises NotPermitted
    for anybody but an allocator, StaleState where `base` is not frozen, DomainError where nothing
    waits.
    """
    check_allocator(by)
    if base is not None and not base.snapshot_sha256:
        raise StaleState
    if base is None and not OrderLine.objects.waiting().exists():
        raise DomainError(_("No line waits for a round: there is nothing to simulate."))
    with transaction.atomic():
        round_ = AllocationRound.objects.create(
            trigger=RoundTrigger.MINISTRY,
            opened_by=by,
            policy=policy or policy_of_the_day(),
            seed=base.seed if base else secrets.token_hex(32),
            base=(base.base or base) if base else None,
            for_decision=True,
        )
        note_round("round_opened", round_, by=by, trigger=round_.trigger, simulation=True)
    return round_


def check_allocator(by: User | None) -> None:
    """Raise NotPermitted unless `by` is an allocator of the ministry."""
    if not (by and by.has_ministry_role(MinistryRole.ALLOCATOR)):
        raise NotPermitted


def policy_of_the_day() -> AllocationPolicy:
    """The newest policy in force; DomainError where the ministry has set none."""
    newest = AllocationPolicy.objects.in_force(timezone.localdate()).first()
    policy = cast("AllocationPolicy | None", newest)
    if policy is None:
        raise DomainError(_("No allocation policy is in force: the ministry has to set one."))
    return policy


def _nothing_changed(policy: AllocationPolicy) -> bool:
    """The last round had the same input; one that failed is tried again after a while."""
    last = AllocationRound.objects.filter(for_decision=False).first()
    if last is None or last.policy_id != policy.pk:
        return False
    committed = last.status == RoundStatus.COMMITTED
    if not committed and last.opened_at < timezone.now() - RETRY_AFTER:
        return False
    if not last.snapshot_sha256:
        return True
    try:
        parts = snapshot.take(policy, last.seed)
    except InvalidMarket:
        return False
    seen = snapshot.fingerprint(snapshot.digest(part.to_bytes()) for part in parts)
    return seen == last.snapshot_sha256
