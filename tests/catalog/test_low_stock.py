"""Suppliers are told once that an offer runs low, and again only after it has risen."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import operations, stock, stock_watch
from catalog.enums import OfferStatus
from catalog.models import Offer
from core.errors import DomainError
from journal.enums import Channel
from journal.models import Delivery, Event
from journal.notifications import render


pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier, on_hand_units=1000, low_stock_units=200)


def notices():
    return Event.objects.filter(verb="catalog.stock_low")


def test_supplier_is_told_once_by_mail_and_in_the_site(offer, shop):
    stock.reserve(offer.pk, 800, cause="order-line:1", by=None)
    assert stock_watch.tell_of_low_stock() == 0  # 200 left are not below 200
    stock.reserve(offer.pk, 1, cause="order-line:2", by=None)
    assert stock_watch.tell_of_low_stock() == 1
    event = notices().get()
    told = Delivery.objects.filter(event=event, recipient=shop.user)
    assert {each.channel for each in told} == {Channel.IN_APP, Channel.EMAIL}
    told = event.payload["offers"][0]
    assert (told["product"], told["available"], told["threshold"]) == (
        offer.product.name,
        199,
        200,
    )
    stock.reserve(offer.pk, 10, cause="order-line:3", by=None)
    assert stock_watch.tell_of_low_stock() == 0
    assert notices().count() == 1


def test_supplier_is_told_again_after_it_has_risen(offer, shop):
    operations.declare_stock(offer, by=shop.user, on_hand_units=100)
    assert stock_watch.tell_of_low_stock() == 1
    operations.declare_stock(offer, by=shop.user, on_hand_units=500)
    assert stock_watch.tell_of_low_stock() == 0
    operations.declare_stock(offer, by=shop.user, on_hand_units=150)
    assert stock_watch.tell_of_low_stock() == 1
    assert notices().count() == 2


def test_one_notice_lists_all_offers_of_a_supplier(make, offer, shop):
    for number in range(stock_watch.NAMED + 2):
        make.Offer(supplier=shop.supplier, on_hand_units=number, low_stock_units=100)
    make.Offer(on_hand_units=1, low_stock_units=100)
    make.Offer(supplier=shop.supplier, on_hand_units=1)
    make.Offer(
        supplier=shop.supplier, on_hand_units=1, low_stock_units=9, status=OfferStatus.WITHDRAWN
    )
    assert stock_watch.tell_of_low_stock() == stock_watch.NAMED + 3
    own = notices().get(payload__supplier=shop.supplier.name)
    assert (own.payload["count"], own.payload["more"]) == (22, 2)
    assert len(own.payload["offers"]) == stock_watch.NAMED
    for language in ("en", "fr"):
        headline, body = render(own, language)
        assert "22" in headline
        assert "/offers/stock/" in body
        assert "{" not in headline + body


def test_telling_is_a_flat_number_of_queries(make):
    def queries(count):
        for _ in range(count):
            seat = make.SupplierMember()
            make.Offer(supplier=seat.supplier, on_hand_units=1, low_stock_units=2)
        with CaptureQueriesContext(connection) as seen:
            assert stock_watch.tell_of_low_stock() == count
        return len(seen)

    assert queries(8) == queries(20)


@pytest.mark.parametrize("units", [0, -1, 2_000_000_000])
def test_threshold_that_cannot_be_is_refused(offer, shop, units):
    with pytest.raises(DomainError) as refused:
        operations.update_offer(offer, by=shop.user, low_stock_units=units)
    assert refused.value.field == "low_stock_units"


def test_database_knows_no_threshold_of_nothing(offer):
    with pytest.raises(IntegrityError, match="offer_low_stock"), transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(low_stock_units=0)


def test_page_sets_the_threshold_and_the_table_shows_it(sign_in, client, offer, shop):
    client.cookies["django_language"] = "en"
    bob = sign_in(shop.user)
    address = f"/offers/{offer.public_id}/"
    page = bob.get(address)
    assert "below 200 units available" in page.text
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    assert bob.post(address, data | {"low_stock_units": "1 001"}).status_code == 302
    assert "low: below 1,001" in " ".join(bob.get("/offers/stock/").text.split())
    bob.post(address, data | {"low_stock_units": ""})
    assert "low: below" not in bob.get("/offers/stock/").text
    offer.refresh_from_db()
    assert offer.low_stock_units is None


def test_api_sets_the_threshold(sign_in, offer, shop):
    bob = sign_in(shop.user)
    address = f"/api/v1/offers/{offer.public_id}/"
    page = bob.patch(address, {"low_stock_units": 1500}, "application/json")
    assert (page.json()["low_stock_units"], page.json()["is_low"]) == (1500, True)
    page = bob.patch(address, {"low_stock_units": 0}, "application/json")
    assert page.status_code == 400
