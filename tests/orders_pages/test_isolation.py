"""Canaries: what is one organisation's own never stands on another's page or in its answers."""

import itertools

import pytest
from django.urls import reverse

from orders import operations
from orders.models import Order
from tests.orders_pages.conftest import page


REFERENCE, LOT, PRICE = "CANARY-REF", "CANARY-LOT", "7.7319"
BUYERS_OWN, TRACKING = "CANARY-PURCHASE", "CANARY-TRACK"
PRODUCT, SUPPLIER = "CANARY-PRODUCT", "CANARY-SUPPLIER"


@pytest.fixture
def both(make, market):
    """One order with a line of each of two suppliers; the other one's figures are canaries."""
    seat = make.SupplierMember(supplier__name=SUPPLIER)
    other = make.Offer(
        supplier=seat.supplier,
        product__name_en=PRODUCT,
        supplier_reference=REFERENCE,
        unit_price_eur=PRICE,
    )
    basket = operations.basket_of(market.buyer, by=market.alice)
    for offer in (market.ample, other):
        operations.add_line(
            basket, by=market.alice, product=offer.product, offer=offer, requested_units=100
        )
    order = operations.submit(basket, by=market.alice, site=market.site, purchase_order=BUYERS_OWN)
    sale = order.supplier_orders.get(supplier=seat.supplier)
    line = sale.lines.get()
    operations.accept(sale, by=seat.user, accepted={line.pk: 100})
    lot = {"line": line, "lot_number": LOT, "units": 100, "expires_on": None}
    operations.ship(sale, by=seat.user, carrier="La Poste", tracking_number=TRACKING, lines=[lot])
    market.carol, market.other = seat.user, other
    return Order.objects.get(pk=order.pk)


def everything(client, order, numbers):
    """All that a supplier reads about an order, on pages and by the API."""
    pages = [page(client, name) for name in ("day", "supplier_orders")]
    pages += [page(client, "supplier_order", number) for number in numbers]
    paths = ["supplier-orders/", "shipments/", *(f"supplier-orders/{each}/" for each in numbers)]
    pages += [client.get(f"/api/v1/{path}") for path in paths]
    assert {each.status_code for each in pages} == {200}
    return "".join(each.text for each in pages)


def test_supplier_reads_nothing_of_another_supplier(sign_in, market, both):
    mine = both.supplier_orders.get(supplier=market.supplier)
    text = everything(sign_in(market.bob), both, [mine.number])
    for secret in (REFERENCE, LOT, PRICE, "773.19", "7,7319", TRACKING, PRODUCT, SUPPLIER):
        assert secret not in text, secret


def test_supplier_reads_its_own(sign_in, market, both):
    own = both.supplier_orders.get(supplier=market.other.supplier)
    text = everything(sign_in(market.carol), both, [own.number])
    for known in (LOT, PRICE, TRACKING, PRODUCT, SUPPLIER):
        assert known in text, known


def test_buyer_reads_lot_and_price_but_not_the_supplier_s_reference(sign_in, market, both):
    client = sign_in(market.alice)
    shipment = both.supplier_orders.get(supplier=market.other.supplier).shipments.get()
    text = page(client, "order", both.number).text + page(client, "receive", shipment.number).text
    assert LOT in text
    assert PRICE in text
    assert REFERENCE not in text


def test_stranger_s_lists_hold_nothing_of_it(sign_in, market, both):
    readers = {
        market.other_buyer: ("day", "orders", "basket"),
        market.other_supplier: ("day", "supplier_orders"),
    }
    secrets = (REFERENCE, LOT, PRICE, BUYERS_OWN, both.number, "Clinique Alice")
    for person, names in readers.items():
        client = sign_in(person)
        answers = [client.get(reverse(f"orders:{name}")) for name in names]
        endpoints = ("orders", "supplier-orders", "shipments")
        answers += [client.get(f"/api/v1/{path}/") for path in endpoints]
        assert {each.status_code for each in answers} == {200}
        for answer, secret in itertools.product(answers, secrets):
            assert secret not in answer.text, (person, secret)
