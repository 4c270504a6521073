"""Issue's steps 1 to 7 through the REST API, with hospitals of the public register."""

import json
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from knox.models import AuthToken
from rest_framework.test import APIClient

import catalog.reference
import orders.reference
import suppliers.reference
from journal.models import Delivery
from orders import invariants, rounds
from orders.models import AllocationRound
from tests.factories import PDF, UserFactory, siret


pytestmark = pytest.mark.django_db(transaction=True)
REGISTER = Path(settings.BASE_DIR).parent / "shared" / "reference" / "finess_hospitals.csv"
BOURG, BELLEY = "010000024", "010000032"
"""Two hospitals of the register, of the department of Ain."""


class Caller:
    """An integrator with a token, who expects a status for each call."""

    def __init__(self, **person):
        self.user = UserFactory(**person)
        self.client = APIClient()
        _token, text = AuthToken.objects.create(self.user)
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {text}")

    def call(self, method, path, body=None, expect=200, **extra):
        answer = getattr(self.client, method)(f"/api/v1/{path}", body, **extra)
        assert answer.status_code == expect, (path, answer.status_code, answer.content[:600])
        return answer.json() if answer.content else None

    def get(self, path):
        return self.call("get", path)

    def post(self, path, body=None, expect=200, **extra):
        return self.call("post", path, body, expect, **extra)


@pytest.fixture
def register():
    if not REGISTER.exists():
        pytest.skip("NO REGISTER: ../shared/reference/finess_hospitals.csv is absent")
    call_command("import_finess", str(REGISTER), verbosity=0)


@pytest.fixture
def reference():
    suppliers.reference.load()
    catalog.reference.load()
    catalog.reference.load_exercise()
    orders.reference.load()


def approved_supplier(maker, reviewer):
    company = maker.post(
        "suppliers/",
        {
            "name": "Manufacture du Test",
            "siret": siret(77),
            "street": "1 rue du Test",
            "postcode": "01000",
            "city": "Bourg-en-Bresse",
            "phone": "01 99 00 00 01",
            "activities": ["GEL", "MASKS"],
            "gel_regime": "COSMETICS",
        },
        expect=201,
    )
    path = f"suppliers/{company['public_id']}"
    files = {}
    for kind in ("KBIS", "CERTIFICATE"):
        upload = SimpleUploadedFile(f"{kind}.pdf", PDF.replace(b"1.7", b"1.7 %" + kind.encode()))
        files[kind] = maker.post(
            f"{path}/documents/", {"kind": kind, "upload": upload}, 201, format="multipart"
        )
    certificate = maker.post(
        f"{path}/certificates/",
        {
            "document": files["CERTIFICATE"]["public_id"],
            "standard": "EN 149",
            "body_number": "0082",
            "scope": "FFP2",
            "issued_on": "2020-01-01",
            "expires_on": "2099-01-01",
        },
        expect=201,
    )
    for code in ("true-statement", "gel-formula"):
        maker.post(f"{path}/attest/", {"requirement": code})
    maker.post(f"{path}/submit/")
    reviewer.post(f"{path}/record_call_back/", {"note": "01 99 00 00 01, Mme Essai"})
    reviewer.post(
        f"{path}/judge_certificate/",
        {"certificate": certificate["public_id"], "accepted": True},
    )
    assert reviewer.post(f"{path}/approve/")["status"] == "APPROVED"
    return certificate


def approved_hospital(buyer, reviewer, finess, beds):
    made = buyer.post(
        "buyers/",
        {
            "kind": "HOSPITAL",
            "finess": finess,
            "street": "900 route de Paris",
            "phone": "01 99 00 00 02",
            "beds": beds,
            "icu_beds": 0,
            "staff": 0,
        },
        expect=201,
    )
    assert made["siret_check"] == "REGISTER"
    path = f"buyers/{made['public_id']}"
    if not buyer.get("sites/")["results"]:
        buyer.post(
            "sites/",
            {
                "buyer": made["public_id"],
                "name": "Pharmacie",
                "street": "900 route de Paris",
                "postcode": made["postcode"],
                "city": made["city"],
            },
            expect=201,
        )
    buyer.post(f"{path}/submit/")
    assert reviewer.post(f"{path}/approve/")["status"] == "APPROVED"
    return buyer.get("sites/")["results"][0]["public_id"]


def offer(maker, product, price, stock, **terms):
    made = maker.post(
        "offers/",
        {"product": product, "unit_price_eur": price, "on_hand_units": stock, **terms},
        expect=201,
    )
    assert maker.post(f"offers/{made['public_id']}/publish/")["status"] == "ON_SALE"
    return made["public_id"]


def test_a_pallet_goes_from_factory_to_hospital(register, reference):
    maker, reviewer = Caller(), Caller(reviewer=True)
    first, second = Caller(), Caller()
    certificate = approved_supplier(maker, reviewer)
    gel = offer(maker, "gel-500-ml", "3.2000", 1000, pack_units=20)
    offer(
        maker,
        "masque-ffp2",
        "1.9000",
        300,
        pack_units=10,
        certificate=certificate["public_id"],
    )
    refused = maker.post(
        "offers/",
        {"product": "gel-500-ml", "unit_price_eur": "9.0000", "supplier_reference": "X"},
        expect=409,
    )
    assert "Décret" in json.dumps(refused, ensure_ascii=False)

    site = approved_hospital(first, reviewer, BOURG, beds=200)
    other_site = approved_hospital(second, reviewer, BELLEY, beds=100)
    body = {
        "site": site,
        "purchase_order": "BC-42",
        "lines": [
            {"product": "gel-500-ml", "offer": gel, "requested_units": 100},
            {"product": "masque-ffp2", "requested_units": 5000, "min_useful_units": 10},
        ],
    }
    key = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
    order = first.post("orders/", body, 201, **key)
    assert first.post("orders/", body, 201, **key)["number"] == order["number"]
    assert first.post("orders/", {**body, "purchase_order": "BC-43"}, 409, **key)
    second.post(
        "orders/",
        {"site": other_site, "lines": [{"product": "masque-ffp2", "requested_units": 100_000}]},
        201,
        HTTP_IDEMPOTENCY_KEY=str(uuid.uuid4()),
    )
    assert [line["allocated_units"] for line in order["lines"]] == [100, 0]

    allocator = Caller(allocator=True)
    allocator.post("rounds/run/", expect=202)
    rounds.advance(AllocationRound.objects.get().pk)
    assert allocator.get("rounds/")["results"][0]["status"] == "COMMITTED"
    lines = first.get(f"orders/{order['number']}/")["lines"]
    assert [line["allocated_units"] for line in lines] == [100, 200]
    why = first.get(f"orders/{order['number']}/lines/2/why/")[0]
    assert (why["limit"], why["received_units"], why["peers"]) == ("SUPPLY", 200, 2)
    second.call("get", f"orders/{order['number']}/", expect=404)

    for part in maker.get("supplier-orders/")["results"]:
        deliver(maker, {first.user.pk: first, second.user.pk: second}, part)
    final = first.get(f"orders/{order['number']}/")
    assert [line["received_units"] for line in final["lines"]] == [80, 200]
    assert final["status"] == "IN_PROGRESS"
    first.post(f"orders/{order['number']}/lines/2/cancel-rest/")
    assert first.get(f"orders/{order['number']}/")["status"] == "CLOSED"
    assert list(invariants.violations()) == []
    assert Delivery.objects.filter(recipient=first.user, event__verb="orders.closed").exists()


def deliver(maker, buyers, part):
    """Accept (80 of the 100 gels, all masks), ship under a lot number, record the receipt."""
    line = part["lines"][0]
    units = 80 if line["product"] == "gel-500-ml" else line["units"]
    path = f"supplier-orders/{part['number']}"
    maker.post(f"{path}/accept/", {"lines": [{"id": line["id"], "units": units}]})
    shipment = maker.post(
        f"{path}/ship/",
        {
            "carrier": "La Poste",
            "tracking_number": "8L0001",
            "lines": [{"id": line["id"], "lot_number": "LOT-7", "units": units}],
        },
        expect=201,
    )
    for buyer in buyers.values():
        found = buyer.client.get(f"/api/v1/shipments/{shipment['number']}/")
        if found.status_code == 200:
            row = found.json()["lines"][0]
            counted = {"lines": [{"id": row["id"], "received_units": units}]}
            buyer.post(f"shipments/{shipment['number']}/receive/", counted)
            buyer.post(f"shipments/{shipment['number']}/receive/", counted, expect=409)


def test_schema_is_served_and_browsable(client, db):
    assert client.get("/api/v1/schema/").status_code == 200
    assert b"swagger" in client.get("/api/v1/docs/").content
