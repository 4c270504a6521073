from celery import shared_task

from orders import operations, rounds
from orders.enums import RoundTrigger


@shared_task
def run_due_round():
    if (round_ := rounds.open_round(trigger=RoundTrigger.SCHEDULE, by=None)) is not None:
        rounds.advance(round_.pk)


@shared_task
def advance_round(round_id):
    rounds.advance(round_id)


@shared_task
def resume_rounds():
    rounds.resume_due()


@shared_task
def expire_unanswered():
    operations.expire_due()
