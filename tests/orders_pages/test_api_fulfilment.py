"""/api/v1/supplier-orders/, shipments/ and rounds/: answer, ship, receive, run."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.enums import SupplierOrderStatus
from orders.models import AllocationRound, Receipt, Shipment
from tests.orders_pages.conftest import ask, many_orders
from tests.orders_pages.test_api_orders import code_of, post


SALES = "/api/v1/supplier-orders/"
SHIPMENTS = "/api/v1/shipments/"
ROUNDS = "/api/v1/rounds/"


def accepted(sale, units=400):
    return {"lines": [{"id": sale.lines.get().pk, "units": units}]}


def packed(sale, units=400):
    lots = [{"id": sale.lines.get().pk, "lot_number": "L1", "units": units}]
    return {"carrier": "La Poste", "tracking_number": "6A1", "lines": lots}


def counted(shipment, received, refused=0):
    line = shipment.lines.get()
    return {
        "lines": [{"id": line.pk, "received_units": received, "refused_units": refused}],
        "note": "All well",
    }


# --- reading --------------------------------------------------------------------------------
def test_supplier_order_retrieve_holds_no_more_than_the_supplier_needs(sign_in, market, sale):
    body = sign_in(market.bob).get(f"{SALES}{sale.number}/").json()
    (line,) = body["lines"]
    assert body == {
        "number": sale.number,
        "order": sale.order.number,
        "supplier": str(market.supplier.public_id),
        "buyer": "Clinique Alice",
        "deliver_to": f"{market.site.name}, 1 rue de la Gare, 75001 Paris",
        "status": "WAITING_ACCEPTANCE",
        "accept_by": body["accept_by"],
        "refusal_reason": "",
        "lines": [line],
    }
    assert line == {
        "id": line["id"],
        "product": market.ample.product.slug,
        "offer": str(market.ample.public_id),
        "unit_price_eur": "2.0000",
        "vat_rate_pct": "20.00",
        "units": 400,
        "accepted_units": 0,
        "shipped_units": 0,
        "received_units": 0,
    }


@pytest.mark.parametrize("path", [SALES, SHIPMENTS])
def test_fulfilment_list_by_caller(client, sign_in, market, shipment, path):
    assert client.get(path).status_code == 401
    seen = {
        name: sign_in(getattr(market, name)).get(path).json()["count"]
        for name in ("alice", "bob", "allocator", "other_buyer", "other_supplier")
    }
    assert seen == {
        "alice": 1,
        "bob": 1,
        "allocator": 1,
        "other_buyer": 0,
        "other_supplier": 0,
    }


def test_fulfilment_retrieve_stranger(client, sign_in, market, shipment):
    for path in (f"{SALES}{shipment.supplier_order.number}/", f"{SHIPMENTS}{shipment.number}/"):
        client.logout()
        assert client.get(path).status_code == 401
        for name in ("other_buyer", "other_supplier"):
            assert sign_in(getattr(market, name)).get(path).status_code == 404
        assert sign_in(market.alice).get(path).status_code == 200


def test_supplier_order_list_asks_as_often_for_20_rows_as_for_2(sign_in, make, market):
    client = sign_in(market.bob)
    many_orders(make, market, 2)
    few = statements(client, SALES)
    many_orders(make, market, 18)
    assert statements(client, SALES) == few <= 12


def test_shipment_list_asks_as_often_for_20_rows_as_for_2(sign_in, make, market):
    client = sign_in(market.bob)

    def some(count):
        many_orders(make, market, count)
        for sale in market.supplier.supplier_orders.filter(shipments=None):
            shipment = Shipment.objects.create(
                number=f"{sale.number}-E1", supplier_order=sale, shipped_by=market.bob
            )
            shipment.lines.create(supplier_line=sale.lines.get(), lot_number="L", units=1)

    some(2)
    few = statements(client, SHIPMENTS)
    some(18)
    assert statements(client, SHIPMENTS) == few <= 12


def statements(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


# --- accept, refuse, ship -------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["accept", "refuse", "ship"])
def test_supplier_order_verb_anonymous_and_stranger(client, sign_in, market, sale, verb):
    path = f"{SALES}{sale.number}/{verb}/"
    assert post(client, path).status_code == 401
    for name in ("other_buyer", "other_supplier"):
        assert post(sign_in(getattr(market, name)), path).status_code == 404


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("accept", accepted),
        ("refuse", lambda _sale: {"reason": "Stock burnt"}),
        ("ship", packed),
    ],
)
def test_supplier_order_verb_is_not_the_buyers(sign_in, market, sale, verb, body):
    for name in ("alice", "allocator"):
        answer = post(sign_in(getattr(market, name)), f"{SALES}{sale.number}/{verb}/", body(sale))
        assert code_of(answer) == "not_permitted", name
    sale.refresh_from_db()
    assert sale.status == SupplierOrderStatus.WAITING_ACCEPTANCE


def test_supplier_order_accept_part_once(sign_in, market, sale):
    client, path = sign_in(market.bob), f"{SALES}{sale.number}/accept/"
    answer = post(client, path, accepted(sale, 200))
    assert (answer.status_code, answer.json()["status"]) == (200, "SHIPPING")
    assert answer.json()["lines"][0]["accepted_units"] == 200
    again = post(client, path, accepted(sale))
    assert (again.status_code, code_of(again)) == (409, "stale_state")
    assert sale.lines.get().accepted_units == 200


@pytest.mark.parametrize(
    ("units", "status"), [(-1, 400), (10**12, 400), ("all", 400), (401, 409), (30, 409)]
)
def test_supplier_order_accept_bad_quantity(sign_in, market, sale, units, status):
    answer = post(sign_in(market.bob), f"{SALES}{sale.number}/accept/", accepted(sale, units))
    assert answer.status_code == status
    assert sale.lines.get().accepted_units == 0


def test_supplier_order_refuse_once_with_a_reason(sign_in, market, sale):
    client, path = sign_in(market.bob), f"{SALES}{sale.number}/refuse/"
    assert post(client, path).json()["errors"][0]["attr"] == "reason"
    assert post(client, path, {"reason": "Stock burnt"}).json()["status"] == "REFUSED"
    assert post(client, path, {"reason": "Stock burnt"}).status_code == 409
    market.ample.refresh_from_db()
    assert market.ample.reserved_units == 0


def test_supplier_order_ship_once(sign_in, market, to_ship):
    client, path = sign_in(market.bob), f"{SALES}{to_ship.number}/ship/"
    answer = post(client, path, packed(to_ship))
    assert answer.status_code == 201
    assert answer.json()["lines"][0]["lot_number"] == "L1"
    assert post(client, path, packed(to_ship)).status_code == 409
    assert Shipment.objects.count() == 1


def test_supplier_order_ship_before_accepting(sign_in, market, sale):
    answer = post(sign_in(market.bob), f"{SALES}{sale.number}/ship/", packed(sale))
    assert (answer.status_code, code_of(answer)) == (409, "stale_state")


def test_supplier_order_ship_line_of_another_order(sign_in, market, to_ship):
    body = packed(to_ship)
    body["lines"][0]["id"] += 1_000_000
    answer = post(sign_in(market.bob), f"{SALES}{to_ship.number}/ship/", body)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "lines")


# --- receive --------------------------------------------------------------------------------
def test_shipment_receive_anonymous_stranger_and_supplier(client, sign_in, market, shipment):
    path = f"{SHIPMENTS}{shipment.number}/receive/"
    assert post(client, path, counted(shipment, 400)).status_code == 401
    for name in ("other_buyer", "other_supplier"):
        answer = post(sign_in(getattr(market, name)), path, counted(shipment, 400))
        assert answer.status_code == 404
    answer = post(sign_in(market.bob), path, counted(shipment, 400))
    assert code_of(answer) == "not_permitted"
    assert not Receipt.objects.exists()


def test_shipment_receive_once(sign_in, market, shipment):
    client, path = sign_in(market.alice), f"{SHIPMENTS}{shipment.number}/receive/"
    assert post(client, path, counted(shipment, 380, 20)).status_code == 200
    again = post(client, path, counted(shipment, 400))
    assert (again.status_code, code_of(again)) == (409, "stale_state")
    assert shipment.lines.get().receipt_line.received_units == 380


@pytest.mark.parametrize(("received", "status"), [(-1, 400), (10**12, 400), (401, 409)])
def test_shipment_receive_bad_quantity(sign_in, market, shipment, received, status):
    path = f"{SHIPMENTS}{shipment.number}/receive/"
    answer = post(sign_in(market.alice), path, counted(shipment, received))
    assert answer.status_code == status
    assert not Receipt.objects.exists()


# --- rounds ---------------------------------------------------------------------------------
def test_round_list_and_retrieve_by_caller(client, sign_in, market, shared):
    round_ = AllocationRound.objects.get()
    assert client.get(ROUNDS).status_code == 401
    for name, count in (("allocator", 1), ("alice", 0), ("bob", 0)):
        signed_in = sign_in(getattr(market, name))
        assert signed_in.get(ROUNDS).json()["count"] == count
        assert signed_in.get(f"{ROUNDS}{round_.pk}/").status_code == (200 if count else 404)
    body = sign_in(market.allocator).get(f"{ROUNDS}{round_.pk}/").json()
    assert (body["status"], body["wanted_units"], body["allocated_units"]) == (
        "COMMITTED",
        4000,
        300,
    )
    assert len(body["snapshot_sha256"]) == len(body["result_sha256"]) == 64


def test_round_run_by_caller(client, sign_in, make, market):
    assert post(client, f"{ROUNDS}run/").status_code == 401
    for person in (market.alice, market.bob, make.User(auditor=True), make.User(reviewer=True)):
        assert code_of(post(sign_in(person), f"{ROUNDS}run/")) == "not_permitted"
    assert not AllocationRound.objects.exists()


def test_round_run_once(sign_in, market):
    client = sign_in(market.allocator)
    assert post(client, f"{ROUNDS}run/").status_code == 409
    ask(market, by=market.alice, product=market.scarce.product, offer=None, requested_units=50)
    assert post(client, f"{ROUNDS}run/").status_code == 202
    assert code_of(post(client, f"{ROUNDS}run/")) == "stale_state"
    assert AllocationRound.objects.count() == 1


def test_round_list_asks_as_often_for_20_rows_as_for_2(sign_in, make, market):
    client, policy = sign_in(market.allocator), make.Policy()

    def some(count):
        for _ in range(count):
            make.Round(policy=policy, status="FAILED", opened_by=market.allocator)

    some(2)
    few = statements(client, ROUNDS)
    some(18)
    assert statements(client, ROUNDS) == few <= 12
