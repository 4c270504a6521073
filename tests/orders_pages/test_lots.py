"""Lots on their page and in the API: recorded, held back, recalled, proposed when shipping."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import operations as catalog
from catalog.models import Lot
from orders import operations
from orders.models import Shortfall
from tests.orders_pages.conftest import act, page, told


pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def lot(market):
    return keep(market, "L1", 400)


def keep(market, number, units, **more):
    return catalog.receive_lot(
        market.ample, by=market.bob, number=number, units=units, counted=True, **more
    )


def send(client, path, reason=""):
    return client.post(path, {"reason": reason}, follow=True, headers={"referer": "/offers/"})


def lots_of(offer):
    return f"/offers/{offer.public_id}/lots/"


def test_lot_is_recorded_on_the_page(sign_in, market):
    client = sign_in(market.bob)
    values = {"number": "L7", "units": "1 200", "made_on": "", "expires_on": "2099-01-31"}
    assert "recorded" in told(client.post(lots_of(market.ample), values, follow=True))[0]
    market.ample.refresh_from_db()
    assert (market.ample.on_hand_units, market.ample.in_lots_units) == (2200, 1200)
    shown = client.get(lots_of(market.ample)).text
    assert "L7" in shown
    assert "1,200 units" in shown.replace("\u202f", ",")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": ""}, "number"),
        ({"units": "0"}, "units"),
        ({"units": "lots"}, "units"),
        ({"expires_on": "2020-01-01"}, "expires_on"),
        ({"units": "1001", "counted": "on"}, "units"),
    ],
)
def test_lot_that_cannot_be_is_told_at_the_field(sign_in, market, changes, field):
    values = {"number": "L7", "units": "5", **changes}
    answer = sign_in(market.bob).post(lots_of(market.ample), values)
    assert list(answer.context["form"].errors) == [field]
    assert not Lot.objects.exists()


def test_lot_is_held_back_sold_again_and_recalled(sign_in, market, lot):
    client, path = sign_in(market.bob), f"/lots/{lot.public_id}/"
    assert "quarantine" in told(send(client, f"{path}quarantine/", "Odd smell"))[0]
    assert "Odd smell" in client.get(lots_of(market.ample)).text
    assert "sold again" in told(send(client, f"{path}release/"))[0]
    assert "recalled" in told(send(client, f"{path}recall/", "Contaminated"))[0]
    lot.refresh_from_db()
    assert lot.status == "RECALLED"


@pytest.mark.parametrize("verb", ["quarantine", "recall"])
@pytest.mark.parametrize("reason", ["", "x" * 301])
def test_lot_is_not_held_back_without_a_reason(sign_in, market, lot, verb, reason):
    answer = send(sign_in(market.bob), f"/lots/{lot.public_id}/{verb}/", reason)
    assert "Say why" in told(answer)[0]
    lot.refresh_from_db()
    assert lot.status == "AVAILABLE"


def test_shortfall_is_listed_for_supplier_and_ministry_alone(sign_in, market, lot, sale):
    keep(market, "L2", 600)
    catalog.quarantine(Lot.objects.get(number="L2"), by=market.bob, reason="Odd smell")
    operations.quarantine_lot(lot, by=market.bob, reason="Odd smell")
    for reader, sees in ((market.bob, True), (market.allocator, True)):
        text = sign_in(reader).get("/shortfalls/").text
        assert (sale.number in text) is sees
    assert sale.number not in sign_in(market.other_supplier).get("/shortfalls/").text
    assert sign_in(market.alice).get("/shortfalls/").status_code == 404
    row = sign_in(market.bob).get("/api/v1/shortfalls/").json()["results"][0]
    assert row | {"at": ""} == {
        "offer": str(market.ample.public_id),
        "lot": "L1",
        "units": 400,
        "at": "",
        "parts": [{"supplier_order": sale.number, "units": 400}],
    }
    for reader in (market.other_supplier, market.alice):
        assert sign_in(reader).get("/api/v1/shortfalls/").json()["count"] == 0


def test_shortfalls_cost_the_same_for_2_and_20_rows(sign_in, market, lot):
    client, counts = sign_in(market.bob), []
    for many in (2, 18):
        for _each in range(many):
            Shortfall.objects.create(offer=market.ample, lot=lot, units=1)
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/shortfalls/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_lots_cost_the_same_for_2_and_20_rows(sign_in, market):
    client, counts = sign_in(market.bob), []
    for many in (2, 18):
        for _each in range(many):
            keep(market, f"L{Lot.objects.count()}", 1)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(lots_of(market.ample)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_shipping_proposes_what_expires_first(sign_in, market, sale):
    today = timezone.localdate()
    keep(market, "LATE", 300, expires_on=today + 90 * DAY)
    keep(market, "SOON", 160, expires_on=today + 9 * DAY)
    operations.accept(sale, by=market.bob, accepted={sale.lines.get().pk: 400})
    client = sign_in(market.bob)
    form = page(client, "supplier_order", sale.number).context["ship_form"]
    shown = [
        [row[name].value() for name in ("lot_number", "units", "expires_on")]
        for row in form.rows()
    ]
    assert shown == [
        ["SOON", 160, today + 9 * DAY],
        ["LATE", 240, today + 90 * DAY],
        ["", None, None],
    ]
    sent = {
        field.html_name: field.value() or ""
        for row in form.rows()
        for field in (row["lot_number"], row["units"], row["expires_on"])
    }
    act(client, "ship", sale.number, carrier="Van", parcels="1", **sent)
    left = dict(Lot.objects.order_by("number").values_list("number", "left_units"))
    assert left == {"LATE": 60, "SOON": 0}


# --- the API --------------------------------------------------------------------------------
def test_lot_through_the_api(sign_in, market):
    client = sign_in(market.bob)
    body = {"offer": str(market.ample.public_id), "number": "L9", "units": 50}
    answer = client.post("/api/v1/lots/", body, content_type="application/json")
    assert answer.status_code == 201
    lot = answer.json()
    assert (lot["number"], lot["left_units"], lot["status"]) == ("L9", 50, "AVAILABLE")
    path = f"/api/v1/lots/{lot['public_id']}/"
    for verb, body, status in (
        ("quarantine", {"reason": "Odd smell"}, "QUARANTINED"),
        ("release", {}, "AVAILABLE"),
        ("recall", {"reason": "Contaminated"}, "RECALLED"),
    ):
        acted = client.post(f"{path}{verb}/", body, content_type="application/json")
        assert acted.json()["status"] == status
    again = client.post(f"{path}release/", {}, content_type="application/json")
    assert again.status_code == 409
    assert again.json()["errors"][0]["code"] == "stale_state"


def test_lot_of_others_does_not_exist(sign_in, market, lot):
    path = f"/api/v1/lots/{lot.public_id}/"
    for reader in (market.other_supplier, market.alice):
        client = sign_in(reader)
        assert client.get("/api/v1/lots/").json()["count"] == 0
        assert client.get(path).status_code == 404
        body = {"offer": str(market.ample.public_id), "number": "L9", "units": 50}
        answer = client.post("/api/v1/lots/", body, content_type="application/json")
        assert answer.status_code == 400
    assert Lot.objects.count() == 1


def test_navigation_counts_the_shortfalls_of_the_last_days(make, market, sign_in):
    bob = sign_in(market.bob)
    assert 'href="/shortfalls/">Shortfalls</a>' in bob.get("/offers/").text
    for offer in (market.ample, market.scarce, make.Offer()):
        Shortfall.objects.create(offer=offer, units=1)
    old = Shortfall.objects.create(offer=market.ample, units=1)
    Shortfall.objects.filter(pk=old.pk).update(at=timezone.now() - 31 * DAY)
    assert 'href="/shortfalls/">Shortfalls (2)</a>' in bob.get("/offers/").text
    page = bob.get("/shortfalls/")
    assert 'href="/shortfalls/" aria-current="page">' in page.text
    assert "Shortfalls" not in sign_in(market.alice).get("/orders/").text
