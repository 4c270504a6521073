"""Filling the basket: what a line has to satisfy, and whose basket it is."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.organisations import OrganisationStatus
from buyers.enums import BuyerKind
from catalog.enums import BuyerSide, OfferStatus, ProductKind, TaxBasis, Trade
from catalog.models import PriceRule
from core.errors import DomainError, NotEligible, NotPermitted, OutOfStock, StaleState
from orders import operations
from orders.models import Order, Substitute


def test_basket_is_one_for_each_person(world):
    place = world.hospital()
    mine = operations.basket_of(place.buyer, by=place.manager)
    assert operations.basket_of(place.buyer, by=place.manager) == mine
    assert operations.basket_of(place.buyer, by=place.requester) != mine
    with pytest.raises(NotPermitted):
        operations.basket_of(place.buyer, by=world.hospital().manager)


def test_add_line_same_product_and_offer_replaces_the_line(world):
    place, offer = world.hospital(), world.offer()
    ask = {"product": offer.product, "offer": offer}
    basket = world.basket(place, {**ask, "requested_units": 10}, {**ask, "requested_units": 30})
    assert [line.requested_units for line in basket.lines.all()] == [30]


def test_add_line_to_anothers_basket_is_refused(world):
    place, offer = world.hospital(), world.offer()
    basket = world.basket(place)
    ask = {"product": offer.product, "offer": offer, "requested_units": 10}
    for person in (place.requester, world.hospital().manager):
        with pytest.raises((NotPermitted, StaleState)):
            operations.add_line(basket, by=person, **ask)
        with pytest.raises((NotPermitted, StaleState)):
            operations.remove_line(basket, by=person, position=1)


def test_add_line_to_a_placed_order_is_stale(world):
    place, offer = world.hospital(), world.offer()
    order = world.picked(place, offer, 10)
    with pytest.raises(StaleState):
        operations.add_line(
            order, by=place.manager, product=offer.product, offer=offer, requested_units=10
        )


def test_remove_line_twice_is_no_error(world):
    place, offer = world.hospital(), world.offer()
    basket = world.basket(place, {"product": offer.product, "offer": offer, "requested_units": 10})
    for _ in range(2):
        operations.remove_line(basket, by=place.manager, position=1)
    assert not basket.lines.exists()


@pytest.mark.parametrize(
    ("units", "field", "said"),
    [
        (0, "requested_units", "1"),
        (-5, "requested_units", "1"),
        (10**12, "requested_units", "1000000000"),
        (990, "requested_units", "980"),
        (990, "requested_units", "1000"),
        (20, "requested_units", "40"),
        (2000, "requested_units", "1200"),
    ],
)
def test_add_line_bad_quantity_names_field_and_remedy(world, units, field, said):
    offer = world.offer(on_hand_units=1200, pack_units=20, min_order_units=30)
    with pytest.raises(DomainError) as error:
        world.basket(
            world.hospital(),
            {"product": offer.product, "offer": offer, "requested_units": units},
        )
    assert error.value.field == field
    assert said in str(error.value)


def test_add_line_counts_what_the_buyer_has_ordered_already(world):
    place, offer = world.hospital(), world.offer(max_per_buyer_units=100)
    first = world.picked(place, offer, 60)
    with pytest.raises(DomainError, match="40"):
        world.picked(place, offer, 60)
    world.picked(world.hospital(), offer, 100)
    operations.cancel(first, by=place.manager)
    world.picked(place, offer, 100)
    world.check()


def test_add_line_in_the_basket_takes_nothing_of_the_maximum(world):
    place, offer = world.hospital(), world.offer(max_per_buyer_units=100)
    ask = {"product": offer.product, "offer": offer, "requested_units": 100}
    world.basket(place, ask, by=place.requester)
    world.basket(place, ask, by=place.manager)
    operations.submit(
        operations.basket_of(place.buyer, by=place.manager), by=place.manager, site=place.site
    )
    with pytest.raises(DomainError, match=offer.product.name):
        operations.submit(
            operations.basket_of(place.buyer, by=place.requester),
            by=place.requester,
            site=place.site,
        )


@pytest.mark.parametrize(
    "change",
    [
        {"status": OfferStatus.WITHDRAWN},
        {"status": OfferStatus.DRAFT},
        {"departments": ["13"]},
        {"supplier__status": OrganisationStatus.SUSPENDED},
        {"product__standard": "EN_14683"},
    ],
)
def test_add_line_offer_that_does_not_sell_here_is_refused(world, change):
    if "supplier__status" in change:
        change = {"supplier__suspended": True}
    offer = world.offer(**change)
    with pytest.raises(NotEligible) as error:
        world.basket(
            world.hospital(), {"product": offer.product, "offer": offer, "requested_units": 1}
        )
    assert error.value.field == "offer"


def test_add_line_empty_offer_is_out_of_stock(world):
    offer = world.offer(on_hand_units=0)
    with pytest.raises(OutOfStock):
        world.basket(
            world.hospital(), {"product": offer.product, "offer": offer, "requested_units": 1}
        )


def test_add_line_reseller_pays_no_more_than_the_wholesale_ceiling(world):
    PriceRule.objects.create(
        product_kind=ProductKind.MASK_EN14683,
        buyer_side=BuyerSide.RESELLER,
        per_unit_eur="0.80",
        tax_basis=TaxBasis.EXCLUDING,
        legal_reference="Décret",
        valid_from=datetime.date(2020, 1, 1),
    )
    offer = world.offer(product__kind=ProductKind.MASK_EN14683, unit_price_eur=Decimal("0.8001"))
    ask = {"product": offer.product, "offer": offer, "requested_units": 1}
    world.basket(world.hospital(), ask)
    with pytest.raises(NotEligible, match="Décret"):
        world.basket(world.hospital(kind=BuyerKind.RESELLER), ask)


def test_add_line_raw_material_is_for_manufacturers(world):
    offer = world.offer(product__category__slug="raw", product__category__trade=Trade.INDUSTRY)
    ask = {"product": offer.product, "offer": offer, "requested_units": 1}
    with pytest.raises(NotEligible) as error:
        world.basket(world.hospital(), ask)
    assert error.value.field == "product"
    world.basket(world.hospital(kind=BuyerKind.MANUFACTURER), ask)


def test_add_line_of_another_product_than_the_offer_is_refused(world, make):
    offer = world.offer()
    with pytest.raises(DomainError) as error:
        world.basket(
            world.hospital(), {"product": make.Product(), "offer": offer, "requested_units": 1}
        )
    assert error.value.field == "offer"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"offer": None}, "offer"),
        ({"min_useful_units": 11}, "min_useful_units"),
        ({"min_useful_units": -1}, "min_useful_units"),
        ({"needed_by": datetime.date(2020, 1, 1)}, "needed_by"),
        ({"max_unit_price_eur": 0}, "max_unit_price_eur"),
    ],
)
def test_add_line_wrong_wish_names_its_field(world, change, field):
    offer = world.offer()
    ask = {"product": offer.product, "offer": offer, "requested_units": 10, **change}
    with pytest.raises(DomainError) as error:
        world.basket(world.hospital(), ask)
    assert error.value.field == field


def test_add_line_need_keeps_its_ladder(world, make):
    first, second, third = (make.Product(scarce=True) for _ in range(3))
    basket = world.basket(
        world.hospital(),
        {
            "product": first,
            "requested_units": 100,
            "min_useful_units": 10,
            "needed_by": timezone.localdate(),
            "substitutes": [third, second],
        },
    )
    ladder = Substitute.objects.filter(line__order=basket).order_by("rank")
    assert [each.product for each in ladder] == [third, second]
    assert basket.lines.get().waits_for_round


def test_add_line_wrong_substitutes_are_refused(world, make):
    scarce, ample = make.Product(scarce=True), make.Product()
    for ladder in ([scarce], [ample], [make.Product(scarce=True, is_active=False)]):
        with pytest.raises(DomainError) as error:
            world.basket(
                world.hospital(),
                {"product": scarce, "requested_units": 10, "substitutes": ladder},
            )
        assert error.value.field == "substitutes"


def test_add_line_retired_product_is_refused(world, make):
    with pytest.raises(NotEligible) as error:
        world.basket(
            world.hospital(),
            {"product": make.Product(scarce=True, is_active=False), "requested_units": 1},
        )
    assert error.value.field == "product"
    assert not Order.objects.exclude(lines=None).exists()
