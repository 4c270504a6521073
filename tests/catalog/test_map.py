"""The map of supply: the same figures in squares and table, and nothing of stock for outsiders."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.places import department_tiles, departments


pytestmark = pytest.mark.django_db

PAGE = "/catalogue/map/"
API = "/api/v1/products/supply/"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def market(make, settle):
    """A sheet that is served everywhere (and in 13 by a second offer), one in 13 and 69 alone."""
    wide = make.Offer(product__name="Gel 500 ml", on_hand_units=100)
    make.Offer(product=wide.product, departments=["13"], on_hand_units=30)
    make.Offer(product__name="Masque", departments=["13", "69"], on_hand_units=7)
    make.Offer(product__name="Sold out", departments=["13"], on_hand_units=0)
    settle()


def figures(page):
    return {each.department.code: (each.sheets, each.units) for each in page.context["rows"]}


def test_every_department_has_a_square_of_its_own():
    places = department_tiles()
    assert list(places) == list(departments())
    assert len(set(places.values())) == len(places)
    assert max(x for x, _y in places.values()) <= 11
    assert max(y for _x, y in places.values()) <= 14


def test_buyer_sees_what_can_be_had_where(market, sign_in, ward):
    found = figures(sign_in(ward.user).get(PAGE))
    assert (found["75"], found["69"], found["13"]) == ((1, 100), (2, 107), (2, 137))
    assert len(found) == 101


def test_anonymous_sees_sheets_alone_sold_out_or_not(market, client):
    page = client.get(PAGE)
    found = figures(page)
    assert (found["75"], found["69"], found["13"]) == ((1, None), (2, None), (3, None))
    assert "Units within reach" not in page.text
    assert {each["units"] for each in client.get(API).json()} == {None}


def test_map_has_the_filters_of_the_search(market, client):
    assert figures(client.get(PAGE, {"q": "masque"}))["75"] == (0, None)
    assert "?q=masque" in client.get(PAGE, {"q": "masque"}).text
    assert 'href="/catalogue/map/?q=masque"' in client.get("/catalogue/", {"q": "masque"}).text


def test_table_is_sorted_as_asked_and_the_squares_say_the_same(market, sign_in, ward):
    client = sign_in(ward.user)
    for sort, first in (("", "13"), ("department", "01"), ("units", "13"), ("nonsense", "13")):
        page = client.get(PAGE, {"sort": sort})
        assert page.context["rows"][0].department.code == first
    tiles = {each.supply.department.code: each for each in page.context["tiles"]}
    assert (tiles["13"].step, tiles["75"].step) == (5, 3)
    assert figures(page) == {
        code: (each.supply.sheets, each.supply.units) for code, each in tiles.items()
    }


def test_empty_catalogue_has_a_map_too(client):
    page = client.get(PAGE)
    assert {each.step for each in page.context["tiles"]} == {0}


def test_api_says_what_the_page_says(market, sign_in, ward):
    client = sign_in(ward.user)
    found = {row["department"]: (row["sheets"], row["units"]) for row in client.get(API).json()}
    assert found == figures(client.get(PAGE))


def test_map_asks_as_often_for_20_offers_as_for_2(make, market, sign_in, ward, settle):
    client = sign_in(ward.user)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        return len(captured)

    few = queries()
    for number in range(20):
        make.Offer(departments=["13"] if number % 2 else [])
    settle()
    assert queries() == few <= 12
