"""Prices of larger quantities from a file of offers: two columns for each, as Excel counts."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from catalog import imports, operations
from catalog.checks import Tier
from catalog.enums import ImportKind, ImportStatus
from catalog.imports.outgoing import template_file
from catalog.models import ImportRow, Offer, PriceChange, PriceTier


pytestmark = pytest.mark.django_db
HEAD = "ref;dès 1;prix 1;Dès (unités) 2;Prix 2;palier 3;prix palier 3\n"
TWO = [Tier(1000, Decimal("1.8")), Tier(5000, Decimal("1.5"))]


@pytest.fixture
def own(make, shop):
    offer = make.Offer(supplier=shop.supplier, supplier_reference="OWN", unit_price_eur=Decimal(2))
    return operations.update_offer(offer, by=shop.user, tiers=TWO)


def read(desk, text):
    return desk.read(text, kind=ImportKind.OFFERS)


def held(offer):
    return list(offer.tiers.values_list("from_units", "unit_price_eur"))


def counts(job):
    return job.created_rows, job.updated_rows, job.same_rows, job.wrong_rows


def test_prices_are_shown_then_put_in_place_of_those_before(desk, own):
    job = read(desk, f"{HEAD}OWN;800;1,75;;;10 000;1,2\n")
    assert ImportRow.objects.get(job=job).differences == {
        "tiers": [
            [[1000, "1.8000"], [5000, "1.5000"]],
            [[800, "1.7500"], [10000, "1.2000"]],
        ]
    }
    assert held(own) == TWO
    assert desk.apply(job).status == ImportStatus.APPLIED
    assert held(own) == [(800, Decimal("1.75")), (10000, Decimal("1.2"))]
    noted = PriceChange.objects.latest("pk")
    assert (noted.before_eur, noted.after_eur, noted.by) == (2, 2, desk.shop.user)
    assert noted.before_tiers == [[1000, "1.8000"], [5000, "1.5000"]]
    assert noted.after_tiers == [[800, "1.7500"], [10000, "1.2000"]]
    assert counts(read(desk, f"{HEAD}OWN;800;1,75;;;10000;1.2\n")) == (0, 0, 1, 0)


def test_empty_cells_leave_the_prices_as_they_are(desk, own):
    history = PriceChange.objects.count()
    desk.apply(read(desk, "ref;délai;dès 1;prix 1\nOWN;9;;\n"))
    assert (Offer.objects.get().lead_time_days, held(own)) == (9, TWO)
    assert PriceChange.objects.count() == history


@pytest.mark.parametrize("word", ["none", "Aucun", "aucune"])
def test_a_word_removes_the_prices(desk, own, word):
    job = read(desk, f"{HEAD}OWN;{word};;;;;\n")
    desk.apply(job)
    assert held(own) == []
    assert PriceChange.objects.latest("pk").after_tiers == []
    assert counts(read(desk, f"{HEAD}OWN;{word};;;;;\n")) == (0, 0, 1, 0)


def test_new_offer_comes_with_its_prices(desk, make):
    make.Product(gtin="03012345678900")
    text = "ref;gtin;prix;dès 1;prix 1\nNEW;3012345678900;2;100;1,9\n"
    job = read(desk, text)
    assert ImportRow.objects.get(job=job).differences["tiers"] == [None, [[100, "1.9000"]]]
    desk.apply(job)
    offer = Offer.objects.get()
    assert held(offer) == [(100, Decimal("1.9"))]
    noted = PriceChange.objects.get()
    assert (noted.before_eur, noted.after_eur) == (None, 2)
    assert (noted.before_tiers, noted.after_tiers) == ([], [[100, "1.9000"]])


def test_price_and_prices_of_larger_quantities_change_together(desk, own):
    text = "ref;prix;minimum;dès 1;prix 1\nOWN;1,5;1000;2000;1,4\n"
    desk.apply(read(desk, text))
    assert (Offer.objects.get().unit_price_eur, held(own)) == (
        Decimal("1.5"),
        [(2000, Decimal("1.4"))],
    )
    noted = PriceChange.objects.latest("pk")
    assert (noted.before_eur, noted.after_eur) == (2, Decimal("1.5"))
    assert (noted.before_tiers[0], noted.after_tiers) == ([1000, "1.8000"], [[2000, "1.4000"]])


@pytest.mark.parametrize(
    ("cells", "column", "value", "words"),
    [
        ("100;;;;;", "prix 1", "", "both the quantity and its price"),
        (";1,5;;;;", "dès 1", "", "both the quantity and its price"),
        ("many;1,5;;;;", "dès 1", "many", "in digits"),
        ("1;1,5;;;;", "dès 1", "1", "At least 2"),
        ("100;cheap;;;;", "prix 1", "cheap", "in digits"),
        ("100;2;;;;", "prix 1", "2", "costs less than 2"),
        ("100;0;;;;", "prix 1", "0", "more than nothing"),
        ("100;1,8;50;1,5;;", "Dès (unités) 2", "50", "begins above 100"),
        ("100;1,8;;;50;1,5", "palier 3", "50", "begins above 100"),
        (";;100;1,8;200;1,8", "prix palier 3", "1,8", "costs less than 1.80"),
        ("none;1,5;;;;", "dès 1", "none", "in digits"),
        ("9" * 20 + ";1,5;;;;", "dès 1", "9" * 20, "At most"),
        ("100;NaN;;;;", "prix 1", "NaN", "in digits"),
        ("100;1e400;;;;", "prix 1", "1e400", "digits"),
        ("100;-1;;;;", "prix 1", "-1", "not negative"),
    ],
)
def test_each_figure_is_judged_by_the_rules_of_the_page(desk, own, cells, column, value, words):
    job = read(desk, f"{HEAD}OWN;{cells}\n")
    (error,) = ImportRow.objects.get(job=job).errors
    assert (error["column"], error["value"]) == (column, value)
    assert words in error["message"]
    assert held(own) == TWO


def test_a_donation_has_no_lower_prices(desk, own):
    job = read(desk, "ref;prix;dès 1;prix 1\nOWN;0;100;1\n")
    (error,) = ImportRow.objects.get(job=job).errors
    assert (error["column"], error["value"]) == ("dès 1", "100")
    assert "donation" in error["message"]


def test_prices_that_moved_since_the_preview_are_shown_again(desk, own):
    job = read(desk, "ref;délai\nOWN;9\n")
    operations.update_offer(own, by=desk.shop.user, tiers=TWO[:1])
    job = desk.apply(job)
    assert (job.status, Offer.objects.get().lead_time_days) == (ImportStatus.RECEIVED, 2)
    imports.advance(job.pk)
    assert desk.apply(job).status == ImportStatus.APPLIED
    assert held(own) == TWO[:1]


def test_preview_says_the_prices_in_words(client, sign_in, desk, own):
    sign_in(desk.shop.user)
    client.cookies["django_language"] = "en"
    job = read(desk, f"{HEAD}OWN;aucun;;;;;\n")
    page = " ".join(client.get(f"/offers/import/{job.public_id}/").text.split())
    told = "1.80 € from 1,000 units on; 1.50 € from 5,000 units on"
    assert f"Lower prices for large quantities: {told} → <strong>none</strong>" in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_template_holds_the_prices_and_comes_back_as_no_change(desk, own, language):
    with override(language):
        text = "".join(template_file(desk.shop.supplier, ImportKind.OFFERS))
    price = "1,8" if language == "fr" else "1.8"
    assert f";1000;{price};5000;" in text
    assert counts(read(desk, text)) == (0, 0, 1, 0)
    assert PriceTier.objects.count() == len(TWO)
