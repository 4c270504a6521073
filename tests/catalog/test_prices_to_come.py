"""Prices entered ahead: held against the law of their day, put into force at midnight in Paris."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import override

from catalog import operations
from catalog.checks import Tier
from catalog.enums import BuyerSide, ProductKind, ScheduleStatus, TaxBasis
from catalog.models import Offer, PriceChange, PriceRule, ScheduledPrice
from catalog.tasks import apply_due_prices
from core.errors import DomainError, Duplicate, IllegalPrice, NotPermitted, StaleState
from journal.models import Delivery, Event
from tests.catalog.test_constraints import refused
from tests.catalog.test_pages_public import queries_of
from tests.catalog.test_pages_supplier import path_of


pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)
CHEAPER = Decimal("1.6000")
TWO = [Tier(1000, Decimal("1.5")), Tier(5000, Decimal("1.2"))]
API = "/api/v1/scheduled-prices/"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier, unit_price_eur=2)


@pytest.fixture
def enter(offer, shop):
    def _enter(day=TOMORROW, price=CHEAPER, **more):
        return operations.schedule_price(
            offer, by=shop.user, takes_effect_on=day, unit_price_eur=price, **more
        )

    return _enter


def on(day):
    """Noon of that day."""
    return time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), tick=False)


def ceiling(product, price, first_day):
    """A law of the test: from `first_day` on, a piece costs at most `price`."""
    product.kind = ProductKind.MASK_EN14683
    product.save()
    return PriceRule.objects.create(
        legal_reference="Order of the test",
        valid_from=first_day,
        product_kind=product.kind,
        buyer_side=BuyerSide.END_USER,
        tax_basis=TaxBasis.EXCLUDING,
        per_unit_eur=price,
    )


# --- entering -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "price", "field"),
    [
        (TODAY, CHEAPER, "takes_effect_on"),
        (TODAY + timedelta(days=367), CHEAPER, "takes_effect_on"),
        (TOMORROW, Decimal("-1"), "unit_price_eur"),
        (TOMORROW, Decimal("1.23456"), "unit_price_eur"),
    ],
)
def test_figures_that_cannot_be_name_their_field(enter, day, price, field):
    with pytest.raises(DomainError) as caught:
        enter(day, price)
    assert caught.value.field == field
    assert not ScheduledPrice.objects.exists()


def test_law_of_the_day_is_asked_not_that_of_today(enter, offer):
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    assert enter(NEXT_WEEK, Decimal("1.60")).status == ScheduleStatus.SCHEDULED
    enter(NEXT_WEEK - timedelta(days=1), Decimal("1.61"))
    with pytest.raises(IllegalPrice, match=r"Order of the test"):
        enter(NEXT_WEEK + timedelta(days=1), Decimal("1.61"))


def test_second_price_of_a_day_is_refused_until_the_first_is_canceled(enter, shop):
    first = enter()
    with pytest.raises(Duplicate):
        enter(price=Decimal("1.1"))
    operations.cancel_price(first, by=shop.user)
    assert enter(price=Decimal("1.1")).unit_price_eur == Decimal("1.1")


def test_at_most_twelve_prices_to_come(enter):
    for days in range(1, 13):
        enter(TODAY + timedelta(days=days))
    with pytest.raises(DomainError) as caught:
        enter(TODAY + timedelta(days=13))
    assert caught.value.field == "takes_effect_on"


def test_tiers_are_held_against_the_price_to_come(enter, offer, shop):
    operations.update_offer(offer, by=shop.user, tiers=[Tier(1000, Decimal("1.8"))])
    with pytest.raises(DomainError) as caught:
        enter()  # the row of 1.80 would stay, above the new price
    assert caught.value.field == "tiers.0.unit_price_eur"
    assert enter(tiers=TWO).tiers == [[1000, "1.5000"], [5000, "1.2000"]]


def test_others_cannot_enter_or_cancel(enter, offer, make, shop):
    stranger = make.SupplierMember().user
    with pytest.raises(NotPermitted):
        operations.schedule_price(
            offer, by=stranger, takes_effect_on=TOMORROW, unit_price_eur=CHEAPER
        )
    with pytest.raises(NotPermitted):
        operations.cancel_price(enter(), by=stranger)


# --- taking effect --------------------------------------------------------------------------
def test_takes_effect_at_midnight_in_paris_once(enter, offer, shop):
    scheduled = enter(tiers=TWO)
    paris = timezone.get_default_timezone()
    midnight = datetime(TOMORROW.year, TOMORROW.month, TOMORROW.day, tzinfo=paris)
    with time_machine.travel(midnight - timedelta(seconds=1), tick=False):
        assert apply_due_prices() == 0
    assert Offer.objects.get().unit_price_eur == 2
    with time_machine.travel(midnight, tick=False):
        assert apply_due_prices() == 1
        assert apply_due_prices() == 0
        operations.apply_price(scheduled)  # delivered twice
    offer = Offer.objects.get()
    assert offer.unit_price_eur == CHEAPER
    assert list(offer.tiers.values_list("from_units", "unit_price_eur")) == TWO
    change = PriceChange.objects.get()
    assert (change.before_eur, change.after_eur) == (2, CHEAPER)
    assert (change.by, change.scheduled, change.after_tiers) == (
        shop.user,
        scheduled,
        [[1000, "1.5000"], [5000, "1.2000"]],
    )
    event = Event.objects.get(verb="catalog.price_applied")
    assert Delivery.objects.filter(event=event, recipient=shop.user).exists()


def test_tiers_left_out_stay_as_they_are_on_the_day(enter, offer, shop):
    enter()
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    with on(TOMORROW):
        apply_due_prices()
    offer = Offer.objects.get()
    assert (offer.unit_price_eur, offer.price_for(5000)) == (CHEAPER, Decimal("1.2"))


def test_price_that_became_unlawful_is_not_applied_and_the_supplier_is_told(enter, offer, shop):
    scheduled = enter()
    ceiling(offer.product, Decimal("1.50"), TOMORROW)
    with on(TOMORROW):
        apply_due_prices()
    scheduled.refresh_from_db()
    assert scheduled.status == ScheduleStatus.REFUSED
    assert "Order of the test" in scheduled.refusal
    assert Offer.objects.get().unit_price_eur == 2
    assert not PriceChange.objects.exists()
    event = Event.objects.get(verb="catalog.price_refused")
    assert event.payload["refusal"] == scheduled.refusal
    assert Delivery.objects.filter(event=event, recipient=shop.user).exists()


def test_price_of_a_suspended_company_is_not_applied(enter, offer, shop):
    enter()
    shop.supplier.status, shop.supplier.reason_text = "SUSPENDED", "Stop"
    shop.supplier.reason_code = "OTHER"
    shop.supplier.save()
    with on(TOMORROW):
        apply_due_prices()
    assert Offer.objects.get().unit_price_eur == 2
    assert ScheduledPrice.objects.get().status == ScheduleStatus.REFUSED


def test_after_days_without_a_clock_the_latest_price_holds(enter):
    enter(NEXT_WEEK, Decimal("1.1"))
    enter(TOMORROW, Decimal("1.9"))
    with on(NEXT_WEEK):
        assert apply_due_prices() == 2
    assert Offer.objects.get().unit_price_eur == Decimal("1.1")


def test_cancel_only_before_its_day(enter, shop):
    scheduled = enter()
    with on(TOMORROW), pytest.raises(StaleState):
        operations.cancel_price(scheduled, by=shop.user)
    assert operations.cancel_price(scheduled, by=shop.user).status == ScheduleStatus.CANCELED
    with pytest.raises(StaleState):
        operations.cancel_price(scheduled, by=shop.user)
    with on(TOMORROW):
        assert apply_due_prices() == 0
    assert Offer.objects.get().unit_price_eur == 2


# --- history --------------------------------------------------------------------------------
def test_history_holds_every_change_and_cannot_be_altered(make, shop):
    offer = operations.create_offer(
        shop.supplier, by=shop.user, product=make.Product(), unit_price_eur=Decimal(2)
    )
    operations.update_offer(offer, by=shop.user, unit_price_eur=Decimal("1.9"))
    operations.update_offer(offer, by=shop.user, lead_time_days=9)
    operations.update_offer(offer, by=shop.user, tiers=TWO)
    rows = PriceChange.objects.order_by("pk").values_list("before_eur", "after_eur")
    assert list(rows) == [(None, 2), (2, Decimal("1.9")), (Decimal("1.9"), Decimal("1.9"))]
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        PriceChange.objects.update(after_eur=1)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"status": "LATER", "decided_at": timezone.now()}, "scheduled_status_known"),
        ({"status": "APPLIED"}, "scheduled_or_decided"),
        ({"status": "REFUSED", "decided_at": timezone.now()}, "scheduled_refusal_has_reason"),
        ({"unit_price_eur": -1}, "scheduled_price_not_negative"),
        ({"takes_effect_on": TOMORROW}, "scheduled_once_a_day"),
    ],
)
def test_constraints(enter, change, name):
    enter()
    other = ScheduledPrice.objects.filter(pk=enter(NEXT_WEEK).pk)
    refused(name, lambda: other.update(**change))


# --- pages and API --------------------------------------------------------------------------
def test_page_enters_shows_and_cancels(offer, sign_in, shop):
    client = sign_in(shop.user)
    typed = {
        "takes_effect_on": TOMORROW.isoformat(),
        "unit_price_eur": "1,60",
        "tiers.0.from_units": "1 000",
        "tiers.0.unit_price_eur": "1,5",
    }
    page = client.post(path_of(offer, "prices/"), typed, follow=True)
    assert "tomorrow" in page.text
    assert "from 1,000 units on" in page.text
    scheduled = ScheduledPrice.objects.get()
    page = client.post(f"/offers/prices/{scheduled.public_id}/cancel/", follow=True)
    assert "is canceled" in page.text
    assert "1.60" not in page.text.split("Prices to come")[1].split("What happened")[0]


def test_page_keeps_what_was_typed_wrongly(offer, sign_in, shop):
    typed = {"takes_effect_on": TODAY.isoformat(), "unit_price_eur": "1,60"}
    page = sign_in(shop.user).post(path_of(offer, "prices/"), typed)
    assert "from tomorrow on" in page.text
    assert 'value="1,60"' in page.text


def test_page_tells_why_a_price_was_not_applied(enter, offer, sign_in, shop):
    with override("en"):
        enter()
    ceiling(offer.product, Decimal("1.50"), TOMORROW)
    with on(TOMORROW):
        apply_due_prices()
        page = sign_in(shop.user).get(path_of(offer))
    assert "not applied" in page.text
    assert "Order of the test" in page.text


def test_page_has_the_same_queries_for_many_prices(enter, offer, sign_in, shop):
    client = sign_in(shop.user)
    enter()
    few = queries_of(client, path_of(offer))
    for days in range(2, 12):
        enter(TODAY + timedelta(days=days))
    assert queries_of(client, path_of(offer)) == few


def test_api_enters_lists_and_cancels(offer, sign_in, shop):
    client = sign_in(shop.user)
    asked = {
        "offer": str(offer.public_id),
        "takes_effect_on": TOMORROW.isoformat(),
        "unit_price_eur": "1.6",
        "tiers": [{"from_units": 1000, "unit_price_eur": "1.5"}],
    }
    answer = client.post(API, asked, content_type="application/json")
    assert answer.status_code == 201
    scheduled = ScheduledPrice.objects.get()
    shown = {
        "public_id": str(scheduled.public_id),
        "offer": str(offer.public_id),
        "takes_effect_on": TOMORROW.isoformat(),
        "unit_price_eur": "1.6000",
        "tiers": [{"from_units": 1000, "unit_price_eur": "1.5000"}],
        "status": "SCHEDULED",
        "refusal": "",
        "decided_at": None,
    }
    (row,) = client.get(f"{API}?offer={offer.public_id}").json()["results"]
    assert row.items() >= shown.items()
    answer = client.post(f"{API}{scheduled.public_id}/cancel/")
    assert answer.json()["status"] == "CANCELED"


def test_api_refuses_a_day_that_has_come(offer, sign_in, shop):
    asked = {
        "offer": str(offer.public_id),
        "takes_effect_on": TODAY.isoformat(),
        "unit_price_eur": "1.6",
    }
    answer = sign_in(shop.user).post(API, asked, content_type="application/json")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["attr"]) == (409, "takes_effect_on")


def test_api_history_is_for_the_owner_and_the_ministry_only(make, offer, client, shop, ward):
    operations.update_offer(offer, by=shop.user, unit_price_eur=CHEAPER)
    path = "/api/v1/price-changes/"
    assert client.get(path).status_code == 401
    seen = {}
    for user in (shop.user, make.User(reviewer=True), ward.user, make.SupplierMember().user):
        client.force_login(user)
        seen[user] = client.get(path).json()["results"]
    owner, ministry, buyer, rival = seen.values()
    assert (buyer, rival) == ([], [])
    assert owner == ministry
    (row,) = owner
    assert row == {
        "offer": str(offer.public_id),
        "at": row["at"],
        "by": shop.user.full_name,
        "scheduled": None,
        "before_eur": "2.0000",
        "after_eur": "1.6000",
        "before_tiers": [],
        "after_tiers": [],
    }
