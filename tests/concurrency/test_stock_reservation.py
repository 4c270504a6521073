"""Thirty-two threads want one offer's hundred units; the guard and a control without it."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, close_old_connections, connection, transaction

from catalog import audit, operations, stock
from catalog.models import Offer
from core.errors import DomainError, OutOfStock


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]

THREADS, UNITS, TRIES = 32, 100, 6


def run_together(work, count=THREADS):
    """Runs `work(number)` in `count` threads that start at the same moment; their results."""
    barrier = threading.Barrier(count)

    def run(number):
        close_old_connections()
        try:
            barrier.wait(30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def ask(reserve, offer, seed):
    """Each thread asks a few times for one to ten units; the units that were promised."""

    def work(number):
        chance = random.Random(f"{seed}/{number}")
        promised = 0
        for turn in range(TRIES):
            units = chance.randint(1, 10)
            try:
                reserve(offer.pk, units, f"line:{number}:{turn}")
            except OutOfStock:
                continue
            promised += units
        while True:  # singles at the end, so that the last units find a taker
            try:
                reserve(offer.pk, 1, f"line:{number}:single:{promised}")
            except OutOfStock:
                return promised
            promised += 1

    return sum(run_together(work))


def guarded(offer_id, units, cause):
    stock.reserve(offer_id, units, cause=cause, by=None)


def read_check_save(offer_id, units, cause):
    """What one writes without thinking; the CHECK of the table stays satisfied."""
    with transaction.atomic():
        offer = Offer.objects.get(pk=offer_id)
        if offer.available_units < units:
            raise OutOfStock
        offer.reserved_units += units
        offer.save(update_fields=["reserved_units"])


@pytest.mark.parametrize("seed", range(20))
def test_reserve_promises_exactly_what_there_is(make, seed):
    offer = make.Offer(on_hand_units=UNITS)
    assert ask(guarded, offer, seed) == UNITS
    offer.refresh_from_db()
    assert (offer.on_hand_units, offer.reserved_units) == (UNITS, UNITS)
    assert audit.differences() == []


def test_control_reading_checking_and_saving_oversells(make):
    """Shows that the test above can fail: without the guard more is promised than there is."""
    promised = [ask(read_check_save, make.Offer(on_hand_units=UNITS), seed) for seed in range(3)]
    assert max(promised) > UNITS


def test_declare_while_reserving_never_breaks_the_books(make):
    member = make.SupplierMember()
    offer = make.Offer(supplier=member.supplier, on_hand_units=UNITS)
    seen = []

    def work(number):
        for turn in range(TRIES):
            try:
                if number % 4 == 0:
                    units = random.Random(f"{number}/{turn}").randint(50, 150)
                    operations.declare_stock(offer, by=member.user, on_hand_units=units)
                elif number % 4 == 1:
                    stock.release(offer.pk, 2, cause=f"line:{number}:{turn}", by=None)
                else:
                    stock.reserve(offer.pk, 3, cause=f"line:{number}:{turn}", by=None)
            except DomainError:
                continue
            except IntegrityError as error:
                seen.append(error)

    run_together(work)
    assert seen == []
    offer.refresh_from_db()
    assert 0 <= offer.reserved_units <= offer.on_hand_units
    assert audit.differences() == []
