"""Each act of this app has its words."""

import pytest

from catalog import operations
from journal.models import Event
from journal.notifications import render


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_event_renders_with_its_link(make, shop, language):
    offer = operations.create_offer(
        shop.supplier, by=shop.user, product=make.Product(), unit_price_eur=2, on_hand_units=100
    )
    offer = operations.publish(offer, by=shop.user)
    operations.update_offer(offer, by=shop.user, lead_time_days=4)
    operations.declare_stock(offer, by=shop.user, on_hand_units=12500)
    operations.withdraw(offer, by=shop.user)
    events = Event.objects.about(offer)
    assert len(events) == 5
    for event in events:
        headline, body = render(event, language)
        assert offer.product.name in headline
        assert f"/offers/{offer.public_id}/" in body
        assert "{" not in headline + body
