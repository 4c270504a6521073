import datetime
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MinistryRole
from buyers.enums import BuyerRole
from catalog.models import VatRule
from orders import operations, rounds
from orders.enums import RoundTrigger
from orders.models import Allocation, SupplierOrder, SupplierOrderLine
from orders.reference import load as load_policy


@pytest.fixture(autouse=True)
def _in_english(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def market(db, make):
    """One buyer with three people, one supplier, an ample and a scarce offer, strangers."""
    VatRule.objects.create(
        rate_pct=20, legal_reference="Test", valid_from=datetime.date(2020, 1, 1)
    )
    load_policy()
    seat = make.BuyerMember(buyer__name="Clinique Alice")
    ample = make.Offer(on_hand_units=1000, pack_units=20)
    scarce = make.Offer(
        supplier=ample.supplier, product__scarce=True, on_hand_units=300, pack_units=10
    )
    return SimpleNamespace(
        buyer=seat.buyer,
        alice=seat.user,
        requester=make.BuyerMember(
            buyer=seat.buyer, role=BuyerRole.REQUESTER, order_limit_eur=100
        ).user,
        site=make.Site(buyer=seat.buyer),
        ample=ample,
        scarce=scarce,
        supplier=ample.supplier,
        bob=make.SupplierMember(supplier=ample.supplier).user,
        other_buyer=make.BuyerMember().user,
        other_supplier=make.SupplierMember().user,
        allocator=make.User(ministry_role=MinistryRole.ALLOCATOR),
    )


@pytest.fixture
def order(market):
    """400 ample units, placed by Alice and waiting for Bob's answer."""
    return ask(market, by=market.alice)


@pytest.fixture
def sale(order):
    return order.supplier_orders.get()


@pytest.fixture
def to_ship(market, sale):
    line = sale.lines.get()
    return operations.accept(sale, by=market.bob, accepted={line.pk: 400})


@pytest.fixture
def shipment(market, to_ship):
    return operations.ship(
        to_ship,
        by=market.bob,
        carrier="La Poste",
        lines=[
            {
                "line": to_ship.lines.get(),
                "lot_number": "L1",
                "units": 400,
                "expires_on": None,
            }
        ],
    )


@pytest.fixture
def pending(market):
    """Above the requester's limit: waits for Alice."""
    return ask(market, by=market.requester)


@pytest.fixture
def shared(market):
    """4,000 scarce units asked for, 300 allocated by a round."""
    order = ask(
        market, by=market.alice, product=market.scarce.product, offer=None, requested_units=4000
    )
    run_round(market)
    order.refresh_from_db()
    return order


def ask(market, *, by, **line):
    line = {
        "product": market.ample.product,
        "offer": market.ample,
        "requested_units": 400,
        **line,
    }
    basket = operations.basket_of(market.buyer, by=by)
    operations.add_line(basket, by=by, **line)
    return operations.submit(basket, by=by, site=market.site)


def run_round(market):
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=market.allocator)
    with connection.execute_wrapper(_in_the_test_s_transaction):
        return rounds.advance(round_.pk)


def _in_the_test_s_transaction(execute, sql, params, many, context):
    """The snapshot's isolation level cannot be set inside the transaction around a test."""
    return None if sql.startswith("SET TRANSACTION") else execute(sql, params, many, context)


def many_orders(make, market, count):
    """`count` placed orders of one line, each with a supplier order."""
    for number in range(count):
        order = make.Order(
            placed=True, buyer=market.buyer, site=market.site, placed_by=market.alice
        )
        line = make.OrderLine(
            order=order, position=1, product=market.ample.product, offer=market.ample
        )
        sale = SupplierOrder.objects.create(
            number=f"{order.number}-{number}",
            order=order,
            supplier=market.supplier,
            accept_by=timezone.now() + datetime.timedelta(hours=24),
        )
        allocation = Allocation.objects.create(
            line=line, offer=market.ample, units=100, unit_price_eur=2
        )
        SupplierOrderLine.objects.create(
            supplier_order=sale,
            order_line=line,
            allocation=allocation,
            offer=market.ample,
            unit_price_eur=2,
            vat_rate_pct=20,
            units=100,
        )


def told(response):
    """The messages on the page that follows."""
    return [str(message) for message in response.context["messages"]]


def page(client, name, *args, **query):
    return client.get(reverse(f"orders:{name}", args=args), query)


def act(client, name, *args, **data):
    return client.post(reverse(f"orders:{name}", args=args), data, follow=True)
