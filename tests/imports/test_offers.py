"""Offers from a file: prepared and changed by the rules of the form, in one go."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from catalog import audit, imports, operations, stock
from catalog.enums import ImportKind, ImportMode, ImportStatus, OfferStatus, RowAction
from catalog.models import CoveredSheet, ImportRow, Offer, PriceChange, PriceTier, StockMovement
from core.errors import DomainError
from journal.models import Event


pytestmark = pytest.mark.django_db
HEAD = "ref;gtin;prix;stock;colisage;minimum;maximum;délai;départements;début;fin\n"
NEW = "G5;03012345678900;2,35;1 200;12;24;600;3;75 2a;06/04/2020;2030-06-30\n"


@pytest.fixture
def sheet(make):
    return make.Product(gtin="03012345678900", name="Gel 5 l")


@pytest.fixture
def own(make, shop, sheet):
    return make.Offer(
        supplier=shop.supplier,
        product=sheet,
        supplier_reference="OLD",
        on_hand_units=100,
        unit_price_eur=Decimal("2.5"),
        status=OfferStatus.ON_SALE,
    )


def read(desk, text, mode=ImportMode.ALL_OR_NOTHING):
    return desk.read(text, kind=ImportKind.OFFERS, mode=mode)


def counts(job):
    return job.created_rows, job.updated_rows, job.same_rows, job.wrong_rows


def test_new_offer_is_shown_then_prepared_with_its_stock_in_the_ledger(desk, sheet):
    job = read(desk, HEAD + NEW)
    assert (counts(job), Offer.objects.count()) == ((1, 0, 0, 0), 0)
    row = ImportRow.objects.get(job=job)
    assert (row.action, row.product_id) == (RowAction.CREATE, sheet.pk)
    assert row.differences["unit_price_eur"] == [None, "2.3500"]
    job = desk.apply(job)
    assert job.status == ImportStatus.APPLIED
    offer = Offer.objects.get()
    assert (offer.status, offer.supplier, offer.product) == ("DRAFT", desk.shop.supplier, sheet)
    assert (offer.supplier_reference, offer.unit_price_eur) == ("G5", Decimal("2.35"))
    assert (offer.pack_units, offer.min_order_units, offer.max_per_buyer_units) == (12, 24, 600)
    assert (offer.lead_time_days, offer.departments) == (3, ["75", "2A"])
    assert (offer.available_from, offer.available_until) == (date(2020, 4, 6), date(2030, 6, 30))
    booked = StockMovement.objects.get(offer=offer)
    assert (offer.on_hand_units, booked.delta_on_hand_units) == (1200, 1200)
    assert booked.cause == f"import:{job.public_id}"
    assert not audit.differences()
    event = Event.objects.about(job).get()
    assert (event.payload["created"], event.payload["updated"]) == (1, 0)


def test_it_is_the_offer_that_the_form_would_have_made(desk, sheet):
    job = desk.apply(read(desk, HEAD + NEW))
    filed = Offer.objects.get()
    typed = operations.create_offer(
        desk.shop.supplier,
        by=desk.shop.user,
        product=sheet,
        on_hand_units=1200,
        supplier_reference="TYPED",
        unit_price_eur=Decimal("2.35"),
        pack_units=12,
        min_order_units=24,
        max_per_buyer_units=600,
        lead_time_days=3,
        departments=["75", "2A"],
        available_from=date(2020, 4, 6),
        available_until=date(2030, 6, 30),
    )
    own = {"id", "public_id", "supplier_reference", "created_at", "updated_at"}
    names = [each.attname for each in Offer._meta.concrete_fields if each.attname not in own]
    assert [getattr(filed, each) for each in names] == [getattr(typed, each) for each in names]
    first, second = PriceChange.objects.order_by("pk").values_list("before_eur", "after_eur", "by")
    assert first == second == (None, Decimal("2.35"), desk.shop.user.pk)
    assert job.created_rows == 1


def test_the_same_file_twice_changes_nothing(desk, sheet):
    desk.apply(read(desk, HEAD + NEW))
    stock.reserve(Offer.objects.get().pk, 24, cause="order-line:1", by=None)
    stock.declare(Offer.objects.get().pk, -100, cause="sold elsewhere", by=None)
    again = read(desk, HEAD + NEW)
    assert counts(again) == (0, 0, 1, 0)
    with pytest.raises(DomainError):
        imports.apply(again, by=desk.shop.user)
    assert Offer.objects.get().on_hand_units == 1100


def test_terms_of_an_offer_change_and_what_is_not_said_stays(desk, own):
    Offer.objects.filter(pk=own.pk).update(departments=["75"], lead_time_days=9)
    job = read(desk, "ref;prix;délai;départements\nOLD;2,75;;\n")
    row = ImportRow.objects.get(job=job)
    assert row.differences == {
        "unit_price_eur": ["2.5000", "2.7500"],
        "departments": [["75"], []],
    }
    desk.apply(job)
    changed = Offer.objects.get()
    assert (changed.unit_price_eur, changed.departments) == (Decimal("2.75"), [])
    assert (changed.lead_time_days, changed.on_hand_units) == (9, 100)
    assert changed.status == OfferStatus.ON_SALE
    noted = PriceChange.objects.get()
    assert (noted.before_eur, noted.after_eur) == (Decimal("2.5"), Decimal("2.75"))
    assert noted.by == desk.shop.user


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        ("N;3012345678900;2,35;5;12;25;;;;;", "minimum", "whole number of packs of 12: 24 or 36"),
        ("N;3012345678900;2,35;5;0;;;;;;", "colisage", "At least 1"),
        ("N;3012345678900;2,35;5;12;24;12;;;;", "maximum", "not below the smallest order"),
        ("N;3012345678900;2,35;5;;;;999;;;", "délai", "At most 365"),
        ("N;3012345678900;2,35;5;;;;;75 99Z;;", "départements", "99Z"),
        ("N;3012345678900;2,35;5;;;;;;31/02/2020;", "début", "year-month-day"),
        ("N;3012345678900;2,35;5;;;;;;2030-02-01;2030-01-01", "fin", "not before the first"),
        ("N;3012345678900;2,35;5;;;;;;;2020-01-01", "fin", "is past"),
        ("N;3012345678900;;5;;;;;;;", "prix", "Give a price"),
        ("N;3012345678900;-1;5;;;;;;;", "prix", "not negative"),
        ("N;3012345678900;1;-5;;;;;;;", "stock", "At least 0"),
        ("N;4006381333931;1;5;;;;;;;", "gtin", "no such product sheet"),
        ("N;;1;5;;;;;;;", "ref", "For a new one, give the GTIN"),
        (";;1;5;;;;;;;", "ref", "Nothing says which offer"),
        ("OLD;;1;5;13;14;;;;;", "minimum", "whole number of packs"),
    ],
)
def test_every_rule_of_the_form_is_asked(desk, own, row, column, message):
    job = read(desk, f"{HEAD}{row}\n")
    assert counts(job) == (0, 0, 0, 1)
    (error,) = ImportRow.objects.get(job=job).errors
    assert error["column"] == column
    assert message in error["message"]


def test_all_that_is_wrong_with_a_row_is_said_at_once(desk, sheet):
    job = read(desk, f"{HEAD}N;3012345678900;dix;x;0;;;;00;;\n")
    errors = ImportRow.objects.get(job=job).errors
    assert {error["column"] for error in errors} == {"prix", "stock", "colisage", "départements"}
    assert {"dix", "x", "0", "00"} == {error["value"] for error in errors}


def test_rows_about_the_same_new_offer_are_all_wrong(desk, sheet):
    job = read(desk, "ref;fiche;prix\nA;Gel 5 l;1\nB;Gel 5 l;1\nA;Gel 5 l;2\n")
    assert counts(job) == (1, 0, 0, 2)
    assert "2, 4" in desk.errors(job)[2][0]


def test_price_obeys_the_law_and_the_rules_are_noted(desk, make):
    from catalog import reference

    reference.load()
    reference.load_exercise()
    make.Product(kind="GEL", container_ml=500, gtin="03012345678900")
    dear = read(desk, "ref;gtin;prix\nGEL;3012345678900;99,5\n")
    assert "ceiling" in desk.errors(dear)[2][0]
    desk.apply(read(desk, "ref;gtin;prix\nGEL;3012345678900;1\n"))
    assert Offer.objects.get().price_rule_ids
    desk.apply(read(desk, "ref;prix\nGEL;1,05\n"))
    offer = Offer.objects.get()
    assert (offer.unit_price_eur, bool(offer.price_rule_ids)) == (Decimal("1.05"), True)


def test_certificate_is_named_as_on_the_page_of_the_company(desk, make, shop):
    proof = make.Certificate(supplier=shop.supplier, standard="EN 149", scope="FFP2 Aix")
    make.Product(kind="MASK_EN149", standard="EN 149", gtin="03012345678900")
    text = "ref;gtin;prix;certificat\nM;3012345678900;1;{}\n"
    assert "FFP2 Aix" in desk.errors(read(desk, text.format("FFP3")))[2][0]
    desk.apply(read(desk, text.format("ffp2 aix")))
    assert Offer.objects.get().certificate == proof
    with override("en"):
        assert counts(read(desk, text.format(proof))) == (0, 0, 1, 0)


def test_certificate_that_names_other_sheets_is_refused(desk, make, shop):
    proof = make.Certificate(supplier=shop.supplier, standard="EN 149", scope="FFP2 Aix")
    mask = make.Product(kind="MASK_EN149", standard="EN 149", gtin="03012345678900")
    other = make.Product(kind="MASK_EN149", standard="EN 149")
    CoveredSheet.objects.create(certificate=proof, product=other)
    text = "ref;gtin;prix;certificat\nM;3012345678900;{};FFP2 Aix\n"
    assert "names other products" in desk.errors(read(desk, text.format(1)))[2][0]
    CoveredSheet.objects.create(certificate=proof, product=mask)
    desk.apply(read(desk, text.format(2)))
    assert Offer.objects.get().certificate == proof


def test_prices_for_larger_quantities_stay_below_and_above(desk, own):
    PriceTier.objects.create(offer=own, from_units=100, unit_price_eur=Decimal("2"))
    assert "Larger quantities" in desk.errors(read(desk, "ref;prix\nOLD;2\n"))[2][0]
    assert "begin at 100" in desk.errors(read(desk, "ref;minimum\nOLD;100\n"))[2][0]
    assert counts(read(desk, "ref;minimum\nOLD;99\n")) == (0, 1, 0, 0)


def test_a_retired_sheet_takes_no_new_offer(desk, make):
    make.Product(gtin="03012345678900", is_active=False)
    job = read(desk, HEAD + NEW)
    assert "retired" in desk.errors(job)[2][0]


def test_an_offer_that_moved_since_the_preview_is_shown_again(desk, own):
    job = read(desk, f"{HEAD}{NEW}OLD;;2,75;;;;;;;;\n")
    operations.update_offer(own, by=desk.shop.user, pack_units=7)
    job = desk.apply(job)
    assert (job.status, Offer.objects.count()) == (ImportStatus.RECEIVED, 1)
    imports.advance(job.pk)
    job.refresh_from_db()
    assert job.notice
    assert desk.apply(job).status == ImportStatus.APPLIED
    assert Offer.objects.count() == 2


def test_statements_do_not_grow_with_the_rows(desk, make):
    make.Product(gtin="03012345678900")
    taken = []
    for rows in (20, 1000):
        lines = "".join(f"{rows}-{n};3012345678900;{n % 9},5;{n};12;24\n" for n in range(rows))
        job = desk.hand_in(f"ref;gtin;prix;stock;colisage;minimum\n{lines}", kind="OFFERS")
        with CaptureQueriesContext(connection) as seen:
            imports.advance(job.pk)
            imports.apply(job, by=desk.shop.user)
            imports.advance(job.pk)
        job.refresh_from_db()
        assert (job.status, job.created_rows) == (ImportStatus.APPLIED, rows)
        taken.append(len(seen))
    assert taken[0] == taken[1]
