"""Between preview and applying: whatever a row's verdict stands on is compared, and only that."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog import imports, operations
from catalog.enums import BuyerSide, ImportKind, ImportStatus, OfferStatus, TaxBasis
from catalog.imports import offers
from catalog.imports.columns import layout
from catalog.imports.judging_offers import OfferJudge
from catalog.models import GtinAlias, ImportRow, Offer, PriceRule, Product


pytestmark = pytest.mark.django_db
HEAD = "ref;gtin;fiche;prix;délai;certificat\n"
ROWS = "OLD;;;2,2;9;All models\nNEW;;gel;1,5;9;\nTHIRD;03012345678900;;3;9;\n"
MASK, GEL, CAP = "mask", "gel", "cap"


@pytest.fixture
def own(make, shop):
    """An offer of masks on sale; sheets of gel and of caps wait for new offers."""
    make.Product(slug=GEL, gel=True)
    make.Product(slug=CAP, gtin="03012345678900")
    mask = make.Product(slug=MASK, surgical_mask=True)
    return make.Offer(
        supplier=shop.supplier,
        supplier_reference="OLD",
        product=mask,
        certificate=make.Certificate(supplier=shop.supplier),
    )


@pytest.fixture
def job(desk, own):
    job = desk.read(HEAD + ROWS, kind=ImportKind.OFFERS)
    assert (job.created_rows, job.updated_rows, job.wrong_rows) == (2, 1, 0)
    return job


def moved(job):
    """The rows that applying would judge again."""
    judge = OfferJudge(job, layout(job.kind, job.headings), timezone.localdate())
    return [each.row for rows in offers.batches(job) for each in judge.moved(rows)]


def sheet(slug, **facts):
    Product.objects.filter(slug=slug).update(**facts)


def law(make, own):
    day = timezone.localdate()
    PriceRule.objects.create(
        product_kind="GEL",
        buyer_side=BuyerSide.END_USER,
        per_unit_eur=Decimal(1),
        tax_basis=TaxBasis.EXCLUDING,
        legal_reference="Decree of today",
        valid_from=day - timedelta(days=1),
    )


def former(make, own):
    sheet(CAP, gtin=None)
    GtinAlias.objects.create(gtin="03012345678900", product=make.Product())


def twin(make, own):
    make.Offer(
        supplier=own.supplier,
        supplier_reference="NEW",
        product=Product.objects.get(slug=GEL),
        status=OfferStatus.DRAFT,
    )


MOVES = {
    "terms of the offer": (
        {2},
        lambda make, own: Offer.objects.filter(pk=own.pk).update(pack_units=7),
    ),
    "status of the offer": (
        {2},
        lambda make, own: Offer.objects.filter(pk=own.pk).update(status="WITHDRAWN"),
    ),
    "another sheet under the offer": (
        {2},
        lambda make, own: Offer.objects.filter(pk=own.pk).update(
            product=make.Product(surgical_mask=True)
        ),
    ),
    "prices of larger quantities": (
        {2},
        lambda make, own: own.tiers.create(from_units=100, unit_price_eur=1),
    ),
    "certificate": (
        {2, 3, 4},
        lambda make, own: own.supplier.certificates.update(expires_on=date(2020, 2, 1)),
    ),
    "sheets named by the certificate": (
        {2, 3, 4},
        lambda make, own: own.certificate.named_sheets.create(product=make.Product()),
    ),
    "the law": ({2, 3, 4}, law),
    "offer of the same reference": ({3}, twin),
    "sheet retired": ({3}, lambda make, own: sheet(GEL, is_active=False)),
    "sheet asks for a certificate": ({3}, lambda make, own: sheet(GEL, standard="EN 149")),
    "GTIN of another sheet": ({4}, former),
    "sheet of the same name": ({3}, lambda make, own: make.Product(name=GEL)),
}
HARMLESS = {"another sheet under the offer", "sheet asks for a certificate"}
"""The rows would still do what was shown."""


def test_nothing_is_judged_again_where_nothing_moved(job, make, own):
    make.Product()
    make.Offer(supplier=own.supplier)
    Offer.objects.update(on_hand_units=5000)
    assert moved(job) == []


@pytest.mark.parametrize("move", MOVES)
def test_rows_are_judged_again_that_stand_on_what_moved(job, make, own, move):
    rows, act = MOVES[move]
    act(make, own)
    assert set(moved(job)) == rows


@pytest.mark.parametrize("move", sorted(MOVES.keys() - HARMLESS))
def test_what_would_do_something_else_now_is_shown_again(desk, job, make, own, move):
    MOVES[move][1](make, own)
    before = list(Offer.objects.order_by("pk").values())
    job = desk.apply(job)
    assert job.status == ImportStatus.RECEIVED
    assert list(Offer.objects.order_by("pk").values()) == before
    imports.advance(job.pk)
    job.refresh_from_db()
    assert (job.status, bool(job.notice)) == (ImportStatus.PREVIEW, True)


@pytest.mark.parametrize("move", sorted(HARMLESS))
def test_what_would_do_the_same_is_applied(desk, job, make, own, move):
    MOVES[move][1](make, own)
    sheet(CAP, description="New words")
    assert 4 in moved(job)
    assert desk.apply(job).status == ImportStatus.APPLIED
    assert Offer.objects.count() == 3


def test_rules_of_the_price_are_noted_though_nothing_is_judged_again(desk, make, own):
    law(make, own)
    job = desk.read("ref;fiche;prix\nA;gel;0,9\nB;cap;5\n", kind=ImportKind.OFFERS)
    assert moved(job) == []
    desk.apply(job)
    noted = Offer.objects.exclude(pk=own.pk).order_by("supplier_reference")
    (rule,) = PriceRule.objects.values_list("pk", flat=True)
    assert [offer.price_rule_ids for offer in noted] == [[rule], []]
    desk.apply(desk.read("ref;prix\nA;0,8\n", kind=ImportKind.OFFERS))
    changed = Offer.objects.get(supplier_reference="A")
    assert (changed.unit_price_eur, changed.price_rule_ids) == (Decimal("0.8"), [rule])
    assert operations.publish(changed, by=desk.shop.user).price_rule_ids == [rule]


@pytest.mark.parametrize(
    ("reference", "is_good"), [("R" * 60, True), ("R" * 61, False), ("É" * 60, True)]
)
def test_reference_is_no_longer_than_the_form_takes(desk, make, reference, is_good):
    make.Product(slug="gel")
    job = desk.read(f"ref;fiche;prix\n{reference};gel;1\n", kind=ImportKind.OFFERS)
    row = ImportRow.objects.get(job=job)
    if is_good:
        assert desk.apply(job).status == ImportStatus.APPLIED
    else:
        (error,) = row.errors
        assert (error["column"], "60" in error["message"]) == ("ref", True)
