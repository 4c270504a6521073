"""Words, slips and synonyms; what is found follows the shelf."""

import datetime

import pytest
from django.utils import timezone

from catalog.enums import SheetStatus
from catalog.filters import ProductFilter
from catalog.models import Category, KnownWord, Product, SheetFacts, ShelfVersion, Synonym
from catalog.search.found import Found
from catalog.search.terms import Reader
from catalog.search.words import Lexicon, clauses_of, synonyms_on, words_of


pytestmark = pytest.mark.django_db
TODAY = datetime.date(2020, 4, 10)


def found(reader=None, **asked):
    sheets = SheetFacts.objects.filter(is_active=True)
    chosen = ProductFilter(asked, sheets, reader=reader or Reader())
    return [row.product.slug for row in Found(chosen).page(str(asked.get("page", ""))).object_list]


def test_search_before_any_worker_has_looked_at_the_shelf(law, settle):
    ShelfVersion.objects.all().delete()
    assert found(q="masque") == []
    settle()
    assert found(q="masque")
    assert ShelfVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Éthanol  96 %", ["ethanol", "96"]),
        ("NF EN 14683:2019", ["en14683"]),
        ("EN149 : 2001+A1:2009", ["en149"]),
        ("masque en 14683 type II", ["masque", "en14683", "type", "ii"]),
        ("gants 7,5", ["gants", "7,5"]),
        ("'%\x00&|!:*()", []),
        ("a b c d e f g h i j", list("abcdefgh")),
    ],
)
def test_words_are_plain(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("masques chirurgicaux IIR", "masque-chirurgical-type-iir"),
        ("EN 14683:2019", "masque-chirurgical-type-i"),
        ("en149 ffp3", "masque-ffp3"),
        ("SHA 500 ml", "gel-500-ml"),
        ("N95", "masque-ffp2-valve"),
        ("hidroalcoolique 300", "gel-300-ml"),
        ("hydroalco 300", "gel-300-ml"),
        ("gel pour les mains 300", "gel-300-ml"),
        ("surgical masks IIR", "masque-chirurgical-type-iir"),
        ("glycérine", "glycerol-25-l"),
        ("gants nitriles", "gants-nitrile-l"),
    ],
)
def test_search_finds_first(law, settle, words, first):
    settle()
    assert found(q=words)[0] == first


@pytest.mark.parametrize("words", ["locomotive", "14684", "le la les", "%", "500 ml locomotive"])
def test_search_finds_nothing(law, settle, words):
    settle()
    assert found(q=words) == []


def test_a_synonym_holds_on_its_days(make, settle):
    make.Product(slug="gel", name="Gel")
    settle()
    assert found(q="poutchou") == []
    Synonym.objects.create(
        terms=["poutchou", "gel"], legal_reference="usage", valid_from=timezone.localdate()
    )
    assert found(q="Poutchou") == ["gel"]
    Synonym.objects.update(valid_from=timezone.localdate() + datetime.timedelta(days=1))
    assert found(q="poutchou") == []
    lexicon = Lexicon.of(["poutchou"], synonyms=synonyms_on(TODAY))
    assert clauses_of("poutchou", lexicon=lexicon) == [("poutchou",)]


def test_search_follows_the_sheet_and_its_category(make, settle):
    product = make.Product(slug="thing", name="Aspirateur", name_en="Vacuum")
    settle()
    assert found(q="aspirateur") == ["thing"]
    Product.objects.filter(pk=product.pk).update(name="Respirateur")
    Category.objects.update(name="Réanimation")
    settle()
    assert found(q="aspirateur réanimation") == []
    assert found(q="respirateur reanimation") == ["thing"]
    Product.objects.update(is_active=False)
    settle()
    assert found(q="respirateur") == []


def test_only_accepted_sheets_are_kept_and_lend_their_words(make, settle, shop):
    make.Product(
        slug="thing",
        name="Aspirateur",
        is_active=False,
        status=SheetStatus.PROPOSED,
        proposed_for=shop.supplier,
        proposed_by=shop.user,
        proposed_at=timezone.now(),
    )
    settle()
    assert not SheetFacts.objects.exists()
    assert not KnownWord.objects.filter(word="aspirateur").exists()
    Product.objects.update(status=SheetStatus.ACCEPTED, is_active=True)
    settle()
    assert found(q="aspirateur") == ["thing"]
    Product.objects.update(status=SheetStatus.PROPOSED, is_active=False)
    settle()
    assert not SheetFacts.objects.exists()


@pytest.mark.parametrize("typed", ["3760123456789", "03760123456789"])
def test_gtin_finds_its_sheet_however_many_digits_are_typed(make, settle, typed):
    make.Product(slug="other")
    make.Product(slug="thing", gtin="03760123456789")
    settle()
    assert found(q=typed) == ["thing"]
