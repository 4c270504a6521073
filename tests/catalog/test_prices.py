import datetime
from decimal import Decimal

import pytest

from buyers.enums import BuyerKind
from catalog import prices
from catalog.enums import BuyerSide, Dispenser, ProductKind
from catalog.models import PriceCoefficient, PriceRule, VatRule
from core.errors import DomainError, IllegalPrice
from core.money import excluding_tax, floor_unit_price


pytestmark = pytest.mark.usefixtures("law")

USER, RESELLER = BuyerSide.END_USER, BuyerSide.RESELLER
GEL = {
    "50 ml": 50,
    "100 ml": 100,
    "300 ml": 300,
    "301 ml": 301,
    "500 ml": 500,
    "1 L": 1000,
    "5 L": 5000,
}


def product_of(make, name):
    if name in GEL:
        return make.Product(kind=ProductKind.GEL, container_ml=GEL[name])
    if name == "1 L elbow":
        return make.Product(
            kind=ProductKind.GEL, container_ml=1000, dispenser=Dispenser.ELBOW_LEVER
        )
    if name == "4 ml sachet":
        return make.Product(kind=ProductKind.GEL, container_ml=4, dispenser=Dispenser.SACHET)
    if name == "300 ml pharmacy":
        return make.Product(kind=ProductKind.GEL, container_ml=300, dispenser=Dispenser.PHARMACY)
    kinds = {
        "mask": ProductKind.MASK_EN14683,
        "FFP2": ProductKind.MASK_EN149,
        "fabric": ProductKind.MASK_UNS,
        "gown": ProductKind.OTHER,
    }
    return make.Product(kind=kinds[name])


def passes(product, side, day, price_text):
    """`price_text`: "2.00 TTC" or "40 HT"; TTC becomes the offer's price excluding tax."""
    amount, basis = price_text.split()
    price = Decimal(amount)
    if basis == "TTC":
        price = floor_unit_price(excluding_tax(price, prices.vat_rate(product, day)))
    try:
        prices.check_price(product, price, side=side, day=day)
    except IllegalPrice:
        return False
    return True


VECTORS = [
    # Appendix A of the market study, and the days and cents on either side
    ("2020-03-10", "50 ml", USER, "2.00 TTC", True),
    ("2020-03-10", "50 ml", USER, "2.01 TTC", False),
    ("2020-03-10", "300 ml", USER, "5.00 TTC", True),
    ("2020-03-10", "300 ml", USER, "5.01 TTC", False),
    ("2020-03-10", "5 L", USER, "75.00 TTC", True),
    ("2020-03-10", "5 L", USER, "75.01 TTC", False),
    ("2020-03-10", "5 L", RESELLER, "40.00 HT", True),
    ("2020-03-10", "5 L", RESELLER, "41.00 HT", False),
    ("2020-04-28", "1 L", USER, "13.19 TTC", True),
    ("2020-04-28", "1 L", USER, "13.20 TTC", False),
    ("2020-04-12", "1 L elbow", USER, "19.50 TTC", True),
    ("2020-04-12", "1 L elbow", USER, "19.51 TTC", False),
    ("2020-04-28", "1 L elbow", USER, "17.14 TTC", True),
    ("2020-04-28", "1 L elbow", USER, "17.15 TTC", False),
    ("2020-05-10", "mask", USER, "0.95 TTC", True),
    ("2020-05-10", "mask", USER, "0.96 TTC", False),
    ("2020-05-10", "mask", RESELLER, "0.80 HT", True),
    ("2020-05-10", "mask", RESELLER, "0.81 HT", False),
    ("2020-04-30", "mask", USER, "1.20 TTC", True),
    ("2020-05-10", "FFP2", USER, "4.00 TTC", True),
    ("2020-05-10", "gown", USER, "99.00 TTC", True),
    ("2020-05-10", "fabric", USER, "9.00 TTC", True),
    # the day before and the first day
    ("2020-03-05", "50 ml", USER, "9.00 TTC", True),
    ("2020-03-06", "50 ml", USER, "2.01 TTC", False),
    ("2020-05-02", "mask", USER, "0.96 TTC", True),
    ("2020-05-03", "mask", USER, "0.96 TTC", False),
    ("2020-04-11", "1 L elbow", USER, "15.01 TTC", False),
    ("2020-04-24", "500 ml", USER, "7.00 TTC", True),
    ("2020-04-25", "500 ml", USER, "7.00 TTC", True),
    ("2020-04-26", "500 ml", USER, "7.00 TTC", False),
    ("2020-03-23", "1 L", USER, "15.01 TTC", False),
    ("2020-03-24", "1 L", USER, "15.01 TTC", False),
    ("2020-07-10", "1 L", USER, "13.20 TTC", False),
    ("2020-07-11", "1 L", USER, "13.20 TTC", False),
    ("2021-01-10", "mask", USER, "0.96 TTC", False),
    ("2021-01-11", "mask", USER, "0.96 TTC", True),
    # bands of containers: 300 ml is the last of its band
    ("2020-04-28", "50 ml", USER, "1.75 TTC", True),
    ("2020-04-28", "50 ml", USER, "1.76 TTC", False),
    ("2020-04-28", "100 ml", USER, "2.63 TTC", True),
    ("2020-04-28", "100 ml", USER, "2.64 TTC", False),
    ("2020-04-28", "300 ml", USER, "4.40 TTC", True),
    ("2020-04-28", "300 ml", USER, "4.41 TTC", False),
    ("2020-04-28", "301 ml", USER, "3.97 TTC", True),
    ("2020-04-28", "301 ml", USER, "3.98 TTC", False),
    ("2020-04-28", "100 ml", RESELLER, "2.00 HT", True),
    ("2020-04-28", "100 ml", RESELLER, "2.0001 HT", False),
    # coefficients
    ("2020-04-28", "4 ml sachet", USER, "0.18 TTC", True),
    ("2020-04-28", "4 ml sachet", USER, "0.19 TTC", False),
    ("2020-03-15", "300 ml pharmacy", USER, "7.50 TTC", True),
    ("2020-03-15", "300 ml pharmacy", USER, "7.51 TTC", False),
    ("2020-04-06", "300 ml pharmacy", USER, "5.01 TTC", False),
]


@pytest.mark.parametrize(("day", "name", "side", "price", "expected"), VECTORS)
def test_price_of_the_law_of_2020(make, day, name, side, price, expected):
    product = product_of(make, name)
    assert passes(product, side, datetime.date.fromisoformat(day), price) is expected


@pytest.mark.parametrize(
    ("day", "name", "side", "figure", "highest"),
    [  # the table of docs/adr/0003-price-ceiling-rounding.md
        ("2020-03-10", "50 ml", USER, "2.00", "1.8957"),
        ("2020-03-10", "300 ml", USER, "5.00", "4.7393"),
        ("2020-03-10", "5 L", RESELLER, "40", "40.0000"),
        ("2020-04-28", "50 ml", USER, "1.7585", "1.6668"),
        ("2020-04-28", "1 L elbow", USER, "17.147", "16.2530"),
        ("2020-05-10", "mask", USER, "0.95", "0.9004"),
    ],
)
def test_ceiling_is_exact_then_cut_down(make, day, name, side, figure, highest):
    found = prices.ceiling(product_of(make, name), side=side, day=datetime.date.fromisoformat(day))
    assert found.legal_figure_eur == Decimal(figure)
    assert found.max_unit_price_eur == Decimal(highest)


@pytest.mark.parametrize(
    ("day", "name", "rate"),
    [
        ("2020-02-29", "1 L", "20"),
        ("2020-03-01", "1 L", "5.5"),
        ("2020-03-23", "mask", "20"),
        ("2020-03-24", "mask", "5.5"),
        ("2020-03-24", "FFP2", "5.5"),
        ("2020-03-24", "fabric", "5.5"),
        ("2020-05-10", "gown", "20"),
        ("2021-12-31", "1 L", "5.5"),
        ("2022-01-01", "1 L", "20"),
    ],
)
def test_vat_rate_by_product_and_day(make, day, name, rate):
    day = datetime.date.fromisoformat(day)
    assert prices.vat_rate(product_of(make, name), day) == Decimal(rate)


def test_vat_rate_of_a_respirator_with_valve_is_the_standard_one(make):
    product = make.Product(kind=ProductKind.MASK_EN149, has_valve=True)
    assert prices.vat_rate(product, datetime.date(2020, 5, 10)) == 20


def test_vat_rate_without_any_rule_says_who_has_to_act(make):
    VatRule.objects.all().delete()
    with pytest.raises(DomainError, match="2020-05-10"):
        prices.vat_rate(make.Product(), datetime.date(2020, 5, 10))


def test_illegal_price_names_law_and_highest_price(make):
    with pytest.raises(IllegalPrice) as caught:
        prices.check_price(
            product_of(make, "1 L elbow"),
            Decimal("16.2531"),
            side=USER,
            day=datetime.date(2020, 4, 28),
        )
    assert caught.value.field == "unit_price_eur"
    text = str(caught.value).replace(",", ".")
    for part in ("16.2531", "16.253", "17.147", "5.5", "2020-477", "ECOC2009169A"):
        assert part in text


def test_illegal_wholesale_price_names_no_vat(make):
    with pytest.raises(IllegalPrice) as caught:
        prices.check_price(
            product_of(make, "5 L"), Decimal(41), side=RESELLER, day=datetime.date(2020, 3, 10)
        )
    assert "40.00" in str(caught.value).replace(",", ".")


def test_check_price_returns_the_rules_compared(make):
    day = datetime.date(2020, 5, 10)
    ids = prices.check_price(product_of(make, "mask"), Decimal("0.9004"), side=USER, day=day)
    assert [rule.legal_reference for rule in PriceRule.objects.filter(pk__in=ids)] == [
        "Décret n° 2020-506 du 2 mai 2020"
    ]


def test_the_lowest_of_several_ceilings_holds(make):
    PriceRule.objects.create(
        legal_reference="Later text",
        product_kind=ProductKind.MASK_EN14683,
        buyer_side=USER,
        per_unit_eur="0.5",
        tax_basis="HT",
        valid_from=datetime.date(2020, 5, 5),
    )
    found = prices.ceiling(product_of(make, "mask"), side=USER, day=datetime.date(2020, 5, 10))
    assert (found.max_unit_price_eur, found.legal_reference) == (Decimal("0.5"), "Later text")
    assert len(found.rule_ids) == 2


def test_a_coefficient_per_unit_cap_and_rule_per_litre_need_a_container(make):
    PriceRule.objects.create(
        legal_reference="Per litre only",
        product_kind=ProductKind.OTHER,
        buyer_side=USER,
        per_litre_eur=1,
        tax_basis="HT",
        valid_from=datetime.date(2020, 1, 1),
    )
    day = datetime.date(2020, 5, 10)
    assert prices.ceiling(make.Product(), side=USER, day=day) is None
    assert prices.ceiling(make.Product(container_ml=2000), side=USER, day=day) is not None


def test_of_two_coefficients_the_later_holds(make):
    PriceCoefficient.objects.create(
        legal_reference="Later",
        product_kind=ProductKind.GEL,
        dispenser=Dispenser.ELBOW_LEVER,
        factor="1.10",
        valid_from=datetime.date(2020, 4, 20),
    )
    found = prices.ceiling(
        product_of(make, "1 L elbow"), side=USER, day=datetime.date(2020, 4, 28)
    )
    assert found.legal_figure_eur == Decimal("14.509")


@pytest.mark.parametrize(
    ("kind", "side"), [(BuyerKind.HOSPITAL, USER), (BuyerKind.RESELLER, RESELLER)]
)
def test_side_of_a_buyer(make, kind, side):
    assert prices.side_of(make.Buyer(kind=kind)) == side
