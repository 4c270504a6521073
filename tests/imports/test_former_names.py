"""A sheet that was merged is known to files by what it was called: GTIN, address, name."""

import pytest

from catalog import operations
from catalog.enums import ImportKind
from catalog.models import ImportRow


pytestmark = pytest.mark.django_db
FORMER = "04006381333931"
SAYS = {ImportKind.STOCK: "stock", ImportKind.PRICES: "prix", ImportKind.OFFERS: "prix"}


@pytest.fixture
def kept(make):
    """The sheet that stayed when another one was merged into it."""
    kept = make.Product(gtin="03012345678900", name="Flacon PET 250 ml")
    double = make.Product(
        gtin=FORMER, slug="flacon-double", name="Flacon PET 0,25 l", category=kept.category
    )
    operations.merge_sheet(double, by=make.User(ministry_role="REVIEWER"), into=kept)
    return kept


@pytest.mark.parametrize("kind", SAYS)
@pytest.mark.parametrize(
    ("column", "cell"),
    [("ean", "4006381333931"), ("fiche", "flacon-double"), ("fiche", "Flacon PET 0,25 l")],
)
def test_offer_is_found_by_what_its_sheet_was(desk, make, kept, kind, column, cell):
    own = make.Offer(supplier=desk.shop.supplier, product=kept)
    make.Offer(supplier=desk.shop.supplier)
    job = desk.read(f'{column};{SAYS[kind]}\n"{cell}";7\n', kind=kind)
    assert (job.updated_rows, job.wrong_rows) == (1, 0)
    assert ImportRow.objects.get(job=job).offer_id == own.pk


def test_new_offer_stands_on_the_sheet_that_stayed(desk, kept):
    job = desk.read("ref;gtin;prix\nN;4006381333931;7\n", kind=ImportKind.OFFERS)
    assert ImportRow.objects.get(job=job).product_id == kept.pk


def test_former_and_present_name_of_a_sheet_are_one_product(desk, kept):
    text = "ref;gtin;fiche;prix\nN;4006381333931;Flacon PET 250 ml;7\n"
    job = desk.read(text, kind=ImportKind.OFFERS)
    assert ImportRow.objects.get(job=job).product_id == kept.pk
