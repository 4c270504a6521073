"""The sheet of a product that many suppliers offer."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Offer


pytestmark = pytest.mark.django_db


def test_500_offers_fit_one_screen_and_cost_what_2_do(make, sign_in, ward):
    product = make.Product(name="Masque")
    made = [make.Offer(product=product, unit_price_eur=price) for price in (2, 3)]
    client, url = sign_in(ward.user), reverse("catalog:product", args=[product.slug])

    def shown(**asked):
        with CaptureQueriesContext(connection) as captured:
            page = client.get(url, asked)
        return page, len(captured)

    page, few = shown()
    assert len(page.context["offers"]) == 2
    more = []
    for number in range(498):
        offer = Offer.objects.get(pk=made[0].pk)
        offer.pk, offer.public_id = None, uuid.uuid4()
        offer.unit_price_eur = 4 + number
        more.append(offer)
    Offer.objects.bulk_create(more)
    page, many = shown()
    assert many == few <= 12
    assert [quote.offer.unit_price_eur for quote in page.context["offers"]] == [*range(2, 14)]
    assert page.text.count('name="offer"') == 12
    page, _queries = shown(page=42)
    assert len(page.context["offers"]) == 500 - 41 * 12
    for nonsense in ("abc", "-1", "9" * 30, "\x00"):
        assert shown(page=nonsense)[0].status_code == 200
