"""The days between which an offer sells: typed, kept in order, obeyed everywhere."""

import datetime

import pytest
from django.utils import timezone

from catalog import operations
from catalog.availability import sellable
from catalog.enums import OfferStatus
from catalog.models import Offer
from catalog.prices import RuleBook
from catalog.tasks import turn_days_of_sale
from core.errors import DomainError, NotEligible
from orders.operations import baskets
from tests.catalog.test_pages_supplier import TERMS, path_of


pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
YESTERDAY, TOMORROW = (TODAY + datetime.timedelta(days=each) for each in (-1, 1))
CLOSED = [{"available_from": TOMORROW}, {"available_until": YESTERDAY}]


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


def test_days_are_typed_shown_and_emptied(make, sign_in, shop):
    client, offer = sign_in(shop.user), make.Offer(supplier=shop.supplier)
    typed = {
        **TERMS,
        "available_from": TODAY.isoformat(),
        "available_until": f"{TOMORROW:%d/%m/%Y}",
    }
    client.post(path_of(offer), typed)
    offer.refresh_from_db()
    assert (offer.available_from, offer.available_until) == (TODAY, TOMORROW)
    assert f'value="{TOMORROW.isoformat()}"' in client.get(path_of(offer)).text
    client.post(path_of(offer), TERMS)
    offer.refresh_from_db()
    assert (offer.available_from, offer.available_until) == (None, None)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"available_from": "soon"}, "available_from", "year-month-day"),
        ({"available_until": "2020-13-45"}, "available_until", "year-month-day"),
        ({"available_until": YESTERDAY.isoformat()}, "available_until", "past"),
        (
            {"available_from": TOMORROW.isoformat(), "available_until": TODAY.isoformat()},
            "available_until",
            "not before the first",
        ),
    ],
)
def test_days_that_cannot_be_are_refused_and_their_part_is_open(
    make, sign_in, shop, typed, field, words
):
    offer = make.Offer(supplier=shop.supplier)
    page = sign_in(shop.user).post(path_of(offer), {**TERMS, **typed})
    assert words in " ".join(page.context["form"].errors[field])
    (part,) = [each for each in page.context["form"].sections() if each.is_open]
    assert field in [each.name for each in part.fields]
    offer.refresh_from_db()
    assert (offer.available_from, offer.available_until, offer.pack_units) == (None, None, 1)


def test_api_refuses_days_in_disorder(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier)
    answer = sign_in(shop.user).patch(
        f"/api/v1/offers/{offer.public_id}/",
        {"available_from": TOMORROW.isoformat(), "available_until": TODAY.isoformat()},
        content_type="application/json",
    )
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["attr"]) == (409, "available_until")


def test_old_days_do_not_hinder_other_changes(make, shop):
    offer = make.Offer(supplier=shop.supplier, available_until=YESTERDAY)
    assert operations.update_offer(offer, by=shop.user, lead_time_days=9).lead_time_days == 9


@pytest.mark.parametrize("terms", CLOSED)
def test_offer_outside_its_days_is_nowhere_for_sale(make, sign_in, ward, terms):
    offer = make.Offer(**terms)
    other = make.Offer(product=offer.product)
    assert list(sellable(RuleBook(TODAY))) == [other]
    client = sign_in(ward.user)
    listed = client.get(f"/api/v1/offers/?product={offer.product.slug}").json()["results"]
    assert [row["public_id"] for row in listed] == [str(other.public_id)]
    assert offer.supplier.name not in client.get(f"/catalogue/{offer.product.slug}/").text
    basket = baskets.basket_of(ward.buyer, by=ward.user)
    make.Site(buyer=ward.buyer)
    with pytest.raises(NotEligible) as caught:
        baskets.add_line(
            basket, by=ward.user, product=offer.product, offer=offer, requested_units=10
        )
    assert caught.value.field == "offer"


@pytest.mark.parametrize("terms", [{"available_from": TODAY}, {"available_until": TODAY}])
def test_first_and_last_day_are_included(make, terms):
    offer = make.Offer(**terms)
    assert list(sellable(RuleBook(TODAY))) == [offer]


def test_publishing_ahead_waits_and_says_so(make, sign_in, shop):
    offer = make.Offer(supplier=shop.supplier, status=OfferStatus.DRAFT, available_from=TOMORROW)
    page = sign_in(shop.user).post(path_of(offer, "publish/"), follow=True)
    assert "first day of sale is still to come" in page.text
    assert "What still keeps it off sale" in page.text


def test_publishing_after_the_last_day_is_refused(make, shop):
    offer = make.Offer(supplier=shop.supplier, status=OfferStatus.DRAFT, available_until=YESTERDAY)
    with pytest.raises(DomainError) as caught:
        operations.publish(offer, by=shop.user)
    assert caught.value.field == "available_until"
    assert Offer.objects.get().status == OfferStatus.DRAFT


def test_clock_turns_what_is_due_and_then_nothing(make):
    offer = make.Offer(available_from=TODAY)
    Offer.objects.filter(pk=offer.pk).update(stopped_by=["NOT_YET_AVAILABLE"])
    assert turn_days_of_sale() == 1
    Offer.objects.filter(pk=offer.pk).update(stopped_by=[])
    assert turn_days_of_sale() == 0
