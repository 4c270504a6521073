"""Facets on the typed properties of a category, counted without themselves, by the URL alone."""

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict

from catalog import watching
from catalog.models import Attribute, Category, Product, SavedSearch, SheetFacts
from tests.catalog.test_facets import API, SEARCH, Links, slugs
from tests.catalog.test_pages_public import queries_of


pytestmark = pytest.mark.django_db
WITHIN = f"{SEARCH}?category=masques-ffp"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def masks(make, law, settle):
    """Respirators: FFP2 with and without valve in two sizes, FFP3 without a size; and gloves."""
    Product.objects.update(is_active=False)
    shelf = Category.objects.get(slug="masques-ffp")
    said = [
        ("ffp2-m", "FFP2", False, {"size": "M"}),
        ("ffp2-l", "FFP2", False, {"size": "L"}),
        ("ffp2-valve", "FFP2", True, {"size": "M"}),
        ("ffp3", "FFP3", True, {}),
    ]
    for slug, standard_class, has_valve, attributes in said:
        make.Product(
            slug=slug,
            category=shelf,
            standard_class=standard_class,
            has_valve=has_valve,
            attributes=attributes,
        )
    gloves = Category.objects.get(slug="gants")
    make.Product(slug="gloves", category=gloves, attributes={"size": "M", "material": "NITRILE"})
    settle()


def counted(page):
    """By facet what each value leaves; the properties alone."""
    return {
        facet.name.removeprefix("property_"): {each.value: each.count for each in facet.values}
        for facet in page.context["facets"]
        if facet.name.startswith("property_")
    }


def test_a_category_brings_its_own_lists_and_the_inherited_ones(masks, client):
    assert counted(client.get(WITHIN)) == {
        "standard_class": {"FFP2": 3, "FFP3": 1},
        "has_valve": {"true": 2, "false": 2},
        "size": {"M": 2, "L": 1},
    }
    assert counted(client.get(f"{SEARCH}?category=masques")) == {"size": {"M": 2, "L": 1}}
    assert counted(client.get(f"{SEARCH}?category=gants")) == {
        "size": {"M": 1},
        "material": {"NITRILE": 1},
    }
    assert counted(client.get(SEARCH)) == {}
    assert counted(client.get(f"{SEARCH}?category=nowhere")) == {}


def test_labels_are_in_the_reader_s_language(masks, client):
    text = client.get(WITHIN).text
    assert "Exhalation valve" in text
    client.cookies["django_language"] = "fr"
    page = client.get(f"{WITHIN}&property_has_valve=true")
    assert "Valve d&#x27;expiration oui" in page.text


def test_each_is_counted_without_itself(masks, client):
    page = client.get(f"{WITHIN}&property_standard_class=FFP2&property_size=M")
    assert set(slugs(page)) == {"ffp2-m", "ffp2-valve"}
    assert counted(page) == {
        "standard_class": {"FFP2": 2},
        "has_valve": {"true": 1, "false": 1},
        "size": {"M": 2, "L": 1},
    }
    assert slugs(client.get(f"{WITHIN}&property_has_valve=true&property_standard_class=FFP2")) == [
        "ffp2-valve"
    ]


@pytest.mark.parametrize(
    "more", ["", "&property_standard_class=FFP2", "&property_size=M&q=produit", "&in_stock=true"]
)
def test_every_link_leads_to_as_many_sheets_as_it_says(masks, make, settle, sign_in, ward, more):
    for slug in ("ffp2-m", "ffp3"):
        make.Offer(product=Product.objects.get(slug=slug))
    settle()
    client = sign_in(ward.user)
    links = Links(client.get(f"{WITHIN}{more}").text).found
    assert any("property_" in link for link in links)
    for link, number in links.items():
        assert client.get(f"{SEARCH}{link}").context["page"].paginator.count == number, link


def test_another_category_takes_the_properties_off(masks, client):
    page = client.get(f"{WITHIN}&property_size=L&managed=")
    (category,) = (each for each in page.context["facets"] if each.name == "category")
    gloves = next(each for each in category.values if each.value == "gants")
    assert (gloves.count, "property_" in gloves.url) == (1, False)
    size, shelf = page.context["chips"][1], page.context["chips"][0]
    assert size.text == "Size L"
    assert "property_size" not in size.url
    assert "property_size" not in shelf.url


def test_search_form_keeps_the_properties_chosen(masks, client):
    text = client.get(f"{WITHIN}&property_size=L").text
    assert '<input type="hidden" name="property_size" value="L">' in text


@pytest.mark.parametrize(
    "asked", ["property_size=XXXL", "property_nothing=1", "property_size=%00"]
)
def test_nonsense_narrows_nothing_on_the_page(masks, client, asked):
    assert len(slugs(client.get(f"{WITHIN}&{asked}"))) == 4


def test_without_a_category_there_is_no_such_filter(masks, client):
    assert len(slugs(client.get(f"{SEARCH}?property_size=L"))) == 5


def test_api_has_the_same_filters_and_counts(masks, client):
    rows = client.get(f"{API}?category=masques-ffp&property_size=M&property_has_valve=true").json()
    assert [each["slug"] for each in rows["results"]] == ["ffp2-valve"]
    found = client.get(f"{API}facets/?category=masques-ffp&property_size=M").json()
    assert found["by_value"]["property_size"] == {"M": 2, "L": 1}
    assert found["by_value"]["property_standard_class"] == {"FFP2": 2}
    assert found["by_value"]["property_has_valve"] == {"true": 1, "false": 1}
    answer = client.get(f"{API}?category=masques-ffp&property_size=XXXL")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["attr"]) == (400, "property_size")


def test_counts_follow_sheets_not_offers(masks, make, settle, client):
    before = counted(client.get(WITHIN))
    make.Offer(product=Product.objects.get(slug="ffp3"))
    settle()
    assert counted(client.get(WITHIN)) == before
    changed = Product.objects.filter(slug="ffp3")
    changed.update(standard_class="FFP2", attributes={"size": "L", "aerosol_filtration_pct": 99})
    settle()
    assert counted(client.get(WITHIN)) == {
        "standard_class": {"FFP2": 4},
        "has_valve": {"true": 2, "false": 2},
        "size": {"M": 2, "L": 2},
    }
    kept = SheetFacts.objects.get(product=changed.get()).properties
    assert kept == {"size": "L", "standard_class": "FFP2", "has_valve": True}


def test_page_asks_as_much_for_many_sheets_and_properties(masks, make, settle, sign_in, ward):
    client = sign_in(ward.user)
    few = queries_of(client, f"{WITHIN}&property_size=M")
    shelf = Category.objects.get(slug="masques-ffp")
    for number in range(20):
        Attribute.objects.create(
            category=shelf,
            key=f"extra_{number}",
            name=f"en plus {number}",
            name_en=f"extra {number}",
            kind="BOOLEAN",
        )
        make.Product(category=shelf, attributes={"size": "M", f"extra_{number}": True})
    settle()
    assert queries_of(client, f"{WITHIN}&property_size=M") == few <= 12


def test_a_saved_search_keeps_its_properties(masks, ward):
    asked = QueryDict("property_size=M&category=masques-ffp&property_nothing=1")
    watching.keep(ward.user, buyer=None, name="Masks", asked=asked)
    kept = SavedSearch.objects.for_listing().get()
    assert kept.querystring == "category=masques-ffp&property_size=M"
    ids = watching.hits_of([kept])[kept.pk].ids
    assert ids == set()  # nobody offers them yet


def test_a_key_is_plain_whoever_writes_it(law):
    with pytest.raises(IntegrityError, match="attribute_key_plain"), transaction.atomic():
        Attribute.objects.filter(key="size").update(key="si'ze")
