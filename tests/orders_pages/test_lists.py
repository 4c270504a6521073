"""Lists ask the database as often for 20 rows as for 2; filters and figures count the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.enums import OrderStatus
from orders.models import AllocationRound, Order
from tests.orders_pages.conftest import many_orders, page


def statements(client, name):
    with CaptureQueriesContext(connection) as captured:
        response = page(client, name)
    assert response.status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("name", "reader"),
    [("orders", "alice"), ("supplier_orders", "bob"), ("day", "alice"), ("day", "bob")],
)
def test_list_asks_as_often_for_20_rows_as_for_2(sign_in, make, market, name, reader):
    client = sign_in(getattr(market, reader))
    many_orders(make, market, 2)
    few = statements(client, name)
    many_orders(make, market, 18)
    assert statements(client, name) == few
    if name != "day":
        assert few <= 12


def test_rounds_ask_as_often_for_20_rows_as_for_2(sign_in, make, market):
    client = sign_in(market.allocator)
    policy = make.Policy()

    def some(count):
        for _ in range(count):
            make.Round(policy=policy, status="FAILED", opened_by=market.allocator)

    some(2)
    few = statements(client, "rounds")
    some(18)
    assert statements(client, "rounds") == few <= 12
    assert AllocationRound.objects.count() == 20


@pytest.mark.parametrize(
    "show", ["", "to_approve", "to_receive", "late", "incomplete", "open", "closed", "nonsense"]
)
def test_filter_shows_as_many_as_the_day_counts(sign_in, market, shipment, pending, shared, show):
    client = sign_in(market.alice)
    figures = page(client, "day").context["figures"]
    assert figures == {"to_approve": 1, "to_receive": 1, "late": 0, "incomplete": 1}
    listed = page(client, "orders", show=show).context["page"].paginator.count
    expected = {**figures, "open": 2, "closed": 0}.get(show, 3)
    assert listed == expected


def test_empty_lists_name_the_first_step(sign_in, market):
    client = sign_in(market.alice)
    assert "/catalogue/" in page(client, "orders").text
    assert "/catalogue/" in page(client, "basket").text
    assert "/offers/" in page(sign_in(market.bob), "supplier_orders").text
    assert not Order.objects.filter(status=OrderStatus.DRAFT).exists()
