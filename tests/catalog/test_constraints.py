"""What PostgreSQL refuses whatever the code does; NULL must not slip through a CHECK."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from catalog.enums import OfferStatus
from catalog.models import Offer, PriceCoefficient, PriceRule, Product, StockMovement


pytestmark = pytest.mark.django_db

DAY = datetime.date(2020, 3, 6)


def refused(name, act):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        act()


@pytest.mark.parametrize(
    ("figures", "name"),
    [
        ({}, "pricerule_has_figure"),
        ({"per_litre_eur": 0}, "pricerule_has_figure"),
        ({"per_unit_eur": 1, "valid_until": datetime.date(2020, 3, 5)}, "dates_in_order"),
    ],
)
def test_price_rule_constraints(figures, name):
    refused(
        name,
        lambda: PriceRule.objects.create(
            legal_reference="x",
            product_kind="GEL",
            buyer_side="END_USER",
            tax_basis="HT",
            valid_from=DAY,
            **figures,
        ),
    )


def test_coefficient_ends_after_it_begins():
    refused(
        "pricecoefficient_dates_in_order",
        lambda: PriceCoefficient.objects.create(
            legal_reference="x",
            product_kind="GEL",
            factor=1,
            valid_from=DAY,
            valid_until=datetime.date(2020, 3, 5),
        ),
    )


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kind": "GEL", "container_ml": None}, "product_gel_has_container"),
        ({"kind": "GEL", "container_ml": 0}, "product_gel_has_container"),
        ({"kind": "SOAP"}, "product_kind_known"),
    ],
)
def test_product_constraints(make, change, name):
    product = make.Product()
    refused(name, lambda: Product.objects.filter(pk=product.pk).update(**change))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"reserved_units": 1001}, "offer_reserved_within_stock"),
        ({"reserved_units": -1}, "reserved_units|offer_reserved_within_stock"),
        ({"unit_price_eur": -1}, "offer_price_not_negative"),
        ({"on_hand_units": 10**9 + 1}, "offer_stock_plausible"),
        ({"pack_units": 0}, "offer_pack_positive"),
        ({"status": "GONE"}, "offer_status_known"),
        ({"min_order_units": 10, "max_per_buyer_units": 9}, "offer_maximum_above_minimum"),
        (
            {"available_from": "2020-04-02", "available_until": "2020-04-01"},
            "offer_days_in_order",
        ),
    ],
)
def test_offer_constraints(make, change, name):
    offer = make.Offer()
    refused(name, lambda: Offer.objects.filter(pk=offer.pk).update(**change))
    offer.refresh_from_db()
    assert offer.status == OfferStatus.ON_SALE


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"delta_on_hand_units": 0, "delta_reserved_units": 0}, "movement_moves_something"),
        ({"reason": "LENT"}, "movement_reason_known"),
        ({"reason": "DECLARED", "cause": "factory"}, "movement_booked_once"),
    ],
)
def test_movement_constraints(make, change, name):
    offer = make.Offer()
    values = {"delta_on_hand_units": 1, "delta_reserved_units": 0, "reason": "SHIPPED"}
    refused(
        name,
        lambda: StockMovement.objects.create(offer=offer, **{"cause": "x", **values, **change}),
    )
