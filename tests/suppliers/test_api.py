"""/api/v1/suppliers/: the same acts by token."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.organisations import OrganisationStatus
from suppliers.enums import SupplierRole
from suppliers.models import Supplier
from tests.factories import siret


pytestmark = pytest.mark.django_db
LIST = "/api/v1/suppliers/"


def api(user=None):
    client = APIClient(headers={"accept-language": "en"})
    if user is not None:
        _token, key = AuthToken.objects.create(user)
        client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def url(supplier, act=""):
    return f"{LIST}{supplier.public_id}/" + (f"{act}/" if act else "")


def test_a_company_signs_up_and_is_approved_by_token(make, requirements, pdf):
    alice, reviewer = api(make.User()), api(make.User(reviewer=True))
    created = alice.post(
        LIST,
        {
            "name": "Gels de l'Ouest",
            "siret": siret(1),
            "street": "3 quai",
            "postcode": "35000",
            "city": "Rennes",
            "phone": "02 99 00 00 00",
            "activities": ["GEL"],
        },
    )
    assert created.status_code == 201
    body = created.json()
    assert (body["status"], body["department"]) == ("DRAFT", "35")
    assert "Legal ground for making gel" in body["missing"]
    assert "call_back_note" not in body
    supplier = Supplier.objects.get()
    assert alice.patch(url(supplier), {"gel_regime": "BIOCIDE"}).status_code == 200
    refused = alice.post(url(supplier, "submit"))
    assert refused.status_code == 409
    assert "Kbis extract less than three months old" in refused.json()["errors"][0]["detail"]
    uploaded = alice.post(
        url(supplier, "documents"), {"kind": "KBIS", "upload": pdf()}, format="multipart"
    )
    assert uploaded.status_code == 201
    assert uploaded.json()["content_type"] == "application/pdf"
    for code in ("true-statement", "gel-formula"):
        assert alice.post(url(supplier, "attest"), {"requirement": code}).status_code == 200
    assert alice.post(url(supplier, "submit")).json()["status"] == "PENDING_APPROVAL"
    note = {"note": "Mme Roux"}
    assert reviewer.post(url(supplier, "record_call_back"), note).status_code == 200
    approved = reviewer.post(url(supplier, "approve")).json()
    assert (approved["status"], approved["siret_check"]) == ("APPROVED", "MANUAL")
    assert approved["call_back_note"] == "Mme Roux"


def test_create_names_the_field_in_error(make):
    alice = api(make.User())
    make.Supplier(siret=siret(1))
    taken = alice.post(LIST, {"name": "A", "siret": siret(1)})
    assert taken.status_code == 409
    error = taken.json()["errors"][0]
    assert (error["attr"], error["code"]) == ("siret", "duplicate")
    wrong = alice.post(LIST, {"name": "A", "siret": "73282932000075"})
    assert wrong.json()["errors"][0]["attr"] == "siret"
    assert alice.post(LIST, {"siret": siret(2)}).status_code == 400
    assert Supplier.objects.count() == 1


def test_update_takes_no_field_that_the_ministry_sets(make):
    """Mass assignment: unknown and protected keys leave the row as it is."""
    seat = make.SupplierMember(supplier=make.Supplier())
    values = {
        "status": "APPROVED",
        "siret_check": "REGISTER",
        "decided_by": seat.user.pk,
        "called_back_at": "2020-01-01T00:00:00Z",
        "reason_text": "x",
        "public_id": "0" * 32,
    }
    before = Supplier.objects.values().get()
    assert api(seat.user).patch(url(seat.supplier), values).status_code == 200
    assert Supplier.objects.values().get() == before


def test_certificates_are_entered_and_judged(make, requirements):
    seat, reviewer = make.SupplierMember(), make.User(reviewer=True)
    document = make.Document(supplier=seat.supplier)
    values = {
        "document": str(document.public_id),
        "standard": "EN 14683",
        "scope": "Type IIR",
        "issued_on": "2020-01-01",
        "expires_on": "2099-01-01",
    }
    alice = api(seat.user)
    entered = alice.post(url(seat.supplier, "certificates"), values)
    assert entered.status_code == 201
    certificate = entered.json()
    assert certificate["status"] == "PENDING"
    foreign = values | {"document": str(make.Document().public_id)}
    assert alice.post(url(seat.supplier, "certificates"), foreign).status_code == 404
    old = values | {"expires_on": "2020-02-01"}
    assert alice.post(url(seat.supplier, "certificates"), old).status_code == 409
    judgement = {"certificate": certificate["public_id"], "accepted": True}
    assert alice.post(url(seat.supplier, "judge_certificate"), judgement).status_code == 409
    judged = api(reviewer).post(url(seat.supplier, "judge_certificate"), judgement)
    assert judged.json()["status"] == "ACCEPTED"
    again = api(reviewer).post(url(seat.supplier, "judge_certificate"), judgement)
    assert again.json()["errors"][0]["code"] == "stale_state"
    assert [each["status"] for each in alice.get(url(seat.supplier, "certificates")).json()] == [
        "ACCEPTED"
    ]


def test_same_file_is_flagged_to_the_ministry_only(make):
    document = make.Document()
    twin = make.Document(sha256=document.sha256)
    alice = make.SupplierMember(supplier=document.supplier).user
    theirs = api(alice).get(url(document.supplier)).json()
    assert "same_files_at" not in theirs
    ours = api(make.User(auditor=True)).get(url(document.supplier)).json()
    assert ours["same_files_at"] == {document.sha256: [twin.supplier.name]}


def test_list_stranger_and_member_and_ministry(make):
    seat = make.SupplierMember()
    make.Supplier()
    assert api().get(LIST).status_code == 401
    assert api(make.BuyerMember().user).get(LIST).json()["results"] == []
    assert [row["name"] for row in api(seat.user).get(LIST).json()["results"]] == [
        seat.supplier.name
    ]
    assert api(make.User(auditor=True)).get(LIST).json()["count"] == 2
    pending = api(make.User(auditor=True)).get(LIST, {"status": "PENDING_APPROVAL"})
    assert pending.json()["count"] == 0


def test_list_asks_as_often_for_twenty_rows_as_for_two(make):
    auditor = api(make.User(auditor=True))
    counts = []
    for rows in (2, 18):
        for _each in range(rows):
            make.Certificate()
        with CaptureQueriesContext(connection) as queries:
            auditor.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


ACTS = ["submit", "attest", "record_call_back", "approve", "request_changes", "refuse"]
ACTS += ["suspend", "reinstate", "documents", "certificates", "judge_certificate"]


@pytest.mark.parametrize("act", ACTS)
def test_act_anonymous(make, act):
    assert api().post(url(make.Supplier(), act)).status_code == 401


@pytest.mark.parametrize("act", ACTS)
def test_act_stranger(make, act):
    stranger = api(make.SupplierMember().user)
    assert stranger.post(url(make.Supplier(pending=True), act)).status_code == 404


REASON = {"reason_code": "OTHER", "reason_text": "Because."}
DECISIONS = {
    "record_call_back": {"note": "called"},
    "approve": {},
    "request_changes": REASON,
    "refuse": REASON,
    "suspend": REASON,
    "reinstate": {},
}


@pytest.mark.parametrize(("act", "values"), DECISIONS.items())
def test_decision_own_people_and_other_roles_are_refused(make, act, values):
    supplier = make.Supplier(pending=True)
    alice = make.SupplierMember(supplier=supplier).user
    for person in (alice, make.User(allocator=True), make.User(auditor=True)):
        answer = api(person).post(url(supplier, act), values)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "not_permitted")


@pytest.mark.parametrize(("act", "values"), DECISIONS.items())
def test_decision_wrong_status(make, act, values):
    supplier = make.Supplier()
    answer = api(make.User(reviewer=True)).post(url(supplier, act), values)
    assert answer.json()["errors"][0]["code"] == "stale_state"
    supplier.refresh_from_db()
    assert supplier.status == OrganisationStatus.DRAFT


def test_decision_without_reason_is_a_bad_request(make):
    supplier = make.Supplier(pending=True)
    answer = api(make.User(reviewer=True)).post(url(supplier, "refuse"), {"reason_text": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "reason_code")


def test_member_without_the_role_may_read_but_not_write(make):
    seat = make.SupplierMember(supplier=make.Supplier(), role=SupplierRole.MEMBER)
    bob = api(seat.user)
    assert bob.get(url(seat.supplier)).status_code == 200
    answer = bob.patch(url(seat.supplier), {"name": "Mine"})
    assert answer.json()["errors"][0]["code"] == "not_permitted"


def test_forged_document_is_refused(make):
    from django.core.files.uploadedfile import SimpleUploadedFile

    seat = make.SupplierMember()
    upload = SimpleUploadedFile("kbis.pdf", b"MZ\x90\x00" + b"\0" * 99)
    answer = api(seat.user).post(
        url(seat.supplier, "documents"), {"kind": "KBIS", "upload": upload}, format="multipart"
    )
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (409, "upload")
