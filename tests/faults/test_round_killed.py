"""A real worker is killed in the middle of a round: nothing lost, nothing twice."""

import logging
import random
import time
from collections import Counter

import pytest
from django.db.models.functions import Now

from catalog import stock
from journal.models import Delivery, Event
from orders import rounds
from orders.enums import LIVE_ROUND, RoundStatus, RoundTrigger
from orders.models import Allocation, AllocationRound, SupplierOrder
from stopcovid.celery import app
from tests.faults.conftest import kill, kill_children, wait_for


logger = logging.getLogger(__name__)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]

KILLS = 20
WORKER_KILLS = 3  # of the whole worker, which takes seconds to start again
MAX_ROUNDS = 60
# While the snapshot is taken, while it is solved, while the result comes into force; seconds.
MOMENTS = ((RoundStatus.DRAFT, 0.03), (RoundStatus.SOLVING, 0.1), (RoundStatus.SIMULATED, 0.2))
OFFERS, HOSPITALS, UNITS = 6, 40, 240


@pytest.fixture
def market(world, make):
    """Hospitals that want more than there will ever be of six products, six groups."""
    offers = [
        world.offer(
            scarce=True, on_hand_units=0, product__category=make.Category(slug=f"shelf-{number}")
        )
        for number in range(OFFERS)
    ]
    for number in range(HOSPITALS):
        world.order(
            world.hospital(beds=50 + number),
            *(
                {"product": offer.product, "requested_units": 1_000_000}
                for offer in offers[number % 2 :: 2]
            ),
        )
    world.offers = offers
    return world


def status(round_):
    return AllocationRound.objects.values_list("status", flat=True).get(pk=round_.pk)


def has_come_to(round_, target):
    """A worker has taken it up, and it stands at `target` or further on."""
    row = AllocationRound.objects.get(pk=round_.pk)
    order = list(RoundStatus)
    held = row.lease_until or row.groups.exclude(lease_until=None).exists()
    return (held and order.index(row.status) >= order.index(target)) or (
        row.status not in LIVE_ROUND
    )


def open_round(world, turn):
    """New stock for everyone, and the round that is to share it out."""
    for offer in world.offers:
        stock.declare(offer.pk, UNITS, cause=f"delivery:{turn}", by=None)
    return rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)


def carry_on(round_):
    """As if the lease of the dead had run out and the beat had ticked."""
    AllocationRound.objects.unfinished().filter(pk=round_.pk).update(lease_until=Now())
    round_.groups.exclude(lease_until=None).update(lease_until=Now())
    app.send_task("orders.tasks.resume_rounds")
    wait_for(lambda: _is_over(round_))
    assert status(round_) == RoundStatus.COMMITTED


def _is_over(round_):
    """Until a worker that was just being started hears of it."""
    app.send_task("orders.tasks.resume_rounds")
    time.sleep(0.1)
    return not AllocationRound.objects.unfinished().filter(pk=round_.pk).exists()


def check_round(round_):
    shared = Allocation.objects.filter(round=round_)
    assert sum(shared.values_list("units", flat=True)) == OFFERS * UNITS
    events = Event.objects.about(round_).values_list("verb", flat=True)
    assert Counter(events) == {
        "orders.round_opened": 1,
        "orders.round_frozen": 1,
        "orders.round_committed": 1,
    }


def test_worker_killed_in_a_round_loses_and_doubles_nothing(market, workers):
    dice = random.Random(19)
    worker = workers()
    first = open_round(market, 0)
    carry_on(first)  # the worker is up and warm
    check_round(first)
    killed_in, turn = Counter(), 0
    while killed_in.total() < KILLS:
        turn += 1
        assert turn < MAX_ROUNDS, f"most rounds were over before their kill: {killed_in}"
        round_ = open_round(market, turn)
        target, width = dice.choice(MOMENTS)
        app.send_task("orders.tasks.advance_round", [round_.pk])
        wait_for(lambda round_=round_, target=target: has_come_to(round_, target))
        time.sleep(dice.random() * width)
        if killed_in.total() < WORKER_KILLS:
            kill(worker)
            worker = workers()
        else:
            kill_children(worker)
        if AllocationRound.objects.unfinished().filter(pk=round_.pk).exists():
            killed_in[status(round_)] += 1
        carry_on(round_)
        check_round(round_)
    market.check()
    assert all(rounds.replay(group) for group in round_.groups.all())
    parts = SupplierOrder.objects.count()
    assert Event.objects.filter(verb="orders.to_answer").count() == parts
    told = Delivery.objects.filter(event__verb="orders.to_answer", channel="EMAIL")
    assert told.count() == parts
    logger.info("%s kills in %s rounds: %s", killed_in.total(), turn, dict(killed_in))
