"""The two steps of a stock count, and the same count by API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog import operations as catalog, stock
from catalog.enums import StockReason
from catalog.models import Offer
from catalog.operations import Counted
from orders import operations
from orders.models import Shortfall
from tests.orders_pages.conftest import told


COUNT = "/offers/count/"
API = "/api/v1/stock-counts/"


def typed(offer, counted, book, *, lot=None, reason=""):
    """The fields of one place as a browser sends them."""
    key = f"{offer.public_id}-{lot.public_id}" if lot else str(offer.public_id)
    return {
        "offer": str(offer.public_id),
        f"{key}-counted_units": counted,
        f"{key}-book_units": book,
        f"{key}-reason": reason,
    }


def places(page):
    return [place for each in page.context["counts"] for place in each.places]


@pytest.fixture
def offer(market):
    return market.ample


@pytest.fixture
def bob(market, sign_in):
    return sign_in(market.bob)


def test_first_step_shows_every_place_and_not_the_book(make, market, bob, offer):
    catalog.receive_lot(offer, by=market.bob, number="L77", units=77)
    page = bob.get(COUNT)
    assert [(place.lot and place.lot.number, place.book) for place in places(page)] == [
        ("L77", 77),
        (None, 1000),
        (None, 300),
    ]
    assert "outside of lots" in page.text
    assert ">1,000<" not in page.text
    page = bob.get(COUNT, {"offer": str(offer.public_id)})
    assert len(places(page)) == 2
    assert len(places(bob.get(COUNT, {"offer": "nonsense"}))) == 3


def test_second_step_shows_the_difference_and_writes_nothing(market, bob, offer):
    page = bob.post(COUNT, typed(offer, "9 40", 1000))
    (place,) = places(page)
    assert (place.book, place.cleaned_data["counted_units"], place.difference) == (1000, 940, -60)
    reasons = [value for value, _label in place.fields["reason"].choices]
    assert "STOLEN" in reasons
    assert "FOUND" not in reasons
    assert offer.movements.count() == 1


def test_count_is_recorded_with_its_reason(market, bob, offer):
    page = bob.post(
        COUNT, {**typed(offer, 940, 1000, reason="DAMAGED"), "step": "record"}, follow=True
    )
    assert told(page) == ["The count of 1 offer is recorded."]
    assert offer.movements.first().reason == StockReason.DAMAGED
    offer.refresh_from_db()
    assert offer.on_hand_units == 940


def test_difference_without_reason_stays_on_the_page(market, bob, offer):
    page = bob.post(COUNT, {**typed(offer, 940, 1000), "step": "record"})
    assert told(page) == ["What is listed below is not recorded yet."]
    (place,) = places(page)
    assert "choose a reason" in str(place.errors["reason"])
    assert offer.movements.count() == 1


def test_good_offers_are_recorded_beside_one_that_is_not(market, bob, offer):
    other = market.scarce
    data = typed(offer, 940, 1000, reason="LOST") | typed(other, 290, 300)
    data |= {"offer": [str(offer.public_id), str(other.public_id)], "step": "record"}
    page = bob.post(COUNT, data)
    assert [place.offer for place in places(page)] == [other]
    offer.refresh_from_db()
    assert offer.on_hand_units == 940


@pytest.mark.parametrize("step", ["", "record"])
def test_shipment_between_the_steps_is_said_and_not_overwritten(market, bob, offer, step, to_ship):
    seen = typed(offer, 990, 1000, reason="LOST")
    operations.ship(
        to_ship,
        by=market.bob,
        carrier="La Poste",
        lines=[
            {
                "line": to_ship.lines.get(),
                "lot_number": "L1",
                "units": 400,
                "expires_on": None,
            }
        ],
    )
    page = bob.post(COUNT, {**seen, "step": step})
    (place,) = places(page)
    assert (place.moved_from, place.book, place.is_counted) == (1000, 600, False)
    assert "from 1,000 to 600" in " ".join(page.text.split())
    assert f'name="{offer.public_id}-book_units" value="600"' in page.text
    offer.refresh_from_db()
    assert offer.on_hand_units == 600
    page = bob.post(COUNT, {**typed(offer, 590, 600, reason="LOST"), "step": "record"})
    assert page.status_code == 302
    offer.refresh_from_db()
    assert offer.on_hand_units == 590


def test_promises_that_fall_short_are_named_and_give_way_on_demand(market, bob, offer, sale):
    data = typed(offer, 300, 1000, reason="DAMAGED")
    page = bob.post(COUNT, data)
    (count,) = page.context["counts"]
    assert [(risk.part, risk.units) for risk in count.at_risk] == [(sale, 400)]
    assert reverse("orders:supplier_order", args=[sale.number]) in page.text
    page = bob.post(COUNT, {**data, "step": "record"})
    assert "100 promised units would be missing" in page.text
    offer.refresh_from_db()
    assert offer.on_hand_units == 1000
    page = bob.post(
        COUNT, {**data, "step": "record", f"{offer.public_id}-give_way": "1"}, follow=True
    )
    assert told(page) == ["The count of 1 offer is recorded."]
    offer.refresh_from_db()
    assert (offer.on_hand_units, offer.reserved_units) == (300, 0)
    page = bob.get("/shortfalls/")
    assert "counted less" in page.text
    assert Shortfall.objects.get().lot is None


def test_bad_figures_stay_as_typed(bob, offer):
    page = bob.post(COUNT, typed(offer, "many", 1000))
    assert 'value="many"' in page.text
    assert "Write a whole number" in page.text
    page = bob.post(COUNT, {**typed(offer, 940, 1000), "step": "enter"})
    assert 'value="940"' in page.text


def test_nothing_counted_says_so(bob, offer):
    page = bob.post(COUNT, typed(offer, "", 1000), follow=True)
    assert told(page) == ["Enter what you counted; what stays empty is left as it is."]


def test_offer_of_a_rival_is_not_there(make, market, bob):
    rival = make.Offer()
    assert bob.post(COUNT, typed(rival, 1, 1000)).status_code == 404
    assert len(places(bob.get(COUNT, {"offer": str(rival.public_id)}))) == 0


def test_count_is_a_flat_number_of_queries(make, market, bob):
    def queries():
        own = Offer.objects.filter(supplier=market.supplier)
        data = {"offer": []}
        for each in own:
            row = typed(each, 1, each.on_hand_units)
            data["offer"].append(row.pop("offer"))
            data |= row
        found = []
        for ask in (lambda: bob.get(COUNT), lambda: bob.post(COUNT, data)):
            ask()
            with CaptureQueriesContext(connection) as seen:
                assert ask().status_code == 200
            found.append(len(seen))
        return found

    few = queries()
    for number in range(18):
        extra = make.Offer(supplier=market.supplier)
        catalog.receive_lot(extra, by=market.bob, number=f"L{number}", units=5)
        stock.reserve(extra.pk, 900, cause="order-line:1", by=None)
    assert queries() == few


# --- the API ---------------------------------------------------------------------------------
def asked(offer, **more):
    return {
        "offer": str(offer.public_id),
        "places": [{"counted_units": 940, "book_units": 1000, "reason": "DAMAGED"}],
    } | more


def test_api_anonymous(client, offer):
    assert client.post(API, asked(offer), "application/json").status_code == 401


def test_api_stranger(market, sign_in, offer):
    page = sign_in(market.other_supplier).post(API, asked(offer), "application/json")
    assert page.status_code == 400
    assert offer.movements.count() == 1


def test_api_allowed(market, bob, offer):
    lot = catalog.receive_lot(offer, by=market.bob, number="L1", units=50)
    places = [
        {"counted_units": 940, "book_units": 1000, "reason": "DAMAGED"},
        {"lot": str(lot.public_id), "counted_units": 50, "book_units": 50},
    ]
    page = bob.post(API, asked(offer, places=places), "application/json")
    assert page.status_code == 200
    assert page.json() == {
        "offer": str(offer.public_id),
        "on_hand_units": 990,
        "reserved_units": 0,
        "in_lots_units": 50,
    }


def test_api_wrong_status(market, bob, offer, sale):
    few = [{"counted_units": 300, "book_units": 1000, "reason": "DAMAGED"}]
    page = bob.post(API, asked(offer, places=few), "application/json")
    assert page.status_code == 409
    assert page.json()["errors"][0]["attr"] == "give_way"
    stale = [{"counted_units": 300, "book_units": 999, "reason": "DAMAGED"}]
    page = bob.post(API, asked(offer, places=stale), "application/json")
    assert page.json()["errors"][0]["code"] == "stale_state"
    page = bob.post(API, asked(offer, places=few, give_way=True), "application/json")
    assert page.json()["on_hand_units"] == 300


def test_counted_difference_of_a_held_lot_leaves_the_stock(market, offer):
    lot = catalog.receive_lot(offer, by=market.bob, number="L1", units=50)
    assert Counted(40, 50, lot).on_hand_difference == -10
    lot = catalog.quarantine(lot, by=market.bob, reason="Odd")
    assert Counted(40, 50, lot).on_hand_difference == 0
