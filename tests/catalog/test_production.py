"""Weeks of production: declared, added to the stock of today, shown to who sees the offer."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from catalog import operations
from catalog.models import Offer, ProductionSlot
from catalog.promises import coming_weeks, monday_of, promises, week_of
from core.errors import DomainError, NotPermitted
from journal.models import Event
from tests.catalog.test_constraints import refused
from tests.catalog.test_pages_public import queries_of
from tests.catalog.test_pages_supplier import path_of


pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
FIRST, SECOND, THIRD = coming_weeks(TODAY, 3)


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier, pack_units=100, lead_time_days=3)


@pytest.fixture
def plan(offer, shop):
    return lambda **more: operations.plan_production(offer, **{"by": shop.user} | more)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2020, 12, 31), "2020-W53"),
        (date(2021, 1, 3), "2020-W53"),
        (date(2021, 1, 4), "2021-W01"),
    ],
)
def test_weeks_are_those_of_iso(day, week):
    assert week_of(monday_of(day)) == week_of(day) == week


def test_promises_add_up_from_what_is_available_in_whole_packs(offer, plan):
    Offer.objects.update(reserved_units=400)
    plan(weeks={FIRST: 250, THIRD: 5000})
    found = promises(Offer.objects.get(), day=TODAY)
    assert [(each.week_starts_on, each.units, each.total_units) for each in found] == [
        (FIRST, 250, 800),
        (THIRD, 5000, 5800),
    ]
    assert found[0].delivered_from == SECOND + timedelta(days=3)
    assert (found[0].week, offer.on_hand_units) == (week_of(TODAY), 1000)


def test_week_that_is_over_counts_no_longer(plan):
    plan(weeks={FIRST: 250, SECOND: 700})
    (left,) = promises(Offer.objects.get(), day=SECOND)
    assert (left.units, left.total_units) == (700, 1700)


def test_declaring_again_replaces_a_week_leaves_others_and_takes_zeros_away(plan):
    plan(weeks={FIRST: 250, SECOND: 700, THIRD: 1})
    plan(weeks={SECOND: 800, THIRD: 0})
    plan(weeks={SECOND: 800})
    rows = ProductionSlot.objects.values_list("week_starts_on", "units")
    assert list(rows.order_by("week_starts_on")) == [(FIRST, 250), (SECOND, 800)]
    _first, second = Event.objects.filter(verb="catalog.production_planned").order_by("pk")
    assert second.payload["weeks"] == {week_of(SECOND): 800, week_of(THIRD): 0}


@pytest.mark.parametrize(
    ("day", "units"),
    [
        (FIRST - timedelta(weeks=1), 5),
        (FIRST + timedelta(weeks=26), 5),
        (FIRST + timedelta(days=1), 5),
        (FIRST, -1),
        (FIRST, 10**9 + 1),
    ],
)
def test_week_that_cannot_be_is_named(plan, day, units):
    with pytest.raises(DomainError) as caught:
        plan(weeks={SECOND: 5, day: units})
    assert caught.value.field == f"weeks.{week_of(day)}"
    assert not ProductionSlot.objects.exists()


def test_others_cannot_declare(plan, make):
    with pytest.raises(NotPermitted):
        plan(by=make.SupplierMember().user, weeks={FIRST: 5})


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"week_starts_on": FIRST + timedelta(days=1)}, "slot_begins_on_monday"),
        ({"units": 0}, "slot_units_plausible"),
        ({"week_starts_on": SECOND}, "slot_once_a_week"),
    ],
)
def test_constraints(plan, change, name):
    plan(weeks={FIRST: 5, SECOND: 5})
    rows = ProductionSlot.objects.filter(week_starts_on=FIRST)
    refused(name, lambda: rows.update(**change))


# --- pages and API --------------------------------------------------------------------------
def test_page_records_and_shows_it_to_the_supplier_and_to_buyers(offer, sign_in, shop, ward):
    client = sign_in(shop.user)
    typed = {f"weeks.{week_of(FIRST)}": "2 500", f"weeks.{week_of(SECOND)}": ""}
    page = client.post(path_of(offer, "production/"), typed, follow=True)
    assert "3,500" in page.text.replace("\u202f", ",")
    client.force_login(ward.user)
    assert "announced" in client.get(f"/catalogue/{offer.product.slug}/").text


def test_page_keeps_a_wrong_figure_at_its_week(offer, sign_in, shop):
    name = f"weeks.{week_of(FIRST)}"
    page = sign_in(shop.user).post(path_of(offer, "production/"), {name: "many"})
    assert list(page.context["production_form"].errors) == [name]
    assert 'value="many"' in page.text


def test_page_at_the_turn_of_the_year_names_the_right_weeks(offer, sign_in, shop):
    with time_machine.travel("2026-12-30T12:00:00+01:00", tick=False):
        page = sign_in(shop.user).get(path_of(offer))
    assert "weeks.2026-W53" in page.text
    assert "weeks.2027-W01" in page.text


def test_api_declares_and_shows(offer, sign_in, shop, ward):
    client, path = sign_in(shop.user), f"/api/v1/offers/{offer.public_id}/"
    weeks = [{"week": week_of(FIRST), "units": 700}]
    answer = client.post(f"{path}production/", {"weeks": weeks}, content_type="application/json")
    shown = [
        {
            "week": week_of(FIRST),
            "units": 700,
            "total_units": 1700,
            "delivered_from": (SECOND + timedelta(days=3)).isoformat(),
        }
    ]
    assert answer.json()["promises"] == shown
    client.force_login(ward.user)
    assert client.get(path).json()["promises"] == shown


@pytest.mark.parametrize("week", ["2026-49", "2026-W60", "next", ""])
def test_api_refuses_what_is_no_week(offer, sign_in, shop, week):
    path = f"/api/v1/offers/{offer.public_id}/production/"
    asked = {"weeks": [{"week": week, "units": 1}]}
    answer = sign_in(shop.user).post(path, asked, content_type="application/json")
    assert answer.status_code == 400


def test_api_has_the_same_queries_for_many_offers(make, plan, sign_in, shop):
    plan(weeks={FIRST: 5, SECOND: 5})
    make.Offer(supplier=shop.supplier)
    client = sign_in(shop.user)
    few = queries_of(client, "/api/v1/offers/")
    for offer in make.Offer.create_batch(6, supplier=shop.supplier):
        operations.plan_production(offer, by=shop.user, weeks={FIRST: 5})
    assert queries_of(client, "/api/v1/offers/") == few
