"""Answering and shipping, as a supplier's people do it."""

import datetime

import pytest
from django.utils import timezone

from orders.enums import SupplierOrderStatus
from orders.models import Shipment, SupplierOrder
from tests.orders_pages.conftest import act, page, told


def test_all_is_accepted_by_default_and_only_once(sign_in, market, sale):
    client = sign_in(market.bob)
    field = page(client, "supplier_order", sale.number).context["accept_form"].rows()[0][1]
    assert field.value() == 400
    assert "recorded" in told(act(client, "accept", sale.number, **{field.name: "400"}))[0]
    assert (
        "Nothing was changed" in told(act(client, "accept", sale.number, **{field.name: "400"}))[0]
    )
    assert sale.lines.get().accepted_units == 400


def test_part_is_accepted(sign_in, market, sale):
    line = sale.lines.get()
    act(sign_in(market.bob), "accept", sale.number, **{f"line_{line.pk}": "100"})
    assert sale.lines.get().accepted_units == 100
    market.ample.refresh_from_db()
    assert market.ample.reserved_units == 100


@pytest.mark.parametrize("units", ["-20", "1000000000000", "all", "", "30", "420"])
def test_bad_quantity_is_told_at_the_field(sign_in, market, sale, units):
    name = f"line_{sale.lines.get().pk}"
    response = act(sign_in(market.bob), "accept", sale.number, **{name: units})
    assert name in response.context["accept_form"].errors
    assert SupplierOrder.objects.get().status == SupplierOrderStatus.WAITING_ACCEPTANCE


def test_nothing_accepted_leads_to_refusing(sign_in, market, sale):
    name = f"line_{sale.lines.get().pk}"
    response = act(sign_in(market.bob), "accept", sale.number, **{name: "0"})
    assert "refuse the order instead" in response.text


def test_refusal_needs_a_reason_and_happens_once(sign_in, market, sale):
    client = sign_in(market.bob)
    empty = act(client, "refuse", sale.number, reason="  ")
    assert "reason" in empty.context["refuse_form"].errors
    done = act(client, "refuse", sale.number, reason="Machine down")
    assert "Refused" in told(done)[0]
    assert "Machine down" in done.text
    assert "Nothing was changed" in told(act(client, "refuse", sale.number, reason="x"))[0]
    assert SupplierOrder.objects.get().status == SupplierOrderStatus.REFUSED


def test_answer_after_the_deadline_is_too_late(sign_in, market, sale):
    sale.accept_by = timezone.now() - datetime.timedelta(minutes=1)
    sale.save()
    client = sign_in(market.bob)
    assert "time to answer is over" in page(client, "supplier_order", sale.number).text
    act(client, "accept", sale.number, **{f"line_{sale.lines.get().pk}": "400"})
    assert SupplierOrder.objects.get().status == SupplierOrderStatus.WAITING_ACCEPTANCE


def consigned(sale, **changes):
    key = sale.lines.get().pk
    return {
        "carrier": "La Poste",
        "tracking_number": "6A1",
        "parcels": "2",
        f"lot_{key}_1": "L1",
        f"units_{key}_1": "400",
        f"expires_{key}_1": "2099-12-31",
        **{f"{name}_{key}_{lot}": value for (name, lot), value in changes.pop("at", {}).items()},
        **changes,
    }


def test_two_lots_are_shipped_once_and_stand_on_the_note(sign_in, market, to_ship):
    client = sign_in(market.bob)
    lots = {("units", 1): "300", ("lot", 2): "L2", ("units", 2): "100"}
    form = consigned(to_ship, at=lots)
    done = act(client, "ship", to_ship.number, **form)
    assert "announced" in told(done)[0]
    assert "Delivery note" in done.text
    assert "L2" in done.text
    assert "Nothing was changed" in told(act(client, "ship", to_ship.number, **form))[0]
    assert Shipment.objects.get().lines.count() == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("units", "-1"),
        ("units", "1000000000000"),
        ("units", "all"),
        ("lot", ""),
        ("expires", "soon"),
    ],
)
def test_bad_row_is_told_at_the_field(sign_in, market, to_ship, name, value):
    response = act(
        sign_in(market.bob),
        "ship",
        to_ship.number,
        **consigned(to_ship, at={(name, 1): value}),
    )
    assert f"{name}_{to_ship.lines.get().pk}_1" in response.context["ship_form"].errors
    assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    "lots",
    [
        {("expires", 1): "2019-01-01"},
        {("units", 1): "300", ("lot", 2): "L1", ("units", 2): "100"},
        {("units", 1): "400", ("lot", 2): "L2", ("units", 2): "400"},
        {("units", 1): "", ("lot", 1): ""},
    ],
)
def test_impossible_consignment_is_told_on_top(sign_in, market, to_ship, lots):
    form = consigned(to_ship, at=lots)
    response = act(sign_in(market.bob), "ship", to_ship.number, **form)
    assert response.context["ship_form"].errors
    assert 'id="form-errors"' in response.text
    assert not Shipment.objects.exists()


def test_day_shows_what_to_answer_and_what_is_off_sale(sign_in, make, market, sale):
    make.Offer(supplier=market.supplier, status="WITHDRAWN")
    day = page(sign_in(market.bob), "day")
    assert sale.number in day.text
    assert day.context["figures"]["to_answer"] == 1
    assert "put it back on sale" in day.text
