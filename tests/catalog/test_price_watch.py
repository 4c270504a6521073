"""A decree entered ahead of its day tells whoever has prices to come, while there is time."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog import law_watch, operations, price_watch
from catalog.enums import ScheduleStatus
from catalog.models import PriceRule, ScheduledPrice
from catalog.tasks import apply_due_prices, look_ahead_at_prices
from journal.models import Delivery, Event
from journal.notifications import render
from tests.catalog.test_constraints import refused
from tests.catalog.test_pages_public import queries_of
from tests.catalog.test_pages_supplier import path_of
from tests.catalog.test_prices_to_come import API, NEXT_WEEK, TOMORROW, ceiling, on


pytestmark = pytest.mark.django_db
VERB = "catalog.prices_to_come_forbidden"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture(autouse=True)
def _looked(db):
    """The worker has looked at the law of before."""
    law_watch.look()
    price_watch.look_ahead()


@pytest.fixture
def offer(make, shop):
    type(shop.user).objects.update(language="en")
    return make.Offer(supplier=shop.supplier, unit_price_eur=2)


@pytest.fixture
def scheduled(offer, shop):
    shop.user.refresh_from_db()
    return operations.schedule_price(
        offer, by=shop.user, takes_effect_on=NEXT_WEEK, unit_price_eur=Decimal("1.61")
    )


def warning(scheduled):
    scheduled.refresh_from_db()
    return scheduled.warning


def test_decree_entered_later_warns_its_supplier_once(scheduled, offer, shop):
    assert look_ahead_at_prices() == 0
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    assert look_ahead_at_prices() == 1
    assert "Order of the test" in warning(scheduled)
    assert "1.60" in scheduled.warning
    assert look_ahead_at_prices() == 0
    event = Event.objects.get(verb=VERB)
    assert event.subject_ref == str(shop.supplier.public_id)
    assert {each.recipient for each in Delivery.objects.filter(event=event)} == {shop.user}
    (told,) = event.payload["prices"]
    assert (told["price_eur"], told["takes_effect_on"]) == ("1.6100", NEXT_WEEK.isoformat())
    title, text = render(event, "en")
    assert "1 of your prices to come" in title
    assert "Cancel each of them and enter another price" in text
    assert offer.product.name in text


@pytest.mark.parametrize(
    ("price", "first_day", "warned"),
    [
        ("1.60", NEXT_WEEK, True),
        ("1.60", TOMORROW, True),
        ("1.61", NEXT_WEEK, False),
        ("1.60", NEXT_WEEK + timedelta(days=1), False),
    ],
)
def test_law_of_its_day_counts(scheduled, offer, price, first_day, warned):
    ceiling(offer.product, Decimal(price), first_day)
    assert price_watch.look_ahead() == warned
    assert bool(warning(scheduled)) == warned


def test_decree_that_ends_before_its_day_forbids_nothing(scheduled, offer):
    rule = ceiling(offer.product, Decimal("1.60"), TOMORROW)
    PriceRule.objects.filter(pk=rule.pk).update(valid_until=NEXT_WEEK - timedelta(days=1))
    assert price_watch.look_ahead() == 0


def test_a_decree_taken_back_takes_the_warning_off(scheduled, offer):
    rule = ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    price_watch.look_ahead()
    PriceRule.objects.filter(pk=rule.pk).update(per_unit_eur=Decimal("1.50"))
    assert price_watch.look_ahead() == 1
    assert "1.50" in warning(scheduled)
    PriceRule.objects.filter(pk=rule.pk).update(per_unit_eur=2)
    assert price_watch.look_ahead() == 0
    assert warning(scheduled) == ""
    assert Event.objects.filter(verb=VERB).count() == 2


def test_others_hear_nothing(make, scheduled, offer):
    rival = make.SupplierMember()
    other = make.Offer(supplier=rival.supplier, unit_price_eur=2)
    operations.schedule_price(
        other, by=rival.user, takes_effect_on=NEXT_WEEK, unit_price_eur=Decimal("1.7")
    )
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    assert price_watch.look_ahead() == 1
    assert not Delivery.objects.filter(event__verb=VERB, recipient=rival.user).exists()


def test_many_prices_of_a_company_are_one_notice(make, offer, shop, scheduled, monkeypatch):
    monkeypatch.setattr(price_watch, "NAMED", 2)
    for days in (1, 2, 3):
        operations.schedule_price(
            offer,
            by=shop.user,
            takes_effect_on=NEXT_WEEK + timedelta(days=days),
            unit_price_eur=Decimal("1.9"),
        )
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    assert price_watch.look_ahead() == 4
    payload = Event.objects.get(verb=VERB).payload
    assert (payload["count"], len(payload["prices"]), payload["more"]) == (4, 2, 2)


def test_warned_price_can_be_canceled_and_another_entered(scheduled, offer, shop):
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    price_watch.look_ahead()
    done = operations.cancel_price(scheduled, by=shop.user)
    assert (done.status, done.warning) == (ScheduleStatus.CANCELED, "")
    operations.schedule_price(
        offer, by=shop.user, takes_effect_on=NEXT_WEEK, unit_price_eur=Decimal("1.6")
    )


def test_on_its_day_the_warning_becomes_the_refusal(scheduled, offer):
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    price_watch.look_ahead()
    with on(NEXT_WEEK):
        apply_due_prices()
    assert warning(scheduled) == ""
    assert scheduled.status == ScheduleStatus.REFUSED
    assert "Order of the test" in scheduled.refusal


def test_page_and_api_say_why_and_what_to_do(scheduled, offer, shop, sign_in):
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    price_watch.look_ahead()
    client = sign_in(shop.user)
    text = client.get(path_of(offer)).text
    assert "Will not be applied" in text
    assert "Cancel this price, then enter another one for that day." in text
    (row,) = client.get(f"{API}?offer={offer.public_id}").json()["results"]
    assert "Order of the test" in row["warning"]


def test_page_asks_as_much_for_many_warnings(scheduled, offer, shop, sign_in):
    client = sign_in(shop.user)
    few = queries_of(client, path_of(offer))
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    price_watch.look_ahead()
    assert queries_of(client, path_of(offer)) == few


def test_a_look_at_the_same_law_takes_few_statements(scheduled, django_assert_num_queries):
    with django_assert_num_queries(6):
        assert price_watch.look_ahead() == 0


def test_before_the_first_look_at_the_law_nothing_is_noted(scheduled, offer):
    law_watch.LawWatch.objects.all().delete()
    ceiling(offer.product, Decimal("1.60"), NEXT_WEEK)
    assert price_watch.look_ahead() == 0
    law_watch.look()
    assert price_watch.look_ahead() == 1


def test_a_warning_is_of_a_price_to_come(scheduled):
    rows = ScheduledPrice.objects.filter(pk=scheduled.pk)
    wrong = {"status": "CANCELED", "decided_at": timezone.now(), "warning": "x"}
    refused("scheduled_warning_before_its_day", lambda: rows.update(**wrong))
