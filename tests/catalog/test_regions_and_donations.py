"""Departments ticked by region; what costs nothing is marked as a donation wherever it is seen."""

from decimal import Decimal
from html.parser import HTMLParser

import pytest

from catalog.fields import DepartmentsField
from catalog.models import Offer
from core.places import departments, regions
from tests.catalog.test_pages_supplier import TERMS, path_of


pytestmark = pytest.mark.django_db
CORSICA = ["2A", "2B"]
IDF = ["75", "77", "78", "91", "92", "93", "94", "95"]


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


class Boxes(HTMLParser):
    """The tick boxes of a page by value: ticked or not; `open` counts the folded parts shown."""

    def __init__(self, page):
        super().__init__()
        self.ticked, self.ids = {}, []
        self.feed(page.text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name") == "departments":
            self.ticked[given["value"]] = "checked" in given
            self.ids.append(given["id"])

    @property
    def chosen(self):
        return sorted(value for value, ticked in self.ticked.items() if ticked)


@pytest.mark.parametrize(
    ("ticked", "served"),
    [
        ([], []),
        (["R94"], CORSICA),
        (["R94", "75"], [*CORSICA, "75"]),
        (["R11", "75"], IDF),
        ("75, r94", ["75", *CORSICA]),
        (["974"], ["974"]),
    ],
)
def test_region_stands_for_its_departments(ticked, served):
    assert DepartmentsField(required=False).clean(ticked) == served


@pytest.mark.parametrize("wrong", ["R99", "R", "99"])
def test_unknown_code_is_refused(wrong):
    with pytest.raises(Exception, match=wrong):
        DepartmentsField(required=False).clean([wrong])


def test_regions_hold_every_department_once():
    held = [place.code for inside in regions().values() for place in inside]
    assert sorted(held) == sorted(departments())
    names = [inside[0].region for inside in regions().values()]
    assert names.index("Île-de-France") == names.index("Hauts-de-France") + 1


def test_page_ticks_by_region_and_shows_what_is_served(make, sign_in, shop):
    client, offer = sign_in(shop.user), make.Offer(supplier=shop.supplier)
    client.post(path_of(offer), {**TERMS, "departments": ["R94", "75", "92"]})
    assert Offer.objects.get().departments == [*CORSICA, "75", "92"]
    page = client.get(path_of(offer))
    boxes = Boxes(page)
    assert boxes.chosen == ["75", "92", "R94"]
    assert len(set(boxes.ids)) == len(boxes.ids) == len(regions()) + len(departments()) - 5
    assert "2 of 8 departments" in page.text
    client.post(path_of(offer), {**TERMS, "departments": boxes.chosen})
    assert sorted(Offer.objects.get().departments) == sorted([*CORSICA, "75", "92"])


def test_page_that_is_refused_keeps_the_ticks(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    typed = {**TERMS, "departments": ["R94", "75"], "unit_price_eur": "two"}
    assert Boxes(sign_in(shop.user).post(path_of(offer), typed)).chosen == ["75", "R94"]


def test_api_takes_regions_beside_departments(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    path, client = f"/api/v1/offers/{offer.public_id}/", sign_in(shop.user)

    def patch(**values):
        return client.patch(path, values, content_type="application/json")

    assert patch(regions=["94"], departments=["75", "2A"]).json()["departments"] == [
        "75",
        *CORSICA,
    ]
    assert patch(regions=["94"]).json()["departments"] == CORSICA
    assert patch(lead_time_days=4).json()["departments"] == CORSICA
    assert patch(departments=[]).json()["departments"] == []
    assert patch(regions=["2A"]).status_code == 400


# --- donations ------------------------------------------------------------------------------
@pytest.fixture
def gift(make, shop):
    return make.Offer(supplier=shop.supplier, unit_price_eur=0)


def test_donation_is_marked_in_the_list_and_on_the_sheet(gift, make, settle, sign_in, ward):
    settle()
    client = sign_in(ward.user)
    badge = "</svg>donation</span>"
    assert client.get("/catalogue/").text.count(badge) == 1
    assert client.get(f"/catalogue/{gift.product.slug}/").text.count(badge) == 1
    make.Offer(product=gift.product, unit_price_eur=Decimal(3))
    settle()
    listed = client.get("/catalogue/").text
    assert badge in listed
    assert "3.00" in listed


def test_what_costs_something_is_no_donation(make, settle, sign_in, ward):
    offer = make.Offer()
    settle()
    client = sign_in(ward.user)
    for path in ("/catalogue/", f"/catalogue/{offer.product.slug}/"):
        assert "</svg>donation</span>" not in client.get(path).text


def test_donation_is_marked_for_its_supplier_and_in_the_api(gift, sign_in, shop):
    client = sign_in(shop.user)
    for path in ("/offers/", path_of(gift)):
        assert "</svg>donation</span>" in client.get(path).text
    assert client.get(f"/api/v1/offers/{gift.public_id}/").json()["is_donation"] is True
