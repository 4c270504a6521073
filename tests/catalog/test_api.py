"""/api/v1/: the catalogue for everyone, offers by audience, a supplier's own acts."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog import stock
from catalog.enums import OfferStatus
from catalog.models import Offer
from tests.catalog.test_pages_public import queries_of


pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
OFFERS = "/api/v1/offers/"
CANARY = "7.7319"


def path_of(offer, act=""):
    return f"{OFFERS}{offer.public_id}/{act}"


def post(client, path, body=None):
    return client.post(path, body or {}, content_type="application/json")


def patch(client, path, body):
    return client.patch(path, body, content_type="application/json")


# --- categories, products -------------------------------------------------------------------
def test_categories_are_public(law, client):
    rows = client.get("/api/v1/categories/").json()["results"]
    assert len(rows) == 22
    properties = rows[2].pop("attributes")
    assert [each["key"] for each in properties] == [
        "standard_class",
        "bacterial_filtration_pct",
        "splash_resistant",
        "fastening",
        "size",
    ]
    assert properties[1] == {
        "key": "bacterial_filtration_pct",
        "name": "filtration bactérienne, au moins",
        "name_en": "bacterial filtration, at least",
        "kind": "DECIMAL",
        "unit": "%",
        "choices": [],
        "is_required": True,
        "least": "90.0000",
        "most": "100.0000",
        "is_column": False,
    }
    assert properties[0]["choices"][0] == {
        "value": "Type I",
        "label": "type I",
        "label_en": "type I",
    }
    assert rows[2] == {
        "slug": "masques-chirurgicaux",
        "name": "Masques chirurgicaux",
        "name_en": "Surgical masks",
        "parent": "masques",
        "trade": "FINISHED",
    }


def test_products_are_public_and_without_price(make, client, settle):
    offer = make.Offer(unit_price_eur=CANARY)
    make.Product(is_active=False)
    settle()
    answer = client.get("/api/v1/products/")
    (row,) = answer.json()["results"]
    assert row == {
        "slug": offer.product.slug,
        "name": offer.product.name,
        "name_en": offer.product.name_en,
        "description": "",
        "category": "test-goods",
        "kind": "OTHER",
        "standard": "",
        "standard_class": "",
        "un_number": "",
        "hazard_class": "",
        "packing_group": "",
        "container_ml": None,
        "dispenser": "",
        "has_valve": False,
        "unit_name": "unité",
        "cpv": "",
        "gtin": None,
        "attributes": {},
        "managed": False,
        "weekly_units_per_bed": "10.00",
        "weekly_units_per_carer": "0.00",
        "is_offered": True,
    }
    assert CANARY not in answer.text


def test_products_same_filters_as_the_page(law, client, settle):
    settle()
    found = client.get("/api/v1/products/?q=masque&category=masques&managed=true").json()
    assert {row["slug"] for row in found["results"]} == {
        "masque-chirurgical-type-ii",
        "masque-chirurgical-type-iir",
        "masque-ffp2",
        "masque-ffp3",
    }
    assert client.get("/api/v1/products/?order=price").status_code == 400
    assert client.get("/api/v1/products/?category=zz").status_code == 400


def test_product_by_slug(make, client):
    product = make.Product()
    assert client.get(f"/api/v1/products/{product.slug}/").json()["is_offered"] is False
    assert client.get("/api/v1/products/nothing/").status_code == 404


# --- offers: who sees what ------------------------------------------------------------------
def test_offers_anonymous(make, client):
    offer = make.Offer()
    for path in (OFFERS, path_of(offer), "/api/v1/stock-movements/"):
        assert client.get(path).status_code == 401


def test_offers_supplier_sees_all_of_its_own(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier, supplier_reference="REF", on_hand_units=1000)
    stock.reserve(offer.pk, 10, cause="order-line:1", by=None)
    (row,) = sign_in(shop.user).get(OFFERS).json()["results"]
    for moment in ("created_at", "updated_at"):
        assert row.pop(moment)
    assert row == {
        "public_id": str(offer.public_id),
        "product": offer.product.slug,
        "supplier": str(shop.supplier.public_id),
        "supplier_reference": "REF",
        "status": "ON_SALE",
        "blockers": [],
        "unit_price_eur": "2.0000",
        "is_donation": False,
        "tiers": [],
        "on_hand_units": 1000,
        "reserved_units": 10,
        "in_lots_units": 0,
        "available_units": 990,
        "promises": [],
        "pack_units": 1,
        "min_order_units": 1,
        "max_per_buyer_units": None,
        "low_stock_units": None,
        "is_low": False,
        "stock_confirmed_on": str(TODAY),
        "lead_time_days": 2,
        "departments": [],
        "available_from": None,
        "available_until": None,
        "certificate": None,
    }


def test_offers_rival_sees_nothing(make, sign_in, shop):
    offer = make.Offer(unit_price_eur=CANARY, supplier_reference="CANARY-REF")
    client = sign_in(shop.user)
    assert client.get(OFFERS).json()["count"] == 0
    assert client.get(f"{OFFERS}?product={offer.product.slug}").json()["count"] == 0
    assert client.get(path_of(offer)).status_code == 404
    assert CANARY not in client.get("/api/v1/products/").text


def test_offers_buyer_sees_neither_counters_nor_reference(make, sign_in, ward):
    offer = make.Offer(supplier_reference="CANARY-REF", on_hand_units=1000)
    stock.reserve(offer.pk, 10, cause="order-line:1", by=None)
    make.Offer(status=OfferStatus.DRAFT)
    (row,) = sign_in(ward.user).get(OFFERS).json()["results"]
    assert row.pop("earliest_delivery")
    assert row == {
        "public_id": str(offer.public_id),
        "product": offer.product.slug,
        "supplier": offer.supplier.name,
        "unit_price_eur": "2.0000",
        "is_donation": False,
        "tiers": [],
        "available_units": 990,
        "promises": [],
        "pack_units": 1,
        "smallest_order_units": 1,
        "max_per_buyer_units": None,
        "lead_time_days": 2,
        "departments": [],
        "available_until": None,
        "standard": "",
    }


def test_offers_unapproved_buyer_sees_nothing(make, sign_in):
    make.Offer()
    member = make.BuyerMember(buyer=make.Buyer(pending=True))
    assert sign_in(member.user).get(OFFERS).json()["count"] == 0


def test_offers_ministry_sees_everything(make, sign_in):
    make.Offer(status=OfferStatus.DRAFT)
    (row,) = sign_in(make.User(auditor=True)).get(OFFERS).json()["results"]
    assert [each["code"] for each in row["blockers"]] == ["DRAFT"]


def test_offers_filters(make, sign_in, ward):
    here = make.Offer(departments=["75"])
    make.Offer(departments=["13"])
    make.Offer(on_hand_units=0, departments=["75"])
    client = sign_in(ward.user)
    rows = client.get(f"{OFFERS}?department=75&in_stock=true").json()["results"]
    assert [row["public_id"] for row in rows] == [str(here.public_id)]
    assert client.get(f"{OFFERS}?product={here.product.slug}").json()["count"] == 1


@pytest.mark.parametrize(
    "query",
    ["product=%00", "status=NO", "department=zz", "in_stock=x", "page=abc", "ordering=password"],
)
def test_offers_hostile_questions(make, sign_in, ward, query):
    make.Offer()
    assert sign_in(ward.user).get(f"{OFFERS}?{query}").status_code < 500


# --- offers: acts ---------------------------------------------------------------------------
def draft(sheet, **changes):
    return {"product": sheet.slug, "unit_price_eur": "2.5", "on_hand_units": 500, **changes}


def test_offer_create_publish_declare_withdraw(make, sign_in, shop):
    client = sign_in(shop.user)
    made = post(client, OFFERS, draft(make.Product(), pack_units=50, departments=["75"]))
    assert made.status_code == 201
    offer = Offer.objects.get()
    assert [each["code"] for each in made.json()["blockers"]] == ["DRAFT"]
    assert post(client, path_of(offer, "publish/")).json()["status"] == "ON_SALE"
    body = {"on_hand_units": 700, "expected_on_hand_units": 500}
    assert post(client, path_of(offer, "declare_stock/"), body).json()["on_hand_units"] == 700
    changed = patch(client, path_of(offer), {"unit_price_eur": "3"})
    assert changed.json()["unit_price_eur"] == "3.0000"
    assert changed.json()["pack_units"] == 50
    assert post(client, path_of(offer, "withdraw/")).json()["status"] == "WITHDRAWN"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit_price_eur": "two"}, "unit_price_eur"),
        ({"unit_price_eur": "-1"}, "unit_price_eur"),
        ({"unit_price_eur": "NaN"}, "unit_price_eur"),
        ({"on_hand_units": -1}, "on_hand_units"),
        ({"on_hand_units": 10**12}, "on_hand_units"),
        ({"on_hand_units": 1.5}, "on_hand_units"),
        ({"pack_units": 0}, "pack_units"),
        ({"product": "nothing"}, "product"),
        ({"certificate": str(uuid.uuid4())}, "certificate"),
        ({"certificate": "x"}, "certificate"),
        ({"supplier": str(uuid.uuid4())}, "supplier"),
    ],
)
def test_offer_create_bad_input_is_400_and_names_the_field(make, sign_in, shop, changes, field):
    answer = post(sign_in(shop.user), OFFERS, draft(make.Product(), **changes))
    assert answer.status_code == 400
    assert {error["attr"] for error in answer.json()["errors"]} == {field}
    assert not Offer.objects.exists()


def test_offer_create_above_the_ceiling_is_409(make, sign_in, shop, exercise):
    body = draft(make.Product(gel=True), unit_price_eur="6.2512")
    answer = post(sign_in(shop.user), OFFERS, body)
    assert answer.status_code == 409
    (error,) = answer.json()["errors"]
    assert (error["code"], error["attr"]) == ("price_above_ceiling", "unit_price_eur")
    assert "2020-858" in error["detail"]


def test_offer_create_minimum_not_a_multiple_is_409(make, sign_in, shop):
    body = draft(make.Product(), pack_units=50, min_order_units=120)
    answer = post(sign_in(shop.user), OFFERS, body)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (409, "min_order_units")


def test_offer_create_with_another_suppliers_certificate_is_400(make, sign_in, shop):
    other = make.Certificate()
    body = draft(make.Product(surgical_mask=True), certificate=str(other.public_id))
    assert post(sign_in(shop.user), OFFERS, body).status_code == 400


def test_offer_create_for_a_company_that_is_not_ones_own(make, sign_in, shop):
    other = make.Supplier(approved=True)
    body = draft(make.Product(), supplier=str(other.public_id))
    assert post(sign_in(shop.user), OFFERS, body).status_code == 400


def test_offer_create_by_a_person_of_two_companies_names_one(make, sign_in, shop):
    second = make.SupplierMember(user=shop.user).supplier
    client, product = sign_in(shop.user), make.Product()
    assert post(client, OFFERS, draft(product)).status_code == 400
    answer = post(client, OFFERS, draft(product, supplier=str(second.public_id)))
    assert answer.json()["supplier"] == str(second.public_id)


@pytest.mark.parametrize("who", ["buyer", "ministry"])
def test_offer_create_is_for_suppliers(make, sign_in, ward, who):
    user = ward.user if who == "buyer" else make.User(reviewer=True)
    assert post(sign_in(user), OFFERS, draft(make.Product())).status_code == 403


@pytest.mark.parametrize(
    "frozen",
    [
        {"reserved_units": 7},
        {"on_hand_units": 7},
        {"status": "WITHDRAWN"},
        {"price_rule_ids": [1]},
        {"public_id": str(uuid.uuid4())},
        {"supplier": str(uuid.uuid4())},
        {"product": "other"},
    ],
)
def test_offer_update_changes_nothing_but_terms(make, sign_in, shop, frozen):
    offer = make.Offer(supplier=shop.supplier)
    before = Offer.objects.filter(pk=offer.pk).values().get()
    patch(sign_in(shop.user), path_of(offer), frozen)
    assert Offer.objects.filter(pk=offer.pk).values().get() == before


ACTS = ["", "publish/", "withdraw/", "declare_stock/"]


def act_on(client, offer, act):
    if act == "":
        return patch(client, path_of(offer), {"lead_time_days": 9})
    return post(client, path_of(offer, act), {"on_hand_units": 5})


@pytest.mark.parametrize("act", ACTS)
def test_offer_acts_anonymous(make, client, act):
    assert act_on(client, make.Offer(), act).status_code == 401


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["rival", "buyer", "reviewer", "nobody"])
def test_offer_acts_stranger(make, sign_in, shop, ward, act, who):
    users = {"rival": shop.user, "buyer": ward.user}
    if who == "reviewer":
        users[who] = make.User(reviewer=True)
    if who == "nobody":
        users[who] = make.User()
    offer = make.Offer()
    before = Offer.objects.filter(pk=offer.pk).values().get()
    assert act_on(sign_in(users[who]), offer, act).status_code == 404
    assert Offer.objects.filter(pk=offer.pk).values().get() == before


@pytest.mark.parametrize("act", ACTS)
def test_offer_acts_allowed_for_a_colleague(make, sign_in, shop, act):
    colleague = make.SupplierMember(supplier=shop.supplier, role="MEMBER").user
    status = OfferStatus.DRAFT if act == "publish/" else OfferStatus.ON_SALE
    offer = make.Offer(supplier=shop.supplier, status=status)
    assert act_on(sign_in(colleague), offer, act).status_code == 200


@pytest.mark.parametrize(
    ("act", "status"), [("publish/", OfferStatus.ON_SALE), ("withdraw/", OfferStatus.WITHDRAWN)]
)
def test_offer_acts_wrong_status(make, sign_in, shop, act, status):
    offer = make.Offer(supplier=shop.supplier, status=status)
    answer = act_on(sign_in(shop.user), offer, act)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "stale_state")


def test_declare_stock_stale_is_409(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    body = {"on_hand_units": 5, "expected_on_hand_units": 999}
    answer = post(sign_in(shop.user), path_of(offer, "declare_stock/"), body)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (409, "on_hand_units")


def test_offer_by_a_bad_id_is_404(sign_in, shop):
    assert sign_in(shop.user).get(f"{OFFERS}not-a-uuid/").status_code == 404


# --- ledger ---------------------------------------------------------------------------------
def test_stock_movements_are_ones_own(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier, on_hand_units=100)
    make.Offer()
    (row,) = sign_in(shop.user).get("/api/v1/stock-movements/").json()["results"]
    assert row.pop("at")
    assert row == {
        "offer": str(offer.public_id),
        "delta_on_hand_units": 100,
        "delta_reserved_units": 0,
        "reason": "DECLARED",
    }


# --- cost -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", [OFFERS, "/api/v1/stock-movements/", "/api/v1/products/", "/api/v1/categories/"]
)
def test_lists_cost_the_same_for_2_and_20_rows(make, sign_in, shop, exercise, path):
    client, counts = sign_in(shop.user), []
    for many in (2, 18):
        for _each in range(many):
            make.Offer(supplier=shop.supplier, product=make.Product(gel=True))
            make.Category(slug=f"shelf-{uuid.uuid4()}")
        counts.append(queries_of(client, path))
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_price_is_exact_in_and_out(make, sign_in, shop):
    answer = post(sign_in(shop.user), OFFERS, draft(make.Product(), unit_price_eur="0.0873"))
    assert answer.json()["unit_price_eur"] == "0.0873"
    assert Offer.objects.get().unit_price_eur == Decimal("0.0873")
