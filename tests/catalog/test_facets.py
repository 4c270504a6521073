"""Facets: counts that hold when the link is followed, and nothing for those who may not know."""

from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.test import Client

from buyers.enums import BuyerKind
from catalog.enums import ProductKind, Trade
from catalog.models import Product, Synonym


pytestmark = pytest.mark.django_db
SEARCH = "/catalogue/"
API = "/api/v1/products/"
OF_TERMS = ("department", "in_stock", "price", "lead_time", "donation", "distance")


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def market(make, exercise, settle):
    """Offers of many kinds on the sheets of 2020."""
    for number, product in enumerate(Product.objects.order_by("pk")):
        for turn in range(number % 4):
            make.Offer(
                product=product,
                supplier=make.Supplier(approved=True, department=["75", "13", "59"][turn]),
                unit_price_eur=[0, "0.3", 7][(number + turn) % 3],
                on_hand_units=0 if (number + turn) % 5 == 0 else 1000,
                lead_time_days=1 + 5 * turn + number % 7,
                departments=["75"] if (number + turn) % 4 == 0 else ["13", "59"] * (turn % 2),
            )
    settle()


class Links(HTMLParser):
    """The facets' links with the numbers that stand in them."""

    def __init__(self, text):
        super().__init__()
        self.found, self.inside, self.link, self.is_number = {}, False, None, False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "nav":
            self.inside = attrs.get("class") == "facets"
        if self.inside and tag == "a":
            self.link = attrs["href"]
            self.chosen = "aria-current" in attrs
        self.is_number = self.inside and tag == "span" and attrs.get("class") == "number"

    def handle_data(self, data):
        if self.is_number and data.strip() and not self.chosen:
            self.found[self.link] = int(data)


def slugs(page):
    return [row.product.slug for row in page.context["shelves"]]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "q=masque",
        "category=protection&in_stock=true",
        "standard=EN+149",
        "q=gel&price=0.1-1&lead_time=14",
        "department=13&distance=300&in_stock=on",
    ],
)
def test_every_link_leads_to_as_many_sheets_as_it_says(market, sign_in, ward, asked):
    client = sign_in(ward.user)
    links = Links(client.get(f"{SEARCH}?{asked}").text).found
    assert links
    for link, number in links.items():
        assert client.get(f"{SEARCH}{link}").context["page"].paginator.count == number, link


@pytest.mark.parametrize("reader", ["anonymous", "rival", "waiting"])
def test_facets_tell_nothing_of_what_is_on_sale_to_those_who_may_not_know(
    market, make, client, shop, reader
):
    people = {"rival": shop, "waiting": make.BuyerMember(buyer=make.Buyer(pending=True))}
    if reader in people:
        client.force_login(people[reader].user)
    page = client.get(SEARCH)
    names = {facet.name for facet in page.context["facets"]}
    assert names == {"category", "standard", "managed"}
    everything = [slugs(page), page.context["page"].paginator.count]
    for asked in ("in_stock=true", "department=75", "price=1-5", "lead_time=1", "donation=true",
                  "distance=50", "order=price", "order=lead_time", "order=distance"):  # fmt: skip
        page = client.get(f"{SEARCH}?{asked}")
        assert [slugs(page), page.context["page"].paginator.count] == everything, asked
    counted = client.get(f"{API}facets/").json()
    assert set(counted["by_value"]) == {"category", "standard", "managed"}


def test_ministry_sees_facets_of_all_places_and_of_one(market, make, sign_in):
    client = sign_in(make.User(auditor=True))
    names = {facet.name for facet in client.get(SEARCH).context["facets"]}
    assert {"price", "lead_time", "in_stock"} <= names
    assert not {"department", "distance"} & names
    names = {facet.name for facet in client.get(f"{SEARCH}?department=13").context["facets"]}
    assert {"department", "distance"} <= names


def test_a_hospital_is_not_shown_what_only_manufacturers_may_buy(market, make, sign_in, ward):
    assert "emballages" not in [
        row.product.category.slug for row in sign_in(ward.user).get(SEARCH).context["shelves"]
    ]
    client = sign_in(
        make.BuyerMember(buyer__approved=True, buyer__kind=BuyerKind.MANUFACTURER).user
    )
    page = client.get(f"{SEARCH}?category=emballages")
    assert {row.product.category.trade for row in page.context["shelves"]} == {Trade.INDUSTRY}


def test_a_buyer_finds_what_is_delivered_to_it_at_the_price_it_gets(make, sign_in, settle):
    cheap_far = make.Offer(unit_price_eur=1, departments=["13"])
    dear_near = make.Offer(product=cheap_far.product, unit_price_eur=5, departments=["75"])
    other = make.Offer(unit_price_eur=3)
    settle()
    seat = make.BuyerMember(buyer__approved=True, buyer__department="75")
    page = sign_in(seat.user).get(f"{SEARCH}?order=price")
    assert slugs(page) == [other.product.slug, dear_near.product.slug]
    assert [row.lowest_eur for row in page.context["shelves"]] == [3, 5]
    page = sign_in(seat.user).get(f"{SEARCH}?order=price&department=13")
    assert slugs(page) == [cheap_far.product.slug, other.product.slug]
    rows = sign_in(seat.user).get(f"{API}?order=price&department=13").json()["results"]
    assert [row["slug"] for row in rows] == slugs(page)


def test_a_reseller_is_shown_prices_within_the_wholesale_ceiling(make, sign_in, settle, exercise):
    product = make.Product(kind=ProductKind.GEL, container_ml=1000)
    for price in ("6.2", "12.4"):
        make.Offer(product=product, unit_price_eur=price)
    settle()
    hospital = make.BuyerMember(buyer__approved=True)
    reseller = make.BuyerMember(buyer__approved=True, buyer__kind=BuyerKind.RESELLER)
    highest = [
        row.highest_eur
        for seat in (hospital, reseller)
        for row in sign_in(seat.user).get(f"{SEARCH}?in_stock=on&q=produit").context["shelves"]
    ]
    assert highest[0] > highest[1]


def test_orders_by_distance_and_by_delivery(make, sign_in, ward, settle):
    near, far = (
        make.Offer(supplier=make.Supplier(approved=True, department=place), lead_time_days=days)
        for place, days in (("92", 9), ("13", 2))
    )
    settle()
    client = sign_in(ward.user)
    assert slugs(client.get(f"{SEARCH}?order=distance"))[:2] == [
        near.product.slug,
        far.product.slug,
    ]
    assert slugs(client.get(f"{SEARCH}?order=lead_time"))[:2] == [
        far.product.slug,
        near.product.slug,
    ]


def test_an_answer_is_kept_until_the_shelf_moves(
    make, sign_in, ward, settle, django_assert_max_num_queries
):
    offer = make.Offer()
    settle()
    client = sign_in(ward.user)
    link = f'href="/catalogue/{offer.product.slug}/"'
    assert link in client.get(f"{SEARCH}?in_stock=on").text
    with django_assert_max_num_queries(8):
        assert link in client.get(f"{SEARCH}?in_stock=on").text
    type(offer).objects.update(on_hand_units=0)
    settle()
    assert slugs(client.get(f"{SEARCH}?in_stock=on")) == []
    cache.clear()
    Synonym.objects.create(terms=["a", "b"], legal_reference="usage", valid_from="2020-01-01")
    assert slugs(client.get(SEARCH)) == [offer.product.slug]


def reader(user=None, language="en"):
    """A browser of its own."""
    client = Client()
    client.cookies["django_language"] = language
    if user:
        client.force_login(user)
    return client


def test_a_hospital_is_told_that_its_own_department_is_asked(ward):
    asked = reader(ward.user).get(SEARCH).text
    here = f"your department ({ward.buyer.department})"
    assert f">{here}</option>" in asked
    assert "your department" not in reader().get(SEARCH).text


def test_what_is_kept_for_readers_of_one_kind_is_nobody_else_s(make, ward, settle):
    """One address, asked by a hospital, by one elsewhere, and by a stranger, each twice."""
    make.Offer(unit_price_eur="7.4747", departments=[ward.buyer.department])
    settle()
    elsewhere = make.BuyerMember(buyer__approved=True, buyer__department="13")
    for _turn in range(2):
        assert "7.4747" in reader(ward.user).get(SEARCH).text
        assert "7.4747" not in reader(elsewhere.user).get(SEARCH).text
        assert "7.4747" not in reader().get(SEARCH).text
        assert "7,4747" in reader(ward.user, "fr").get(SEARCH).text


def test_what_an_official_sees_is_not_kept_for_hospitals(make, ward, settle):
    """Retired sheets are shown to the ministry, also to its people with a seat in a hospital."""
    sheets = [make.Product(name="Stethoscope", is_active=each) for each in (True, False)]
    links = [f'href="/catalogue/{each.slug}/"' for each in sheets]
    settle()
    official = make.User(auditor=True)
    make.BuyerMember(user=official, buyer=ward.buyer)
    for _turn in range(2):
        for user, number in ((official, 2), (ward.user, 1)):
            page = reader(user).get(SEARCH, {"q": "stethoscope"})
            assert sum(link in page.text for link in links) == number
            asked = reader(user).get(f"{API}facets/", {"q": "stethoscope"}).json()
            assert asked["total"] == number


def test_what_is_kept_of_one_address_shows_no_other(make, settle):
    make.Product()
    settle()
    assert "mark=1" in reader().get(f"{SEARCH}?mark=1").text
    assert "mark=1" not in reader().get(SEARCH).text


def test_the_second_page_goes_on_where_the_first_ends(make, client, settle):
    for number in range(30):
        make.Product(name=f"Produit {number:02}")
    settle()
    page = client.get(SEARCH, {"page": 2})
    assert [row.product.name for row in page.context["shelves"]] == [
        f"Produit {number}" for number in range(24, 30)
    ]
    assert page.context["page"].paginator.count == 30


def test_more_than_ten_thousand_is_said_so(make, client, settle, monkeypatch):
    monkeypatch.setattr("catalog.views.listing.MOST_SHOWN", 3)
    for _each in range(4):
        make.Product(standard="EN 149")
    settle()
    text = " ".join(client.get(SEARCH).text.split())
    assert "More than 3 products" in text
    assert "more than 3" in text


def test_a_sheet_without_a_standard_is_no_choice_of_that_facet(make, client, settle):
    make.Product(name="Zebra")
    settle()
    page = client.get(SEARCH, {"q": "zebra"})
    assert len(slugs(page)) == 1
    assert "standard" not in {facet.name for facet in page.context["facets"]}
    assert client.get(f"{API}facets/", {"q": "zebra"}).json()["by_value"].get("standard", {}) == {}
