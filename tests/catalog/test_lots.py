"""Lots beneath the counters: every change is one booking, and lots never exceed the stock."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog import audit, operations, picking, stock
from catalog.enums import LOT_TRANSITIONS, LotStatus
from catalog.models import Lot
from core.errors import DomainError, NotPermitted, OutOfStock, StaleState


pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _english():
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier, on_hand_units=1000)


@pytest.fixture
def receive(offer, shop):
    def _receive(number="L1", units=400, **more):
        return operations.receive_lot(offer, by=shop.user, number=number, units=units, **more)

    return _receive


def counters(offer):
    offer.refresh_from_db()
    return offer.on_hand_units, offer.reserved_units, offer.in_lots_units


def today():
    return timezone.localdate()


def test_received_lot_adds_to_the_stock(offer, receive):
    lot = receive(made_on=today() - DAY, expires_on=today() + DAY)
    assert counters(offer) == (1400, 0, 400)
    assert (lot.status, lot.left_units) == (LotStatus.AVAILABLE, 400)
    assert list(audit.faults()) == []


def test_lot_that_was_counted_before_adds_nothing(offer, receive):
    receive(units=1000, counted=True)
    assert counters(offer) == (1000, 0, 1000)
    with pytest.raises(DomainError, match="Only 0 units"):
        receive(number="L2", units=1, counted=True)
    assert counters(offer) == (1000, 0, 1000)
    assert list(audit.faults()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": " "}, "number"),
        ({"units": 0}, "units"),
        ({"units": 1_000_000_000}, "units"),
        ({"made_on": datetime.date(2999, 1, 1)}, "made_on"),
        ({"expires_on": datetime.date(2020, 1, 1)}, "expires_on"),
        (
            {
                "made_on": datetime.date(2020, 1, 2),
                "expires_on": datetime.date(2020, 1, 1),
            },
            "expires_on",
        ),
    ],
)
def test_lot_that_cannot_be_names_the_field(offer, receive, changes, field):
    with pytest.raises(DomainError) as refused:
        receive(**changes)
    assert refused.value.field == field
    assert counters(offer) == (1000, 0, 0)
    assert not Lot.objects.exists()


def test_lot_number_is_recorded_once(receive):
    receive()
    with pytest.raises(DomainError, match="recorded already"):
        receive()


def test_lot_of_a_rival_is_refused(make, receive):
    lot, rival = receive(), make.SupplierMember().user
    for act in (operations.quarantine, operations.recall):
        with pytest.raises(NotPermitted):
            act(lot, by=rival, reason="x")


def test_quarantine_and_back(offer, receive, shop):
    lot = receive()
    lot = operations.quarantine(lot, by=shop.user, reason="Odd smell")
    assert counters(offer) == (1000, 0, 0)
    assert (lot.status, lot.left_units, lot.status_reason) == ("QUARANTINED", 400, "Odd smell")
    lot = operations.release_from_quarantine(lot, by=shop.user)
    assert counters(offer) == (1400, 0, 400)
    operations.quarantine(lot, by=shop.user, reason="Again")
    assert counters(offer) == (1000, 0, 0)
    assert list(audit.faults()) == []


def test_quarantine_of_promised_units_is_refused_here(offer, receive, shop):
    lot = receive()
    stock.reserve(offer.pk, 1100, cause="order-line:1", by=None)
    with pytest.raises(OutOfStock):
        operations.quarantine(lot, by=shop.user, reason="Odd smell")
    assert counters(offer) == (1400, 1100, 400)
    assert Lot.objects.get().status == LotStatus.AVAILABLE


def test_recall_from_quarantine_moves_no_stock_again(offer, receive, shop):
    lot = operations.quarantine(receive(), by=shop.user, reason="Odd smell")
    operations.recall(lot, by=shop.user, reason="Contaminated")
    assert counters(offer) == (1000, 0, 0)
    with pytest.raises(StaleState):
        operations.release_from_quarantine(lot, by=shop.user)


def test_lot_leaves_the_stock_the_day_after_its_date(offer, receive):
    lot = receive(expires_on=today())
    assert operations.expire(lot, day=today()).status == LotStatus.AVAILABLE
    assert operations.expire(lot, day=today() + DAY).status == LotStatus.EXPIRED
    assert counters(offer) == (1000, 0, 0)
    assert list(audit.faults()) == []


def test_quarantined_lot_past_its_date_is_not_sold_again(receive, shop):
    lot = operations.quarantine(receive(), by=shop.user, reason="x")
    Lot.objects.filter(pk=lot.pk).update(expires_on=today() - DAY)
    with pytest.raises(DomainError, match="past its date"):
        operations.release_from_quarantine(lot, by=shop.user)


@pytest.mark.parametrize("old", LotStatus)
@pytest.mark.parametrize("act", ["quarantine", "recall", "release_from_quarantine"])
def test_lot_moves_along_the_table_only(receive, shop, old, act):
    lot = receive()
    left = 0 if old == LotStatus.EMPTY else 400
    if old != LotStatus.AVAILABLE:
        stock.hold_back(lot, reason="LOT_HELD", cause="test", by=None)
    Lot.objects.filter(pk=lot.pk).update(status=old, left_units=left, status_reason="x")
    new = {"quarantine": "QUARANTINED", "recall": "RECALLED"}.get(act, "AVAILABLE")
    reason = {} if new == "AVAILABLE" else {"reason": "x"}
    if new in LOT_TRANSITIONS[old]:
        assert getattr(operations, act)(lot, by=shop.user, **reason).status == new
    else:
        with pytest.raises(StaleState):
            getattr(operations, act)(lot, by=shop.user, **reason)


def test_ship_out_of_a_lot_until_it_is_empty(offer, receive):
    lot = receive()
    stock.reserve(offer.pk, 400, cause="order-line:1", by=None)
    stock.ship(offer.pk, 150, cause="shipment:1", by=None, lot_id=lot.pk)
    with pytest.raises(OutOfStock):
        stock.ship(offer.pk, 251, cause="shipment:2", by=None, lot_id=lot.pk)
    stock.ship(offer.pk, 250, cause="shipment:2", by=None, lot_id=lot.pk)
    lot.refresh_from_db()
    assert (lot.left_units, lot.status) == (0, LotStatus.EMPTY)
    assert counters(offer) == (1000, 0, 0)
    assert list(audit.faults()) == []


def test_units_in_lots_do_not_leave_without_their_lot(make, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=100)
    operations.receive_lot(offer, by=shop.user, number="L1", units=100, counted=True)
    stock.reserve(offer.pk, 50, cause="order-line:1", by=None)
    with pytest.raises(OutOfStock):
        stock.ship(offer.pk, 50, cause="shipment:1", by=None)
    with pytest.raises(DomainError, match="100 units stand in your lots"):
        operations.declare_stock(offer, by=shop.user, on_hand_units=99)


def test_picks_are_first_expired_first_out(offer, receive, shop):
    late = receive("LATE", 100, expires_on=today() + 9 * DAY)
    soon = receive("SOON", 100, expires_on=today() + DAY)
    never = receive("NEVER", 100)
    operations.quarantine(receive("HELD", 100), by=shop.user, reason="x")
    found = picking.picks(
        [picking.Wanted(1, offer.pk, 150), picking.Wanted(2, offer.pk, 250)], day=today()
    )
    shown = {key: [(each.lot, each.units) for each in rows] for key, rows in found.items()}
    assert shown == {
        1: [(soon, 100), (late, 50)],
        2: [(late, 50), (never, 100), (None, 100)],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"left_units": 401},
        {"left_units": 0},
        {"status": "EMPTY"},
        {"status": "LOST"},
        {"status": "QUARANTINED"},
        {"number": ""},
        {"made_on": datetime.date(2020, 1, 2), "expires_on": datetime.date(2020, 1, 1)},
    ],
)
def test_database_refuses_a_lot_that_cannot_be(receive, wrong):
    receive()
    with pytest.raises(IntegrityError), transaction.atomic():
        Lot.objects.update(**wrong)


def test_database_refuses_more_in_lots_than_on_hand(offer):
    with pytest.raises(IntegrityError), transaction.atomic():
        type(offer).objects.update(in_lots_units=1001)
