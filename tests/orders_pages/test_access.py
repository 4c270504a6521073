"""Who gets in: allowed, strangers, the anonymous."""

import pytest
from django.urls import reverse

from tests.orders_pages.conftest import page


@pytest.fixture
def addresses(order, sale, to_ship, shipment, pending, shared):
    round_ = shared.lines.get().explanations.get().round_id
    return {
        "order": [order.number],
        "why": [order.number, 1],
        "receive": [shipment.number],
        "supplier_order": [sale.number],
        "round": [round_],
        "orders": [],
        "basket": [],
        "supplier_orders": [],
        "rounds": [],
    }


BUYERS = ("order", "why", "receive", "orders", "basket")
SUPPLIERS = ("supplier_order", "supplier_orders")
MINISTRYS = ("round", "rounds")


def test_buyer_opens_its_own_pages(sign_in, market, addresses):
    client = sign_in(market.alice)
    for name in BUYERS:
        assert page(client, name, *addresses[name]).status_code == 200, name


def test_supplier_opens_its_own_pages(sign_in, market, addresses):
    client = sign_in(market.bob)
    for name in SUPPLIERS:
        assert page(client, name, *addresses[name]).status_code == 200, name


def test_ministry_opens_rounds_orders_and_reasons(sign_in, market, addresses):
    client = sign_in(market.allocator)
    for name in (*MINISTRYS, "order", "why"):
        assert page(client, name, *addresses[name]).status_code == 200, name


@pytest.mark.parametrize("name", ["order", "why", "receive", "supplier_order", "round", "rounds"])
def test_strangers_find_nothing(sign_in, market, addresses, name):
    for stranger in (market.other_buyer, market.other_supplier):
        assert page(sign_in(stranger), name, *addresses[name]).status_code == 404


def test_buyer_does_not_open_the_supplier_s_page_nor_the_other_way_round(
    sign_in, market, addresses
):
    assert (
        page(sign_in(market.alice), "supplier_order", *addresses["supplier_order"]).status_code
        == 404
    )
    client = sign_in(market.bob)
    for name in ("order", "why", "receive", "orders", "basket"):
        assert page(client, name, *addresses[name]).status_code == 404, name


VERBS = {
    "approve": lambda a: a["order"],
    "send_back": lambda a: a["order"],
    "cancel": lambda a: a["order"],
    "cancel_rest": lambda a: a["why"],
    "receive": lambda a: a["receive"],
    "accept": lambda a: a["supplier_order"],
    "refuse": lambda a: a["supplier_order"],
    "ship": lambda a: a["supplier_order"],
    "run_round": lambda _a: [],
}


@pytest.mark.parametrize("verb", VERBS)
def test_strangers_can_do_nothing(sign_in, market, addresses, verb):
    address = reverse(f"orders:{verb}", args=VERBS[verb](addresses))
    for stranger in (market.other_buyer, market.other_supplier):
        assert sign_in(stranger).post(address).status_code == 404


def test_anonymous_is_sent_to_sign_in(client, addresses):
    for name, args in addresses.items():
        response = page(client, name, *args)
        assert response.status_code == 302, name
        assert reverse("account_login") in response["Location"]
    for verb, args in VERBS.items():
        response = client.post(reverse(f"orders:{verb}", args=args(addresses)))
        assert reverse("account_login") in response["Location"]


def test_supplier_sees_name_and_address_of_the_buyer_and_nobody_s_name(sign_in, market, to_ship):
    market.alice.full_name = "Zoé Secrète"
    market.alice.save()
    text = page(sign_in(market.bob), "supplier_order", to_ship.number).text
    assert "Clinique Alice" in text
    assert market.site.street in text
    assert "Secrète" not in text


def test_day_is_each_one_s_own(sign_in, make, market, shipment):
    assert "Clinique Alice" in page(sign_in(market.alice), "day").text
    assert market.supplier.name in page(sign_in(market.bob), "day").text
    assert page(sign_in(market.allocator), "day")["Location"] == reverse("orders:rounds")
    newcomer = page(sign_in(make.User()), "day").text
    assert reverse("suppliers:new") in newcomer
    assert reverse("buyers:new") in newcomer
