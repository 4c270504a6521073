"""A supplier's offers: list, draft, terms, publishing, stock; and what others get instead."""

from decimal import Decimal

import pytest

from catalog import stock
from catalog.enums import OfferStatus
from catalog.models import Offer
from tests.catalog.test_pages_public import queries_of


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


def path_of(offer, act=""):
    return f"/offers/{offer.public_id}/{act}"


TERMS = {
    "unit_price_eur": "2,50",
    "pack_units": "50",
    "min_order_units": "100",
    "max_per_buyer_units": "",
    "lead_time_days": "3",
    "departments": "75, 2a",
    "supplier_reference": "GEL-50",
    "certificate": "",
}


def new(client, sheet, **changes):
    typed = {"product": sheet.slug, "on_hand_units": "1 200", **TERMS}
    return client.post("/offers/new/", {**typed, **changes})


# --- the way of an offer --------------------------------------------------------------------
def test_offer_from_draft_to_sale_to_withdrawal(make, sign_in, shop):
    client = sign_in(shop.user)
    page = new(client, make.Product())
    offer = Offer.objects.get()
    assert page.url == path_of(offer)
    assert (offer.status, offer.on_hand_units) == (OfferStatus.DRAFT, 1200)
    assert (offer.unit_price_eur, offer.departments) == (Decimal("2.5"), ["75", "2A"])
    assert "not published yet" in client.get(path_of(offer)).text
    client.post(path_of(offer, "publish/"))
    offer.refresh_from_db()
    assert offer.status == OfferStatus.ON_SALE
    assert "on sale" in client.get(path_of(offer)).text
    client.post(path_of(offer, "withdraw/"))
    offer.refresh_from_db()
    assert offer.status == OfferStatus.WITHDRAWN


def test_publish_twice_is_a_clear_message(make, sign_in, shop):
    client = sign_in(shop.user)
    offer = make.Offer(supplier=shop.supplier, status=OfferStatus.DRAFT)
    client.post(path_of(offer, "publish/"))
    page = client.post(path_of(offer, "publish/"), follow=True, headers={"referer": "/offers/"})
    assert "changed in the meantime" in page.text


def test_new_offer_twice_makes_one(make, sign_in, shop):
    client, product = sign_in(shop.user), make.Product()
    new(client, product)
    page = new(client, product)
    assert "already" in page.text
    assert Offer.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"unit_price_eur": "two euros"}, "unit_price_eur", "in digits"),
        ({"unit_price_eur": "-1"}, "unit_price_eur", "not negative"),
        ({"unit_price_eur": ""}, "unit_price_eur", "0 is a donation"),
        ({"unit_price_eur": "NaN"}, "unit_price_eur", "in digits"),
        ({"unit_price_eur": "1e500"}, "unit_price_eur", ""),
        ({"on_hand_units": "-5"}, "on_hand_units", "At least 0"),
        ({"on_hand_units": "1000000000000"}, "on_hand_units", "At most"),
        ({"on_hand_units": "many"}, "on_hand_units", "in digits"),
        ({"on_hand_units": "1.5"}, "on_hand_units", "in digits"),
        ({"min_order_units": "120"}, "min_order_units", "100 or 150"),
        ({"max_per_buyer_units": "99"}, "max_per_buyer_units", "not below"),
        ({"pack_units": "0"}, "pack_units", "At least 1"),
        ({"lead_time_days": "400"}, "lead_time_days", "At most 365"),
        ({"departments": "75 99"}, "departments", "99"),
        ({"product": "nothing"}, "product", ""),
        ({"product": ""}, "product", "Choose what you offer"),
    ],
)
def test_new_offer_bad_input_names_field_and_remedy(make, sign_in, shop, changes, field, words):
    page = new(sign_in(shop.user), make.Product(), **changes)
    assert page.status_code == 200
    errors = page.context["form"].errors
    assert list(errors) == [field]
    assert words in " ".join(errors[field])
    assert not Offer.objects.exists()
    assert 'value="GEL-50"' in page.text


def test_new_offer_above_the_ceiling_names_law_and_limit(make, sign_in, shop, exercise):
    page = new(sign_in(shop.user), make.Product(gel=True), unit_price_eur="6,2512")
    (text,) = page.context["form"].errors["unit_price_eur"]
    assert "2020-858" in text
    assert "6.2511" in text
    assert not Offer.objects.exists()


def test_new_offer_starts_with_the_sheet_asked_for(make, sign_in, shop):
    product = make.Product()
    page = sign_in(shop.user).get(f"/offers/new/?product={product.slug}")
    assert f'value="{product.slug}" selected' in page.text


def test_new_offer_of_an_unapproved_company_says_so(make, sign_in):
    member = make.SupplierMember(supplier=make.Supplier(pending=True))
    client = sign_in(member.user)
    assert "not approved at present" in client.get("/offers/new/").text
    page = new(client, make.Product())
    assert not Offer.objects.exists()
    assert page.status_code == 200


def test_offer_terms_are_changed(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    sign_in(shop.user).post(path_of(offer), TERMS)
    offer.refresh_from_db()
    assert (offer.pack_units, offer.lead_time_days) == (50, 3)
    assert offer.supplier_reference == "GEL-50"


def test_offer_on_sale_refuses_an_illegal_price_and_keeps_what_was_typed(
    make, sign_in, shop, exercise
):
    offer = make.Offer(supplier=shop.supplier, product=make.Product(gel=True))
    page = sign_in(shop.user).post(path_of(offer), {**TERMS, "unit_price_eur": "6.50"})
    assert "2020-858" in " ".join(page.context["form"].errors["unit_price_eur"])
    assert 'value="6.50"' in page.text
    assert "€6.2511" in page.text


def test_certificate_is_chosen_among_ones_own_for_the_standard(make, sign_in, shop):
    mine, other = make.Certificate(supplier=shop.supplier), make.Certificate()
    offer = make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True),
        status=OfferStatus.DRAFT,
    )
    client = sign_in(shop.user)
    page = client.post(path_of(offer), {**TERMS, "certificate": other.pk})
    assert "certificate" in page.context["form"].errors
    client.post(path_of(offer), {**TERMS, "certificate": mine.pk})
    offer.refresh_from_db()
    assert offer.certificate == mine


def test_publish_without_certificate_names_the_remedy(make, sign_in, shop):
    offer = make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True),
        status=OfferStatus.DRAFT,
    )
    page = sign_in(shop.user).post(
        path_of(offer, "publish/"), follow=True, headers={"referer": path_of(offer)}
    )
    assert "hand one in" in page.text


# --- stock ----------------------------------------------------------------------------------
def test_stock_is_declared_in_the_row(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    page = sign_in(shop.user).post(
        path_of(offer, "stock/"), {"on_hand_units": "1 500", "expected_on_hand_units": "1000"}
    )
    assert page.url == "/offers/"
    offer.refresh_from_db()
    assert offer.on_hand_units == 1500


@pytest.mark.parametrize(
    ("typed", "expected", "words"),
    [
        ("10", "999", "changed to 1000"),
        ("99", "1000", "100 units are promised"),
        ("-1", "1000", "At least 0"),
        ("1000000000000", "1000", "At most"),
        ("lots", "1000", "in digits"),
        ("", "1000", "how many"),
    ],
)
def test_stock_refused_says_why_and_keeps_what_was_typed(
    make, sign_in, shop, typed, expected, words
):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    stock.reserve(offer.pk, 100, cause="order-line:1", by=None)
    page = sign_in(shop.user).post(
        path_of(offer, "stock/"), {"on_hand_units": typed, "expected_on_hand_units": expected}
    )
    assert page.status_code == 200
    assert words in " ".join(page.context["stock_form"].errors["on_hand_units"])
    offer.refresh_from_db()
    assert offer.on_hand_units == 1000


# --- list -----------------------------------------------------------------------------------
def test_offers_names_every_reason_at_once(make, sign_in, shop, exercise):
    make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True, is_active=False),
        status=OfferStatus.DRAFT,
        on_hand_units=0,
        unit_price_eur=3,
    )
    page = sign_in(shop.user).get("/offers/")
    for words in ("not published", "retired", "no stock left", "certificate", "legal ceiling"):
        assert words in page.text


def test_offers_of_one_state(make, sign_in, shop):
    make.Offer(supplier=shop.supplier, status=OfferStatus.DRAFT)
    make.Offer(supplier=shop.supplier)
    client = sign_in(shop.user)
    assert len(client.get("/offers/?status=DRAFT").context["rows"]) == 1
    assert len(client.get("/offers/?status=NONSENSE").context["rows"]) == 2
    assert "No offer in this state" in client.get("/offers/?status=WITHDRAWN").text


def test_offers_empty_says_how_to_begin(sign_in, shop):
    assert "No offer yet" in sign_in(shop.user).get("/offers/").text


def test_offers_cost_the_same_for_2_and_20_rows(make, sign_in, shop, exercise):
    client, counts = sign_in(shop.user), []
    for many in (2, 18):
        for _each in range(many):
            make.Offer(supplier=shop.supplier, product=make.Product(gel=True))
        counts.append(queries_of(client, "/offers/"))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


# --- who may not ----------------------------------------------------------------------------
ACTS = ["", "publish/", "withdraw/", "stock/"]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["rival", "buyer", "reviewer", "nobody"])
def test_offer_pages_are_404_for_others(make, sign_in, shop, ward, act, who):
    users = {"rival": shop.user, "buyer": ward.user}
    if who == "reviewer":
        users[who] = make.User(reviewer=True)
    if who == "nobody":
        users[who] = make.User()
    offer = make.Offer(status=OfferStatus.DRAFT)
    assert sign_in(users[who]).post(path_of(offer, act), TERMS).status_code == 404
    offer.refresh_from_db()
    assert offer.status == OfferStatus.DRAFT


@pytest.mark.parametrize("path", ["/offers/", "/offers/new/"])
def test_supplier_pages_are_404_for_buyers(sign_in, ward, path):
    assert sign_in(ward.user).get(path).status_code == 404


@pytest.mark.parametrize("act", ["publish/", "withdraw/", "stock/"])
def test_verbs_are_posted(make, sign_in, shop, act):
    offer = make.Offer(supplier=shop.supplier)
    assert sign_in(shop.user).get(path_of(offer, act)).status_code == 405


def test_anonymous_is_asked_to_sign_in(make, client):
    assert "/accounts/login/" in client.get(path_of(make.Offer())).url
