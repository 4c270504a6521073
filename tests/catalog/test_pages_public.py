"""Search and product sheet, for everyone and for each kind of reader."""

import datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from buyers.enums import BuyerKind
from catalog import standing
from catalog.enums import OfferStatus, Trade
from suppliers.enums import ProofStatus


pytestmark = pytest.mark.django_db

SEARCH = "/catalogue/"
CANARY = Decimal("7.7319")


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


def titles(response):
    return [shelf.product.slug for shelf in response.context["shelves"]]


def listed(client, asked=None):
    """The list once the worker has seen what was changed."""
    settled()
    return client.get(SEARCH, asked)


def settled():
    for _turns in standing.catch_up():
        pass


def sheet(product):
    return reverse("catalog:product", args=[product.slug])


# --- who sees what --------------------------------------------------------------------------
def test_search_anonymous_sees_sheets_and_no_price(make, client):
    offer = make.Offer(unit_price_eur=CANARY)
    page = listed(client)
    assert page.status_code == 200
    assert offer.product.name_en in page.text
    assert "by vetted suppliers" in page.text
    assert "7.7319" not in page.text
    assert offer.supplier.name not in page.text


def test_product_anonymous_sees_no_price_and_is_invited(make, client):
    offer = make.Offer(unit_price_eur=CANARY)
    page = client.get(sheet(offer.product))
    assert "Vetted suppliers offer this product" in page.text
    assert "7.7319" not in page.text
    assert offer.supplier.name not in page.text


@pytest.mark.parametrize("trait", ["pending", "suspended"])
def test_product_unapproved_buyer_sees_no_price(make, sign_in, trait):
    offer = make.Offer(unit_price_eur=CANARY)
    member = make.BuyerMember(buyer=make.Buyer(**{trait: True}))
    settled()
    for url in (SEARCH, sheet(offer.product)):
        page = sign_in(member.user).get(url)
        assert page.status_code == 200
        assert "7.7319" not in page.text


def test_rival_supplier_sees_no_price(make, sign_in, shop):
    offer = make.Offer(unit_price_eur=CANARY, supplier_reference="CANARY-REF")
    settled()
    for url in (SEARCH, f"{SEARCH}?order=price", sheet(offer.product), "/offers/"):
        page = sign_in(shop.user).get(url)
        assert page.status_code == 200
        for secret in ("7.7319", "CANARY-REF", offer.supplier.name):
            assert secret not in page.text


def test_approved_buyer_sees_price_range_delivery_and_count(make, sign_in, ward):
    product = make.Product()
    make.Offer(product=product, unit_price_eur="1.5", lead_time_days=9)
    make.Offer(product=product, unit_price_eur="2.25", lead_time_days=3)
    page = listed(sign_in(ward.user))
    (shelf,) = page.context["shelves"]
    assert (shelf.lowest_eur, shelf.highest_eur) == (Decimal("1.5"), Decimal("2.25"))
    assert shelf.delivery == timezone.localdate() + datetime.timedelta(days=3)
    assert "€1.50 to €2.25" in page.text


def test_ministry_sees_prices(make, sign_in):
    offer = make.Offer(unit_price_eur=CANARY)
    page = sign_in(make.User(auditor=True)).get(sheet(offer.product))
    assert "7.7319" in page.text
    assert "add" not in str(page.context["form"])


def test_buyer_never_sees_supplier_reference_nor_reserved_units(make, sign_in, ward):
    offer = make.Offer(supplier_reference="CANARY-REF", on_hand_units=98765, reserved_units=4321)
    page = sign_in(ward.user).get(sheet(offer.product))
    assert "CANARY-REF" not in page.text
    for secret in ("98,765", "98765", "4,321", "4321"):
        assert secret not in page.text


# --- which offers count ---------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        {"status": OfferStatus.DRAFT},
        {"status": OfferStatus.WITHDRAWN},
        {"supplier__suspended": True, "supplier__approved": False},
    ],
)
def test_offer_not_on_sale_is_not_shown(make, sign_in, ward, change):
    offer = make.Offer(**change)
    page = sign_in(ward.user).get(sheet(offer.product))
    assert page.context["shelf"].quotes == []


@pytest.mark.parametrize(
    "proof",
    [
        None,
        {"status": ProofStatus.PENDING},
        {"expires_on": datetime.date(2020, 6, 1)},
    ],
)
def test_offer_without_valid_proof_is_not_shown(make, sign_in, ward, proof):
    supplier = make.Supplier(approved=True)
    certificate = make.Certificate(supplier=supplier, **proof) if proof else None
    offer = make.Offer(
        supplier=supplier, product=make.Product(surgical_mask=True), certificate=certificate
    )
    page = sign_in(ward.user).get(sheet(offer.product))
    assert page.context["shelf"].quotes == []


def test_offer_above_the_ceiling_is_not_shown(make, sign_in, ward, exercise):
    product = make.Product(gel=True)
    make.Offer(product=product, unit_price_eur="6.2512")
    legal = make.Offer(product=product, unit_price_eur="6.2511")
    page = sign_in(ward.user).get(sheet(product))
    assert [quote.offer for quote in page.context["shelf"].quotes] == [legal]


def test_offers_that_are_not_for_this_buyer_are_greyed_with_the_reason(make, sign_in, ward):
    product = make.Product()
    make.Offer(product=product, departments=["13"], unit_price_eur=1)
    make.Offer(product=product, on_hand_units=0, unit_price_eur=1)
    serving = make.Offer(product=product, departments=["75", "13"], unit_price_eur=3)
    page = sign_in(ward.user).get(sheet(product))
    quotes = page.context["shelf"].quotes
    assert quotes[0].offer == serving
    assert [bool(quote.obstacle) for quote in quotes] == [False, True, True]
    assert "does not deliver to Paris (75)" in page.text
    assert "out of stock at present" in page.text
    assert page.text.count('type="radio"') == 1


def test_reseller_is_held_to_the_wholesale_ceiling(make, sign_in, exercise):
    member = make.BuyerMember(buyer=make.Buyer(approved=True, kind=BuyerKind.RESELLER))
    product = make.Product(gel=True)
    make.Offer(product=product, unit_price_eur="4.0001")
    make.Offer(product=product, unit_price_eur="4.0000")
    page = sign_in(member.user).get(sheet(product))
    assert "not for resale" in page.text
    assert len(page.context["shelf"].open_quotes) == 1


# --- order forms ----------------------------------------------------------------------------
def test_ample_product_has_an_order_form_for_the_basket(make, sign_in, ward):
    offer = make.Offer()
    page = sign_in(ward.user).get(sheet(offer.product))
    assert f'action="{reverse("orders:add_line")}"' in page.text
    assert f'value="{offer.public_id}"' in page.text
    assert 'name="requested_units"' in page.text
    assert 'name="form_owner"' in page.text


def test_scarce_product_has_a_need_form_with_the_reference_need(make, sign_in, ward):
    category = make.Category(slug="scarce-things")
    product = make.Product(scarce=True, category=category, weekly_units_per_carer=3)
    other = make.Product(scarce=True, category=category)
    ample = make.Product(category=category)
    page = sign_in(ward.user).get(sheet(product))
    for name in ("requested_units", "min_useful_units", "needed_by", "max_unit_price_eur"):
        assert f'name="{name}"' in page.text
    assert f'value="{other.slug}"' in page.text
    assert f'value="{ample.slug}"' not in page.text
    assert page.context["weekly_need_units"] == 100 * 10 + 200 * 3
    assert "1,600 units a week" in page.text.replace("\u202f", ",")


def test_hospital_may_not_order_raw_materials(make, sign_in, ward):
    category = make.Category(slug="ethanol", trade=Trade.INDUSTRY)
    offer = make.Offer(product=make.Product(category=category))
    page = sign_in(ward.user).get(sheet(offer.product))
    assert "sold to manufacturers only" in page.text
    assert 'name="requested_units"' not in page.text


def test_manufacturer_may_order_raw_materials(make, sign_in):
    member = make.BuyerMember(buyer=make.Buyer(approved=True, kind=BuyerKind.MANUFACTURER))
    category = make.Category(slug="ethanol", trade=Trade.INDUSTRY)
    offer = make.Offer(product=make.Product(category=category))
    page = sign_in(member.user).get(sheet(offer.product))
    assert 'name="requested_units"' in page.text


def test_supplier_is_invited_to_offer(make, sign_in, shop):
    product = make.Product()
    page = sign_in(shop.user).get(sheet(product))
    assert f"/offers/new/?product={product.slug}" in page.text


def test_retired_sheet_is_gone_but_for_the_ministry(make, client):
    product = make.Product(is_active=False)
    assert client.get(sheet(product)).status_code == 404
    client.force_login(make.User(reviewer=True))
    assert client.get(sheet(product)).status_code == 200


def test_sheet_shows_typed_facts(law, client):
    page = client.get("/catalogue/masque-chirurgical-type-iir/")
    for fact in ("EN 14683", "Type IIR", "33140000-3", "Scarce: shared out in rounds", "98"):
        assert fact in page.text
    client.cookies["django_language"] = "fr"
    assert "Masque chirurgical type IIR" in listed(client).text


# --- search ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("éthanol", "ethanol-96-200-l"),
        ("ETHANOL", "ethanol-96-200-l"),
        ("hydroalcolique", "gel-500-ml"),
        ("gel 500", "gel-500-ml"),
        ("EN14683", "masque-chirurgical-type-iir"),
        ("surgical mask", "masque-chirurgical-type-iir"),
        ("FFP2", "masque-ffp2"),
        ("visiere", "visiere"),
        ("33142", None),
        ("locomotive", None),
    ],
)
def test_search_finds(law, client, words, found):
    slugs = titles(listed(client, {"q": words}))
    assert (found in slugs) if found else slugs == []


def test_search_best_match_comes_first(law, client):
    assert titles(listed(client, {"q": "masque FFP3"}))[0] == "masque-ffp3"


def test_search_by_category_holds_its_subcategories(law, client):
    slugs = titles(listed(client, {"category": "masques"}))
    assert len(slugs) == 8
    assert all(slug.startswith("masque-") for slug in slugs)


def test_search_filters_show_as_chips_that_come_off(law, sign_in, ward):
    client = sign_in(ward.user)
    page = client.get(
        SEARCH, {"q": "masque", "category": "masques", "managed": "on", "department": "75"}
    )
    texts = [chip.text for chip in page.context["chips"]]
    assert len(texts) == 4
    assert "q=masque&amp;managed=on&amp;department=75" in page.text


def test_search_in_stock_is_for_those_who_see_stock(make, client, sign_in, shop):
    make.Offer(on_hand_units=0)
    make.Offer()
    settled()
    for reader in (client, sign_in(shop.user)):
        cache.clear()  # strangers are shown what is kept for all of them
        for path, key in ((SEARCH, "on"), ("/api/v1/products/", "true")):
            assert "in_stock" not in reader.get(SEARCH).text
            told = reader.get(path, {"in_stock": key})
            rows = titles(told) if path == SEARCH else told.json()["results"]
            assert len(rows) == 2


def test_search_in_stock_and_department(make, sign_in, ward):
    client = sign_in(ward.user)
    sold_out = make.Offer(on_hand_units=0)
    less_than_a_pack = make.Offer(on_hand_units=99, pack_units=100)
    less_than_minimum = make.Offer(on_hand_units=149, pack_units=50, min_order_units=150)
    promised = make.Offer(on_hand_units=100, reserved_units=51, pack_units=50)
    here = make.Offer(departments=["75"])
    everywhere = make.Offer()
    in_stock = titles(listed(client, {"in_stock": "on"}))
    assert set(in_stock) == {here.product.slug, everywhere.product.slug}
    served = titles(listed(client, {"in_stock": "on", "department": "13"}))
    assert served == [everywhere.product.slug]
    everything = titles(listed(client))
    assert len(everything) == 6
    assert sold_out.product.slug in everything
    assert not {less_than_a_pack, less_than_minimum, promised} & {here, everywhere}


def test_search_leaves_out_what_is_too_dear_or_unproved(make, sign_in, ward, exercise):
    make.Offer(product=make.Product(gel=True), unit_price_eur="6.2512")
    make.Offer(product=make.Product(surgical_mask=True), unit_price_eur="0.5")
    legal = make.Offer(product=make.Product(gel=True, container_ml=1000), unit_price_eur="6.2512")
    client = sign_in(ward.user)
    assert titles(listed(client, {"in_stock": "on"})) == [legal.product.slug]
    rows = client.get("/api/v1/products/?in_stock=true").json()["results"]
    assert [row["slug"] for row in rows] == [legal.product.slug]


def test_search_order_by_price_is_for_those_who_see_prices(make, sign_in, ward, client):
    cheap, dear = make.Offer(unit_price_eur=1), make.Offer(unit_price_eur=3)
    make.Product(name="Aaa")
    assert titles(listed(sign_in(ward.user), {"order": "price"}))[:2] == [
        cheap.product.slug,
        dear.product.slug,
    ]
    client.logout()
    page = listed(client, {"order": "price"})
    assert "price per litre" not in page.text
    assert len(titles(page)) == 3


def test_search_pages(make, client):
    for _each in range(30):
        make.Product()
    assert len(titles(listed(client))) == 24
    assert len(titles(listed(client, {"page": 2}))) == 6


def test_search_without_a_hit_says_what_to_do(client):
    assert "Nothing fits" in listed(client, {"q": "locomotive"}).text


HOSTILE = [
    "q=%00",
    "q=" + "x" * 300,
    "q=%25%27%22%3B--",
    "q=%C3%28",
    "q=" + "a+" * 60,
    "page=abc",
    "page=-1",
    "page=99999999999999999999",
    "department=zz",
    "department=75%00",
    "category=nothing",
    "category=%00",
    "order=password",
    "order=-supplier__siret",
    "in_stock=perhaps",
    "managed=%00",
    "supplier__siret=1",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_search_survives_hostile_questions(make, client, query):
    make.Offer()
    for path in (SEARCH, "/api/v1/products/", sheet(make.Product())):
        assert client.get(f"{path}?{query}").status_code < 500


# --- cost -----------------------------------------------------------------------------------
def queries_of(client, url):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("reader", ["anonymous", "buyer", "supplier", "ministry"])
def test_search_costs_the_same_for_2_and_20_rows(make, client, ward, shop, exercise, reader):
    """Words and filters asked for the first time, of a process that has seen the shelf."""
    users = {"buyer": ward.user, "supplier": shop.user}
    if reader == "ministry":
        users["ministry"] = make.User(reviewer=True)
    if reader in users:
        client.force_login(users[reader])
    counts = []
    for many in (2, 18):
        for _each in range(many):
            make.Offer(product=make.Product(gel=True, dispenser="ELBOW_LEVER", name_en="Zebra"))
        settled()
        client.get(SEARCH)
        filters = "" if reader == "ministry" else "&in_stock=on&department=75&category=test-goods"
        counts.append(queries_of(client, f"{SEARCH}?q=zebra{filters}"))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_product_costs_the_same_for_2_and_20_offers(make, sign_in, ward, exercise):
    product = make.Product(gel=True, managed=True)
    client = sign_in(ward.user)
    counts = []
    for many in (2, 18):
        for _each in range(many):
            make.Offer(product=product)
        counts.append(queries_of(client, sheet(product)))
    assert counts[0] == counts[1]
    assert counts[0] <= 13
