"""A body certifies what it is notified for; what a reviewer accepted is not edited unseen."""

import datetime

import pytest
from django.urls import reverse

from catalog import standing
from catalog.enums import Blocker
from core.errors import DomainError, NotPermitted
from journal.models import Delivery, Event
from journal.notifications import render
from suppliers import operations, reference
from suppliers.enums import DocumentKind, ProofStatus, Standard
from suppliers.models import NotifiedBody
from suppliers.operations.bodies import competence


ENGLISH = {"accept-language": "en"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(make):
    return make.SupplierMember()


@pytest.fixture
def bodies(db):
    reference.load()


def facts(**changes):
    return {
        "standard": Standard.EN_149,
        "body_number": "0082",
        "scope": "Model A",
        "issued_on": datetime.date(2020, 1, 1),
        "expires_on": datetime.date(2099, 1, 1),
        **changes,
    }


def enter(make, seat, **changes):
    document = make.Document(supplier=seat.supplier, kind=DocumentKind.CERTIFICATE)
    return operations.add_certificate(
        seat.supplier, by=seat.user, document=document, **facts(**changes)
    )


# --- notified bodies ------------------------------------------------------------------------


def test_extract_is_loaded_once_and_reviewers_corrections_stay(bodies):
    count = NotifiedBody.objects.count()
    NotifiedBody.objects.filter(number="0082").update(name="Corrected")
    reference.load()
    assert NotifiedBody.objects.count() == count
    assert NotifiedBody.objects.get(number="0082").name == "Corrected"


def test_body_for_wood_products_cannot_certify_a_respirator(make, seat, bodies):
    with pytest.raises(DomainError, match="FCBA") as caught:
        enter(make, seat, body_number="0380")
    assert caught.value.field == "body_number"
    assert "2016/425" in str(caught.value)
    assert not seat.supplier.certificates.exists()


@pytest.mark.parametrize(
    ("standard", "number", "competent"),
    [
        (Standard.EN_149, "0082", True),
        (Standard.EN_149, "0459", False),
        (Standard.EN_14683, "0459", True),
        (Standard.EN_14683, "0082", False),
        (Standard.EN_149, "2797", True),
        (Standard.EN_14683, "2797", True),
        (Standard.EN_14683, "", True),
        (Standard.EN_14476, "0380", True),
        (Standard.EN_149, "1234", True),
    ],
)
def test_body_is_held_against_the_text_that_the_standard_needs(
    make, seat, bodies, standard, number, competent
):
    if competent:
        enter(make, seat, standard=standard, body_number=number)
    else:
        with pytest.raises(DomainError):
            enter(make, seat, standard=standard, body_number=number)


def test_certificate_is_not_accepted_once_the_register_says_otherwise(make, seat, bodies):
    certificate = enter(make, seat)
    NotifiedBody.objects.filter(number="0082").update(notified_for=["CPR"])
    reviewer = make.User(reviewer=True)
    with pytest.raises(DomainError) as caught:
        operations.judge_certificate(certificate, by=reviewer, accepted=True)
    assert caught.value.field == "body_number"
    operations.judge_certificate(certificate, by=reviewer, accepted=False)


def test_reviewer_reads_who_the_body_is_and_where_else_the_file_was(
    make, sign_in, seat, bodies, django_assert_num_queries
):
    certificate = enter(make, seat)
    unknown = enter(make, seat, body_number="1234")
    twin = make.Document(sha256=certificate.document.sha256)
    client = sign_in(make.User(reviewer=True))
    url = reverse("admin:suppliers_supplier_change", args=[seat.supplier.pk])
    page = client.get(url, headers=ENGLISH).content.decode()
    assert "APAVE: (EU) 2016/425" in page
    assert "NANDO" in page
    assert page.count(twin.supplier.name) == 2
    with django_assert_num_queries(1):
        assert set(competence([certificate, unknown] * 10)) == {"0082", "1234"}


@pytest.mark.parametrize("role", ["reviewer", "allocator"])
def test_register_is_kept_by_reviewers(make, sign_in, bodies, role):
    body = NotifiedBody.objects.get(number="0380")
    url = reverse("admin:suppliers_notifiedbody_change", args=[body.pk])
    values = {"number": "0380", "name": "FCBA", "country": "FR", "notified_for": ["CPR", "PPE"]}
    sign_in(make.User(**{role: True})).post(url, values)
    body.refresh_from_db()
    assert body.notified_for == (["CPR", "PPE"] if role == "reviewer" else ["CPR"])
    told = Event.objects.filter(verb="suppliers.body_changed")
    assert told.exists() == (role == "reviewer")
    for event in told:
        assert "0380" in render(event, "en")[0]


# --- corrections ----------------------------------------------------------------------------


def sold_on(make, seat):
    """An offer of a surgical mask that rests on an accepted certificate."""
    certificate = make.Certificate(supplier=seat.supplier)
    return make.Offer(
        supplier=seat.supplier,
        product=make.Product(surgical_mask=True),
        certificate=certificate,
    )


def stopped(offer):
    list(standing.catch_up())
    offer.refresh_from_db()
    return offer.stopped_by


def as_it_is(certificate, **changes):
    names = ["standard", "body_number", "scope", "issued_on", "expires_on"]
    return {name: getattr(certificate, name) for name in names} | changes


@pytest.mark.parametrize(
    "change",
    [{"scope": "Models A and B"}, {"expires_on": datetime.date(2098, 1, 1)}, {"body_number": ""}],
)
def test_correction_of_an_accepted_certificate_is_reviewed_again(make, seat, change):
    offer = sold_on(make, seat)
    assert stopped(offer) == []
    reviewer = make.User(reviewer=True)
    certificate = operations.correct_certificate(
        offer.certificate,
        by=seat.user,
        document=offer.certificate.document,
        **as_it_is(offer.certificate, **change),
    )
    assert certificate.status == ProofStatus.PENDING
    assert stopped(offer) == [Blocker.CERTIFICATE_IN_REVIEW]
    event = Event.objects.get(verb="suppliers.certificate_corrected")
    assert (event.payload["changed"], event.payload["before"]) == (list(change), "ACCEPTED")
    post = Delivery.objects.filter(event=event, channel="EMAIL")
    assert reviewer in {each.recipient for each in post}
    operations.judge_certificate(certificate, by=reviewer, accepted=True)
    assert stopped(offer) == []


def test_correction_that_changes_nothing_leaves_it_accepted(make, seat):
    certificate = make.Certificate(supplier=seat.supplier)
    same = operations.correct_certificate(
        certificate, by=seat.user, document=certificate.document, **as_it_is(certificate)
    )
    assert same.status == ProofStatus.ACCEPTED
    assert not Event.objects.exists()


def test_correction_is_for_the_companys_managers_and_its_own_files(make, seat):
    certificate = make.Certificate(supplier=seat.supplier)
    stranger = make.SupplierMember().user
    with pytest.raises(NotPermitted):
        operations.correct_certificate(
            certificate,
            by=stranger,
            document=certificate.document,
            **as_it_is(certificate, scope="Mine"),
        )
    with pytest.raises(DomainError) as caught:
        operations.correct_certificate(
            certificate,
            by=seat.user,
            document=make.Document(),
            **as_it_is(certificate, scope="Mine"),
        )
    assert caught.value.field == "document"
    certificate.refresh_from_db()
    assert (certificate.scope, certificate.status) == ("All models", ProofStatus.ACCEPTED)


def test_correction_page_shows_what_was_entered_and_saves(make, sign_in, seat):
    certificate = make.Certificate(supplier=seat.supplier)
    url = reverse("suppliers:correct_certificate", args=[certificate.public_id])
    client = sign_in(seat.user)
    assert url in client.get(reverse("suppliers:file")).content.decode()
    page = client.get(url)
    assert "All models" in page.content.decode()
    values = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    wrong = client.post(url, values | {"standard_class": "KN95"})
    assert wrong.status_code == 200
    assert "Type IIR" in wrong.content.decode()
    assert client.post(url, values | {"standard_class": "Type IIR"}).status_code == 302
    certificate.refresh_from_db()
    assert (certificate.standard_class, certificate.status) == ("Type IIR", ProofStatus.PENDING)


def test_correction_by_the_api(make, client, seat):
    certificate = make.Certificate(supplier=seat.supplier)
    client.force_login(seat.user)
    answer = client.post(
        f"/api/v1/suppliers/{seat.supplier.public_id}/correct_certificate/",
        {
            "certificate": str(certificate.public_id),
            "document": str(certificate.document.public_id),
            **as_it_is(certificate, scope="Two models"),
        },
        content_type="application/json",
    )
    assert answer.status_code == 200
    assert answer.json()["scope"] == "Two models"
    assert answer.json()["status"] == "PENDING"
