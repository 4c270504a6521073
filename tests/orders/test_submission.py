"""Placing an order: by basket, and by one call of a machine."""

import uuid

import pytest
from django.utils import timezone

from accounts.organisations import OrganisationStatus
from buyers.models import Buyer
from catalog.enums import OfferStatus
from catalog.models import Offer, Product, StockMovement
from core.errors import DomainError, Duplicate, NotEligible, NotPermitted, OutOfStock
from orders import operations
from orders.enums import Limit, OrderStatus
from orders.models import Order, OrderNumber
from orders.operations.amounts import estimate_eur


def test_submit_reserves_what_is_ample_and_lets_wait_what_is_scarce(world):
    place = world.hospital()
    ample, scarce = world.offer(pack_units=20), world.offer(scarce=True)
    order = world.order(
        place,
        {"product": ample.product, "offer": ample, "requested_units": 400},
        {"product": scarce.product, "requested_units": 50},
    )
    assert order.status == OrderStatus.IN_PROGRESS
    first, second = order.lines.order_by("position")
    assert (first.allocated_units, first.waits_for_round) == (400, False)
    assert (second.allocated_units, second.waits_for_round) == (0, True)
    why = first.explanations.get()
    assert (why.limit, why.round, why.received_units) == (Limit.NONE, None, 400)
    ample.refresh_from_db()
    scarce.refresh_from_db()
    assert (ample.reserved_units, scarce.reserved_units) == (400, 0)
    part = order.supplier_orders.get()
    assert part.number == f"{order.number}-1"
    assert part.accept_by > timezone.now()
    world.check()


def test_submit_makes_one_supplier_order_for_each_supplier(world):
    first = world.offer()
    second = world.offer(supplier=first.supplier)
    third = world.offer()
    order = world.order(
        world.hospital(),
        *(
            {"product": offer.product, "offer": offer, "requested_units": 10}
            for offer in (first, second, third)
        ),
    )
    assert sorted(part.lines.count() for part in order.supplier_orders.all()) == [1, 2]
    assert {part.number[-2:] for part in order.supplier_orders.all()} == {"-1", "-2"}
    world.check()


def test_submit_numbers_run_without_gaps(world):
    place, offer = world.hospital(), world.offer(on_hand_units=30)
    first = world.picked(place, offer, 10)
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 20})
    Offer.objects.filter(pk=offer.pk).update(status=OfferStatus.WITHDRAWN)
    with pytest.raises(NotEligible):
        operations.submit(basket, by=place.manager, site=place.site)
    Offer.objects.filter(pk=offer.pk).update(status=OfferStatus.ON_SALE)
    second = operations.submit(basket, by=place.manager, site=place.site)
    year = timezone.localdate().year
    assert [first.number, second.number] == [f"{year}-000001", f"{year}-000002"]
    assert OrderNumber.objects.get().last == 2


def test_submit_twice_returns_the_placed_order(world):
    place, offer = world.hospital(), world.offer()
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})
    first = operations.submit(basket, by=place.manager, site=place.site)
    second = operations.submit(basket, by=place.manager, site=place.site)
    assert first.number == second.number
    assert StockMovement.objects.filter(reason="RESERVED").count() == 1
    world.check()


def test_submit_offer_withdrawn_meanwhile_leaves_the_basket(world):
    place, offer = world.hospital(), world.offer()
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})
    Offer.objects.filter(pk=offer.pk).update(status=OfferStatus.WITHDRAWN)
    with pytest.raises(NotEligible, match=offer.product.name) as error:
        operations.submit(basket, by=place.manager, site=place.site)
    assert error.value.field == "offer"
    basket.refresh_from_db()
    assert (basket.status, basket.lines.count()) == (OrderStatus.DRAFT, 1)


def test_submit_one_short_offer_changes_nothing_at_all(world):
    place, first, second = world.hospital(), world.offer(), world.offer()
    basket = world.basket(
        place,
        *(
            {"product": offer.product, "offer": offer, "requested_units": 100}
            for offer in (first, second)
        ),
    )
    Offer.objects.filter(pk=second.pk).update(reserved_units=950)
    with pytest.raises(OutOfStock, match="50"):
        operations.submit(basket, by=place.manager, site=place.site)
    first.refresh_from_db()
    assert first.reserved_units == 0
    assert not OrderNumber.objects.filter(last__gt=0).exists()


def test_submit_site_decides_whether_the_offer_serves(world, make):
    place, offer = world.hospital(department="75"), world.offer(departments=["13"])
    far = make.Site(buyer=place.buyer, department="13", postcode="13001", city="Marseille")
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})
    with pytest.raises(NotEligible, match="Paris"):
        operations.submit(basket, by=place.manager, site=place.site)
    assert operations.submit(basket, by=place.manager, site=far).site == far


def test_submit_product_that_became_scarce_waits_for_the_round(world):
    place, offer = world.hospital(), world.offer()
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})
    Product.objects.update(managed=True)
    order = operations.submit(basket, by=place.manager, site=place.site)
    assert order.status == OrderStatus.SUBMITTED
    assert order.lines.get().waits_for_round
    world.check()


def test_submit_pinned_product_that_became_ample_is_reserved(world):
    place, offer = world.hospital(), world.offer(scarce=True)
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})
    Product.objects.update(managed=False)
    order = operations.submit(basket, by=place.manager, site=place.site)
    assert order.lines.get().allocated_units == 10
    world.check()


def test_submit_by_others_or_elsewhere_is_refused(world):
    place, offer = world.hospital(), world.offer()
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})
    with pytest.raises(NotPermitted):
        operations.submit(basket, by=place.requester, site=place.site)
    with pytest.raises(NotPermitted):
        operations.submit(basket, by=world.hospital().manager, site=place.site)
    with pytest.raises(DomainError) as error:
        operations.submit(basket, by=place.manager, site=world.hospital().site)
    assert error.value.field == "site"
    Buyer.objects.filter(pk=place.buyer.pk).update(status=OrganisationStatus.TERMINATED)
    with pytest.raises(NotEligible):
        operations.submit(basket, by=place.manager, site=place.site)


def test_submit_empty_basket_is_refused(world):
    place = world.hospital()
    with pytest.raises(DomainError, match=r"empty|vide"):
        operations.submit(world.basket(place), by=place.manager, site=place.site)


def test_estimate_is_the_most_that_the_order_can_cost(world, make):
    picked = world.offer(unit_price_eur="2.0000")
    scarce = world.offer(scarce=True, unit_price_eur="3.0000")
    world.offer(product=scarce.product, unit_price_eur="5.0000")
    basket = world.basket(
        world.hospital(),
        {"product": picked.product, "offer": picked, "requested_units": 10},
        {"product": scarce.product, "requested_units": 10},
    )
    assert estimate_eur(basket.lines.all()) == 70
    unknown = make.Product(scarce=True)
    capped = world.basket(
        world.hospital(),
        {"product": unknown, "requested_units": 10, "max_unit_price_eur": 4},
    )
    assert estimate_eur(capped.lines.all()) == 40
    blind = world.basket(world.hospital(), {"product": unknown, "requested_units": 10})
    assert estimate_eur(blind.lines.all()) is None


# --- by one call --------------------------------------------------------------------------


def place_by_key(place, key, *asks, by=None):
    return operations.place(
        place.buyer,
        by=by or place.manager,
        site=place.site,
        lines=list(asks),
        purchase_order="PO 1",
        idempotency_key=key,
    )


def test_place_same_key_and_content_is_the_same_order(world):
    place, offer, key = world.hospital(), world.offer(), uuid.uuid4()
    ask = {"product": offer.product, "offer": offer, "requested_units": 10}
    first = place_by_key(place, key, ask)
    assert place_by_key(place, key, dict(reversed(ask.items()))) == first
    assert Order.objects.count() == 1
    assert first.status == OrderStatus.IN_PROGRESS
    world.check()


def test_place_same_key_other_content_is_a_duplicate(world):
    place, offer, key = world.hospital(), world.offer(), uuid.uuid4()
    ask = {"product": offer.product, "offer": offer, "requested_units": 10}
    place_by_key(place, key, ask)
    with pytest.raises(Duplicate) as error:
        place_by_key(place, key, {**ask, "requested_units": 20})
    assert error.value.field == "idempotency_key"


def test_place_key_of_another_buyer_tells_nothing(world):
    offer, key = world.offer(), uuid.uuid4()
    ask = {"product": offer.product, "offer": offer, "requested_units": 10}
    first = place_by_key(world.hospital(), key, ask)
    assert place_by_key(world.hospital(), key, ask) != first


def test_place_refused_leaves_the_key_free(world):
    place, offer, key = world.hospital(), world.offer(pack_units=20), uuid.uuid4()
    ask = {"product": offer.product, "offer": offer}
    with pytest.raises(DomainError):
        place_by_key(place, key, {**ask, "requested_units": 30})
    assert not Order.objects.exists()
    assert place_by_key(place, key, {**ask, "requested_units": 40}).number
    world.check()


def test_place_leaves_the_persons_basket_alone(world):
    place, offer = world.hospital(), world.offer()
    ask = {"product": offer.product, "offer": offer, "requested_units": 10}
    basket = world.basket(place, ask)
    place_by_key(place, uuid.uuid4(), ask)
    assert operations.basket_of(place.buyer, by=place.manager) == basket
    assert basket.lines.count() == 1


def test_place_by_a_stranger_is_refused(world):
    place, offer = world.hospital(), world.offer()
    ask = {"product": offer.product, "offer": offer, "requested_units": 10}
    with pytest.raises(NotPermitted):
        place_by_key(place, uuid.uuid4(), ask, by=world.hospital().manager)
