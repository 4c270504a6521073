"""The typed properties of sheets: what is read, what is refused and with which words."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation

from catalog import attributes
from catalog.attributes import Facet, judge, word
from catalog.enums import AttributeKind
from catalog.facts import facts_of
from catalog.models import Attribute, Category, Product
from core.errors import DomainError
from tests.catalog.test_admin import url


pytestmark = pytest.mark.django_db

SIZES = [
    {"value": "S", "label": "petit", "label_en": "small"},
    {"value": "L", "label": "grand", "label_en": "large"},
]


@pytest.fixture
def asked(make):
    """One property of each kind, of bottles."""
    shelf = make.Category(slug="bottles")
    rows = [
        ("neck", "col", "neck", AttributeKind.INTEGER, {"unit": "mm", "least": 10, "most": 120}),
        ("purity", "teneur", "content", AttributeKind.DECIMAL, {"unit": "%", "most": 100}),
        ("sterile", "stérile", "sterile", AttributeKind.BOOLEAN, {"is_required": True}),
        ("size", "taille", "size", AttributeKind.CHOICE, {"choices": SIZES}),
        ("colour", "couleur", "colour", AttributeKind.TEXT, {}),
    ]
    return [
        Attribute.objects.create(
            category=shelf, key=key, name=name, name_en=english, kind=kind, **more
        )
        for key, name, english, kind, more in rows
    ]


@pytest.mark.parametrize(
    ("key", "given", "read"),
    [
        ("neck", 28, 28),
        ("neck", "28", 28),
        ("neck", " 1\u202f0 ", 10),
        ("neck", "28,0", 28),
        ("purity", "99,8", 99.8),
        ("purity", "99.8", 99.8),
        ("purity", 96.0, 96),
        ("sterile", False, False),
        ("sterile", "Oui", True),
        ("sterile", "no", False),
        ("size", "l", "L"),
        ("size", "Grand", "L"),
        ("size", "small", "S"),
        ("colour", "  blue\n\x00 green ", "blue green"),
    ],
)
def test_values_are_read_as_people_write_them(asked, key, given, read):
    judged = judge(asked, {"sterile": True, key: given})
    assert judged.wrong == {}
    assert judged.values[key] == read
    assert type(judged.values[key]) is type(read)


@pytest.mark.parametrize(
    ("key", "given", "said"),
    [
        ("neck", "28.5", "neck: write a whole number, without decimals."),
        ("neck", "9", "neck (mm): at least 10, correct the figure."),
        ("neck", "121", "neck (mm): at most 120, correct the figure."),
        ("neck", "wide", "neck: “wide” is not a number. Write digits, for example 28."),
        ("neck", True, "neck: “True” is not a number. Write digits, for example 28."),
        ("purity", "NaN", "content: “NaN” is not a number. Write digits, for example 28."),
        ("purity", "1e99999", "content: “1e99999” is not a number. Write digits, for example 28."),
        (
            "purity",
            "-1e99999",
            "content: “-1e99999” is not a number. Write digits, for example 28.",
        ),
        ("sterile", "perhaps", "sterile: write “yes” or “no”."),
        ("sterile", "", "sterile: this is needed, fill it in."),
        ("size", "XL", "size: “XL” is not in the list. Choose among: small, large."),
        ("colour", "x" * 201, "colour: at most 200 letters, shorten it."),
    ],
)
def test_what_is_wrong_is_told_with_its_remedy(asked, key, given, said):
    with translation.override("en"):
        judged = judge(asked, {"sterile": True, key: given})
    assert judged.wrong == {key: said}
    assert key not in judged.values


def test_unknown_property_is_refused_with_those_that_exist(asked):
    with translation.override("en"), pytest.raises(DomainError) as refusal:
        attributes.clean(asked, {"sterile": True, "weight": 3})
    assert refusal.value.field == "weight"
    assert "It has: colour, neck, purity, size, sterile." in str(refusal.value)


def test_all_that_is_wrong_is_told_at_once(asked):
    assert set(judge(asked, {"neck": 1, "size": "XXL"}).wrong) == {"neck", "size", "sterile"}


def test_property_is_inherited_and_the_nearest_shelf_wins(make, asked):
    below = make.Category(slug="flasks", parent=asked[0].category)
    own = Attribute.objects.create(
        category=below, key="neck", name="col", name_en="neck", kind="INTEGER", is_required=True
    )
    found = {each.key: each for each in Attribute.objects.of(below)}
    assert set(found) == {"neck", "purity", "sterile", "size", "colour"}
    assert found["neck"] == own
    assert attributes.by_category()[below.pk] == Attribute.objects.of(below)
    assert attributes.by_category()[asked[0].category_id] == Attribute.objects.of(
        asked[0].category
    )
    assert own not in Attribute.objects.of(asked[0].category)


def test_facets_name_kind_and_path(law):
    found = {each.key: each for each in attributes.facets()}
    assert found["purity_pct_vol"].path == "attributes__purity_pct_vol"
    assert found["has_valve"] == Facet(
        "has_valve",
        AttributeKind.BOOLEAN,
        "has_valve",
        ("valve d'expiration", "exhalation valve"),
        "",
    )
    assert "colour" not in found
    assert Product.objects.filter(**{found["neck"].path: 28}).count() == 2
    assert Product.objects.filter(**{f"{found['purity_pct_vol'].path}__gte": 96}).count() == 4
    kinds = Attribute.objects.kinds()
    assert all(kinds[key] == facet.kind for key, facet in found.items())


# --- rules of one row ---
def create(make, **values):
    row = {"key": "depth", "name": "fond", "name_en": "depth", "kind": "INTEGER"} | values
    return Attribute.objects.create(category=make.Category(), **row)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "COLOUR"},
        {"kind": "CHOICE"},
        {"choices": SIZES},
        {"least": 3, "most": 2},
        {"kind": "TEXT", "most": 2},
    ],
)
def test_rows_that_make_no_sense_are_refused(make, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        create(make, **values)


def test_key_is_of_one_kind_in_all_categories(make):
    create(make)
    with pytest.raises(IntegrityError), transaction.atomic():
        create(make, kind="DECIMAL")


@pytest.mark.parametrize(
    "choices",
    [
        "S",
        ["S"],
        [{"value": "S"}],
        [{"value": "S", "label": "petit", "label_en": " "}],
        [SIZES[0], SIZES[0]],
    ],
)
def test_list_of_values_in_another_shape_is_refused(asked, choices):
    asked[3].choices = choices
    with pytest.raises(ValidationError):
        asked[3].full_clean()


# --- where they are shown and edited ---
def test_sheet_shows_its_properties_with_units(law, client):
    page = client.get(reverse("catalog:product", args=["flacon-500-ml"])).text
    for said in ("<dt>col</dt>", "28\u00a0mm", "<dt>matière</dt>", "500\u00a0ml"):
        assert said in page or said.replace("\u00a0", " ") in page, said


def test_words_of_values(law):
    washes = Attribute.objects.get(key="labels_per_roll")
    with translation.override("fr"):
        assert word(washes, 12500) == "12\u202f500"
        assert word(Attribute.objects.filter(key="neck").first(), 28) == "28\u00a0mm"
        assert word(Attribute.objects.filter(key="sterile").first(), False) == "non"


def test_facts_show_what_the_law_looks_at_even_unasked(make):
    product = make.Product(container_ml=1500, standard_class="FFP2", has_valve=True)
    with translation.override("en"):
        said = {fact.label: fact.value for fact in facts_of(product, [])}
    assert said["container"] == "1500 ml"
    assert said["class"] == "FFP2"
    assert said["exhalation valve"] == "yes"


def sheet_values(client, product):
    page = client.get(url("product", "change", product.pk))
    initial = page.context["adminform"].form.initial
    return {name: value for name, value in initial.items() if value is not None}


def test_ministry_edits_a_sheet_within_its_properties(law, make, sign_in):
    product = Product.objects.get(slug="flacon-500-ml")
    client = sign_in(make.User(reviewer=True))
    values = sheet_values(client, product)
    wrong = values | {"attributes": '{"neck": "wide", "material": "PET"}', "container_ml": ""}
    page = client.post(url("product", "change", product.pk), wrong)
    assert set(page.context["adminform"].form.errors) == {"attributes", "container_ml"}
    right = values | {"attributes": '{"neck": "24", "material": "verre"}'}
    assert client.post(url("product", "change", product.pk), right).status_code == 302
    product.refresh_from_db()
    assert product.attributes == {"neck": 24, "material": "GLASS"}


def test_property_is_added_by_a_reviewer_and_keeps_its_key(law, make, sign_in):
    client = sign_in(make.User(reviewer=True))
    values = {
        "category": Category.objects.get(slug="flacons").pk,
        "key": "stackable",
        "name": "empilable",
        "name_en": "stackable",
        "kind": "BOOLEAN",
        "choices": "[]",
        "position": 5,
    }
    assert client.post(url("attribute", "add"), values).status_code == 302
    added = Attribute.objects.get(key="stackable")
    client.post(
        url("attribute", "change", added.pk), values | {"key": "other", "name": "gerbable"}
    )
    added.refresh_from_db()
    assert (added.key, added.name) == ("stackable", "gerbable")


def test_key_of_another_kind_is_refused_in_words(law, make, sign_in):
    client = sign_in(make.User(reviewer=True))
    values = {
        "category": Category.objects.get(slug="gants").pk,
        "key": "neck",
        "name": "col",
        "name_en": "neck",
        "kind": "TEXT",
        "choices": "[]",
        "position": 5,
    }
    page = client.post(url("attribute", "add"), values)
    assert "choisissez une autre clé" in page.text


def test_texts_of_before_become_typed_values(make):
    product = make.Product(
        attributes={"neck": "28 mm", "purity_pct_vol": "99,8", "labels_per_roll": "1 000"}
        | {"size": "7,5", "material": "PET", "washes": "many", "alcohol_pct_vol": "65 à 80"}
    )
    migration = import_module("catalog.migrations.0009_typed_values")
    with connection.schema_editor() as editor:
        migration.to_types(apps, editor)
    product.refresh_from_db()
    assert product.attributes == {
        "neck": 28,
        "purity_pct_vol": 99.8,
        "labels_per_roll": 1000,
        "size": "7.5",
        "material": "PET",
        "washes": "many",
        "alcohol_pct_vol": 65,
    }
