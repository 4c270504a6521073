"""Stock that nobody confirms for long is asked for, then goes off sale; any stock act helps."""

import datetime

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.organisations import DecisionReason, OrganisationStatus
from catalog import operations, standing, stock_watch
from catalog.availability import blockers, sellable
from catalog.enums import Blocker, OfferStatus, StockReason
from catalog.models import Offer
from catalog.operations import Counted
from catalog.prices import RuleBook
from core.errors import NotEligible, NotPermitted
from journal.models import Delivery, Event
from journal.notifications import render
from suppliers.models import Supplier


pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
ASK, STALE = settings.STOCK_ASK_AFTER_DAYS, settings.STOCK_STALE_AFTER_DAYS


def ago(days):
    return TODAY - datetime.timedelta(days=days)


@pytest.fixture
def old(make, shop):
    """An offer whose stock was confirmed so many days ago."""

    def _old(days=STALE, **fields):
        return make.Offer(supplier=shop.supplier, stock_confirmed_on=ago(days), **fields)

    return _old


def confirmed_on(offer):
    return Offer.objects.get(pk=offer.pk).stock_confirmed_on


def asks():
    return Event.objects.filter(verb="catalog.stock_to_confirm")


@pytest.mark.parametrize(("days", "sells"), [(0, True), (STALE - 1, True), (STALE, False)])
def test_offer_sells_until_its_stock_is_too_old(old, ward, days, sells):
    offer = old(days)
    assert blockers(offer, day=TODAY) == ([] if sells else [Blocker.STOCK_NOT_CONFIRMED])
    assert sellable(RuleBook(TODAY)).exists() == sells
    assert Offer.objects.visible_to(ward.user).exists() == sells


def test_midnight_takes_it_off_sale_and_a_confirmation_puts_it_back(old, shop, settle):
    offer = old(STALE - 1)
    settle()
    tomorrow = TODAY + datetime.timedelta(days=1)
    assert standing.mark_days_of_sale(TODAY) == 0
    assert standing.mark_days_of_sale(tomorrow) == 1
    standing.judge([offer.product_id], day=tomorrow)
    offer.refresh_from_db()
    assert offer.stopped_by == [Blocker.STOCK_NOT_CONFIRMED]
    assert operations.confirm_stock(shop.supplier, by=shop.user) == 1
    assert [turn.after for turn in settle()] == [[]]


def test_fresh_confirmation_troubles_no_verdict(old, shop, settle):
    old(1)
    settle()
    operations.confirm_stock(shop.supplier, by=shop.user)
    assert standing.waiting() == 0


def test_verdict_that_came_too_late_is_mended(old, settle):
    offer = old(0)
    settle()
    Offer.objects.filter(pk=offer.pk).update(stopped_by=[Blocker.STOCK_NOT_CONFIRMED])
    assert standing.mark_days_of_sale(TODAY) == 1
    settle()
    offer.refresh_from_db()
    assert offer.stopped_by == []


def declare(offer, by):
    operations.declare_stock(offer, by=by, on_hand_units=900)


def declare_the_same(offer, by):
    operations.declare_stock(offer, by=by, on_hand_units=1000)


def count(offer, by):
    operations.count_stock(offer, by=by, places=[Counted(1000, 1000)])


def count_less(offer, by):
    operations.count_stock(offer, by=by, places=[Counted(9, 1000, None, StockReason.LOST)])


def receive(offer, by):
    operations.receive_lot(offer, by=by, number="L1", units=5)


def send_row(offer, by):
    (outcome,) = operations.revise_all([{"offer": offer, "on_hand_units": 1000}], by=by)
    assert not outcome.changed


@pytest.mark.parametrize(
    "act",
    [declare, declare_the_same, count, count_less, receive, send_row],
    ids=lambda a: a.__name__,
)
def test_every_stock_act_confirms(old, shop, act):
    offer = old()
    act(offer, shop.user)
    assert confirmed_on(offer) == TODAY


def test_terms_alone_confirm_nothing(old, shop):
    offer = old()
    operations.revise(offer, by=shop.user, terms={"lead_time_days": 9})
    assert confirmed_on(offer) == ago(STALE)


def test_lot_in_quarantine_and_back_confirms(old, shop):
    offer = old()
    lot = operations.receive_lot(offer, by=shop.user, number="L1", units=5)
    for act in (
        lambda: operations.quarantine(lot, by=shop.user, reason="Odd"),
        lambda: operations.release_from_quarantine(lot, by=shop.user),
    ):
        Offer.objects.filter(pk=offer.pk).update(stock_confirmed_on=ago(3))
        act()
        assert confirmed_on(offer) == TODAY


def test_lot_that_expires_by_itself_confirms_nothing(old, shop):
    offer = old()
    lot = operations.receive_lot(offer, by=shop.user, number="L1", units=5, expires_on=TODAY)
    Offer.objects.filter(pk=offer.pk).update(stock_confirmed_on=ago(3))
    operations.expire(lot, day=TODAY + datetime.timedelta(days=1))
    assert confirmed_on(offer) == ago(3)


def test_supplier_is_asked_once_in_one_message(old, make, shop):
    first, second = old(ASK), old(ASK + 1)
    old(ASK - 1)
    old(ASK, status=OfferStatus.DRAFT)
    make.Offer(stock_confirmed_on=ago(ASK))
    assert stock_watch.ask_to_confirm(TODAY) == 3
    event = asks().get(payload__supplier=shop.supplier.name)
    assert {each["product"] for each in event.payload["offers"]} == {
        first.product.name,
        second.product.name,
    }
    assert event.payload["offers"][0]["off_sale_on"] == str(ago(ASK - STALE))
    assert Delivery.objects.filter(event=event, recipient=shop.user).count() == 2
    assert stock_watch.ask_to_confirm(TODAY) == 0
    assert stock_watch.ask_to_confirm(TODAY + datetime.timedelta(days=1)) == 1  # one day later
    for language in ("en", "fr"):
        headline, body = render(event, language)
        assert "2" in headline
        assert "/offers/stock/" in body
        assert "{" not in headline + body


def test_supplier_is_asked_again_after_a_confirmation_grew_old(old, shop):
    old(ASK)
    assert stock_watch.ask_to_confirm(TODAY) == 1
    operations.confirm_stock(shop.supplier, by=shop.user)
    later = TODAY + datetime.timedelta(days=ASK)
    assert stock_watch.ask_to_confirm(later - datetime.timedelta(days=1)) == 0
    assert stock_watch.ask_to_confirm(later) == 1


def test_confirm_takes_those_named_or_all_but_the_withdrawn(old, make, shop):
    named, other, gone = old(), old(), old(status=OfferStatus.WITHDRAWN)
    rival = make.Offer(stock_confirmed_on=ago(STALE))
    names = [named.public_id, rival.public_id]
    assert operations.confirm_stock(shop.supplier, by=shop.user, offers=names) == 1
    assert [confirmed_on(each) == TODAY for each in (named, other, gone, rival)] == [
        True,
        False,
        False,
        False,
    ]
    assert operations.confirm_stock(shop.supplier, by=shop.user) == 2
    assert confirmed_on(gone) == confirmed_on(rival) == ago(STALE)
    event = Event.objects.filter(verb="catalog.stock_confirmed").first()
    assert "{" not in "".join(render(event, "fr"))


def test_stranger_and_suspended_may_not_confirm(old, make, shop):
    offer = old()
    with pytest.raises(NotPermitted):
        operations.confirm_stock(shop.supplier, by=make.SupplierMember().user)
    Supplier.objects.filter(pk=shop.supplier.pk).update(
        status=OrganisationStatus.SUSPENDED, reason_code=DecisionReason.OTHER
    )
    with pytest.raises(NotEligible):
        operations.confirm_stock(shop.supplier, by=shop.user)
    assert confirmed_on(offer) == ago(STALE)


# --- page and API ----------------------------------------------------------------------------
def test_page_confirms_everything_by_one_click(client, sign_in, old, shop):
    client.cookies["django_language"] = "en"
    offer = old(ASK)
    bob = sign_in(shop.user)
    assert "Everything is still right" in bob.get("/offers/stock/").text
    page = bob.post("/offers/stock/confirm/", follow=True)
    assert "The stock of 1 offer is confirmed." in page.text
    assert "Everything is still right" not in page.text
    assert confirmed_on(offer) == TODAY


def test_page_names_reason_remedy_and_link(client, sign_in, old, shop):
    client.cookies["django_language"] = "en"
    offer = old()
    page = sign_in(shop.user).get("/offers/")
    assert "nobody has confirmed its stock for a long time" in page.text
    assert f"#stock-{offer.public_id}-on_hand_units" in page.text


def test_api_confirms(make, sign_in, old, shop):
    offer, other = old(), old()
    bob = sign_in(shop.user)
    address = "/api/v1/offers/confirm_stock/"
    page = bob.post(address, {"offers": [str(offer.public_id)]}, "application/json")
    assert page.json() == {"confirmed": 1}
    assert confirmed_on(other) == ago(STALE)
    assert bob.post(address, {}, "application/json").json() == {"confirmed": 2}
    assert bob.post(address, {"offers": ["x"]}, "application/json").status_code == 400
    rival = {"offers": [str(make.Offer().public_id), str(offer.public_id)]}
    assert bob.post(address, rival, "application/json").status_code == 403


def test_api_is_for_suppliers(client, sign_in, ward):
    address = "/api/v1/offers/confirm_stock/"
    assert client.post(address, {}, "application/json").status_code == 401
    assert sign_in(ward.user).post(address, {}, "application/json").status_code == 403
