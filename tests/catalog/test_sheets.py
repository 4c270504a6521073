"""A sheet's way into the catalogue: proposed, corrected, accepted, refused, merged."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from catalog import duplicates, operations, standing
from catalog.availability import blockers
from catalog.enums import SHEET_TRANSITIONS, Blocker, OfferStatus, SheetStatus
from catalog.models import Category, GtinAlias, Offer, Product
from core.errors import DomainError, Duplicate, NotEligible, NotPermitted, StaleState
from journal.models import Delivery, Event
from orders.models import OrderLine, Substitute
from tests.factories import OrderFactory


pytestmark = pytest.mark.django_db

BOTTLE = {
    "name": "Flacon PEHD 250 ml",
    "name_en": "HDPE bottle 250 ml",
    "unit_name": "flacon",
    "attributes": {"container_ml": "250", "material": "PEHD", "neck": "28"},
}
GTIN = "3401397742657"[:12]


def gtin13(stem):
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(stem))
    return f"{stem}{-total % 10}"


@pytest.fixture
def reviewer(make, law):
    return make.User(reviewer=True)


@pytest.fixture
def bottles(law):
    return Category.objects.get(slug="flacons")


@pytest.fixture
def propose(shop, bottles):
    def _propose(**facts):
        values = {"category": bottles, "differs": True} | BOTTLE | facts
        return operations.propose_sheet(shop.supplier, by=shop.user, **values)

    return _propose


@pytest.fixture
def sheet(propose):
    return propose(gtin=gtin13(GTIN), cpv="33199000-1")


def told(verb):
    return set(
        Delivery.objects.filter(event__verb=f"catalog.{verb}").values_list(
            "recipient__email", flat=True
        )
    )


# --- proposing ---
def test_sheet_is_proposed_with_typed_values_and_reviewers_hear_of_it(reviewer, shop, sheet):
    assert (sheet.status, sheet.is_active) == (SheetStatus.PROPOSED, False)
    assert sheet.slug == "flacon-pehd-250-ml"
    assert (sheet.container_ml, sheet.attributes) == (250, {"material": "PEHD", "neck": 28})
    assert sheet.gtin == f"0{gtin13(GTIN)}"
    assert (sheet.proposed_for, sheet.proposed_by) == (shop.supplier, shop.user)
    assert reviewer.email in told("sheet_proposed")


def test_kind_in_law_is_the_categorys(shop, law):
    sheet = operations.propose_sheet(
        shop.supplier,
        by=shop.user,
        category=Category.objects.get(slug="masques-ffp"),
        differs=True,
        name="Masque pliable",
        unit_name="masque",
        attributes={"standard_class": "FFP2", "has_valve": False},
    )
    assert (sheet.kind, sheet.standard) == ("MASK_EN149", "EN 149")
    assert (sheet.standard_class, sheet.has_valve, sheet.name_en) == ("FFP2", False, sheet.name)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"attributes": {"container_ml": 250, "material": "PEHD"}}, "neck"),
        ({"attributes": {**BOTTLE["attributes"], "neck": "wide"}}, "neck"),
        ({"attributes": {**BOTTLE["attributes"], "sterile": True}}, "sterile"),
        ({"gtin": "3401397742650"}, "gtin"),
        ({"gtin": "00000000"}, "gtin"),
        ({"cpv": "33199000-2"}, "cpv"),
        ({"cpv": "33199000"}, "cpv"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"unit_name": ""}, "unit_name"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(propose, facts, field):
    with pytest.raises(DomainError) as refusal:
        propose(**facts)
    assert refusal.value.field == field
    assert not Product.objects.exclude(status=SheetStatus.ACCEPTED).exists()


def test_category_with_categories_below_is_refused(propose, law):
    with pytest.raises(DomainError) as refusal:
        propose(category=Category.objects.get(slug="emballages"))
    assert refusal.value.field == "category"


def test_stranger_and_unapproved_company_are_refused(make, shop, bottles):
    facts = {"category": bottles, "differs": True} | BOTTLE
    with pytest.raises(NotPermitted):
        operations.propose_sheet(shop.supplier, by=make.User(), **facts)
    new = make.SupplierMember(supplier=make.Supplier())
    with pytest.raises(NotEligible):
        operations.propose_sheet(new.supplier, by=new.user, **facts)


def test_same_gtin_in_any_form_is_refused(make, propose):
    known = make.Product(gtin=f"0{gtin13('123456789012')}")
    with pytest.raises(Duplicate) as refusal:
        propose(gtin=gtin13("123456789012"))
    assert refusal.value.field == "gtin"
    assert known.title in str(refusal.value)


def test_like_name_is_asked_about_once(propose, law):
    with override("fr"), pytest.raises(Duplicate) as refusal:
        propose(name="Flacon PET 500ml", differs=False)
    assert refusal.value.field == "differs"
    assert "Flacon PET 500 ml" in str(refusal.value)
    assert propose(name="Flacon PET 500ml", differs=True).status == SheetStatus.PROPOSED
    assert propose(name="Tout autre chose", differs=False).status == SheetStatus.PROPOSED


def test_addresses_are_free_ones(propose):
    assert propose(name="New").slug == "new-2"
    assert [propose().slug, propose().slug] == ["flacon-pehd-250-ml", "flacon-pehd-250-ml-2"]


# --- who sees it ---
def test_proposal_is_seen_by_its_company_and_the_ministry_alone(
    make, client, reviewer, sheet, settle
):
    settle()
    stranger = make.SupplierMember()
    for user, seen in ((sheet.proposed_by, True), (reviewer, True), (stranger.user, False)):
        assert Product.objects.open_to(user).filter(pk=sheet.pk).exists() is seen
        assert Product.objects.proposals(user).filter(pk=sheet.pk).exists() is seen
        assert not Product.objects.visible_to(user).filter(pk=sheet.pk).exists()
    page = reverse("catalog:product", args=[sheet.slug])
    assert client.get(page).status_code == 404
    assert sheet.name not in client.get(reverse("catalog:search")).text


def test_company_prepares_an_offer_but_cannot_publish_it(make, shop, sheet):
    offer = operations.create_offer(
        shop.supplier, by=shop.user, product=sheet, unit_price_eur=1, on_hand_units=10
    )
    found = blockers(offer, day=timezone.localdate())
    assert found == [Blocker.DRAFT, Blocker.PRODUCT_NOT_ACCEPTED]
    with pytest.raises(NotEligible):
        operations.publish(offer, by=shop.user)
    other = make.SupplierMember()
    with pytest.raises(NotEligible):
        operations.create_offer(other.supplier, by=other.user, product=sheet, unit_price_eur=1)
    list(standing.catch_up())
    offer.refresh_from_db()
    assert offer.stopped_by == [Blocker.DRAFT, Blocker.PRODUCT_NOT_ACCEPTED]


# --- deciding ---
def test_accepted_sheet_is_public_and_its_offer_sells(client, reviewer, shop, sheet):
    offer = operations.create_offer(
        shop.supplier, by=shop.user, product=sheet, unit_price_eur=1, on_hand_units=10
    )
    accepted = operations.accept_sheet(sheet, by=reviewer)
    assert (accepted.status, accepted.is_active) == (SheetStatus.ACCEPTED, True)
    assert (accepted.decided_by, told("sheet_accepted")) == (reviewer, {shop.user.email})
    assert client.get(reverse("catalog:product", args=[sheet.slug])).status_code == 200
    assert operations.publish(offer, by=shop.user).status == OfferStatus.ON_SALE


@pytest.mark.parametrize("verb", ["refuse_sheet", "request_sheet_changes"])
def test_no_is_explained(reviewer, shop, sheet, verb):
    with pytest.raises(DomainError) as refusal:
        getattr(operations, verb)(sheet, by=reviewer, reason_text=" ")
    assert refusal.value.field == "reason_text"
    decided = getattr(operations, verb)(sheet, by=reviewer, reason_text="Say the neck.")
    assert (decided.reason_text, decided.is_active) == ("Say the neck.", False)
    event = Event.objects.about(sheet).last()
    assert event.payload["reason_text"] == "Say the neck."
    assert told(event.verb.removeprefix("catalog.")) == {shop.user.email}


def test_corrected_sheet_is_proposed_again(make, reviewer, shop, sheet):
    operations.request_sheet_changes(sheet, by=reviewer, reason_text="Say the neck.")
    with pytest.raises(NotPermitted):
        operations.propose_sheet_again(sheet, by=make.SupplierMember().user, differs=True)
    again = operations.propose_sheet_again(sheet, by=shop.user, differs=True, name="Flacon bis")
    assert (again.status, again.reason_text, again.name) == ("PROPOSED", "", "Flacon bis")
    assert (again.gtin, again.attributes["neck"]) == (sheet.gtin, 28)


def test_only_another_companys_reviewer_decides(make, shop, sheet):
    for user in (shop.user, make.User(allocator=True), make.User(auditor=True)):
        with pytest.raises(NotPermitted):
            operations.accept_sheet(sheet, by=user)
    both = make.SupplierMember(supplier=shop.supplier, user=make.User(reviewer=True)).user
    with pytest.raises(NotPermitted):
        operations.accept_sheet(sheet, by=both)


def test_values_that_the_category_asks_for_since_are_needed_to_accept(reviewer, sheet):
    sheet.category.attributes.create(
        key="wall", name="paroi", name_en="wall", kind="INTEGER", is_required=True
    )
    with pytest.raises(DomainError) as refusal:
        operations.accept_sheet(sheet, by=reviewer)
    assert refusal.value.field == "wall"


VERBS = {
    SheetStatus.ACCEPTED: lambda sheet, who: operations.accept_sheet(sheet, by=who),
    SheetStatus.REFUSED: lambda sheet, who: operations.refuse_sheet(
        sheet, by=who, reason_text="No."
    ),
    SheetStatus.CHANGES_REQUESTED: lambda sheet, who: operations.request_sheet_changes(
        sheet, by=who, reason_text="Change."
    ),
    SheetStatus.PROPOSED: lambda sheet, who: operations.propose_sheet_again(
        sheet, by=sheet.proposed_by, differs=True
    ),
    SheetStatus.MERGED: lambda sheet, who: operations.merge_sheet(
        sheet, by=who, into=Product.objects.get(slug="twin")
    ),
}


@pytest.mark.parametrize("new", SheetStatus.values)
@pytest.mark.parametrize("old", SheetStatus.values)
def test_every_move_is_the_tables(make, reviewer, sheet, old, new):
    twin = make.Product(slug="twin")
    same = ("category", "kind", "standard", "unit_name", "container_ml", "dispenser")
    Product.objects.filter(pk=twin.pk).update(**{name: getattr(sheet, name) for name in same})
    Product.objects.filter(pk=sheet.pk).update(
        status=old,
        is_active=old == SheetStatus.ACCEPTED,
        reason_text="Because.",
        merged_into=twin if old == SheetStatus.MERGED else None,
    )
    sheet.refresh_from_db()
    if new in SHEET_TRANSITIONS[SheetStatus(old)]:
        VERBS[new](sheet, reviewer)
        sheet.refresh_from_db()
        assert sheet.status == new
    else:
        with pytest.raises(StaleState):
            VERBS[new](sheet, reviewer)


# --- merging ---
def test_merged_sheet_gives_its_offers_address_and_gtin(client, reviewer, shop, sheet, settle):
    offer = operations.create_offer(
        shop.supplier, by=shop.user, product=sheet, unit_price_eur=1, on_hand_units=10
    )
    into = Product.objects.get(slug="flacon-500-ml")
    assert operations.merge_sheet(sheet, by=reviewer, into=into) == into
    offer.refresh_from_db()
    assert offer.product == into
    settle()
    assert GtinAlias.objects.get().product == into
    for code in (gtin13(GTIN), f"0{gtin13(GTIN)}"):
        assert duplicates.with_gtin(code).get() == into
        rows = client.get(f"/api/v1/products/?gtin={code}").json()["results"]
        assert [row["slug"] for row in rows] == [into.slug]
    answer = client.get(reverse("catalog:product", args=[sheet.slug]))
    assert (answer.status_code, answer["Location"]) == (301, "/catalogue/flacon-500-ml/")
    answer = client.get(f"/api/v1/products/{sheet.slug}/")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/products/flacon-500-ml/")
    assert told("sheet_merged") == {shop.user.email}


def test_orders_of_an_accepted_double_move_with_it(make, reviewer):
    double, into = make.Product(), make.Product()
    offer = make.Offer(product=double)
    line = OrderLine.objects.create(
        order=OrderFactory(), position=1, product=double, offer=offer, requested_units=5
    )
    other = OrderLine.objects.create(
        order=line.order, position=2, product=make.Product(), requested_units=5
    )
    for rank, product in enumerate((double, into), 1):
        Substitute.objects.create(line=other, product=product, rank=rank)
    earlier = make.Product(is_active=False, status=SheetStatus.MERGED, merged_into=double)
    operations.merge_sheet(double, by=reviewer, into=into)
    line.refresh_from_db()
    assert line.product == into
    assert [each.product for each in other.substitutes.all()] == [into]
    earlier.refresh_from_db()
    assert earlier.merged_into == into
    assert Offer.objects.get(pk=offer.pk).product == into


@pytest.mark.parametrize("takes_the_double", [True, False])
def test_line_is_never_its_own_substitute_after_a_merge(make, reviewer, takes_the_double):
    double, into, third = make.Product(), make.Product(), make.Product()
    asked, instead = (into, double) if takes_the_double else (double, into)
    line = make.OrderLine(product=asked)
    for rank, product in enumerate((instead, third), 1):
        Substitute.objects.create(line=line, product=product, rank=rank)
    bystander = make.OrderLine(product=third)
    Substitute.objects.create(line=bystander, product=double, rank=1)
    operations.merge_sheet(double, by=reviewer, into=into)
    line.refresh_from_db()
    assert line.product == into
    assert [each.product for each in line.substitutes.all()] == [third]
    assert [each.product for each in bystander.substitutes.all()] == [into]


@pytest.mark.parametrize("stem", ["340139774265", "00001234567", "00000012345"])
def test_sheet_that_stays_is_found_by_the_former_gtin_though_nobody_offers_it(
    make, client, reviewer, settle, stem
):
    code = gtin13(f"{stem:0>12}")
    double, into = make.Product(gtin=code.zfill(14)), make.Product()
    settle()
    operations.merge_sheet(double, by=reviewer, into=into)
    settle()
    printed = code.lstrip("0")
    forms = {code, code.zfill(14), *(printed.zfill(size) for size in (8, 12, 13))}
    for form in (each for each in forms if len(each) in {8, 12, 13, 14}):
        rows = client.get("/api/v1/products/", {"q": form}).json()["results"]
        assert [row["slug"] for row in rows] == [into.slug], form


def test_sheets_of_other_goods_are_not_merged(make, reviewer):
    double, other = make.Product(), make.Product(unit_name="boîte")
    retired = make.Product(is_active=False)
    for into in (other, retired, double):
        with pytest.raises(NotEligible) as refusal:
            operations.merge_sheet(double, by=reviewer, into=into)
        assert refusal.value.field == "into"


# --- rules of one row ---
@pytest.mark.parametrize(
    "values",
    [
        {"status": "PROPOSED", "is_active": False},
        {"status": "MERGED", "is_active": False},
        {"status": "ODD", "is_active": False},
        {"status": "REFUSED", "is_active": True},
        {"gtin": "3401397742658"},
    ],
)
def test_rows_that_make_no_sense_are_refused(make, values):
    product = make.Product()
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(**values)


def test_gtin_names_one_sheet_former_ones_included(make):
    code = f"0{gtin13(GTIN)}"
    GtinAlias.objects.create(gtin=code, product=make.Product())
    with pytest.raises(IntegrityError), transaction.atomic():
        make.Product(gtin=code)
    taken = make.Product(gtin=f"0{gtin13('123456789012')}")
    with pytest.raises(IntegrityError), transaction.atomic():
        GtinAlias.objects.create(gtin=taken.gtin, product=make.Product())
