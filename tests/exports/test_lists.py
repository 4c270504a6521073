"""Every list that can be exported, on pages and in the API: who gets what, and no formula."""

import datetime
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from buyers.enums import BuyerKind
from catalog import standing
from catalog.enums import OfferStatus, Trade
from catalog.models import VatRule
from core.exports import is_formula
from orders import operations
from tests.exports.files import body, csv_rows, xlsx_formulas, xlsx_rows


pytestmark = pytest.mark.django_db

PAYLOADS = [
    "=HYPERLINK(1)",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1;1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "＝1+1",
]
PAGES = {
    "sheets": "/catalogue/export/{}/",
    "offers": "/offers/export/{}/",
    "movements": "/offers/movements/export/{}/",
    "orders": "/orders/export/{}/",
    "sales": "/sales/export/{}/",
}
API = {
    "sheets": "/api/v1/products/export/{}/",
    "offers": "/api/v1/offers/export/{}/",
    "movements": "/api/v1/stock-movements/export/{}/",
    "orders": "/api/v1/orders/export/{}/",
    "sales": "/api/v1/supplier-orders/export/{}/",
}
URLS = [(name, url) for urls in (PAGES, API) for name, url in urls.items()]


@pytest.fixture(autouse=True)
def _french(client):
    client.cookies["django_language"] = "fr"


def settle():
    """As the worker does within a second."""
    for _turns in standing.catch_up():
        pass


@pytest.fixture
def market(make):
    """One order of 20 units for each text, which stands wherever people may type."""

    def _market(*texts):
        VatRule.objects.create(
            rate_pct=20, legal_reference="Test", valid_from=datetime.date(2020, 1, 1)
        )
        first = (texts or ["Plain"])[0]
        seat = make.BuyerMember(buyer__name=first)
        shop = make.SupplierMember(supplier__name=first)
        for number, text in enumerate(texts or ["Plain"]):
            offer = make.Offer(
                supplier=shop.supplier,
                supplier_reference=text,
                product__name=text,
                product__standard_class=text[:20],
                product__gtin=None if number else "03012345678900",
                unit_price_eur="1.25",
            )
            basket = operations.basket_of(seat.buyer, by=seat.user)
            operations.add_line(
                basket, by=seat.user, product=offer.product, offer=offer, requested_units=20
            )
            site = make.Site(buyer=seat.buyer, name=text)
            operations.submit(basket, by=seat.user, site=site, purchase_order=text)
        settle()
        offer.refresh_from_db()
        return SimpleNamespace(buyer=seat.buyer, alice=seat.user, bob=shop.user, offer=offer)

    return _market


def reader(market, name):
    return market.alice if name == "orders" else market.bob


def exported(client, url, file_format="csv"):
    return body(client.get(url.format(file_format)))


def records(content):
    heading, *rows = csv_rows(content)
    return [dict(zip(heading, row, strict=True)) for row in rows]


@pytest.mark.parametrize(("name", "url"), URLS)
def test_formula_is_neutralised_in_csv_and_text_in_xlsx(sign_in, market, name, url):
    client = sign_in(reader(market(*PAYLOADS), name))
    cells = [cell for row in csv_rows(exported(client, url)) for cell in row]
    assert {f"'{text}" for text in PAYLOADS} <= set(cells)
    assert not [cell for cell in cells if is_formula(cell) and not cell.startswith("'")]
    content = exported(client, url, "xlsx")
    typed = [cell for row in xlsx_rows(content) for cell in row]
    assert {text.replace("\r", "\n") for text in PAYLOADS} <= {
        str(cell).replace("\r", "\n") for cell in typed
    }
    assert not xlsx_formulas(content)


def test_anonymous_gets_sheets_alone_and_no_price(client, market):
    market()
    for name, url in URLS:
        response = client.get(url.format("csv"))
        if name != "sheets":
            assert response.status_code in {302, 401}
            continue
        (row,) = records(body(response))
        assert row["Produit"] == "Plain"
        assert row["Proposé par des fournisseurs vérifiés"] == "oui"
        assert row["GTIN"] == "03012345678900"
        assert not [value for value in row.values() if "1,25" in value]


def test_buyer_gets_the_prices_that_it_can_order_at(make, sign_in, market):
    shop = market()
    make.Offer(product=shop.offer.product, unit_price_eur="0.50", on_hand_units=0)
    make.Offer(product=shop.offer.product, unit_price_eur="0.75", departments=["13"])
    make.Offer(product=shop.offer.product, unit_price_eur="2.5", lead_time_days=1)
    make.Product(name="Unoffered")
    settle()
    rows = {row["Produit"]: row for row in records(exported(sign_in(shop.alice), PAGES["sheets"]))}
    row = rows["Plain"]
    assert row["Prix unitaire le plus bas (€ HT)"] == "1,2500"
    assert row["Prix unitaire maximal (€ HT)"] == "2,5000"
    assert row["Offres"] == "2"
    assert rows["Unoffered"]["Proposé par des fournisseurs vérifiés"] == "non"


@pytest.mark.parametrize("kind", [BuyerKind.HOSPITAL, BuyerKind.MANUFACTURER])
def test_raw_materials_have_a_price_for_manufacturers_alone(make, sign_in, kind):
    make.Offer(product__category=make.Category(slug="raw", trade=Trade.INDUSTRY))
    seat = make.BuyerMember(buyer__kind=kind)
    settle()
    rows = records(exported(sign_in(seat.user), PAGES["sheets"]))
    prices = [row["Prix unitaire le plus bas (€ HT)"] for row in rows]
    assert prices == (["2,0000"] if kind == BuyerKind.MANUFACTURER else [])


def test_export_has_the_filters_of_the_page(make, sign_in, market):
    shop = market()
    make.Offer(supplier=shop.offer.supplier, status=OfferStatus.WITHDRAWN, product__name="Gone")
    client = sign_in(shop.bob)
    content = body(client.get(PAGES["offers"].format("csv"), {"status": "WITHDRAWN"}))
    assert [row["Produit"] for row in records(content)] == ["Gone"]
    found = body(client.get(PAGES["sheets"].format("csv"), {"q": "plain"}))
    assert [row["Produit"] for row in records(found)] == ["Plain"]
    assert records(body(client.get(PAGES["sales"].format("csv"), {"show": "done"}))) == []
    api = body(client.get(API["offers"].format("csv"), {"status": "WITHDRAWN"}))
    assert [row["Produit"] for row in records(api)] == ["Gone"]


def test_supplier_gets_its_own_stock_and_its_ledger(make, sign_in, market):
    shop = market()
    make.Offer()
    client = sign_in(shop.bob)
    (row,) = records(exported(client, PAGES["offers"]))
    assert (row["Stock (unités)"], row["Promises (unités)"]) == ("1000", "20")
    moves = records(exported(client, PAGES["movements"]))
    assert [(m["Stock (unités)"], m["Promises (unités)"]) for m in moves] == [
        ("0", "20"),
        ("1000", "0"),
    ]


def test_buyer_gets_offers_by_the_api_without_what_is_private(sign_in, market):
    shop = market()
    (row,) = records(exported(sign_in(shop.alice), API["offers"]))
    assert row["Disponible (unités)"] == "980"
    assert "Stock (unités)" not in row
    assert "Votre référence" not in row


def test_person_of_both_sides_gets_private_columns_of_own_offers_alone(make, sign_in, market):
    shop = market()
    make.SupplierMember(user=shop.alice, supplier=make.Offer().supplier)
    rows = records(exported(sign_in(shop.alice), API["offers"]))
    assert {row["Stock (unités)"] for row in rows} == {"", "1000"}


def test_orders_say_what_came_of_them(sign_in, market):
    shop = market()
    (row,) = records(exported(sign_in(shop.alice), PAGES["orders"]))
    assert row["Montant (€ HT)"] == "25,00"
    assert row["Demandées (unités)"] == "20"
    assert row["SIRET"] == shop.buyer.siret
    (sale,) = records(exported(sign_in(shop.bob), PAGES["sales"]))
    assert sale["Prix unitaire (€ HT)"] == "1,2500"


def test_stranger_gets_nobody_s_rows(make, sign_in, market):
    market()
    seats = make.BuyerMember(), make.SupplierMember()
    for name, url in URLS:
        for seat in seats:
            response = sign_in(seat.user).get(url.format("csv"))
            if name == "sheets" or (name == "offers" and seat is seats[0]):
                continue
            assert response.status_code == 404 or records(body(response)) == []


def test_unknown_format_is_not_found(sign_in, market):
    shop = market()
    for _name, url in URLS:
        for person in (shop.alice, shop.bob):
            assert sign_in(person).get(url.format("pdf")).status_code == 404


def test_api_answers_whatever_the_client_accepts(sign_in, market):
    client, url = sign_in(market().bob), API["offers"].format("csv")
    for accept in ("text/csv", "application/json", "*/*", "image/png"):
        response = client.get(url, headers={"accept": accept})
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"].startswith('attachment; filename="offers-')
        wrong = client.get(url, {"status": "x"}, headers={"accept": accept})
        assert wrong.status_code == 400
        assert wrong["Content-Type"] == "application/json"


@pytest.mark.parametrize(("name", "url"), URLS)
def test_export_asks_as_often_for_20_rows_as_for_2(make, sign_in, market, name, url):
    shop = market()
    client = sign_in(reader(shop, name))

    def more(count):
        for _ in range(count):
            made = make.Offer(supplier=shop.offer.supplier)
            basket = operations.basket_of(shop.buyer, by=shop.alice)
            operations.add_line(
                basket, by=shop.alice, product=made.product, offer=made, requested_units=5
            )
            operations.submit(basket, by=shop.alice, site=shop.buyer.sites.get())
        settle()

    def asked():
        with CaptureQueriesContext(connection) as captured:
            rows = records(exported(client, url))
        return len(captured), len(rows)

    more(1)
    few, few_rows = asked()
    more(18)
    many, many_rows = asked()
    assert few == many <= 14
    assert many_rows - few_rows >= 18


@pytest.mark.parametrize(
    ("url", "who"),
    [
        ("/catalogue/", "alice"),
        ("/offers/", "bob"),
        ("/orders/", "alice"),
        ("/sales/", "bob"),
    ],
)
def test_list_page_links_to_its_export_with_the_filters(sign_in, market, url, who):
    client = sign_in(getattr(market(), who))
    page = client.get(url, {"page": "1", "show": ""})
    for file_format in ("csv", "xlsx"):
        assert f'{url}export/{file_format}/?show="' in page.text.replace("&amp;", "&")
