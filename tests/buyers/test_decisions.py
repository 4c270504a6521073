"""What reviewers decide about hospitals: operations, review page, API."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.organisations import OrganisationStatus, SiretCheck
from buyers import operations
from buyers.models import Buyer, BuyerMember, Site
from core.errors import NotPermitted, StaleState
from journal.models import Delivery, Event
from tests.factories import siret


pytestmark = pytest.mark.django_db
REASON = {"reason_code": "OTHER", "reason_text": "Because."}
ENGLISH = {"accept-language": "en"}
LIST = "/api/v1/buyers/"
S = OrganisationStatus
LEGAL = {
    ("approve", S.PENDING_APPROVAL): S.APPROVED,
    ("request_changes", S.PENDING_APPROVAL): S.CHANGES_REQUESTED,
    ("refuse", S.PENDING_APPROVAL): S.REFUSED,
    ("suspend", S.APPROVED): S.SUSPENDED,
    ("reinstate", S.SUSPENDED): S.APPROVED,
}
VALUES = {
    "approve": {},
    "request_changes": REASON,
    "refuse": REASON,
    "suspend": REASON,
    "reinstate": {},
}


@pytest.fixture
def reviewer(make):
    return make.User(reviewer=True)


def review(buyer):
    return reverse("admin:buyers_buyer_change", args=[buyer.pk])


def api(user=None):
    client = APIClient(headers=ENGLISH)
    if user is not None:
        _token, key = AuthToken.objects.create(user)
        client.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    return client


def url(buyer, act=""):
    return f"{LIST}{buyer.public_id}/" + (f"{act}/" if act else "")


@pytest.mark.parametrize(("verb", "status"), itertools.product(VALUES, S))
def test_decision_from_every_status(make, reviewer, verb, status):
    buyer = make.Buyer(approved=True, status=status, reason_code="OTHER")
    operation = getattr(operations, verb)
    if (verb, status) in LEGAL:
        assert operation(buyer, by=reviewer, **VALUES[verb]).status == LEGAL[verb, status]
    else:
        with pytest.raises(StaleState):
            operation(buyer, by=reviewer, **VALUES[verb])


@pytest.mark.parametrize("verb", VALUES)
def test_decision_by_a_member_or_another_role_is_refused(make, reviewer, verb):
    buyer = make.Buyer(pending=True)
    make.BuyerMember(buyer=buyer, user=reviewer)
    for person in (reviewer, make.User(allocator=True), make.User()):
        with pytest.raises(NotPermitted):
            getattr(operations, verb)(buyer, by=person, **VALUES[verb])


def test_approve_keeps_the_registers_word_or_marks_the_check_by_hand(make, reviewer):
    known = make.Buyer(pending=True, siret_check=SiretCheck.REGISTER)
    unknown = make.Buyer(pending=True)
    alice = make.BuyerMember(buyer=known).user
    assert operations.approve(known, by=reviewer).siret_check == SiretCheck.REGISTER
    assert operations.approve(unknown, by=reviewer).siret_check == SiretCheck.MANUAL
    assert Delivery.objects.filter(recipient=alice, event__verb="buyers.approved").count() == 2


def test_approve_of_a_file_handed_in_anew_loses(complete, reviewer):
    buyer, alice = complete(pending=True)
    seen = buyer.submitted_at
    operations.request_changes(buyer, by=reviewer, **REASON)
    operations.submit(buyer, by=alice)
    with pytest.raises(StaleState):
        operations.approve(buyer, by=reviewer, seen=seen)


def test_queue_asks_as_often_for_twenty_rows_as_for_two(sign_in, make, reviewer):
    client = sign_in(reviewer)
    counts = []
    for rows in (2, 18):
        for _each in range(rows):
            make.Buyer(pending=True)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:buyers_buyer_changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_review_page_compares_with_the_register(sign_in, make, reviewer, entry, complete):
    known = entry()
    buyer, alice = complete(pending=True, finess=known.finess)
    text = sign_in(reviewer).get(review(buyer), headers=ENGLISH).content.decode()
    for shown in (known.name, buyer.sites.get().name, alice.email, 'value="approve"'):
        assert shown in text
    assert 'value="record_call_back"' not in text
    other, _bob = complete(pending=True)
    text = sign_in(reviewer).get(review(other), headers=ENGLISH).content.decode()
    assert "The register does not know these numbers" in text


def test_review_page_decides(sign_in, reviewer, complete):
    buyer, _alice = complete(pending=True)
    client = sign_in(reviewer)
    client.post(review(buyer), {"decision": "request_changes", **REASON})
    buyer.refresh_from_db()
    assert (buyer.status, buyer.reason_text) == ("CHANGES_REQUESTED", "Because.")
    assert client.post(review(buyer), {"decision": "record_call_back"}).status_code == 400


@pytest.mark.parametrize("role", ["allocator", "auditor"])
def test_review_page_is_read_only_for_other_roles(sign_in, make, complete, role):
    buyer, _alice = complete(pending=True)
    client = sign_in(make.User(**{role: True}))
    assert 'name="decision"' not in client.get(review(buyer)).content.decode()
    assert client.post(review(buyer), {"decision": "approve"}).status_code == 403


def test_register_is_read_only_in_the_admin(sign_in, reviewer, entry):
    known = entry()
    client = sign_in(reviewer)
    changelist = reverse("admin:buyers_registerentry_changelist")
    assert known.name in client.get(changelist, {"q": "INVENTE"}).content.decode()
    change = reverse("admin:buyers_registerentry_change", args=[known.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"name": "X"}).status_code == 403


def test_api_a_hospital_signs_up_and_is_approved(make, reviewer, entry):
    known = entry()
    alice = api(make.User())
    created = alice.post(
        LIST,
        {
            "kind": "HOSPITAL",
            "finess": known.finess,
            "street": "900 route de Paris",
            "phone": "04 74 00 00 00",
            "beds": 320,
        },
    )
    assert created.status_code == 201
    body = created.json()
    assert (body["name"], body["siret_check"], body["missing"]) == (known.name, "REGISTER", [])
    buyer = Buyer.objects.get()
    assert alice.post(url(buyer, "submit")).json()["status"] == "PENDING_APPROVAL"
    again = alice.post(url(buyer, "submit"))
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "stale_state")
    assert api(reviewer).post(url(buyer, "approve")).json()["status"] == "APPROVED"


def test_api_update_takes_no_field_that_the_ministry_sets(make):
    seat = make.BuyerMember(buyer=make.Buyer())
    before = Buyer.objects.values().get()
    values = {"status": "APPROVED", "siret_check": "REGISTER", "legal_entity_finess": "1"}
    assert api(seat.user).patch(url(seat.buyer), values).status_code == 200
    assert Buyer.objects.values().get() == before


def test_api_sites(make):
    seat = make.BuyerMember()
    alice, stranger = api(seat.user), api(make.BuyerMember().user)
    values = {
        "buyer": str(seat.buyer.public_id),
        "name": "Quai 3",
        "street": "3 quai",
        "postcode": "35000",
        "city": "Rennes",
    }
    assert api().post("/api/v1/sites/", values).status_code == 401
    assert stranger.post("/api/v1/sites/", values).status_code == 404
    made = alice.post("/api/v1/sites/", values)
    assert (made.status_code, made.json()["department"]) == (201, "35")
    assert alice.post("/api/v1/sites/", values).json()["errors"][0]["attr"] == "name"
    one = f"/api/v1/sites/{Site.objects.get().public_id}/"
    assert stranger.get(one).status_code == 404
    assert stranger.patch(one, {"name": "Mine"}).status_code == 404
    assert alice.patch(one, {"instructions": "Porte B"}).json()["instructions"] == "Porte B"
    assert stranger.get("/api/v1/sites/").json()["results"] == []


def test_api_members(make):
    seat, bob = make.BuyerMember(), make.User()
    alice = api(seat.user)
    values = {"user_email": bob.email, "role": "REQUESTER", "order_limit_eur": "500.00"}
    assert alice.post(url(seat.buyer, "members"), values).status_code == 201
    assert alice.post(url(seat.buyer, "members"), values).status_code == 409
    assert len(api(bob).get(url(seat.buyer, "members")).json()) == 2
    assert api(bob).post(url(seat.buyer, "members"), values).status_code == 409
    gone = alice.post(url(seat.buyer, "remove_member"), {"user_email": bob.email})
    assert gone.status_code == 204
    last = alice.post(url(seat.buyer, "remove_member"), {"user_email": seat.user.email})
    assert last.status_code == 409
    assert BuyerMember.objects.get() == seat


@pytest.mark.parametrize("path", [LIST, "/api/v1/sites/"])
def test_api_list_asks_as_often_for_twenty_rows_as_for_two(make, path):
    auditor = api(make.User(auditor=True))
    counts = []
    for rows in (2, 18):
        for _each in range(rows):
            make.Site()
        with CaptureQueriesContext(connection) as queries:
            auditor.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


ACTS = ["submit", "members", "remove_member", *VALUES]


@pytest.mark.parametrize("act", ACTS)
def test_api_act_anonymous_and_stranger(make, act):
    buyer = make.Buyer(pending=True)
    assert api().post(url(buyer, act)).status_code == 401
    for stranger in (make.BuyerMember().user, make.SupplierMember().user):
        assert api(stranger).post(url(buyer, act)).status_code == 404


@pytest.mark.parametrize(("act", "values"), VALUES.items())
def test_api_decision_wrong_role_and_wrong_status(make, reviewer, act, values):
    buyer = make.Buyer(siret=siret(7))
    alice = make.BuyerMember(buyer=buyer).user
    refused = api(alice).post(url(buyer, act), values)
    assert refused.json()["errors"][0]["code"] == "not_permitted"
    refused = api(reviewer).post(url(buyer, act), values)
    assert refused.json()["errors"][0]["code"] == "stale_state"
    assert not Event.objects.about(buyer).exists()
