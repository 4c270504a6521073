"""POST /api/v1/offers/stock/: the stock table for machines."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import audit, stock
from catalog.models import Offer


pytestmark = pytest.mark.django_db
SHEET = "/api/v1/offers/stock/"
SAVED = {"result": "saved", "code": "", "attr": "", "detail": ""}


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


def send(client, *rows):
    return client.post(SHEET, {"rows": rows}, content_type="application/json")


def row(offer, **values):
    return {"offer": str(offer.public_id), **values}


def test_sheet_anonymous(make, client):
    assert send(client, row(make.Offer(), on_hand_units=5)).status_code == 401


def test_sheet_buyer(make, sign_in, ward):
    assert send(sign_in(ward.user), row(make.Offer(), on_hand_units=5)).status_code == 403


def test_sheet_stranger_learns_nothing_of_a_rivals_offer(make, sign_in, shop):
    theirs = make.Offer(supplier_reference="CANARY")
    answer = send(
        sign_in(shop.user),
        row(theirs, on_hand_units=5),
        {"offer": str(uuid.uuid4()), "on_hand_units": 5},
    ).json()
    assert answer["saved"] == 0
    told = [{**each, "offer": ""} for each in answer["rows"]]
    assert told[0] == told[1]
    assert told[0]["code"] == "not_found"
    theirs.refresh_from_db()
    assert theirs.on_hand_units == 1000


def test_sheet_answers_each_row_in_its_place(make, sign_in, shop):
    offers = [make.Offer(supplier=shop.supplier) for _ in range(7)]
    stock.reserve(offers[2].pk, 100, cause="order-line:1", by=None)
    answer = send(
        sign_in(shop.user),
        row(offers[0], on_hand_units=5, unit_price_eur="2.5", lead_time_days=9),
        row(offers[1], on_hand_units=1000),
        row(offers[2], on_hand_units=99, unit_price_eur="2.5"),
        row(offers[3], on_hand_units=5, expected_on_hand_units=7),
        row(offers[4], on_hand_units=-1),
        row(offers[5], on_hand_units=5),
        row(offers[5], on_hand_units=6),
        row(offers[6]),
        {"on_hand_units": 5},
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["saved"], body["refused"]) == (1, 6)
    rows = body["rows"]
    assert rows[0] == {"offer": str(offers[0].public_id), **SAVED}
    told = [(each["result"], each["code"], each["attr"]) for each in rows[1:]]
    assert told == [
        ("unchanged", "", ""),
        ("refused", "refused", "on_hand_units"),
        ("refused", "stale_state", "on_hand_units"),
        ("refused", "min_value", "on_hand_units"),
        ("refused", "duplicate", "offer"),
        ("refused", "duplicate", "offer"),
        ("unchanged", "", ""),
        ("refused", "required", "offer"),
    ]
    assert "100 units are promised" in rows[2]["detail"]
    stored = Offer.objects.in_bulk([each.pk for each in offers])
    assert stored[offers[0].pk].on_hand_units == 5
    assert stored[offers[0].pk].lead_time_days == 9
    assert stored[offers[2].pk].unit_price_eur == Decimal(2)
    assert [stored[each.pk].on_hand_units for each in offers[1:]] == [1000] * 6
    assert audit.differences() == []


@pytest.mark.parametrize("rows", [[], [{}] * 1001, "rows", ["text"]])
def test_sheet_that_is_none_is_refused_whole(sign_in, shop, rows):
    answer = sign_in(shop.user).post(SHEET, {"rows": rows}, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"].startswith("rows")


def test_sheet_unchanged_rows_cost_nothing(make, sign_in, shop):
    client, counts = sign_in(shop.user), []
    for many in (2, 20):
        offers = [make.Offer(supplier=shop.supplier) for _ in range(many)]
        with CaptureQueriesContext(connection) as captured:
            send(client, *(row(offer, on_hand_units=1000) for offer in offers))
        counts.append(len(captured))
    assert counts[0] == counts[1]
