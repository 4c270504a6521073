"""Saved searches: kept in one form, counted for their person, told of once."""

import datetime
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.organisations import OrganisationStatus
from catalog import standing, tasks, watching
from catalog.enums import AlertPace, OfferStatus
from catalog.models import MAX_HITS, Hits, Offer, SavedSearch
from catalog.operations import searches as operations
from core.errors import DomainError, Duplicate, NotPermitted
from journal.models import Event


pytestmark = pytest.mark.django_db

PAGE = "/catalogue/searches/"
API = "/api/v1/saved-searches/"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def gel(make):
    """An offer that “gel” finds."""
    return make.Offer(product__name="Gel 500 ml")


def settled():
    """The search reads stored facts, which the worker keeps seconds behind."""
    for _verdicts in standing.catch_up():
        pass


def look():
    settled()
    return watching.look_after()


def kept(ward, query="q=gel", name="Gel", alerts=AlertPace.IMMEDIATE, buyer=True):
    settled()
    search = watching.keep(
        ward.user, buyer=ward.buyer if buyer else None, name=name, asked=QueryDict(query)
    )
    if alerts == AlertPace.NONE:
        return search
    found = SavedSearch.objects.for_listing().get(pk=search.pk)
    return operations.set_alerts(
        search, by=ward.user, alerts=alerts, hits=watching.hits_of([found])[search.pk]
    )


def later(**distance):
    return time_machine.travel(timezone.now() + datetime.timedelta(**distance), tick=False)


def told(verb="catalog.search_found"):
    return list(Event.objects.filter(verb=verb).order_by("pk"))


# --- keeping ---
def test_search_is_kept_in_one_form(ward):
    search = kept(ward, "page=3&order=name&q=gel&category=&junk=1&managed=on")
    assert search.querystring == "managed=on&order=name&q=gel"
    assert kept(ward, "?managed=on&q=gel&order=name".lstrip("?"), "2").querystring == (
        search.querystring
    )


@pytest.mark.parametrize("query", ["", "page=2", "junk=1", "category=nowhere", "q=%00"])
def test_search_without_meaning_is_refused(ward, query):
    with pytest.raises(DomainError) as error:
        kept(ward, query)
    assert error.value.field == "querystring"
    assert not SavedSearch.objects.exists()


def test_name_is_used_once_and_twenty_are_enough(make, ward):
    kept(ward)
    with pytest.raises(Duplicate):
        kept(ward)
    other = make.BuyerMember(buyer=ward.buyer)
    kept(SimpleNamespace(user=other.user, buyer=other.buyer))
    for number in range(operations.MAX_SEARCHES - 1):
        kept(ward, name=f"Gel {number}", alerts=AlertPace.NONE)
    with pytest.raises(DomainError, match="20"):
        kept(ward, name="One more")


def test_nobody_keeps_a_search_for_the_buyer_of_others(make, ward):
    with pytest.raises(NotPermitted):
        operations.save_search(
            make.User(), buyer=ward.buyer, name="x", querystring="q=gel", hits=Hits()
        )


# --- alerts ---
def test_new_sheet_is_told_of_once_whoever_looks(make, ward, gel):
    search = kept(ward)
    new = make.Offer(product__name="Gel 1 l")
    with later(minutes=2):
        assert look() == 1
        found = watching.hits_of(SavedSearch.objects.for_listing())
        assert operations.note_hits(search, hits=found[search.pk]) == []
        assert look() == 0
    with later(minutes=4):
        assert tasks.look_after_searches() == 0
    (event,) = told()
    assert event.payload["sheets"] == ["Gel 1 l"]
    assert event.payload["url"] == "/catalogue/?q=gel"
    assert {each.channel for each in event.deliveries.all()} == {"IN_APP", "EMAIL"}
    search.refresh_from_db()
    assert search.fresh_ids == [new.product_id]
    assert search.known_ids == sorted([gel.product_id, new.product_id])


def test_sheet_that_comes_back_is_new_again(ward, gel):
    kept(ward)
    Offer.objects.update(on_hand_units=0)
    with later(minutes=2):
        assert look() == 0
    Offer.objects.update(on_hand_units=100)
    with later(minutes=4):
        assert look() == 1


@pytest.mark.parametrize(
    "offer",
    [
        {"departments": ["13"]},
        {"on_hand_units": 0},
        {"status": OfferStatus.WITHDRAWN},
        {"product__is_active": False},
        {"product__category__trade": "INDUSTRY", "product__category__slug": "raw"},
        {"product__name": "Masque"},
    ],
)
def test_what_the_buyer_cannot_order_is_no_news(make, ward, offer):
    kept(ward)
    make.Offer(**{"product__name": "Gel 1 l", **offer})
    with later(minutes=2):
        assert look() == 0


def test_daily_alert_waits_for_the_morning_and_tells_of_all_at_once(make, ward):
    with time_machine.travel("2020-04-02T10:00:00+02:00", tick=False):
        kept(ward, alerts=AlertPace.DAILY)
        for number in range(7):
            make.Offer(product__name=f"Gel {number}")
        assert look() == 0
    with time_machine.travel("2020-04-03T06:59:00+02:00", tick=False):
        assert look() == 0
    with time_machine.travel("2020-04-03T07:00:01+02:00", tick=False):
        assert look() == 1
        assert look() == 0
    (event,) = told()
    assert (event.payload["count"], len(event.payload["sheets"])) == (7, operations.NAMED)
    assert SavedSearch.objects.get().next_look_at.isoformat() == "2020-04-04T05:00:00+00:00"


def test_search_that_no_longer_parses_falls_silent_and_says_so(ward, gel):
    search = kept(ward)
    SavedSearch.objects.update(querystring="category=gone")
    with later(minutes=2):
        assert look() == 0
    search.refresh_from_db()
    assert (search.alerts, search.is_broken) == (AlertPace.NONE, True)
    (event,) = told("catalog.search_silenced")
    assert event.payload["is_broken"]
    with later(minutes=4):
        look()
    assert len(told("catalog.search_silenced")) == 1


def test_search_that_finds_too_much_is_not_watched(ward):
    search = kept(ward, alerts=AlertPace.NONE)
    wide = Hits(frozenset(range(MAX_HITS + 1)))
    with override("en"), pytest.raises(DomainError, match="too much"):
        operations.set_alerts(search, by=ward.user, alerts=AlertPace.DAILY, hits=wide)
    operations.set_alerts(search, by=ward.user, alerts=AlertPace.IMMEDIATE, hits=Hits())
    with later(minutes=2):
        operations.note_hits(search, hits=wide)
    (event,) = told("catalog.search_silenced")
    assert not event.payload["is_broken"]


@pytest.mark.parametrize("query", ["q=gel", "department=75&in_stock=true&order=price&q=gel"])
def test_buyer_who_loses_approval_no_longer_searches_by_stock(make, ward, gel, query):
    kept(ward, query)
    ward.buyer.status = OrganisationStatus.SUSPENDED
    ward.buyer.reason_code, ward.buyer.reason_text = "OTHER", "x"
    ward.buyer.save()
    make.Offer(product__name="Gel 1 l", departments=["13"], on_hand_units=0)
    with later(minutes=2):
        assert look() == 1  # vetted, as the public catalogue says: no stock in it


def test_looking_asks_as_often_for_20_searches_as_for_2(make, ward, law):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            watching.hits_of(SavedSearch.objects.for_listing())
        return len(captured)

    def keep(number):
        """Each with words of its own, misspelt, and a synonym."""
        asked = f"category=hygiene-des-mains&department=75&q=hidroalcoolique+{number}00+SHA"
        kept(ward, asked, f"{number}", AlertPace.NONE)

    for number in range(2):
        keep(number)
    few = queries()
    for number in range(2, 20):
        keep(number)
    assert queries() == few <= 8


# --- pages and API ---
def test_page_shows_hits_and_news_and_opening_clears_them(make, sign_in, ward, gel):
    client = sign_in(ward.user)
    settled()
    response = client.post(f"{PAGE}save/", {"name": "My gel", "querystring": "q=gel"}, follow=True)
    assert "My gel" in response.text
    make.Offer(product__name="Gel 1 l")
    settled()
    (row,) = client.get(PAGE).context["rows"]
    assert (len(row[1].ids), row[2]) == (2, 1)
    search = SavedSearch.objects.get()
    response = client.post(f"{PAGE}{search.public_id}/open/")
    assert response.url == "/catalogue/?q=gel"
    assert client.get(PAGE).context["rows"][0][2] == 0
    client.post(f"{PAGE}{search.public_id}/alerts/", {"alerts": "DAILY"})
    search.refresh_from_db()
    assert search.alerts == AlertPace.DAILY
    client.post(f"{PAGE}{search.public_id}/delete/")
    assert "No saved search yet" in client.get(PAGE).text


def test_form_says_what_is_wrong(sign_in, ward):
    client = sign_in(ward.user)
    for given, words in (
        ({"name": "x", "querystring": ""}, "Narrow the list down first"),
        ({"name": "", "querystring": "q=gel"}, "required"),
        ({"name": "x", "querystring": "category=nowhere"}, "cannot be understood"),
    ):
        assert words in client.post(f"{PAGE}save/", given, follow=True).text


def test_search_page_offers_to_save_what_is_narrowed_down(client, sign_in, ward):
    assert "Save this search" not in client.get("/catalogue/?q=gel").text
    client = sign_in(ward.user)
    assert "Save this search" in client.get("/catalogue/?q=gel").text
    assert "Save this search" not in client.get("/catalogue/").text


def test_api_does_all_that_the_page_does(make, sign_in, ward, gel):
    client = sign_in(ward.user)
    settled()
    made = client.post(
        API, {"name": "My gel", "querystring": "?q=gel&page=2"}, content_type="application/json"
    )
    assert made.status_code == 201
    assert made.json() == {
        "public_id": made.json()["public_id"],
        "name": "My gel",
        "querystring": "q=gel",
        "buyer": str(ward.buyer.public_id),
        "alerts": "NONE",
        "is_broken": False,
        "hits": 1,
        "new_hits": 0,
        "seen_at": made.json()["seen_at"],
    }
    url = f"{API}{made.json()['public_id']}/"
    make.Offer(product__name="Gel 1 l")
    settled()
    assert client.get(API).json()[0]["new_hits"] == 1
    given = {"alerts": "IMMEDIATE"}
    assert client.post(f"{url}alerts/", given, content_type="application/json").json()[
        "alerts"
    ] == ("IMMEDIATE")
    assert client.post(f"{url}seen/").json()["new_hits"] == 0
    again = client.post(
        API, {"name": "My gel", "querystring": "q=x"}, content_type="application/json"
    )
    assert (again.status_code, again.json()["errors"][0]["attr"]) == (409, "name")
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404


def test_search_of_others_does_not_exist(make, sign_in, ward):
    search = kept(ward)
    client = sign_in(make.BuyerMember(buyer=ward.buyer).user)
    assert client.get(PAGE).context["rows"] == []
    assert client.get(API).json() == []
    for act in ("open", "alerts", "delete"):
        assert client.post(f"{PAGE}{search.public_id}/{act}/").status_code == 404
    assert client.delete(f"{API}{search.public_id}/").status_code == 404
