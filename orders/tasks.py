from celery import shared_task
from django.utils import timezone

from orders import operations, rounds
from orders.enums import RoundTrigger, SupplierOrderStatus
from orders.models import SupplierOrder


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
    waiting = SupplierOrder.objects.filter(status=SupplierOrderStatus.WAITING_ACCEPTANCE)
    for supplier_order in waiting.filter(accept_by__lt=timezone.now()).order_by("pk"):
        operations.expire(supplier_order)
