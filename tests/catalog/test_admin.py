"""Rules and sheets in the ministry's admin: reviewers change them, the journal tells."""

import datetime

import pytest
from django.urls import reverse

from catalog.models import Attribute, PriceRule, Product
from journal.models import Event
from journal.notifications import headline


pytestmark = pytest.mark.django_db

RULE = {
    "legal_reference": "Décret d'essai",
    "product_kind": "GEL",
    "buyer_side": "END_USER",
    "min_container_ml": "0",
    "max_container_ml": "",
    "per_litre_eur": "12.5",
    "per_unit_eur": "",
    "tax_basis": "TTC",
    "valid_from": "2026-01-01",
    "valid_until": "",
}
MODELS = [
    "attribute",
    "category",
    "product",
    "pricerule",
    "pricecoefficient",
    "vatrule",
    "offer",
    "stockmovement",
    "rejudgement",
    "gelformula",
    "standardequivalence",
]


def url(model, act, *args):
    return reverse(f"admin:catalog_{model}_{act}", args=args)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("role", ["reviewer", "allocator", "auditor"])
def test_lists_are_open_to_every_role(make, sign_in, exercise, model, role):
    make.Offer()
    client = sign_in(make.User(**{role: True}))
    assert client.get(url(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("who", ["superuser", "supplier"])
def test_lists_are_closed_to_others(make, sign_in, shop, model, who):
    user = make.User(is_superuser=True) if who == "superuser" else shop.user
    answer = sign_in(user).get(url(model, "changelist"))
    assert answer.status_code in (302, 403)


def test_rule_is_added_by_a_reviewer_and_told(make, sign_in):
    user = make.User(reviewer=True)
    sign_in(user).post(url("pricerule", "add"), RULE)
    rule = PriceRule.objects.get()
    assert rule.valid_from == datetime.date(2026, 1, 1)
    event = Event.objects.get()
    assert (event.verb, event.actor) == ("catalog.rule_changed", user)
    assert event.payload["after"]["per_litre_eur"] == "12.5"
    assert "Décret d'essai" in headline(event)


def test_rule_change_tells_before_and_after(make, sign_in, law):
    rule = PriceRule.objects.filter(valid_until__isnull=False).order_by("pk").first()
    client = sign_in(make.User(reviewer=True))
    client.post(url("pricerule", "change", rule.pk), {**RULE, "valid_until": "2026-12-31"})
    event = Event.objects.get()
    assert event.payload["before"]["valid_until"] == "2020-03-23"
    assert event.payload["after"]["valid_until"] == "2026-12-31"


def test_rule_without_a_figure_is_refused(make, sign_in):
    page = sign_in(make.User(reviewer=True)).post(
        url("pricerule", "add"), {**RULE, "per_litre_eur": ""}
    )
    assert page.status_code == 200
    assert not PriceRule.objects.exists()


@pytest.mark.parametrize("role", ["allocator", "auditor"])
def test_rule_is_read_only_for_other_roles(make, sign_in, law, role):
    client = sign_in(make.User(**{role: True}))
    rule = PriceRule.objects.order_by("pk").first()
    assert client.get(url("pricerule", "change", rule.pk)).status_code == 200
    assert client.post(url("pricerule", "change", rule.pk), RULE).status_code == 403
    assert client.post(url("pricerule", "add"), RULE).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_deleted_here(make, sign_in, exercise, model):
    offer = make.Offer()
    objects = {
        "attribute": Attribute.objects.first(),
        "category": offer.product.category,
        "product": offer.product,
        "offer": offer,
        "stockmovement": offer.movements.get(),
    }
    pk = objects[model].pk if model in objects else 1
    client = sign_in(make.User(reviewer=True))
    answer = client.post(url(model, "delete", pk), {"post": "yes"})
    assert answer.status_code in (302, 403)
    assert Product.objects.filter(pk=offer.product.pk).exists()
    assert PriceRule.objects.count() > 30


@pytest.mark.parametrize("model", ["offer", "stockmovement"])
def test_offers_and_ledger_are_read_only(make, sign_in, model):
    offer = make.Offer()
    pk = offer.pk if model == "offer" else offer.movements.get().pk
    client = sign_in(make.User(reviewer=True))
    assert client.get(url(model, "change", pk)).status_code == 200
    assert client.post(url(model, "change", pk), {"status": "DRAFT"}).status_code == 403
    assert client.post(url(model, "add"), {}).status_code == 403


def test_product_is_retired_by_a_reviewer(make, sign_in):
    product = make.Product()
    client = sign_in(make.User(reviewer=True))
    page = client.get(url("product", "change", product.pk))
    values = {
        name: value
        for name, value in page.context["adminform"].form.initial.items()
        if value is not None and name != "is_active"
    }
    values |= {"attributes": "{}"}
    client.post(url("product", "change", product.pk), values)
    product.refresh_from_db()
    assert not product.is_active
    assert Event.objects.get().payload["after"]["is_active"] == "False"
