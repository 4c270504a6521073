"""/api/v1/orders/: placing once by key, reading with reasons, approving, cancelling."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.enums import OrderStatus
from orders.models import Order
from tests.orders_pages.conftest import ask, many_orders


ORDERS = "/api/v1/orders/"


def post(client, path, body=None, **headers):
    return client.post(path, body or {}, content_type="application/json", headers=headers)


def wish(market, **changes):
    line = {
        "product": market.ample.product.slug,
        "offer": str(market.ample.public_id),
        "requested_units": 400,
        **changes,
    }
    return {"site": str(market.site.public_id), "purchase_order": "BC-7", "lines": [line]}


def place(client, body, key=None):
    return post(client, ORDERS, body, **{"Idempotency-Key": str(key or uuid.uuid4())})


def code_of(answer):
    return answer.json()["errors"][0]["code"]


# --- create ---------------------------------------------------------------------------------
def test_order_create_anonymous(client, market):
    assert place(client, wish(market)).status_code == 401


def test_order_create_stranger_does_not_find_the_site(sign_in, market):
    answer = place(sign_in(market.other_buyer), wish(market))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "site"
    assert not Order.objects.exists()


def test_order_create_allowed(sign_in, market):
    answer = place(sign_in(market.alice), wish(market))
    assert answer.status_code == 201
    order = Order.objects.get()
    assert answer.json() == {
        "number": order.number,
        "status": "IN_PROGRESS",
        "buyer": str(market.buyer.public_id),
        "site": str(market.site.public_id),
        "purchase_order": "BC-7",
        "submitted_at": answer.json()["submitted_at"],
        "closed_at": None,
        "lines": [
            {
                "position": 1,
                "product": market.ample.product.slug,
                "offer": str(market.ample.public_id),
                "requested_units": 400,
                "min_useful_units": 0,
                "needed_by": None,
                "max_unit_price_eur": None,
                "waits_for_round": False,
                "allocated_units": 400,
                "accepted_units": 0,
                "shipped_units": 0,
                "received_units": 0,
                "canceled_units": 0,
            }
        ],
    }


def test_order_create_same_key_is_one_order(sign_in, market):
    client, key = sign_in(market.alice), uuid.uuid4()
    first, second = place(client, wish(market), key), place(client, wish(market), key)
    assert first.json() == second.json()
    assert Order.objects.count() == 1
    other = place(client, wish(market, requested_units=20), key)
    assert (other.status_code, code_of(other)) == (409, "duplicate")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "yesterday's"}])
def test_order_create_without_a_key_names_the_header(sign_in, market, headers):
    answer = post(sign_in(market.alice), ORDERS, wish(market), **headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("units", "status"), [(-20, 400), (0, 400), (10**12, 400), ("many", 400), (30, 409)]
)
def test_order_create_bad_quantity_names_the_field(sign_in, market, units, status):
    answer = place(sign_in(market.alice), wish(market, requested_units=units))
    assert answer.status_code == status
    assert answer.json()["errors"][0]["attr"].endswith("requested_units")
    assert not Order.objects.exists()


def test_order_create_withdrawn_offer_is_not_found(sign_in, market):
    type(market.ample).objects.update(status="WITHDRAWN")
    answer = place(sign_in(market.alice), wish(market))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "lines.0.offer"


# --- read -----------------------------------------------------------------------------------
def test_order_list_by_caller(client, sign_in, market, order):
    assert client.get(ORDERS).status_code == 401
    seen = {
        name: sign_in(getattr(market, name)).get(ORDERS).json()["count"]
        for name in ("alice", "requester", "allocator", "bob", "other_buyer", "other_supplier")
    }
    assert seen == {
        "alice": 1,
        "requester": 1,
        "allocator": 1,
        "bob": 0,
        "other_buyer": 0,
        "other_supplier": 0,
    }


def test_order_retrieve_by_caller(client, sign_in, market, order):
    path = f"{ORDERS}{order.number}/"
    assert client.get(path).status_code == 401
    for name, status in (
        ("alice", 200),
        ("requester", 200),
        ("allocator", 200),
        ("bob", 404),
        ("other_buyer", 404),
    ):
        assert sign_in(getattr(market, name)).get(path).status_code == status, name


def test_order_retrieve_tells_why(sign_in, market, shared):
    client = sign_in(market.alice)
    (line,) = client.get(f"{ORDERS}{shared.number}/").json()["lines"]
    (why,) = line["explanations"]
    assert (why["limit"], why["asked_units"], why["received_units"]) == ("SUPPLY", 4000, 300)
    assert isinstance(why["target_units"], str)
    path = f"{ORDERS}{shared.number}/lines/1/why/"
    assert client.get(path).json() == [why]
    assert client.get(path.replace("/1/", "/2/")).status_code == 404
    assert sign_in(market.other_buyer).get(path).status_code == 404


def test_order_list_asks_as_often_for_20_rows_as_for_2(sign_in, make, market):
    client = sign_in(market.alice)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(ORDERS).status_code == 200
        return len(captured)

    many_orders(make, market, 2)
    few = statements()
    many_orders(make, market, 18)
    assert statements() == few <= 12


# --- approve, send back, cancel -------------------------------------------------------------
VERBS = {"approve": {}, "send-back": {"reason": "Too much"}, "cancel": {}}


@pytest.mark.parametrize("verb", VERBS)
def test_order_verb_anonymous_and_stranger(client, sign_in, market, pending, verb):
    path = f"{ORDERS}{pending.number}/{verb}/"
    assert post(client, path, VERBS[verb]).status_code == 401
    for name in ("other_buyer", "other_supplier", "bob"):
        assert post(sign_in(getattr(market, name)), path, VERBS[verb]).status_code == 404
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING_INTERNAL_APPROVAL


@pytest.mark.parametrize(
    ("verb", "status"),
    [("approve", "IN_PROGRESS"), ("send-back", "CANCELED"), ("cancel", "CANCELED")],
)
def test_order_verb_allowed_once(sign_in, market, pending, verb, status):
    client, path = sign_in(market.alice), f"{ORDERS}{pending.number}/{verb}/"
    answer = post(client, path, VERBS[verb])
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    again = post(client, path, VERBS[verb])
    assert again.status_code == (200 if verb == "cancel" else 409)
    pending.refresh_from_db()
    assert pending.status == status


def test_order_approve_by_its_requester(sign_in, market, pending):
    answer = post(sign_in(market.requester), f"{ORDERS}{pending.number}/approve/")
    assert answer.status_code == 409
    assert code_of(answer) == "not_permitted"


def test_order_send_back_without_a_reason(sign_in, market, pending):
    answer = post(sign_in(market.alice), f"{ORDERS}{pending.number}/send-back/")
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "reason")


def test_order_cancel_rest_allowed_twice_changes_once(sign_in, market):
    order = ask(
        market, by=market.alice, product=market.scarce.product, offer=None, requested_units=50
    )
    path = f"{ORDERS}{order.number}/lines/1/cancel-rest/"
    assert post(sign_in(market.other_buyer), path).status_code == 404
    client = sign_in(market.alice)
    for _ in range(2):
        post(client, path)
    line = order.lines.get()
    assert (line.requested_units, line.canceled_units) == (50, 50)
