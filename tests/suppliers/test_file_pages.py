"""A company signs up: pages from the empty form to the file handed in."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.organisations import OrganisationStatus, SiretCheck
from journal.models import Delivery, Event
from stopcovid.middleware import owner_token
from suppliers import operations
from suppliers.enums import SupplierRole
from suppliers.models import Supplier
from tests.factories import siret


pytestmark = pytest.mark.django_db

COMPANY = {
    "name": "Gels de l'Ouest",
    "siret": siret(1),
    "street": "3 quai des Tonneliers",
    "postcode": "35000",
    "city": "Rennes",
    "department": "",
    "phone": "02 99 00 00 00",
    "activities": ["GEL"],
    "gel_regime": "BIOCIDE",
}
ENGLISH = {"accept-language": "en"}
FROM_FILE = ENGLISH | {"referer": "http://testserver/supplier/file/"}


@pytest.fixture
def alice(make):
    return make.User(language="en")


def test_new_opens_a_draft_and_makes_its_author_manager(sign_in, alice):
    page = sign_in(alice).post(reverse("suppliers:new"), COMPANY, follow=True)
    supplier = Supplier.objects.get()
    assert supplier.status == OrganisationStatus.DRAFT
    assert supplier.siret_check == SiretCheck.NOT_DONE
    assert (supplier.department, supplier.activities) == ("35", ["GEL"])
    assert supplier.members.get().role == SupplierRole.MANAGER
    assert page.redirect_chain == [(reverse("suppliers:file"), 302)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"siret": "73282932000075"}, "key of this SIRET"),
        ({"siret": "123"}, "14 digits"),
        ({"siret": "0" * 14}, "belongs to no company"),
        ({"postcode": "3500"}, "5 digits"),
        ({"postcode": "35OOO"}, "5 digits"),
        ({"department": "75"}, "lies in department 35"),
        ({"name": ""}, "required"),
        ({"activities": ["WEAPONS"]}, "WEAPONS"),
    ],
)
def test_new_with_wrong_value_keeps_what_was_typed(sign_in, alice, changes, message):
    page = sign_in(alice).post(reverse("suppliers:new"), COMPANY | changes, headers=ENGLISH)
    text = page.content.decode()
    assert message in text
    assert "3 quai des Tonneliers" in text
    assert not Supplier.objects.exists()


def test_new_with_a_post_office_siret_is_accepted(sign_in, alice):
    sign_in(alice).post(reverse("suppliers:new"), COMPANY | {"siret": "356 000 000 49837"})
    assert Supplier.objects.get().siret == "35600000049837"


@pytest.mark.parametrize(
    ("postcode", "department"),
    [("97410", "974"), ("20090", "2A"), ("20200", "2B"), ("75116", "75")],
)
def test_new_finds_the_department_of_any_postcode(sign_in, alice, postcode, department):
    sign_in(alice).post(reverse("suppliers:new"), COMPANY | {"postcode": postcode})
    assert Supplier.objects.get().department == department


def test_new_with_a_taken_siret_says_so_at_the_field(sign_in, alice, make):
    make.Supplier(siret=COMPANY["siret"])
    page = sign_in(alice).post(reverse("suppliers:new"), COMPANY, headers=ENGLISH)
    assert "exists already. Ask one of its managers" in page.content.decode()
    assert list(page.context["form"].errors) == ["siret"]
    assert not alice.supplier_memberships.exists()


def test_double_click_on_new_makes_one_company(sign_in, alice):
    client = sign_in(alice)
    client.post(reverse("suppliers:new"), COMPANY)
    client.post(reverse("suppliers:new"), COMPANY)
    assert Supplier.objects.count() == 1


def test_file_lists_what_is_missing(sign_in, alice, make, requirements):
    supplier = make.Supplier(activities=["GEL", "MASKS"], phone="")
    make.SupplierMember(supplier=supplier, user=alice)
    page = sign_in(alice).get(reverse("suppliers:file"), headers=ENGLISH)
    text = page.content.decode()
    for asked in ("Telephone", "Legal ground for making gel", "Kbis extract", "I certify that"):
        assert asked in text
    assert page.context["missing_count"] == 6
    assert reverse("suppliers:submit") not in text


def test_file_of_a_complete_company_offers_to_hand_it_in(sign_in, complete):
    _supplier, alice = complete()
    text = sign_in(alice).get(reverse("suppliers:file")).content.decode()
    assert f'action="{reverse("suppliers:submit")}"' in text


def test_submit_puts_the_file_into_every_reviewers_inbox(sign_in, complete, make):
    supplier, alice = complete()
    reviewer = make.User(reviewer=True)
    make.User(reviewer=True, is_active=False)
    make.User(auditor=True)
    sign_in(alice).post(reverse("suppliers:submit"))
    supplier.refresh_from_db()
    assert supplier.status == OrganisationStatus.PENDING_APPROVAL
    event = Event.objects.about(supplier).get(verb="suppliers.submitted")
    assert set(event.deliveries.values_list("recipient", flat=True)) == {reviewer.pk}
    assert event.payload["url"] == reverse("admin:suppliers_supplier_change", args=[supplier.pk])


def test_submit_twice_counts_once_and_says_so(sign_in, complete):
    _supplier, alice = complete()
    client = sign_in(alice)
    client.post(reverse("suppliers:submit"))
    page = client.post(reverse("suppliers:submit"), follow=True, headers=FROM_FILE)
    assert "handed in already" in page.content.decode()
    assert Event.objects.filter(verb="suppliers.submitted").count() == 1


def test_submit_of_an_incomplete_file_names_what_is_missing(sign_in, complete):
    supplier, alice = complete(street="")
    page = sign_in(alice).post(reverse("suppliers:submit"), follow=True, headers=FROM_FILE)
    assert "Still missing: Address" in page.content.decode()
    supplier.refresh_from_db()
    assert supplier.status == OrganisationStatus.DRAFT


def test_masks_need_a_certificate_or_a_test_report(complete, make):
    supplier, _alice = complete(activities=["MASKS"])
    assert [text for text, _url in operations.missing(supplier)] != []
    make.Document(supplier=supplier, kind="TEST_REPORT")
    assert operations.missing(supplier) == []


def test_protection_needs_a_certificate_in_force(complete, make):
    supplier, _alice = complete(activities=["PROTECTION"])
    make.Certificate(supplier=supplier, issued_on="2019-01-01", expires_on="2019-12-31")
    assert len(operations.missing(supplier)) == 1
    make.Certificate(supplier=supplier)
    assert operations.missing(supplier) == []


def test_attest_is_signed_once(sign_in, make, alice, requirements):
    supplier = make.SupplierMember(supplier=make.Supplier(), user=alice).supplier
    client = sign_in(alice)
    for _click in range(2):
        client.post(reverse("suppliers:attest", args=["true-statement"]))
    assert supplier.submissions.get().attested_by == alice
    assert Event.objects.filter(verb="suppliers.attested").count() == 1


def test_attest_of_what_is_not_asked_is_refused(sign_in, make, alice, requirements):
    make.SupplierMember(supplier=make.Supplier(activities=["MASKS"]), user=alice)
    client = sign_in(alice)
    for code in ("gel-formula", "kbis"):
        client.post(reverse("suppliers:attest", args=[code]))
    assert client.post(reverse("suppliers:attest", args=["nothing"])).status_code == 404
    assert not Event.objects.filter(verb="suppliers.attested").exists()


def test_edit_of_an_approved_company_warns_before_and_returns_to_the_queue(
    sign_in, complete, make
):
    supplier, alice = complete(approved=True)
    reviewer = make.User(reviewer=True)
    client = sign_in(alice)
    page = client.get(reverse("suppliers:edit"), headers=ENGLISH)
    assert "the ministry looks at your file again" in page.content.decode()
    values = COMPANY | {"siret": supplier.siret, "activities": supplier.activities}
    client.post(reverse("suppliers:edit"), values)
    supplier.refresh_from_db()
    assert supplier.status == OrganisationStatus.PENDING_APPROVAL
    assert (supplier.called_back_at, supplier.decided_by) == (None, None)
    verbs = list(Event.objects.about(supplier).values_list("verb", flat=True))
    assert verbs == ["suppliers.back_to_review", "suppliers.submitted"]
    assert Delivery.objects.filter(recipient=reviewer).exists()


def test_edit_of_an_approved_company_may_change_the_telephone(complete):
    supplier, alice = complete(approved=True)
    supplier = operations.update(supplier, by=alice, phone="06 00 00 00 00")
    assert supplier.status == OrganisationStatus.APPROVED
    assert supplier.called_back_at


def test_edit_of_an_approved_company_must_leave_the_file_complete(sign_in, complete):
    supplier, alice = complete(approved=True)
    values = COMPANY | {"siret": supplier.siret, "activities": ["MASKS"], "gel_regime": ""}
    page = sign_in(alice).post(reverse("suppliers:edit"), values, headers=ENGLISH)
    assert "Still missing: Certificate of conformity" in page.content.decode()
    supplier.refresh_from_db()
    assert supplier.status == OrganisationStatus.APPROVED


@pytest.mark.parametrize("trait", ["pending", "suspended"])
def test_edit_of_a_closed_file_is_refused(sign_in, complete, trait):
    supplier, alice = complete(**{trait: True})
    sign_in(alice).post(reverse("suppliers:edit"), COMPANY | {"siret": supplier.siret})
    name = supplier.name
    supplier.refresh_from_db()
    assert supplier.name == name


def test_file_shows_the_ministrys_reason(sign_in, complete, make):
    supplier, alice = complete(pending=True)
    operations.request_changes(
        supplier,
        by=make.User(reviewer=True),
        reason_code="DOCUMENT_UNREADABLE",
        reason_text="The Kbis is upside down <b>.",
    )
    text = sign_in(alice).get(reverse("suppliers:file")).content.decode()
    assert "The Kbis is upside down &lt;b&gt;." in text


def test_edit_after_the_session_ended_finds_what_was_typed(client, make, alice):
    make.SupplierMember(supplier=make.Supplier(), user=alice)
    values = COMPANY | {"form_owner": owner_token(alice.pk)}
    assert client.post(reverse("suppliers:edit"), values).status_code == 302
    client.force_login(alice)
    text = client.get(reverse("suppliers:edit")).content.decode()
    assert "3 quai des Tonneliers" in text
    assert text.count(" checked") == 1


PAGES = ["file", "edit", "add_document", "add_certificate"]


@pytest.mark.parametrize("name", PAGES)
def test_pages_anonymous_signs_in_first(client, name):
    response = client.get(reverse(f"suppliers:{name}"))
    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("name", [*PAGES, "submit"])
def test_pages_stranger_finds_nothing(sign_in, make, name):
    method = "post" if name == "submit" else "get"
    client = sign_in(make.BuyerMember().user)
    assert getattr(client, method)(reverse(f"suppliers:{name}")).status_code == 404


@pytest.mark.parametrize("name", ["edit", "add_document", "add_certificate", "submit"])
def test_pages_member_without_the_role_is_refused(sign_in, make, name):
    bob = make.SupplierMember(role=SupplierRole.MEMBER).user
    method = "post" if name == "submit" else "get"
    client = sign_in(bob)
    assert getattr(client, method)(reverse(f"suppliers:{name}")).status_code == 403
    assert client.get(reverse("suppliers:file")).status_code == 200


def test_file_of_many_documents_asks_as_often_as_of_few(sign_in, complete, make):
    supplier, alice = complete()
    client = sign_in(alice)
    counts = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("suppliers:file"))
        counts.append(len(queries))
        for _each in range(18):
            make.Certificate(supplier=supplier)
    assert counts[0] == counts[1]
