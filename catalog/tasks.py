import logging
from contextlib import suppress

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from catalog import (
    audit,
    imports,
    law_watch,
    operations,
    price_watch,
    standing,
    stock_watch,
    watching,
)
from catalog.models import ScheduledPrice
from core.errors import Busy


logger = logging.getLogger(__name__)


@shared_task
def judge_offers():
    """Judge what was touched since the last time; how many verdicts have changed."""
    changed = sum(len(verdicts) for verdicts in standing.catch_up())
    law_watch.finish()
    return changed


@shared_task
def look_at_the_law():
    """Have offers judged anew where the law or a certificate began or ended; whether any."""
    return law_watch.look() is not None


@shared_task
def look_ahead_at_prices():
    """Warn of prices to come that the law known today forbids on their day; how many."""
    return price_watch.look_ahead()


@shared_task
def turn_days_of_sale():
    """Mark offers whose days of sale have begun or ended; how many products."""
    return standing.mark_days_of_sale(timezone.localdate())


@shared_task
def apply_due_prices():
    """Put prices into force whose day has come, or tell why not; how many.

    One whose offer is held by somebody for long is left to the next sweep.
    """
    done = 0
    for scheduled in list(ScheduledPrice.objects.due(timezone.localdate())):
        with suppress(Busy):
            operations.apply_price(scheduled)
            done += 1
    return done


@shared_task(expires=60)
def look_after_searches():
    """Tell people of what is new in the searches that they watch."""
    return watching.look_after()


@shared_task(expires=60)
def watch_stock():
    """Tell suppliers whose stock runs low; how many offers."""
    return stock_watch.tell_of_low_stock()


@shared_task
def ask_to_confirm():
    """Ask suppliers to confirm stock that has grown old; how many offers."""
    return stock_watch.ask_to_confirm(timezone.localdate())


@shared_task
def audit_stock():
    """Compare ledger, counters and lots; each fault is an error in the log, none is repaired."""
    found = list(audit.faults())
    for fault in found:
        logger.error("stock audit: %s", fault)
    return len(found)


@shared_task
def advance_import(import_id):
    imports.advance(import_id)


@shared_task
def resume_imports():
    for import_id in imports.due():
        imports.advance(import_id)


@shared_task
def prune_imports():
    """Forget the rows of old imports; of how many."""
    return imports.prune()


def wake(import_id):
    """Tell a worker of an import; without a broker the next sweep finds it."""
    transaction.on_commit(lambda: advance_import.delay(import_id), robust=True)
