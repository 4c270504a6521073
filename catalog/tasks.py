from celery import shared_task

from catalog import standing


@shared_task
def judge_offers():
    """Judge what was touched since the last time; how many verdicts have changed."""
    return sum(len(turns) for turns in standing.catch_up())
