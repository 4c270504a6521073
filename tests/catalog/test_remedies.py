"""Each reason why an offer is not on sale has a remedy, and a link that leads to it."""

import re

import pytest

from catalog.enums import Blocker, OfferStatus
from catalog.models import Offer
from catalog.remedies import REMEDIES, in_words
from tests.catalog.test_pages_supplier import path_of


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def offer(make, shop):
    return make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True),
        status=OfferStatus.DRAFT,
        on_hand_units=0,
    )


def test_every_blocker_has_one():
    assert set(REMEDIES) == set(Blocker)


@pytest.mark.parametrize("blocker", Blocker)
def test_link_leads_to_a_field_that_the_page_has(offer, sign_in, shop, blocker):
    (reason,) = in_words(offer, [blocker])
    path, _hash, anchor = reason.url.partition("#")
    page = sign_in(shop.user).get(path)
    assert page.status_code == 200
    assert not anchor or f'id="{anchor}"' in page.text


def test_fields_of_remedies_are_those_of_the_offer():
    names = {field.name for field in Offer._meta.get_fields()}
    assert {name for each in REMEDIES.values() for name in each.fields} <= names


def test_api_lists_every_reason_with_its_remedy(offer, sign_in, shop):
    row = sign_in(shop.user).get(f"/api/v1/offers/{offer.public_id}/").json()
    assert row["blockers"] == [
        {
            "code": "DRAFT",
            "reason": "not published yet",
            "remedy": "put it on sale",
            "fields": ["status"],
        },
        {
            "code": "NO_STOCK",
            "reason": "no stock left",
            "remedy": "declare your stock",
            "fields": ["on_hand_units"],
        },
        {
            "code": "CERTIFICATE_MISSING",
            "reason": "no accepted certificate for the standard",
            "remedy": "choose an accepted certificate, or hand one in",
            "fields": ["certificate"],
        },
    ]


def test_page_links_every_reason(offer, sign_in, shop):
    page = sign_in(shop.user).get(path_of(offer))
    reasons = re.search(r'(?s)<ul class="reasons">(.*?)</ul>', page.text)[1]
    assert re.findall(r'href="([^"]+)"', reasons) == [
        f"{path_of(offer)}#id_status",
        f"{path_of(offer)}#stock-{offer.public_id}-on_hand_units",
        f"{path_of(offer)}#id_certificate",
    ]


@pytest.mark.parametrize(
    ("stock", "code"), [(0, "NO_STOCK"), (19, "LESS_THAN_PACK"), (39, "LESS_THAN_MINIMUM")]
)
def test_stock_short_of_a_pack_or_of_the_minimum(make, sign_in, shop, stock, code):
    offer = make.Offer(
        supplier=shop.supplier, pack_units=20, min_order_units=40, on_hand_units=stock
    )
    row = sign_in(shop.user).get(f"/api/v1/offers/{offer.public_id}/").json()
    assert [each["code"] for each in row["blockers"]] == [code]
