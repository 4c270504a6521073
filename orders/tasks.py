from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from orders import operations, rounds
from orders.enums import RoundTrigger


@shared_task
def run_due_round():
    if (round_ := rounds.open_round(trigger=RoundTrigger.SCHEDULE, by=None)) is not None:
        carry(round_.pk)


@shared_task
def advance_round(round_id):
    carry(round_id)


@shared_task
def solve_group(group_id):
    if (round_id := rounds.solve_group(group_id)) is not None:
        rounds.advance(round_id)


def carry(round_id):
    """Freeze the round, call every worker to its groups, and work with them."""
    try:
        for group in rounds.prepare(round_id):
            solve_group.delay(group)
    except OperationalError:
        pass  # without a broker this worker does it alone
    rounds.advance(round_id)


def wake(round_id):
    """Tell a worker of a round that was opened; without a broker the next sweep finds it."""
    transaction.on_commit(lambda: advance_round.delay(round_id), robust=True)


@shared_task
def resume_rounds():
    rounds.resume_due()


@shared_task
def expire_unanswered():
    operations.expire_due()


@shared_task
def expire_lots():
    """Each night; how many lots went off sale."""
    return operations.expire_lots(timezone.localdate())
