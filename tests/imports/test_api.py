"""Imports by token: handed in, asked after, applied."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import imports
from catalog.enums import ImportStatus
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
