"""Basket, order, approval, cancelling and receipt, as a buyer's people do it."""

import pytest
from django.urls import reverse

from orders.enums import OrderStatus
from orders.models import Order, Receipt
from tests.orders_pages.conftest import act, ask, page, told


def line(market, **changes):
    return {
        "product": market.ample.product.slug,
        "offer": market.ample.public_id,
        "requested_units": "400",
        **changes,
    }


def test_basket_is_filled_placed_and_not_placed_twice(sign_in, market):
    client = sign_in(market.alice)
    response = act(client, "add_line", **line(market, requested_units="1\u202f000"))
    assert response.redirect_chain[-1][0] == reverse("orders:basket")
    assert "is in your basket" in told(response)[0]
    site = {"site": market.site.public_id, "purchase_order": "BC-7"}
    response = act(client, "submit", **site)
    order = Order.objects.get()
    assert response.redirect_chain[-1][0] == reverse("orders:order", args=[order.number])
    assert (order.status, order.purchase_order) == (OrderStatus.IN_PROGRESS, "BC-7")
    again = act(client, "submit", **site)
    assert "placed already" in told(again)[0]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ("-5", "At least 1"),
        ("1000000000000", "At most"),
        ("many", "whole number"),
        ("", "Say how many"),
        ("30", "packs of 20"),
        ("2000", "ask for no more"),
    ],
)
def test_bad_quantity_is_told_at_the_field_and_kept(sign_in, market, units, said):
    response = act(sign_in(market.alice), "add_line", **line(market, requested_units=units))
    assert response.status_code == 200
    assert said in response.context["form"].errors["requested_units"][0]
    assert f'value="{units}"' in response.text or not units
    assert not Order.objects.filter(lines__isnull=False).exists()


def test_need_of_a_scarce_product_takes_wishes(sign_in, market):
    client = sign_in(market.alice)
    need = {"product": market.scarce.product.slug, "requested_units": "50"}
    bad = act(client, "add_line", **need, min_useful_units="60", max_unit_price_eur="cheap")
    assert "0.45" in bad.context["form"].errors["max_unit_price_eur"][0]
    bad = act(client, "add_line", **need, min_useful_units="60")
    assert "min_useful_units" in bad.context["form"].errors
    good = act(client, "add_line", **need, min_useful_units="20", max_unit_price_eur="2,50")
    assert "shared out in rounds" in good.text


def test_foreign_site_is_no_choice(sign_in, make, market):
    client = sign_in(market.alice)
    act(client, "add_line", **line(market))
    response = act(client, "submit", site=make.Site().public_id)
    assert "site" in response.context["form"].errors
    assert Order.objects.get().status == OrderStatus.DRAFT


def test_line_is_removed_and_a_second_time_is_harmless(sign_in, market):
    client = sign_in(market.alice)
    act(client, "add_line", **line(market))
    for _ in range(2):
        assert act(client, "remove_line", 1).status_code == 200
    assert not Order.objects.get().lines.exists()


def test_colleague_s_basket_is_untouched(sign_in, market):
    act(sign_in(market.alice), "add_line", **line(market))
    assert page(sign_in(market.requester), "basket").context["lines_count"] == 0
    assert act(sign_in(market.requester), "remove_line", 1).status_code == 404
    assert Order.objects.get(placed_by=market.alice).lines.count() == 1


def test_order_above_the_limit_is_approved_once(sign_in, market, pending):
    assert "who may approve" in page(sign_in(market.requester), "order", pending.number).text
    client = sign_in(market.alice)
    assert "Approve and place" in page(client, "order", pending.number).text
    assert "approved" in told(act(client, "approve", pending.number))[0]
    assert "Nothing was changed" in told(act(client, "approve", pending.number))[0]
    pending.refresh_from_db()
    assert pending.status == OrderStatus.IN_PROGRESS
    assert pending.supplier_orders.count() == 1


def test_requester_does_not_approve(sign_in, market, pending):
    assert told(act(sign_in(market.requester), "approve", pending.number))
    pending.refresh_from_db()
    assert pending.status == OrderStatus.PENDING_INTERNAL_APPROVAL


def test_order_is_sent_back_with_a_reason_only(sign_in, market, pending):
    client = sign_in(market.alice)
    response = act(client, "send_back", pending.number, reason="")
    assert "reason" in response.context["form"].errors
    assert "back with the person" in told(act(client, "send_back", pending.number, reason="No"))[0]
    again = act(client, "send_back", pending.number, reason="No")
    assert "Nothing was changed" in told(again)[0]
    assert Order.objects.filter(status=OrderStatus.DRAFT).get().lines.count() == 1


def test_order_is_cancelled_once_and_the_page_says_what_happens(sign_in, market, order):
    client = sign_in(market.alice)
    assert "go back to the suppliers" in page(client, "order", order.number).text
    assert "is cancelled" in told(act(client, "cancel", order.number))[0]
    assert "cancelled already" in told(act(client, "cancel", order.number))[0]
    market.ample.refresh_from_db()
    assert market.ample.reserved_units == 0


def test_order_that_a_supplier_accepted_is_not_cancelled(sign_in, market, order, to_ship):
    client = sign_in(market.alice)
    assert "Cancel the order" not in page(client, "order", order.number).text
    assert "accepted already" in told(act(client, "cancel", order.number))[0]
    order.refresh_from_db()
    assert order.status == OrderStatus.IN_PROGRESS


def test_rest_of_a_line_is_cancelled_once(sign_in, market, shared):
    client = sign_in(market.alice)
    assert "Cancel the rest" in page(client, "order", shared.number).text
    assert "3700" in told(act(client, "cancel_rest", shared.number, 1))[0].replace("\u202f", "")
    assert "Nothing of this line" in told(act(client, "cancel_rest", shared.number, 1))[0]
    assert shared.lines.get().canceled_units == 3700


def test_receipt_is_recorded_once(sign_in, market, order, shipment):
    client = sign_in(market.alice)
    row = shipment.lines.get()
    assert (
        reverse("orders:receive", args=[shipment.number])
        in page(client, "order", order.number).text
    )
    counted = {f"received_{row.pk}": "390", f"refused_{row.pk}": "4", "note": "Wet"}
    assert "recorded" in told(act(client, "receive", shipment.number, **counted))[0]
    assert "recorded already" in told(act(client, "receive", shipment.number, **counted))[0]
    assert Receipt.objects.get().lines.get().received_units == 390
    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED


@pytest.mark.parametrize(
    ("received", "refused", "field"),
    [
        ("401", "0", "received"),
        ("-1", "0", "received"),
        ("all", "0", "received"),
        ("1000000000000", "0", "received"),
        ("400", "1", "refused"),
    ],
)
def test_impossible_receipt_is_told_at_the_field(
    sign_in, market, shipment, received, refused, field
):
    key = shipment.lines.get().pk
    response = act(
        sign_in(market.alice),
        "receive",
        shipment.number,
        **{f"received_{key}": received, f"refused_{key}": refused},
    )
    assert f"{field}_{key}" in response.context["form"].errors
    assert not Receipt.objects.exists()


def test_form_typed_before_the_session_ended_is_kept(client, market, shipment):
    from stopcovid.middleware import owner_token

    key = shipment.lines.get().pk
    address = reverse("orders:receive", args=[shipment.number])
    typed = {f"received_{key}": "123", "note": "Wet", "form_owner": owner_token(market.alice.pk)}
    client.post(address, typed)
    session = dict(client.session)
    client.force_login(market.alice)
    kept = client.session
    kept.update({"interrupted_form": session["interrupted_form"]})
    kept.save()
    assert 'value="123"' in client.get(address).text


def test_two_people_ask_for_the_same_and_each_has_an_order(sign_in, market, order):
    ask(market, by=market.alice, requested_units=20)
    assert page(sign_in(market.alice), "orders").context["page"].paginator.count == 2
