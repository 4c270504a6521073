"""Workers, the supplier and the clock who reach for one price to come in the same instant."""

import time
from decimal import Decimal

import psycopg2
import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from catalog import operations
from catalog.enums import ScheduleStatus
from catalog.models import (
    Offer,
    OfferQuerySet,
    PriceChange,
    ScheduledPrice,
    ScheduledPriceQuerySet,
)
from catalog.operations import prices
from catalog.tasks import apply_due_prices
from core.errors import DomainError
from journal.models import Event
from suppliers.models import SupplierQuerySet
from tests.concurrency.test_stock_reservation import run_together


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]
WORKERS, ROUNDS = 4, 15


@pytest.fixture
def seat(make):
    return make.SupplierMember()


def due_price(make, seat, price="1.5"):
    """A price whose day has come, of a new offer at 2 €."""
    offer = make.Offer(supplier=seat.supplier, unit_price_eur=2)
    return ScheduledPrice.objects.create(
        offer=offer,
        takes_effect_on=timezone.localdate(),
        unit_price_eur=Decimal(price),
        set_by=seat.user,
    )


def outcome(act):
    """What `act` returned, or the code of the refusal."""
    try:
        return act()
    except DomainError as error:
        return error.code


def applied(scheduled):
    """How many changes of price and how many notices it has caused."""
    changes = PriceChange.objects.filter(offer=scheduled.offer_id).count()
    told = Event.objects.filter(
        verb="catalog.price_applied", subject_ref=str(scheduled.offer.public_id)
    )
    return changes, told.count()


def test_workers_who_apply_one_price_apply_it_once(make, seat):
    for _ in range(ROUNDS):
        scheduled = due_price(make, seat)
        found = run_together(
            lambda _n, due=scheduled: outcome(lambda: operations.apply_price(due).status), WORKERS
        )
        assert set(found) - {"busy"} == {ScheduleStatus.APPLIED}  # the next sweep asks again
        assert applied(scheduled) == (1, 1)
        assert Offer.objects.get(pk=scheduled.offer_id).unit_price_eur == Decimal("1.5")


def test_two_workers_with_the_same_list_of_due_prices(make, seat):
    """As when a beat is delivered twice: both go through the list from the top."""
    due = [due_price(make, seat) for _ in range(20)]
    run_together(
        lambda _n: [outcome(lambda each=each: operations.apply_price(each)) for each in due], 2
    )
    assert [applied(each) for each in due] == [(1, 1)] * len(due)


def test_supplier_who_changes_the_price_beside_the_clock_leaves_a_whole_history(make, seat):
    for _ in range(ROUNDS):
        scheduled = due_price(make, seat)
        offer = scheduled.offer
        acts = [
            lambda due=scheduled: operations.apply_price(due),
            lambda due=scheduled: operations.apply_price(due),
            lambda offer=offer: operations.update_offer(
                offer, by=seat.user, unit_price_eur=Decimal("1.8")
            ),
        ]
        run_together(lambda number, acts=acts: outcome(acts[number]), len(acts))
        rows = PriceChange.objects.filter(offer=offer).order_by("pk")
        first, second = rows.values_list("before_eur", "after_eur")
        assert first[0] == 2
        assert first[1] == second[0]
        assert Offer.objects.get(pk=offer.pk).unit_price_eur == second[1]


def test_an_offer_that_somebody_holds_keeps_no_other_price_waiting(make, seat):
    """An import may hold its supplier for minutes; at midnight the others are not its business."""
    held, free = due_price(make, seat), due_price(make, make.SupplierMember())
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            query = "SELECT id FROM suppliers_supplier WHERE id = %s FOR UPDATE"
            cursor.execute(query, [seat.supplier_id])
        assert apply_due_prices() == 1
        assert (applied(held), applied(free)) == ((0, 0), (1, 1))
    finally:
        other.close()
    assert apply_due_prices() == 1
    assert applied(held) == (1, 1)


def test_control_without_the_locks_a_price_is_applied_twice(make, seat, monkeypatch):
    """Shows that the tests above can fail: the database's own key has to step in."""
    checked = prices.checked

    def slowly(*given):
        found = checked(*given)
        time.sleep(0.2)
        return found

    for rows in (SupplierQuerySet, OfferQuerySet, ScheduledPriceQuerySet):
        monkeypatch.setattr(rows, "locked", lambda self: self)
    monkeypatch.setattr(prices, "checked", slowly)
    scheduled = due_price(make, seat)
    with pytest.raises(IntegrityError):
        run_together(lambda _n: operations.apply_price(scheduled), 2)
