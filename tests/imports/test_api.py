"""Imports by token: handed in, asked after, applied."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from catalog import imports
from catalog.enums import ImportKind, ImportStatus
from catalog.imports.columns import columns_of
from catalog.models import ImportJob, Offer


pytestmark = pytest.mark.django_db
URL = "/api/v1/imports/"


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier, supplier_reference="REF-0", on_hand_units=100)


def hand_in(client, shop, text):
    upload = SimpleUploadedFile("stock.csv", text.encode())
    body = {"supplier": str(shop.supplier.public_id), "kind": "STOCK", "upload": upload}
    return client.post(URL, body)


def test_import_anonymous(client, shop):
    assert hand_in(client, shop, "ref;stock\nREF-0;1\n").status_code == 401


def test_import_stranger(sign_in, shop, make, offer):
    owner = sign_in(shop.user)
    public_id = hand_in(owner, shop, "ref;stock\nREF-0;1\n").json()["public_id"]
    client = sign_in(make.SupplierMember().user)
    assert hand_in(client, shop, "ref;stock\nREF-0;1\n").status_code == 400
    assert client.get(f"{URL}{public_id}/").status_code == 404
    assert client.post(f"{URL}{public_id}/apply/").status_code == 404


def test_import_allowed(sign_in, shop, offer):
    client = sign_in(shop.user)
    answer = hand_in(client, shop, "ref;stock\nREF-0;1\nREF-9;1\n")
    assert answer.status_code == 201
    url = f"{URL}{answer.json()['public_id']}/"
    imports.advance(ImportJob.objects.get().pk)
    told = client.get(url).json()
    assert (told["status"], told["updated_rows"], told["wrong_rows"]) == ("PREVIEW", 1, 1)
    wrong, good = client.get(f"{url}rows/").json()["results"]
    assert (wrong["row"], wrong["errors"][0]["value"]) == (3, "REF-9")
    assert good["differences"] == {"on_hand_units": [100, 1]}
    assert client.post(f"{url}apply/").status_code == 409
    answer = client.post(f"{url}apply/", {"mode": "GOOD_ROWS"}, "application/json")
    assert answer.json()["status"] == ImportStatus.APPLYING
    imports.advance(ImportJob.objects.get().pk)
    assert client.get(url).json()["status"] == ImportStatus.APPLIED
    assert Offer.objects.get().on_hand_units == 1


def test_import_wrong_status(sign_in, shop, offer):
    client = sign_in(shop.user)
    url = f"{URL}{hand_in(client, shop, 'ref;stock').json()['public_id']}/"
    assert client.post(f"{url}apply/").status_code == 409
    assert client.post(f"{url}discard/").json()["status"] == ImportStatus.DISCARDED
    assert client.post(f"{url}discard/").status_code == 409


def body_of(answer):
    return b"".join(answer.streaming_content)


def test_import_template_anonymous(client):
    assert client.get(f"{URL}templates/STOCK/csv/").status_code == 401


def test_import_template_stranger(sign_in, shop, make, offer):
    client = sign_in(make.User())
    asked = f"{URL}templates/STOCK/csv/?supplier={shop.supplier.public_id}"
    assert client.get(asked).status_code == 404
    assert client.get(f"{URL}templates/STOCK/csv/").status_code == 404
    assert sign_in(make.SupplierMember().user).get(asked).status_code == 404


@pytest.mark.parametrize("kind", ImportKind.values)
def test_import_template_allowed(sign_in, shop, offer, kind):
    client = sign_in(shop.user)
    answer = client.get(f"{URL}templates/{kind}/csv/", headers={"accept": "text/csv"})
    assert answer["Content-Type"].startswith("text/csv")
    page = client.get(f"/offers/import/template/{kind}/")
    assert body_of(answer) == body_of(page)
    book = client.get(f"{URL}templates/{kind}/xlsx/?supplier={shop.supplier.public_id}")
    sheets = CalamineWorkbook.from_filelike(BytesIO(body_of(book)))
    headings, *rows = sheets.get_sheet_by_index(0).to_python()
    assert headings == [str(column.heading) for column in columns_of(kind)]
    assert len(rows) == (0 if kind == ImportKind.PRODUCTS else 1)
    for wrong in ("templates/NONSENSE/csv/", f"templates/{kind}/ods/"):
        assert client.get(f"{URL}{wrong}").status_code == 404


def test_import_template_of_people_of_several_companies(sign_in, shop, make, offer):
    make.SupplierMember(user=shop.user)
    client = sign_in(shop.user)
    answer = client.get(f"{URL}templates/STOCK/csv/")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "supplier"
    asked = f"{URL}templates/STOCK/csv/?supplier={shop.supplier.public_id}"
    assert b"REF-0" in body_of(client.get(asked))


def test_import_errors_stranger(sign_in, shop, make, offer):
    public_id = hand_in(sign_in(shop.user), shop, "ref;stock\nREF-9;1\n").json()["public_id"]
    client = sign_in(make.SupplierMember().user)
    assert client.get(f"{URL}{public_id}/errors/").status_code == 404


def test_import_errors_allowed(sign_in, shop, offer):
    client = sign_in(shop.user)
    public_id = hand_in(client, shop, "ref;stock\nREF-0;1\nREF-9;1\n").json()["public_id"]
    imports.advance(ImportJob.objects.get().pk)
    answer = client.get(f"{URL}{public_id}/errors/")
    assert answer["Content-Disposition"] == 'attachment; filename="errors-stock.csv"'
    assert "no-store" in answer["Cache-Control"]
    _headings, good, wrong = body_of(answer).decode("utf-8-sig").splitlines()
    assert good == "REF-0;1;"
    assert wrong.startswith("REF-9;1;")
    assert len(wrong) > len("REF-9;1;")
