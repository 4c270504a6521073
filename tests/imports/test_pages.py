"""The pages of an import: upload, progress, preview, decision, the files that go out."""

import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from catalog import imports
from catalog.enums import ImportStatus
from catalog.imports.columns import columns_of
from catalog.models import ImportJob, Offer
from tests.catalog.test_pages_public import queries_of
from tests.imports.hostile import table


pytestmark = pytest.mark.django_db
URL = "/offers/import/"


@pytest.fixture
def client(client, sign_in, shop):
    sign_in(shop.user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def offers(make, shop):
    return [
        make.Offer(supplier=shop.supplier, supplier_reference=f"REF-{number}", on_hand_units=100)
        for number in range(3)
    ]


def hand_in(client, text, **fields):
    upload = SimpleUploadedFile("my stock.csv", text.encode("cp1252"))
    typed = {"kind": "STOCK", "mode": "ALL_OR_NOTHING", "upload": upload}
    return client.post(URL, {**typed, **fields})


def test_from_upload_to_catalogue(client, offers):
    answer = hand_in(client, "Référence;Stock;Lieu\nREF-0;1 250;Épinal\nREF-1;100;x\n")
    job = ImportJob.objects.get()
    assert answer.url == f"{URL}{job.public_id}/"
    page = client.get(answer.url)
    assert page.headers["Refresh"] == "2"
    assert "waits to be read" in page.text
    imports.advance(job.pk)
    page = client.get(answer.url)
    assert "Refresh" not in page.headers
    assert "Apply one change" in page.text
    assert "1\u202f250" in page.text or "1,250" in page.text
    assert page.text.count("REF-1") == 0
    assert "REF-1" in client.get(f"{answer.url}?show=SAME").text
    client.post(f"{answer.url}apply/")
    assert "being applied" in client.get(answer.url).text
    imports.advance(job.pk)
    assert "One offer was changed" in client.get(answer.url).text
    assert Offer.objects.get(supplier_reference="REF-0").on_hand_units == 1250
    assert "my stock.csv" in client.get(URL).text


def test_wrong_rows_stand_on_top_and_come_back_as_a_file(client, offers):
    text = "ref;stock\nREF-0;5\n=REF-9;5\nREF-1;douze\nREF-2;-4\n"
    url = hand_in(client, text).url
    job = ImportJob.objects.get()
    imports.advance(job.pk)
    page = client.get(url).text
    assert page.index("=REF-9") < page.index("douze") < page.index("REF-0")
    assert "no such offer" in page
    assert "Apply the good row only" in page
    answer = client.get(f"{url}errors/")
    assert answer["Content-Disposition"] == 'attachment; filename="errors-my_stock.csv"'
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert rows[:2] == ["ref;stock;Error", "REF-0;5;"]
    assert rows[2].startswith("'=REF-9;5;You have no such offer")
    client.post(f"{url}apply/", {"mode": "GOOD_ROWS"})
    imports.advance(job.pk)
    assert Offer.objects.get(supplier_reference="REF-0").on_hand_units == 5
    again = hand_in(client, "\n".join(rows), kind="STOCK").url
    job = ImportJob.objects.exclude(pk=job.pk).get()
    imports.advance(job.pk)
    job.refresh_from_db()
    assert (job.same_rows, job.wrong_rows) == (1, 3)
    client.post(f"{again}discard/")
    job.refresh_from_db()
    assert job.status == ImportStatus.DISCARDED


def sheets_of(answer):
    """{name: rows} of a downloaded workbook."""
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.parametrize("kind", ["STOCK", "PRICES", "OFFERS"])
def test_template_for_spreadsheets_explains_itself_and_comes_back_as_no_change(
    client, offers, kind
):
    Offer.objects.filter(pk=offers[0].pk).update(supplier_reference="=1+1", departments=["2A"])
    answer = client.get(f"{URL}template/{kind}/?format=xlsx")
    data = b"".join(answer.streaming_content)
    book = zipfile.ZipFile(BytesIO(data))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count("<dataValidation ") == len(columns_of(kind))
    assert "The number under the bar code" in sheet
    assert "The number under the bar code" in book.read("xl/worksheets/sheet2.xml").decode()
    upload = SimpleUploadedFile("template.xlsx", data)
    url = client.post(URL, {"kind": kind, "mode": "ALL_OR_NOTHING", "upload": upload}).url
    job = ImportJob.objects.get()
    imports.advance(job.pk)
    job.refresh_from_db()
    assert (job.changes, job.same_rows, job.wrong_rows) == (0, 3, 0)
    assert "nothing to apply" in client.get(url).text


def test_errors_of_a_spreadsheet_come_back_as_a_spreadsheet(client, offers):
    data = table(["ref", "stock"], ["REF-0", 5], ["@REF-9", 5], ["REF-1", "douze"])
    upload = SimpleUploadedFile("my stock.xlsx", data)
    url = client.post(URL, {"kind": "STOCK", "mode": "ALL_OR_NOTHING", "upload": upload}).url
    imports.advance(ImportJob.objects.get().pk)
    answer = client.get(f"{url}errors/")
    assert answer["Content-Disposition"].endswith('.xlsx"')
    assert "no-store" in answer["Cache-Control"]
    (rows,) = sheets_of(answer).values()
    assert rows[:2] == [["ref", "stock", "Error"], ["REF-0", "5", ""]]
    assert rows[2][0].lstrip("'") == "@REF-9"
    assert "no such offer" in rows[2][2]
    assert "whole number" in rows[3][2]


def test_new_offers_and_new_terms_are_shown_in_words(client, offers, make):
    make.Product(gtin="03012345678900", name_en="Gel for all", name="Gel pour tous")
    text = "ref;gtin;prix;départements\nN;3012345678900;2,35;75\nREF-0;;2,00;2A 75\n"
    url = hand_in(client, text, kind="OFFERS").url
    job = ImportJob.objects.get()
    imports.advance(job.pk)
    page = " ".join(client.get(url).text.split())
    assert "Gel for all" in page
    assert "Unit price (€ excl. tax): <strong>2.35 €</strong>" in page
    assert "Departments served: all of France → <strong>2A, 75</strong>" in page
    assert "Apply 2 changes" in page
    assert "REF-0" not in client.get(f"{url}?show=CREATE").text
    client.post(f"{url}apply/")
    imports.advance(job.pk)
    assert "1 new, 1 changed" in client.get(url).text


def test_refused_file_says_why_and_what_to_do(client, offers):
    url = hand_in(client, "nom;couleur\nmasque;bleu\n").url
    imports.advance(ImportJob.objects.get().pk)
    page = client.get(url).text
    assert "Nothing was changed." in page
    assert "no column “Stock (units)”" in page


@pytest.mark.parametrize("kind", ["STOCK", "PRICES", "OFFERS"])
def test_template_goes_out_with_help_and_comes_back_as_no_change(client, offers, kind):
    answer = client.get(f"{URL}template/{kind}/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "# GTIN: The number under the bar code" in text
    url = hand_in(client, text, kind=kind).url
    job = ImportJob.objects.get()
    imports.advance(job.pk)
    job.refresh_from_db()
    assert (job.updated_rows, job.same_rows, job.wrong_rows) == (0, 3, 0)
    assert "nothing to apply" in client.get(url).text
    assert client.get(f"{URL}template/NONSENSE/").status_code == 404


def test_empty_upload_is_a_message_at_the_field(client):
    page = hand_in(client, "")
    assert page.status_code == 200
    assert "This file is empty." in page.text


def test_preview_takes_the_same_statements_for_2_and_20_rows(client, make, shop):
    counts = []
    for rows in (2, 20):
        for number in range(rows):
            make.Offer(supplier=shop.supplier, supplier_reference=f"{rows}-{number}")
        lines = "".join(f"{rows}-{number};7\n" for number in range(rows))
        url = hand_in(client, f"ref;stock\n{lines}").url
        imports.advance(ImportJob.objects.latest("pk").pk)
        counts.append(queries_of(client, url))
    assert counts[0] == counts[1]
