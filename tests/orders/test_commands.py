"""What an operator types, and what the clock does."""

import datetime
import io

from django.core.management import call_command
from django.utils import timezone

from orders import rounds, tasks
from orders.enums import RoundStatus, RoundTrigger, SupplierOrderStatus
from orders.models import AllocationPolicy, AllocationRound, SupplierOrder
from orders.reference import load


def run(*args):
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_run_round_command_carries_a_round_through(world):
    offer = world.offer(scarce=True, on_hand_units=50)
    world.need(world.hospital(), offer.product, 100)
    assert "50" in run("run_round")
    run("run_round")
    assert "nothing" in run("run_round")
    assert AllocationRound.objects.filter(status=RoundStatus.COMMITTED).count() == 2


def test_reference_policy_is_loaded_once_and_never_touched(world):
    AllocationPolicy.objects.update(name="Changed by the ministry")
    load()
    assert AllocationPolicy.objects.get().name == "Changed by the ministry"


def test_every_task_ten_times_has_its_effect_once(world):
    offer = world.offer(scarce=True, on_hand_units=50)
    order = world.need(world.hospital(), offer.product, 100)
    for _ in range(10):
        tasks.run_due_round()
        tasks.resume_rounds()
        for round_ in AllocationRound.objects.all():
            tasks.advance_round(round_.pk)
    assert order.lines.get().allocated_units == 50
    SupplierOrder.objects.update(accept_by=timezone.now() - datetime.timedelta(minutes=1))
    for _ in range(10):
        tasks.expire_unanswered()
    assert order.supplier_orders.get().status == SupplierOrderStatus.EXPIRED
    world.check()


def test_round_opened_without_a_broker_is_found_by_the_sweep(
    world, monkeypatch, django_capture_on_commit_callbacks
):
    offer = world.offer(scarce=True, on_hand_units=50)
    order = world.need(world.hospital(), offer.product, 100)
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)

    def down(_round_id):
        raise ConnectionError

    monkeypatch.setattr(tasks.advance_round, "delay", down)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake(round_.pk)
    assert order.lines.get().allocated_units == 0
    tasks.resume_rounds()
    assert order.lines.get().allocated_units == 50
