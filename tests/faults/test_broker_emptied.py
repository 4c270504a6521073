"""The broker loses all it holds: work is rows in PostgreSQL, messages only wake somebody up."""

import datetime
import time

import pytest
from django.utils import timezone

from journal.models import Event
from orders import rounds
from orders.enums import RoundStatus, RoundTrigger, SupplierOrderStatus
from orders.models import AllocationRound, SupplierOrder
from stopcovid.celery import app
from tests.faults.conftest import wait_for


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]

BEAT = (
    "orders.tasks.resume_rounds",
    "orders.tasks.expire_unanswered",
    "orders.tasks.run_due_round",
)


def tick(*, times=1):
    for _ in range(times):
        for task in BEAT:
            app.send_task(task)


def test_emptied_broker_loses_and_doubles_nothing(world, broker, workers):
    ample, scarce = world.offer(on_hand_units=1000), world.offer(scarce=True, on_hand_units=500)
    late = [world.picked(world.hospital(), ample, 10) for _ in range(10)]
    SupplierOrder.objects.update(accept_by=timezone.now() - datetime.timedelta(minutes=1))
    waiting = [world.need(world.hospital(), scarce.product, 100) for _ in range(10)]
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)
    app.send_task("orders.tasks.advance_round", [round_.pk])
    tick(times=5)
    assert broker.dbsize()
    broker.flushdb()
    workers()
    time.sleep(1)
    assert AllocationRound.objects.get().status == RoundStatus.DRAFT  # nobody was told
    tick(times=5)
    broker.flushdb()
    wait_for(lambda: tick() or time.sleep(0.2) or _all_done())
    assert sum(order.lines.get().allocated_units for order in waiting) == 500
    assert all(order.supplier_orders.get().status == SupplierOrderStatus.EXPIRED for order in late)
    assert Event.objects.filter(verb="orders.expired").count() == len(late)
    assert Event.objects.filter(verb="orders.shared_out").count() == len(waiting)
    world.check()


def _all_done():
    unanswered = SupplierOrder.objects.filter(
        status=SupplierOrderStatus.WAITING_ACCEPTANCE, accept_by__lt=timezone.now()
    )
    committed = AllocationRound.objects.filter(status=RoundStatus.COMMITTED, news_pending=False)
    return committed.exists() and not unanswered.exists()


def test_two_workers_and_every_message_ten_times_has_one_effect(world, broker, workers):
    scarce = world.offer(scarce=True, on_hand_units=500)
    waiting = [world.need(world.hospital(), scarce.product, 100) for _ in range(10)]
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)
    for _ in range(10):
        app.send_task("orders.tasks.advance_round", [round_.pk])
    tick(times=10)
    workers()
    workers()
    wait_for(lambda: _all_done() and not broker.llen("celery"))
    assert sum(order.lines.get().allocated_units for order in waiting) == 500
    assert Event.objects.filter(verb="orders.shared_out").count() == len(waiting)
    world.check()
