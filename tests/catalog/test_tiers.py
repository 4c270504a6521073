"""Prices that fall with the quantity: typed, kept in order, held to the law, shown to buyers."""

from decimal import Decimal

import pytest

from catalog import operations
from catalog.checks import Tier
from catalog.models import Offer, PriceTier
from core.errors import DomainError, IllegalPrice
from journal.models import Event
from tests.catalog.test_constraints import refused
from tests.catalog.test_pages_public import queries_of
from tests.catalog.test_pages_supplier import TERMS, path_of


pytestmark = pytest.mark.django_db
TWO = [Tier(1000, Decimal("1.8")), Tier(5000, Decimal("1.5"))]


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier, unit_price_eur=2)


def held(offer):
    return list(offer.tiers.values_list("from_units", "unit_price_eur"))


def typed(*rows, **more):
    names = ("from_units", "unit_price_eur")
    cells = {
        f"tiers.{row}.{name}": text
        for row, pair in enumerate(rows)
        for name, text in zip(names, pair, strict=True)
    }
    return {**TERMS, **cells, **more}


@pytest.mark.parametrize(
    ("units", "price"),
    [(1, "2"), (999, "2"), (1000, "1.8"), (4999, "1.8"), (5000, "1.5"), (10**9, "1.5")],
)
def test_price_for_a_quantity(offer, shop, units, price):
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    assert Offer.objects.get().price_for(units) == Decimal(price)


def test_tiers_are_told_of_in_the_journal(offer, shop):
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    (event,) = Event.objects.filter(verb="catalog.offer_updated")
    assert event.payload["changed"] == ["tiers"]
    assert event.payload["tiers"] == [[1000, "1.8000"], [5000, "1.5000"]]


@pytest.mark.parametrize(
    ("tiers", "field"),
    [
        ([(1, "1.9")], "tiers.0.from_units"),
        ([(1000, "2")], "tiers.0.unit_price_eur"),
        ([(1000, "2.1")], "tiers.0.unit_price_eur"),
        ([(1000, "0")], "tiers.0.unit_price_eur"),
        ([(1000, "1.23456")], "tiers.0.unit_price_eur"),
        ([(10**9 + 1, "1")], "tiers.0.from_units"),
        ([(1000, "1.8"), (1000, "1.5")], "tiers.1.from_units"),
        ([(1000, "1.8"), (500, "1.5")], "tiers.1.from_units"),
        ([(1000, "1.8"), (2000, "1.8")], "tiers.1.unit_price_eur"),
        ([(10 + row, f"1.{9 - row}") for row in range(6)], "tiers"),
    ],
)
def test_tiers_that_cannot_be_name_their_row(offer, shop, tiers, field):
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    wrong = [Tier(units, Decimal(price)) for units, price in tiers]
    with pytest.raises(DomainError) as caught:
        operations.update_offer(offer, by=shop.user, tiers=wrong)
    assert caught.value.field == field
    assert held(offer) == TWO


@pytest.mark.parametrize(
    "terms", [{"unit_price_eur": Decimal("1.8")}, {"min_order_units": 1000}, {"unit_price_eur": 0}]
)
def test_other_terms_cannot_overtake_the_tiers(offer, shop, terms):
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    with pytest.raises(DomainError) as caught:
        operations.update_offer(Offer.objects.get(), by=shop.user, **terms)
    assert caught.value.field.startswith("tiers")


def test_first_price_above_the_ceiling_is_not_cured_by_tiers(make, shop, exercise):
    with pytest.raises(IllegalPrice):
        operations.create_offer(
            shop.supplier,
            by=shop.user,
            product=make.Product(gel=True),
            unit_price_eur=Decimal("6.2512"),
            tiers=[Tier(100, Decimal("6.2511"))],
        )
    assert not PriceTier.objects.exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"from_units": 1}, "tier_quantity_plausible"),
        ({"unit_price_eur": 0}, "tier_price_positive"),
        ({"from_units": 5000}, "tier_quantity_unique"),
        ({"unit_price_eur": "1.5"}, "tier_price_unique"),
    ],
)
def test_constraints(offer, shop, change, name):
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    first = PriceTier.objects.filter(from_units=1000)
    refused(name, lambda: first.update(**change))


# --- page and API ---------------------------------------------------------------------------
def test_page_takes_rows_closes_gaps_and_empties_them(offer, sign_in, shop):
    client = sign_in(shop.user)
    client.post(path_of(offer), typed(("1 000", "1,80"), ("", ""), ("5000", "1.5")))
    assert held(offer) == TWO
    page = client.get(path_of(offer))
    assert 'name="tiers.1.unit_price_eur" value="1.50"' in page.text
    assert "down to 1.50 € from 5,000 units on" in page.text
    client.post(path_of(offer), TERMS)
    assert held(offer) == []


@pytest.mark.parametrize(
    ("rows", "field", "words"),
    [
        ([("1000", "")], "tiers.0.unit_price_eur", "both the quantity and the price"),
        ([("", "1.5")], "tiers.0.from_units", "both the quantity and the price"),
        ([("many", "1.5")], "tiers.0.from_units", "in digits"),
        ([("1000", "cheap")], "tiers.0.unit_price_eur", "in digits"),
        ([("", ""), ("1000", "9")], "tiers.0.unit_price_eur", "costs less than 2.50"),
        ([("1000", "2"), ("500", "1")], "tiers.1.from_units", "begins above 1000"),
    ],
)
def test_page_refuses_a_row_and_keeps_what_was_typed(offer, sign_in, shop, rows, field, words):
    page = sign_in(shop.user).post(path_of(offer), typed(*rows))
    form = page.context["form"]
    assert list(form.errors) == [field]
    assert words in " ".join(form.errors[field])
    assert form[field].value() == rows[-1][field.endswith("price_eur")]
    assert [
        each.is_open for each in form.sections() if field in [f.name for f in each.fields]
    ] == [True]
    assert held(offer) == []


def test_new_offer_with_tiers(make, sign_in, shop):
    more = {"product": make.Product().slug, "on_hand_units": "10"}
    sign_in(shop.user).post("/offers/new/", typed(("1000", "1.8"), **more))
    assert held(Offer.objects.get()) == TWO[:1]


def test_api_sets_shows_and_refuses(offer, sign_in, shop, ward):
    rows = [
        {"from_units": 1000, "unit_price_eur": "1.8000"},
        {"from_units": 5000, "unit_price_eur": "1.5000"},
    ]
    client, path = sign_in(shop.user), f"/api/v1/offers/{offer.public_id}/"
    answer = client.patch(path, {"tiers": rows}, content_type="application/json")
    assert answer.json()["tiers"] == rows
    wrong = client.patch(path, {"tiers": rows[::-1]}, content_type="application/json")
    (error,) = wrong.json()["errors"]
    assert (wrong.status_code, error["attr"]) == (409, "tiers.1.from_units")
    bad = client.patch(path, {"tiers": [{"from_units": 1}]}, content_type="application/json")
    assert bad.status_code == 400
    assert sign_in(ward.user).get(path).json()["tiers"] == rows


def test_buyer_sees_the_prices_of_quantities_in_a_fixed_number_of_queries(make, sign_in, ward):
    product, client, counts = make.Product(), sign_in(ward.user), []
    for many in (2, 18):
        for _each in range(many):
            PriceTier.objects.create(
                offer=make.Offer(product=product), from_units=1000, unit_price_eur="1.8"
            )
        counts.append(queries_of(client, f"/catalogue/{product.slug}/"))
    assert counts[0] == counts[1]
    assert "from 1,000 on: €1.80" in " ".join(
        client.get(f"/catalogue/{product.slug}/").text.split()
    )
