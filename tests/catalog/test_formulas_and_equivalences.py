"""Gel formulas and foreign standards count while a dated row says so."""

import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils.translation import override

from catalog import operations, tasks
from catalog.availability import certificate_blocker, is_forbidden, sellable
from catalog.enums import Blocker, OfferStatus, ProductKind
from catalog.models import GelFormula, StandardEquivalence
from catalog.prices import RuleBook
from core.errors import DomainError, NotEligible
from suppliers import operations as suppliers
from suppliers.enums import CLASSES, DocumentKind, ForeignStandard, Standard


PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.django_db


def at(text):
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=PARIS)
    return time_machine.travel(moment, tick=False)


def minute():
    tasks.look_at_the_law()
    tasks.judge_offers()


def stopped(offer):
    offer.refresh_from_db()
    return offer.stopped_by


@pytest.fixture
def gel(make, shop):
    return make.Offer(
        supplier=shop.supplier,
        product=make.Product(gel=True, attributes={"formula": "F1"}),
        status=OfferStatus.DRAFT,
        unit_price_eur=2,
    )


@pytest.fixture
def respirator(make):
    return make.Product(
        kind=ProductKind.MASK_EN149, standard=Standard.EN_149, standard_class="FFP2"
    )


def certificate(make, shop, standard, standard_class, **more):
    return make.Certificate(
        supplier=shop.supplier, standard=standard, standard_class=standard_class, **more
    )


# --- the four formulas ----------------------------------------------------------------------


def test_the_four_formulas_are_permitted_from_march_to_december_2020(law):
    assert RuleBook(datetime.date(2020, 3, 13)).formulas == []
    for day in ("2020-03-14", "2020-05-31", "2020-06-01", "2020-12-31"):
        assert RuleBook(datetime.date.fromisoformat(day)).formulas == ["F1", "F2", "F3", "F4"]
    assert RuleBook(datetime.date(2021, 1, 1)).formulas == []


def test_offer_of_a_formula_leaves_the_shelf_when_its_permission_ends(law, shop, gel):
    with at("2020-12-31T23:59"):
        operations.publish(gel, by=shop.user)
        minute()
        assert stopped(gel) == []
    with at("2021-01-01T00:00"):
        minute()
        assert stopped(gel) == [Blocker.FORMULA_NOT_PERMITTED]


def test_offer_of_a_formula_that_is_not_permitted_cannot_be_published(law, shop, gel):
    refused = pytest.raises(NotEligible, match="ethanol 80 %")
    with at("2021-01-01T00:00"), override("en"), refused as caught:
        operations.publish(gel, by=shop.user)
    assert caught.value.field == "product"
    gel.refresh_from_db()
    assert gel.status == OfferStatus.DRAFT


def test_permission_ended_in_the_admin_acts_at_once(make, sign_in, exercise, shop, gel):
    operations.publish(gel, by=shop.user)
    minute()
    assert stopped(gel) == []
    rule = GelFormula.objects.get(code="F1", valid_until=None)
    yesterday = datetime.date.today() - datetime.timedelta(days=1)  # noqa: DTZ011
    values = {"legal_reference": rule.legal_reference, "code": "F1", "composition": ""}
    answer = sign_in(make.User(reviewer=True)).post(
        reverse("admin:catalog_gelformula_change", args=[rule.pk]),
        {**values, "valid_from": rule.valid_from, "valid_until": yesterday},
    )
    assert answer.status_code == 302
    tasks.judge_offers()
    assert stopped(gel) == [Blocker.FORMULA_NOT_PERMITTED]


@pytest.mark.parametrize(
    ("formula", "day", "forbidden"),
    [
        ("F1", "2020-12-31", False),
        ("F1", "2021-01-01", True),
        ("ANY", "2020-12-31", False),
        ("ANY", "2021-01-01", True),
        ("AUTHORISED", "2021-01-01", False),
        (None, "2021-01-01", False),
    ],
)
def test_sheet_by_any_formula_needs_one_that_is_permitted(make, law, formula, day, forbidden):
    product = make.Product(gel=True, attributes={"formula": formula} if formula else {})
    offer = make.Offer(product=product)
    rules = RuleBook(datetime.date.fromisoformat(day))
    assert is_forbidden(product, rules) == forbidden
    assert (offer in sellable(rules)) != forbidden


# --- foreign standards ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("standard", "standard_class", "day", "blocker"),
    [
        (Standard.EN_149, "FFP2", "2020-04-20", None),
        (Standard.EN_149, "", "2020-04-20", None),
        (Standard.EN_149, "FFP3", "2020-04-20", Blocker.CERTIFICATE_MISSING),
        (Standard.EN_14683, "", "2020-04-20", Blocker.CERTIFICATE_MISSING),
        (ForeignStandard.GB_2626, "KN95", "2020-04-06", Blocker.EQUIVALENCE_ENDED),
        (ForeignStandard.GB_2626, "KN95", "2020-04-07", None),
        (ForeignStandard.GB_2626, "KN95", "2020-09-30", None),
        (ForeignStandard.GB_2626, "KN95", "2020-10-01", Blocker.EQUIVALENCE_ENDED),
        (ForeignStandard.GB_2626, "KN100", "2020-04-20", Blocker.EQUIVALENCE_ENDED),
        (ForeignStandard.NIOSH, "N95", "2020-04-20", None),
        (ForeignStandard.NIOSH, "N99", "2020-04-20", Blocker.EQUIVALENCE_ENDED),
        (ForeignStandard.ASTM_F2100, "Level 3", "2020-04-20", Blocker.EQUIVALENCE_ENDED),
    ],
)
def test_certificate_counts_for_an_ffp2(
    make, shop, law, respirator, standard, standard_class, day, blocker
):
    proof = certificate(make, shop, standard, standard_class)
    rules = RuleBook(datetime.date.fromisoformat(day))
    assert certificate_blocker(respirator, proof, rules) == blocker


def test_offer_on_a_kn95_certificate_leaves_the_shelf_with_the_instruction(
    make, shop, law, respirator
):
    offer = make.Offer(
        supplier=shop.supplier,
        product=respirator,
        certificate=certificate(make, shop, ForeignStandard.GB_2626, "KN95"),
        status=OfferStatus.DRAFT,
    )
    with at("2020-09-30T23:59"):
        operations.publish(offer, by=shop.user)
        minute()
        assert stopped(offer) == []
    with at("2020-10-01T00:00"):
        minute()
        assert stopped(offer) == [Blocker.EQUIVALENCE_ENDED]
        with pytest.raises(NotEligible) as caught:
            operations.update_offer(offer, by=shop.user, lead_time_days=5)
    assert caught.value.field == "certificate"


def test_every_equivalence_names_a_class_that_its_standards_have(law):
    for rule in StandardEquivalence.objects.order_by("pk"):
        assert rule.standard_class in CLASSES[rule.standard]
        assert rule.equivalent_class in CLASSES[rule.equivalent_standard]


@pytest.mark.parametrize(
    ("standard", "standard_class", "told"),
    [
        (Standard.EN_149, "KN95", "FFP1, FFP2, FFP3"),
        (Standard.EN_455, "FFP2", "–"),
        (ForeignStandard.GB_2626, "", "Choisissez la classe"),
    ],
)
def test_certificate_of_a_class_that_cannot_be_is_refused(
    make, shop, standard, standard_class, told
):
    document = make.Document(supplier=shop.supplier, kind=DocumentKind.CERTIFICATE)
    with pytest.raises(DomainError, match=told) as caught:
        suppliers.add_certificate(
            shop.supplier,
            by=shop.user,
            document=document,
            standard=standard,
            standard_class=standard_class,
            body_number="0082",
            scope="Model A",
            issued_on=datetime.date(2020, 1, 1),
            expires_on=datetime.date(2099, 1, 1),
        )
    assert caught.value.field == "standard_class"
