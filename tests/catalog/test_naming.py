"""A certificate that names product sheets proves those, and no others."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from catalog import operations
from catalog.availability import blockers, sellable
from catalog.enums import Blocker, OfferStatus, SheetStatus
from catalog.models import CoveredSheet, Offer
from catalog.operations.naming import MAX_NAMED
from catalog.prices import RuleBook
from core.errors import DomainError, NotEligible, NotPermitted, StaleState
from journal.models import Delivery, Event
from suppliers import operations as suppliers
from suppliers.enums import ProofStatus, Standard, SupplierRole
from tests.catalog.test_pages_public import queries_of
from tests.catalog.test_pages_supplier import path_of


pytestmark = pytest.mark.django_db
DAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"
    with override("en"):
        yield


@pytest.fixture
def certificate(make, shop):
    return make.Certificate(supplier=shop.supplier)


@pytest.fixture
def mask(make, shop, certificate):
    """An offer of masks that rests on the certificate."""
    return make.Offer(
        supplier=shop.supplier, product=make.Product(surgical_mask=True), certificate=certificate
    )


@pytest.fixture
def other(make, shop):
    """A mask that the same company sells, without a proof as yet."""
    return make.Offer(
        supplier=shop.supplier,
        product=make.Product(surgical_mask=True),
        status=OfferStatus.DRAFT,
    )


@pytest.fixture
def reviewer(make):
    return make.User(reviewer=True)


def page_of(certificate):
    return reverse("catalog:certificate_sheets", args=[certificate.public_id])


def named(certificate):
    rows = CoveredSheet.objects.filter(certificate=certificate).order_by("product")
    return [each.product for each in rows]


def on_sale(offer):
    return sellable(RuleBook(DAY)).filter(pk=offer.pk).exists()


def reasons(offer):
    return blockers(Offer.objects.for_listing().get(pk=offer.pk), day=DAY)


# --- what it proves -------------------------------------------------------------------------
def test_none_named_proves_its_standard_one_named_proves_that_alone(certificate, mask, other):
    assert on_sale(mask)
    CoveredSheet.objects.create(certificate=certificate, product=other.product)
    assert reasons(mask) == [Blocker.NOT_ON_CERTIFICATE]
    assert not on_sale(mask)
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    assert reasons(mask) == []
    assert on_sale(mask)


def test_a_name_does_not_stand_for_the_standard(make, certificate, mask, shop):
    gown = make.Product(standard=Standard.EN_13795)
    offer = make.Offer(supplier=shop.supplier, product=gown, certificate=certificate)
    CoveredSheet.objects.create(certificate=certificate, product=gown)
    assert reasons(offer) == [Blocker.CERTIFICATE_MISSING]
    assert not on_sale(offer)


def test_a_sheet_is_named_once(certificate, mask):
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    with pytest.raises(IntegrityError, match="covered_sheet_once"), transaction.atomic():
        CoveredSheet.objects.create(certificate=certificate, product=mask.product)


def test_merged_sheet_hands_its_name_to_the_one_that_stays(
    make, certificate, mask, other, reviewer
):
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    operations.merge_sheet(mask.product, by=reviewer, into=other.product)
    assert named(certificate) == [other.product]


# --- naming ---------------------------------------------------------------------------------
def test_company_names_and_the_reviewer_looks_again(certificate, mask, other, shop, reviewer):
    done = operations.name_sheets(certificate, by=shop.user, products=[mask.product])
    assert done.status == ProofStatus.PENDING
    assert reasons(mask) == [Blocker.CERTIFICATE_IN_REVIEW]
    event = Event.objects.get(verb="suppliers.certificate_sheets_named")
    assert event.payload["added"] == [mask.product.name]
    assert Delivery.objects.filter(event=event, recipient=reviewer).exists()
    suppliers.judge_certificate(certificate, by=reviewer, accepted=True)
    assert on_sale(mask)
    again = operations.name_sheets(certificate, by=shop.user, products=[mask.product])
    assert again.status == ProofStatus.ACCEPTED
    assert Event.objects.filter(verb="suppliers.certificate_sheets_named").count() == 1


def test_taking_the_last_name_away_is_looked_at_too(certificate, mask, shop):
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    done = operations.name_sheets(certificate, by=shop.user, products=[])
    assert (done.status, named(done)) == (ProofStatus.PENDING, [])


def test_reviewer_corrects_and_the_company_hears_of_it(certificate, mask, other, shop, reviewer):
    done = operations.correct_sheets(certificate, by=reviewer, products=[other.product])
    assert (done.status, named(done)) == (ProofStatus.ACCEPTED, [other.product])
    assert reasons(mask) == [Blocker.NOT_ON_CERTIFICATE]
    event = Event.objects.get(verb="suppliers.certificate_sheets_corrected")
    assert Delivery.objects.filter(event=event, recipient=shop.user).exists()


def test_only_sheets_that_ask_for_this_proof(make, certificate, shop):
    for product in (
        make.Product(),
        make.Product(standard=Standard.EN_149),
        make.Product(surgical_mask=True, is_active=False),
    ):
        with pytest.raises(NotEligible, match=product.title) as caught:
            operations.name_sheets(certificate, by=shop.user, products=[product])
        assert caught.value.field == "products"
    assert named(certificate) == []
    certificate.refresh_from_db()
    assert certificate.status == ProofStatus.ACCEPTED


def test_own_proposal_may_be_named_that_of_a_rival_not(make, certificate, shop):
    waiting = {"status": SheetStatus.PROPOSED, "is_active": False, "surgical_mask": True}
    waiting |= {"proposed_by": shop.user, "proposed_at": "2026-11-29T12:00Z"}
    own = make.Product(**waiting, proposed_for=shop.supplier)
    operations.name_sheets(certificate, by=shop.user, products=[own])
    rival = make.Product(**waiting, proposed_for=make.Supplier())
    with pytest.raises(NotEligible):
        operations.name_sheets(certificate, by=shop.user, products=[own, rival])
    assert named(certificate) == [own]


def test_a_reviewer_is_not_given_more_than_can_be_read(make, certificate, shop, monkeypatch):
    monkeypatch.setattr("catalog.operations.naming.MAX_NAMED", 2)
    many = [make.Product(surgical_mask=True) for _each in range(3)]
    with pytest.raises(DomainError, match="2 products"):
        operations.name_sheets(certificate, by=shop.user, products=many)
    assert MAX_NAMED == 200


def test_not_for_members_strangers_or_closed_files(make, certificate, mask, shop, reviewer):
    member = make.SupplierMember(supplier=shop.supplier, role=SupplierRole.MEMBER).user
    for user in (member, make.SupplierMember().user, reviewer):
        with pytest.raises(NotPermitted):
            operations.name_sheets(certificate, by=user, products=[mask.product])
    for user in (shop.user, make.User(allocator=True)):
        with pytest.raises(NotPermitted):
            operations.correct_sheets(certificate, by=user, products=[mask.product])
    type(shop.supplier).objects.update(status="PENDING_APPROVAL")
    with pytest.raises(StaleState):
        operations.name_sheets(certificate, by=shop.user, products=[mask.product])


def test_expired_one_names_nothing(make, shop, mask):
    old = make.Certificate(supplier=shop.supplier, expires_on=datetime.date(2020, 6, 1))
    with pytest.raises(DomainError, match="expired"):
        operations.name_sheets(old, by=shop.user, products=[mask.product])


# --- offers ---------------------------------------------------------------------------------
def test_terms_and_publishing_refuse_a_certificate_that_names_others(
    certificate, mask, other, shop
):
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    with pytest.raises(NotEligible, match="names other products") as caught:
        operations.update_offer(other, by=shop.user, certificate=certificate)
    assert caught.value.field == "certificate"
    Offer.objects.filter(pk=other.pk).update(certificate=certificate)
    with pytest.raises(NotEligible, match="names other products"):
        operations.publish(other, by=shop.user)


def test_form_lists_what_proves_the_sheet(make, certificate, mask, other, shop, sign_in):
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    general = make.Certificate(supplier=shop.supplier, scope="The whole range")
    page = sign_in(shop.user).get(path_of(other))
    assert list(page.context["form"].fields["certificate"].queryset) == [general]
    assert "Certificates that name other products only are left out." in page.text
    page = sign_in(shop.user).get(path_of(mask))
    assert set(page.context["form"].fields["certificate"].queryset) == {general, certificate}


def test_remedy_leads_to_the_products_with_this_one_ticked(
    certificate, mask, other, shop, sign_in
):
    CoveredSheet.objects.create(certificate=certificate, product=other.product)
    client = sign_in(shop.user)
    url = f"{page_of(certificate)}?add={mask.product.slug}"
    assert url in client.get(path_of(mask)).text
    page = client.get(url)
    assert page.context["form"]["products"].initial == [other.product.slug, mask.product.slug]
    row = client.get(f"/api/v1/offers/{mask.public_id}/").json()
    assert [each["code"] for each in row["blockers"]] == ["NOT_ON_CERTIFICATE"]


# --- pages and API --------------------------------------------------------------------------
def test_page_names_and_says_so(make, certificate, mask, other, shop, sign_in):
    foreign = make.Product(surgical_mask=True)
    client = sign_in(shop.user)
    page = client.get(page_of(certificate))
    assert mask.product.title in page.text
    assert foreign.title not in page.text
    page = client.post(page_of(certificate), {"products": [mask.product.slug]}, follow=True)
    assert "a reviewer looks at the certificate" in page.text
    assert named(certificate) == [mask.product]
    page = client.post(page_of(certificate), {"products": [foreign.slug]})
    assert "not one of the available choices" in page.text
    page = client.post(page_of(certificate), follow=True)
    assert named(certificate) == []
    assert "Every product of its standard" in page.text


def test_page_offers_what_was_asked_for_however_many_there_are(
    certificate, mask, other, shop, sign_in, monkeypatch
):
    monkeypatch.setattr("catalog.proofs.MOST_SHOWN", 1)
    client = sign_in(shop.user)
    (shown,) = client.get(page_of(certificate)).context["form"].fields["products"].queryset
    left_out = next(each.product for each in (mask, other) if each.product != shown)
    page = client.get(f"{page_of(certificate)}?add={left_out.slug}")
    assert left_out in page.context["form"].fields["products"].queryset


def test_page_without_anything_to_choose_says_what_to_do(certificate, shop, sign_in):
    assert "Prepare an offer" in sign_in(shop.user).get(page_of(certificate)).text


def test_pages_ask_as_much_for_many_names(make, certificate, mask, shop, sign_in, reviewer):
    def count():
        own = sign_in(shop.user)
        pages = [queries_of(own, path) for path in (page_of(certificate), "/supplier/file/")]
        pages.append(queries_of(own, "/offers/"))
        review = reverse("admin:suppliers_supplier_change", args=[shop.supplier.pk])
        return [*pages, queries_of(sign_in(reviewer), review)]

    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    few = count()
    for _each in range(10):
        proof = make.Certificate(supplier=shop.supplier)
        offer = make.Offer(
            supplier=shop.supplier, product=make.Product(surgical_mask=True), certificate=proof
        )
        for each in (proof, certificate):
            CoveredSheet.objects.create(certificate=each, product=offer.product)
    assert count() == few


def test_reviewer_corrects_on_the_ministry_s_page(certificate, mask, other, sign_in, reviewer):
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    client = sign_in(reviewer)
    review = reverse("admin:suppliers_supplier_change", args=[certificate.supplier_id])
    url = reverse("admin:suppliers_certificate_change", args=[certificate.pk])
    page = client.get(review)
    assert mask.product.title in page.text
    assert url in page.text
    client.post(url, {"products": [other.product.pk]})
    assert named(certificate) == [other.product]
    certificate.refresh_from_db()
    assert certificate.status == ProofStatus.ACCEPTED


def test_ministry_reads_what_only_reviewers_correct(make, certificate, mask, sign_in):
    CoveredSheet.objects.create(certificate=certificate, product=mask.product)
    client = sign_in(make.User(auditor=True))
    url = reverse("admin:suppliers_certificate_change", args=[certificate.pk])
    assert mask.product.name in client.get(url).text
    assert client.post(url, {"products": []}).status_code == 403
    assert named(certificate) == [mask.product]


def test_api_names_lists_and_corrects(make, certificate, mask, other, shop, client, reviewer):
    path = "/api/v1/certificates/"
    client.force_login(shop.user)
    asked = {"products": [mask.product.slug]}
    one = f"{path}{certificate.public_id}/"
    answer = client.post(f"{one}name-products/", asked, content_type="application/json")
    assert answer.json() == {
        "public_id": str(certificate.public_id),
        "supplier": str(shop.supplier.public_id),
        "standard": "EN 14683",
        "standard_class": "",
        "scope": "All models",
        "expires_on": "2099-12-31",
        "status": "PENDING",
        "products": [mask.product.slug],
    }
    assert client.get(path).json()["results"] == [answer.json()]
    client.force_login(reviewer)
    asked = {"products": [other.product.slug]}
    answer = client.post(f"{one}correct-products/", asked, content_type="application/json")
    assert answer.json()["products"] == [other.product.slug]
    client.force_login(make.SupplierMember().user)
    assert client.get(one).status_code == 404
    assert client.get(path).json()["results"] == []


def test_api_says_which_sheet_it_does_not_know(certificate, shop, sign_in):
    url = f"/api/v1/certificates/{certificate.public_id}/name-products/"
    asked = {"products": ["no-such-sheet"]}
    answer = sign_in(shop.user).post(url, asked, content_type="application/json")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["attr"]) == (400, "products")
    assert "no-such-sheet" in error["detail"]
