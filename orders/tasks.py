from celery import shared_task
from django.db import transaction

from orders import operations, rounds
from orders.enums import RoundTrigger


@shared_task
def run_due_round():
    if (round_ := rounds.open_round(trigger=RoundTrigger.SCHEDULE, by=None)) is not None:
        rounds.advance(round_.pk)


@shared_task
def advance_round(round_id):
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
