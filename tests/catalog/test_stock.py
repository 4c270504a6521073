import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction

from catalog import audit, stock
from catalog.models import Offer, StockMovement
from core.errors import OutOfStock


pytestmark = pytest.mark.django_db


def counters(offer):
    offer.refresh_from_db()
    return offer.on_hand_units, offer.reserved_units


def test_stock_life_of_a_unit(make):
    offer = make.Offer(on_hand_units=100)
    stock.reserve(offer.pk, 60, cause="order-line:1", by=None)
    assert counters(offer) == (100, 60)
    stock.release(offer.pk, 10, cause="order-line:1", by=None)
    assert counters(offer) == (100, 50)
    stock.ship(offer.pk, 50, cause="shipment:1", by=None)
    assert counters(offer) == (50, 0)
    assert audit.differences() == []


def test_reserve_more_than_is_available_changes_nothing(make):
    offer = make.Offer(on_hand_units=100)
    stock.reserve(offer.pk, 60, cause="order-line:1", by=None)
    with pytest.raises(OutOfStock):
        stock.reserve(offer.pk, 41, cause="order-line:2", by=None)
    assert counters(offer) == (100, 60)
    assert offer.movements.count() == 2


@pytest.mark.parametrize("act", [stock.release, stock.ship])
def test_giving_back_or_shipping_more_than_is_promised(make, act):
    offer = make.Offer(on_hand_units=100)
    stock.reserve(offer.pk, 60, cause="order-line:1", by=None)
    with pytest.raises(OutOfStock):
        act(offer.pk, 61, cause="x", by=None)
    assert counters(offer) == (100, 60)


def test_the_same_cause_is_booked_once(make):
    offer = make.Offer(on_hand_units=100)
    stock.reserve(offer.pk, 10, cause="order-line:1", by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        stock.reserve(offer.pk, 10, cause="order-line:1", by=None)
    assert counters(offer) == (100, 10)


@pytest.mark.parametrize("act", ["update", "delete"])
def test_ledger_refuses_to_be_changed(make, act):
    make.Offer()
    rows = StockMovement.objects.all()
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        rows.update(delta_on_hand_units=1) if act == "update" else rows.delete()


def test_check_stock_is_silent_about_a_true_ledger(make, capsys):
    make.Offer(on_hand_units=100)
    make.Offer(on_hand_units=0)
    call_command("check_stock")
    assert capsys.readouterr().err == ""


def test_check_stock_names_each_difference(make, capsys):
    true, false = make.Offer(on_hand_units=100), make.Offer(on_hand_units=100)
    Offer.objects.filter(pk=false.pk).update(on_hand_units=99, reserved_units=3)
    with pytest.raises(CommandError):
        call_command("check_stock")
    told = capsys.readouterr().err
    assert str(true.public_id) not in told
    assert f"offer {false.public_id}: on hand 99, ledger 100; reserved 3, ledger 0" in told
