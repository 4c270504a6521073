"""Product sheets proposed by a file: the rules, and the reviewers, are those of the page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import imports, operations, reference
from catalog.enums import ImportKind, ImportMode, ImportStatus, RowAction, SheetStatus
from catalog.models import ImportJob, ImportRow, Offer, Product
from journal.models import Event


pytestmark = pytest.mark.django_db
HEAD = "catégorie;nom;gtin;unité;container_ml;material;neck;différente\n"
BOTTLE = "Flacons;Flacon PEHD 250 ml;4006381333931;flacon;250;PEHD;28;oui\n"


@pytest.fixture(autouse=True)
def shelves(db):
    reference.load()
    reference.load_exercise()


def read(desk, text, mode=ImportMode.ALL_OR_NOTHING):
    return desk.read(text, kind=ImportKind.PRODUCTS, mode=mode)


def proposed():
    return Product.objects.exclude(proposed_for=None).order_by("pk")


def test_sheets_are_shown_then_proposed_to_the_reviewers(desk, make):
    reviewer = make.User(ministry_role="REVIEWER")
    job = read(desk, HEAD + BOTTLE)
    assert (job.status, job.created_rows, job.wrong_rows) == (ImportStatus.PREVIEW, 1, 0)
    assert not proposed().exists()
    assert not Event.objects.filter(verb="catalog.sheet_proposed").exists()
    job = desk.apply(job)
    assert job.status == ImportStatus.APPLIED
    sheet = proposed().get()
    assert (sheet.status, sheet.is_active) == (SheetStatus.PROPOSED, False)
    assert (sheet.name, sheet.gtin, sheet.category.slug) == (
        "Flacon PEHD 250 ml",
        "04006381333931",
        "flacons",
    )
    assert (sheet.container_ml, sheet.attributes) == (250, {"material": "PEHD", "neck": 28})
    assert (sheet.proposed_for, sheet.proposed_by) == (desk.shop.supplier, desk.shop.user)
    operations.accept_sheet(sheet, by=reviewer)
    assert proposed().get().status == SheetStatus.ACCEPTED


def test_the_same_file_twice_changes_nothing(desk):
    desk.apply(read(desk, HEAD + BOTTLE))
    again = read(desk, HEAD + BOTTLE)
    assert (again.created_rows, again.same_rows, again.wrong_rows) == (0, 1, 0)
    assert proposed().count() == 1


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("Nothing;Flacon X;;flacon;250;PEHD;28;oui", "catégorie", "no category"),
        ("Flacons;;;flacon;250;PEHD;28;oui", "nom", "needed"),
        ("Flacons;Flacon X;;;250;PEHD;28;oui", "unité", "needed"),
        ("Flacons;Flacon X;;flacon;;PEHD;28;oui", "container_ml", "needed"),
        ("Flacons;Flacon X;;flacon;250;gold;28;oui", "material", "not in the list"),
        ("Flacons;Flacon X;;flacon;250;PEHD;wide;oui", "neck", "not a number"),
        ("Flacons;Flacon X;4006381333932;flacon;250;PEHD;28;oui", "gtin", ""),
        ("Flacons;Flacon PET 500 ml;;flacon;500;PET;28;", "différente", "Is it one of these"),
    ],
)
def test_every_rule_of_the_page_is_asked(desk, row, column, message):
    job = read(desk, f"{HEAD}{row}\n")
    (error,) = ImportRow.objects.get(job=job).errors
    assert (job.created_rows, error["column"]) == (0, column)
    assert message in error["message"]


def test_gtin_of_a_sheet_is_named(desk, make):
    make.Product(gtin="04006381333931", name_en="Bottle of ours")
    assert "Bottle of ours already" in desk.errors(read(desk, HEAD + BOTTLE))[2][0]


def test_rows_that_repeat_each_other_are_found(desk):
    other = BOTTLE.replace("PEHD 250", "PEHD 300")
    job = read(desk, HEAD + BOTTLE + other + BOTTLE, mode=ImportMode.GOOD_ROWS)
    errors = desk.errors(job)
    assert "This GTIN stands on" in errors[3][0]
    assert "Another row" in errors[4][0]
    desk.apply(job)
    assert proposed().count() == 1


def test_a_sheet_that_came_since_the_preview_sends_the_file_back(desk, make):
    job = read(desk, HEAD + BOTTLE)
    make.Product(gtin="04006381333931")
    job = desk.apply(job)
    assert (job.status, proposed().count()) == (ImportStatus.RECEIVED, 0)
    imports.advance(job.pk)
    job.refresh_from_db()
    assert (job.status, job.wrong_rows) == (ImportStatus.PREVIEW, 1)


def test_page_shows_the_proposal_and_the_template_knows_the_categories(client, sign_in, desk):
    sign_in(desk.shop.user)
    client.cookies["django_language"] = "en"
    for chosen in ("", "?format=xlsx"):
        answer = client.get(f"/offers/import/template/PRODUCTS/{chosen}")
        assert b"".join(answer.streaming_content)
    upload = SimpleUploadedFile("sheets.csv", (HEAD + BOTTLE).encode())
    typed = {"kind": "PRODUCTS", "mode": "ALL_OR_NOTHING", "upload": upload}
    url = client.post("/offers/import/", typed).url
    job = ImportJob.objects.get()
    imports.advance(job.pk)
    page = " ".join(client.get(url).text.split())
    assert "Flacon PEHD 250 ml" in page
    assert "Category: <strong>" in page
    client.post(f"{url}apply/")
    imports.advance(job.pk)
    assert "One product sheet is proposed" in client.get(url).text


HOSTILE = {
    ImportKind.OFFERS: [
        b"ref;prix\n" + b"R;1e9999\n",
        b"ref;prix\n" + b"R;NaN\n",
        b"ref;prix;fin\nREF-0;1;0000-00-00\n",
        b"ref;prix;fin\nREF-0;1;99999-12-31\n",
        b"ref;prix;colisage\nREF-0;1;99999999999999999999\n",
        b"ref;prix\n" + b"x" * 5000 + b";1\n",
        b"fiche;prix\n'; DROP TABLE catalog_offer; --;1\n",
    ],
    ImportKind.PRODUCTS: [
        b"nom\nFlacon\n",
        "catégorie;nom\nFlacons;{}\n".format("x" * 5000).encode(),
        "catégorie;nom;unité\nEmballages;Flacon;flacon\n".encode(),
        "catégorie;nom;container_ml\nFlacons;F;1e400\n".encode(),
        "catégorie;nom;material\nFlacons;F;<script>\n".encode(),
        ("catégorie;nom\n" + "Flacons;F\n" * 2000).encode(),
    ],
}


@pytest.mark.parametrize(
    ("kind", "data"), [(kind, data) for kind, files in HOSTILE.items() for data in files]
)
def test_hostile_files_are_refused_or_wrong_and_change_nothing(desk, make, kind, data):
    make.Offer(supplier=desk.shop.supplier, supplier_reference="REF-0")
    before = list(Offer.objects.values()), list(Product.objects.order_by("pk").values())
    job = desk.read(data, kind=kind, mode=ImportMode.GOOD_ROWS)
    assert before == (list(Offer.objects.values()), list(Product.objects.order_by("pk").values()))
    assert job.status in {ImportStatus.REFUSED, ImportStatus.PREVIEW}
    assert job.refusal or desk.errors(job)
    assert not ImportRow.objects.filter(job=job, action=RowAction.CREATE).exists()
