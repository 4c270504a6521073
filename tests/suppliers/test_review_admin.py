"""The ministry's queue and review page for suppliers."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.organisations import OrganisationStatus
from journal.models import Event
from suppliers import operations
from suppliers.models import Requirement


pytestmark = pytest.mark.django_db
QUEUE = "admin:suppliers_supplier_changelist"
ENGLISH = {"accept-language": "en"}


def review(supplier):
    return reverse("admin:suppliers_supplier_change", args=[supplier.pk])


@pytest.fixture
def reviewer(make):
    return make.User(reviewer=True)


@pytest.fixture
def waiting(complete):
    return complete(pending=True)[0]


def test_queue_shows_the_longest_waiting_first(sign_in, make, reviewer):
    now = timezone.now()
    make.Supplier(name="Approved long ago", approved=True, submitted_at=now - days(90))
    make.Supplier(name="Being filled in")
    make.Supplier(name="New", pending=True, submitted_at=now - days(1))
    make.Supplier(name="Old", pending=True, submitted_at=now - days(9))
    page = sign_in(reviewer).get(reverse(QUEUE), headers=ENGLISH)
    text = page.content.decode()
    names = ["Old", "New", "Approved long ago", "Being filled in"]
    places = [text.index(f">{name}</a>") for name in names]
    assert places == sorted(places)
    assert "1 week" in text.replace("\xa0", " ")


def days(number):
    return datetime.timedelta(days=number)


def test_queue_asks_as_often_for_twenty_rows_as_for_two(sign_in, make, reviewer):
    client = sign_in(reviewer)
    counts = []
    for rows in (2, 18):
        for _each in range(rows):
            make.Certificate(supplier=make.Supplier(pending=True), status="PENDING")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(QUEUE)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_queue_filters_the_certificates_to_look_at(sign_in, make, reviewer):
    make.Certificate(supplier=make.Supplier(name="To look at"), status="PENDING")
    make.Certificate(supplier=make.Supplier(name="Judged"), status="ACCEPTED")
    text = sign_in(reviewer).get(reverse(QUEUE), {"to_judge": "yes"}).content.decode()
    assert ">To look at</a>" in text
    assert ">Judged</a>" not in text


def test_review_page_holds_all_evidence(sign_in, make, reviewer, waiting):
    certificate = make.Certificate(supplier=waiting, status="PENDING", scope="Model <X>")
    twin = make.Document(sha256=waiting.documents.first().sha256)
    text = sign_in(reviewer).get(review(waiting), headers=ENGLISH).content.decode()
    for shown in (
        waiting.siret,
        waiting.phone,
        "hydroalcoholic gel",
        twin.supplier.name,
        "The very same file was handed in by:",
        "Model &lt;X&gt;",
        str(waiting.members.get().user.email),
        "I certify that what stands in this file is true",
        reverse("suppliers:document", args=[certificate.document.public_id]),
        "Call the company at the number of an official register",
    ):
        assert shown in text


def test_same_file_elsewhere_is_not_shown_to_the_company(sign_in, make, complete):
    supplier, alice = complete()
    twin = make.Document(sha256=supplier.documents.get().sha256)
    text = sign_in(alice).get(reverse("suppliers:file")).content.decode()
    assert twin.supplier.name not in text


def test_review_records_the_call_and_approves(sign_in, reviewer, waiting):
    client = sign_in(reviewer)
    client.post(review(waiting), {"decision": "record_call_back", "note": "Mme Roux, 02 99…"})
    page = client.get(review(waiting))
    seen = page.context["organisation"].submitted_at.isoformat()
    assert f'value="{seen}"' in page.content.decode()
    client.post(review(waiting), {"decision": "approve", "seen": seen})
    waiting.refresh_from_db()
    assert waiting.status == OrganisationStatus.APPROVED
    verbs = list(Event.objects.about(waiting).values_list("verb", flat=True))
    assert verbs == ["suppliers.called_back", "suppliers.approved"]


def test_review_of_a_stale_page_changes_nothing(sign_in, reviewer, waiting):
    client = sign_in(reviewer)
    operations.record_call_back(waiting, by=reviewer, note="called")
    values = {"decision": "approve", "seen": "2020-01-01T00:00:00+00:00"}
    page = client.post(review(waiting), values, headers=ENGLISH)
    assert "has changed in the meantime" in page.content.decode()
    waiting.refresh_from_db()
    assert waiting.status == OrganisationStatus.PENDING_APPROVAL


def test_review_keeps_the_text_when_the_reason_is_missing(sign_in, reviewer, waiting):
    values = {"decision": "refuse", "reason_code": "", "reason_text": "A long explanation"}
    page = sign_in(reviewer).post(review(waiting), values, headers=ENGLISH)
    text = page.content.decode()
    assert "Choose a reason." in text
    assert "A long explanation</textarea>" in text


@pytest.mark.parametrize(
    ("decision", "status"), [("request_changes", "CHANGES_REQUESTED"), ("refuse", "REFUSED")]
)
def test_review_sends_back_or_refuses_with_a_reason(sign_in, reviewer, waiting, decision, status):
    values = {"decision": decision, "reason_code": "OTHER", "reason_text": "Because."}
    sign_in(reviewer).post(review(waiting), values)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason_text) == (status, "Because.")


def test_review_suspends_and_reinstates(sign_in, make, reviewer):
    supplier = make.Supplier(approved=True)
    client = sign_in(reviewer)
    client.post(
        review(supplier),
        {"decision": "suspend", "reason_code": "FRAUD_SUSPECTED", "reason_text": "Police."},
    )
    supplier.refresh_from_db()
    assert supplier.status == OrganisationStatus.SUSPENDED
    client.post(review(supplier), {"decision": "reinstate"})
    supplier.refresh_from_db()
    assert supplier.status == OrganisationStatus.APPROVED


@pytest.mark.parametrize(
    ("decision", "status"),
    [("accept_certificate", "ACCEPTED"), ("reject_certificate", "REJECTED")],
)
def test_review_judges_a_certificate(sign_in, make, reviewer, waiting, decision, status):
    certificate = make.Certificate(supplier=waiting, status="PENDING")
    values = {"decision": decision, "certificate": certificate.public_id}
    sign_in(reviewer).post(review(waiting), values)
    certificate.refresh_from_db()
    assert certificate.status == status


def test_review_cannot_judge_the_certificate_of_another_company(sign_in, make, reviewer, waiting):
    other = make.Certificate(status="PENDING")
    values = {"decision": "accept_certificate", "certificate": other.public_id}
    assert sign_in(reviewer).post(review(waiting), values).status_code == 404


def test_review_with_an_unknown_act_is_a_bad_request(sign_in, reviewer, waiting):
    assert sign_in(reviewer).post(review(waiting), {"decision": "delete"}).status_code == 400
    nothing = reverse("admin:suppliers_supplier_change", args=[10**12])
    assert sign_in(reviewer).get(nothing).status_code == 404


def test_review_of_ones_own_company_offers_and_takes_no_decision(sign_in, make, reviewer, waiting):
    make.SupplierMember(supplier=waiting, user=reviewer)
    client = sign_in(reviewer)
    page = client.get(review(waiting), headers=ENGLISH)
    assert 'value="approve"' not in page.content.decode()
    page = client.post(
        review(waiting), {"decision": "record_call_back", "note": "me"}, headers=ENGLISH
    )
    assert "Nobody decides on an organisation that they belong to." in page.content.decode()
    waiting.refresh_from_db()
    assert waiting.called_back_at is None


@pytest.mark.parametrize("role", ["allocator", "auditor"])
def test_review_the_rest_of_the_ministry_reads_only(sign_in, make, waiting, role):
    client = sign_in(make.User(**{role: True}))
    page = client.get(review(waiting))
    assert page.status_code == 200
    assert 'name="decision"' not in page.content.decode()
    assert client.post(review(waiting), {"decision": "approve"}).status_code == 403


@pytest.mark.parametrize("verb", ["add", "delete"])
def test_admin_neither_adds_nor_deletes(sign_in, reviewer, waiting, verb):
    args = [waiting.pk] if verb == "delete" else []
    url = reverse(f"admin:suppliers_supplier_{verb}", args=args)
    assert sign_in(reviewer).get(url).status_code == 403
    assert "delete_selected" not in sign_in(reviewer).get(reverse(QUEUE)).content.decode()


def test_admin_strangers_and_superusers_do_not_get_in(client, sign_in, make, waiting):
    assert client.get(review(waiting)).status_code == 302
    assert sign_in(make.SupplierMember().user).get(review(waiting)).status_code == 302
    boss = make.User(is_superuser=True)
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(boss, "JBSWY3DPEHPK3PXP")
    page = sign_in(boss).get(review(waiting))
    assert page.status_code in {302, 403, 404}
    assert waiting.siret not in page.content.decode()


def test_admin_without_second_factor_is_led_to_it(sign_in, make, waiting):
    newcomer = make.User()
    newcomer.ministry_role = "REVIEWER"
    newcomer.save()
    page = sign_in(newcomer).get(review(waiting))
    assert page.url == reverse("mfa_activate_totp")


def test_requirement_is_changed_by_a_reviewer_and_journaled(sign_in, reviewer, requirements):
    kbis = requirements["kbis"]
    url = reverse("admin:suppliers_requirement_change", args=[kbis.pk])
    values = {
        "label": "Kbis de moins d'un mois",
        "kind": "VERIFIED",
        "document_kind": "KBIS",
        "activities": ["GEL", "MASKS"],
        "is_active": "on",
    }
    assert sign_in(reviewer).post(url, values).status_code == 302
    kbis.refresh_from_db()
    assert (kbis.label, kbis.activities) == ("Kbis de moins d'un mois", ["GEL", "MASKS"])
    event = Event.objects.get(verb="suppliers.requirement_changed")
    assert event.actor == reviewer


def test_requirement_is_added_by_a_reviewer(sign_in, reviewer, db):
    values = {
        "code": "insurance",
        "label": "Assurance",
        "kind": "VERIFIED",
        "document_kind": "OTHER",
        "is_active": "on",
    }
    client = sign_in(reviewer)
    url = reverse("admin:suppliers_requirement_add")
    assert client.post(url, values | {"document_kind": ""}).status_code == 200
    assert client.post(url, values | {"kind": "COMPUTED"}).status_code == 200
    assert not Requirement.objects.exists()
    assert client.post(url, values).status_code == 302
    assert Requirement.objects.get().code == "insurance"


def test_requirement_is_read_only_for_the_auditor(sign_in, make, requirements):
    client = sign_in(make.User(auditor=True))
    url = reverse("admin:suppliers_requirement_change", args=[requirements["kbis"].pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"label": "x"}).status_code == 403


def test_people_are_the_platform_administrators_business(sign_in, make, reviewer):
    from allauth.mfa.totp.internal.auth import TOTP

    boss = make.User(is_superuser=True)
    TOTP.activate(boss, "JBSWY3DPEHPK3PXP")
    person = make.User()
    url = reverse("admin:accounts_user_change", args=[person.pk])
    assert sign_in(reviewer).get(url).status_code == 403
    client = sign_in(boss)
    values = {"full_name": "New Reviewer", "language": "fr", "ministry_role": "REVIEWER"}
    assert client.post(url, values | {"is_active": "on"}).status_code == 302
    person.refresh_from_db()
    assert person.ministry_role == "REVIEWER"
    own = reverse("admin:accounts_user_change", args=[boss.pk])
    client.post(own, values)
    boss.refresh_from_db()
    assert (boss.ministry_role, boss.is_superuser) == ("", True)
