import datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from catalog import attributes, prices, reference
from catalog.attributes import values_of
from catalog.enums import BuyerSide
from catalog.models import Attribute, Category, Offer, PriceRule, Product, VatRule


def snapshot():
    models = (Category, Attribute, Product, *reference.RULE_FILES)
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def test_load_twice_changes_nothing(law):
    before = snapshot()
    assert law == reference.Loaded(
        categories=22, attributes=67, products=36, rules=68, synonyms=10
    )
    assert reference.load() == reference.Loaded(0, 0, 0, 0, 0)
    assert snapshot() == before


def test_load_keeps_what_an_administrator_changed(law):
    Product.objects.filter(slug="gel-500-ml").update(name="Autre nom", managed=True)
    rule = PriceRule.objects.order_by("pk").first()
    PriceRule.objects.filter(pk=rule.pk).update(per_litre_eur=Decimal("39"))
    reference.load()
    assert Product.objects.get(slug="gel-500-ml").name == "Autre nom"
    rule.refresh_from_db()
    assert rule.per_litre_eur == 39


def test_sheets_are_valid_and_speak_two_languages(law):
    for product in Product.objects.all():
        product.full_clean()
        assert product.name
        assert product.name_en
        assert product.name != product.name_en
        assert product.cpv in {"", *CHECKED_CPV}


def test_sheets_say_what_their_category_asks(law):
    for product in Product.objects.select_related("category__parent"):
        asked = Attribute.objects.of(product.category)
        given = values_of(product, asked) | product.attributes
        judged = attributes.judge(asked, given)
        assert judged.wrong == {}, product.slug
        assert judged.values == given, product.slug


def test_properties_are_valid_and_speak_two_languages(law):
    for attribute in Attribute.objects.all():
        attribute.full_clean()
        assert attribute.name
        assert attribute.name_en


CHECKED_CPV = {
    "33140000-3",
    "33141420-0",
    "33199000-1",
    "33631600-8",
    "33735100-2",
    "18142000-6",
    "18143000-3",
    "35113410-6",
    "18424300-0",
}


def test_rules_are_valid(law):
    for model in reference.RULE_FILES:
        for rule in model.objects.all():
            rule.full_clean()


def test_exercise_continues_the_last_law_and_leaves_history_alone(law):
    gel = Product.objects.get(slug="gel-1-l-coude")
    today = timezone.localdate()
    assert prices.ceiling(gel, side=BuyerSide.END_USER, day=today) is None
    added = reference.load_exercise()
    assert added == 8 + 2 + 2 + 4 + 4 + 13
    found = prices.ceiling(gel, side=BuyerSide.END_USER, day=today)
    assert found.legal_figure_eur == Decimal("17.147")
    assert found.legal_reference.startswith("Exercice : reprend")
    assert prices.vat_rate(gel, today) == Decimal("5.5")
    past = prices.ceiling(gel, side=BuyerSide.END_USER, day=datetime.date(2020, 3, 10))
    assert past.legal_figure_eur == 15
    assert reference.load_exercise() == 0


def test_exercise_does_not_revive_the_pharmacies_coefficient(exercise):
    revived = VatRule.objects.filter(legal_reference__startswith="Exercice")
    assert revived.count() == 4
    from catalog.models import PriceCoefficient

    assert set(
        PriceCoefficient.objects.filter(legal_reference__startswith="Exercice").values_list(
            "dispenser", flat=True
        )
    ) == {"ELBOW_LEVER", "SACHET"}


@pytest.mark.django_db
def test_load_reference_command_loads_every_app(capsys):
    call_command("load_reference")
    assert Product.objects.count() == 36
    assert "catalog.reference" in capsys.readouterr().out
    assert not Offer.objects.exists()
