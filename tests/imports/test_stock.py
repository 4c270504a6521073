"""Stock and prices from a file: read, shown, applied whole, booked in the ledger once."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog import audit, imports, operations, stock
from catalog.enums import ImportKind, ImportMode, ImportStatus, RowAction
from catalog.models import ImportRow, Offer, PriceChange, PriceTier, StockMovement
from core.errors import DomainError, NotPermitted, StaleState
from journal.models import Event


pytestmark = pytest.mark.django_db


@pytest.fixture
def offers(make, shop):
    return [
        make.Offer(
            supplier=shop.supplier,
            supplier_reference=f"REF-{number}",
            on_hand_units=100,
            unit_price_eur=Decimal("2.5"),
        )
        for number in range(4)
    ]


def counts(job):
    return job.updated_rows, job.same_rows, job.wrong_rows


def stocks():
    return list(Offer.objects.order_by("pk").values_list("on_hand_units", flat=True))


def test_stock_is_shown_then_applied(desk, offers):
    job = desk.read("Référence;Stock\nREF-0;250\nREF-1;100\nREF-3;0\n")
    assert (job.status, counts(job)) == (ImportStatus.PREVIEW, (2, 1, 0))
    row = ImportRow.objects.get(job=job, row=2)
    assert row.differences == {"on_hand_units": [100, 250]}
    assert stocks() == [100, 100, 100, 100]
    job = desk.apply(job)
    assert job.status == ImportStatus.APPLIED
    assert stocks() == [250, 100, 100, 0]
    booked = StockMovement.objects.filter(cause=f"import:{job.public_id}")
    assert sorted(booked.values_list("delta_on_hand_units", flat=True)) == [-100, 150]
    assert not audit.differences()
    event = Event.objects.about(job).get()
    assert (event.verb, event.payload["updated"]) == ("catalog.import_applied", 2)


def test_the_same_file_twice_changes_nothing(desk, offers):
    data = "Stock (units),Your reference\n250,REF-0\n"
    desk.apply(desk.read(data))
    again = desk.read(data)
    assert counts(again) == (0, 1, 0)
    with pytest.raises(DomainError):
        imports.apply(again, by=desk.shop.user)
    assert StockMovement.objects.filter(cause__startswith="import:").count() == 1


def test_the_same_file_that_is_still_being_imported_is_that_import(desk, offers):
    data = "ref;stock\nREF-0;1\n"
    assert desk.hand_in(data) == desk.hand_in(data)


def test_prices_of_a_file_obey_the_law(desk, offers, make):
    from catalog import reference

    reference.load()
    reference.load_exercise()
    sheet = make.Product(kind="GEL", container_ml=500)
    gel = make.Offer(supplier=desk.shop.supplier, product=sheet, supplier_reference="GEL")
    data = "prix unitaire HT;sku\n2,75;REF-0\n99,5;GEL\n"
    job = desk.read(data, kind=ImportKind.PRICES, mode=ImportMode.GOOD_ROWS)
    assert counts(job) == (1, 0, 1)
    (message,) = desk.errors(job)[3]
    assert "99" in message
    desk.apply(job)
    offers[0].refresh_from_db()
    assert offers[0].unit_price_eur == Decimal("2.75")
    gel.refresh_from_db()
    assert gel.unit_price_eur != Decimal("99.5")
    job = desk.read("prix;sku\n1;GEL\n", kind=ImportKind.PRICES)
    desk.apply(job)
    gel.refresh_from_db()
    assert (gel.unit_price_eur, bool(gel.price_rule_ids)) == (Decimal(1), True)


def test_all_or_nothing_applies_nothing_while_a_row_is_wrong(desk, offers):
    job = desk.read("ref;stock\nREF-0;250\nREF-9;1\n")
    assert counts(job) == (1, 0, 1)
    with pytest.raises(DomainError):
        imports.apply(job, by=desk.shop.user)
    job = desk.apply(job, mode=ImportMode.GOOD_ROWS)
    assert job.status == ImportStatus.APPLIED
    assert stocks()[0] == 250


def test_rows_about_the_same_offer_are_all_wrong(desk, offers):
    job = desk.read("ref;stock\nREF-0;250\nREF-1;3\nREF-0;251\n")
    assert counts(job) == (1, 0, 2)
    assert set(desk.errors(job)) == {2, 4}
    assert "2, 4" in desk.errors(job)[2][0]


def test_promised_units_stay_in_stock(desk, offers):
    stock.reserve(offers[0].pk, 30, cause="order-line:1", by=None)
    job = desk.read("ref;stock\nREF-0;29\nREF-1;29\n")
    assert set(desk.errors(job)) == {2}


def test_an_offer_that_moved_since_the_preview_is_shown_again(desk, offers):
    job = desk.read("ref;stock\nREF-0;250\nREF-1;3\n")
    stock.declare(offers[1].pk, 7, cause="count", by=None)
    job = desk.apply(job)
    assert (job.status, stocks()) == (ImportStatus.RECEIVED, [100, 107, 100, 100])
    imports.advance(job.pk)
    job.refresh_from_db()
    assert job.status == ImportStatus.PREVIEW
    assert job.notice
    assert desk.apply(job).status == ImportStatus.APPLIED
    assert stocks() == [250, 3, 100, 100]
    assert not audit.differences()


def test_discarded_import_forgets_its_rows(desk, offers):
    job = desk.read("ref;stock\nREF-0;250\n")
    job = imports.discard(job, by=desk.shop.user)
    assert not ImportRow.objects.filter(job=job).exists()
    with pytest.raises(StaleState):
        imports.apply(job, by=desk.shop.user)


def test_others_can_neither_hand_in_nor_apply(desk, offers, make):
    stranger = make.User()
    job = desk.read("ref;stock\nREF-0;250\n")
    for act in (imports.apply, imports.discard):
        with pytest.raises(NotPermitted):
            act(job, by=stranger)
    foreign = make.Offer(supplier_reference="FOREIGN")
    job = desk.read("ref;stock\nFOREIGN;250\n")
    assert ImportRow.objects.get(job=job).action == RowAction.ERROR
    foreign.refresh_from_db()
    assert foreign.on_hand_units != 250


def test_offers_are_found_by_gtin_without_its_zeros_and_by_sheet(desk, make):
    sheet = make.Product(gtin="00012345678905", name="Gel hydro 5 l")
    make.Offer(supplier=desk.shop.supplier, product=sheet, on_hand_units=5)
    job = desk.read("EAN;stock\n12345678905;6\n")
    assert counts(job) == (1, 0, 0)
    job = desk.read("Fiche;stock\ngel hydro 5 L;7\n")
    assert counts(job) == (0, 0, 1)
    job = desk.read("Fiche;stock\nGel hydro 5 l;7\n")
    assert counts(job) == (1, 0, 0)


def test_a_count_below_what_stands_in_lots_is_refused(desk, offers):
    operations.receive_lot(offers[0], by=desk.shop.user, number="L1", units=40)
    in_stock = Offer.objects.get(pk=offers[0].pk).in_lots_units
    job = desk.read(f"Your reference,Stock (units)\nREF-0,{in_stock - 1}\nREF-1,7\n")
    assert list(desk.errors(job)) == [2]
    assert f"{in_stock} units stand in your lots" in desk.errors(job)[2][0]


def test_lots_that_arrive_between_preview_and_apply_send_the_file_back(desk, offers):
    job = desk.read("Your reference,Stock (units)\nREF-0,10\n")
    Offer.objects.filter(pk=offers[0].pk).update(in_lots_units=20)
    assert desk.apply(job).status != ImportStatus.APPLIED
    assert stocks()[0] == 100


def test_a_price_stays_above_those_of_larger_quantities(desk, offers):
    PriceTier.objects.create(offer=offers[0], from_units=100, unit_price_eur=Decimal("2"))
    data = "Your reference,Unit price\nREF-0,{}\nREF-1,1.5\n"
    job = desk.read(data.format(2), kind=ImportKind.PRICES)
    assert list(desk.errors(job)) == [2]
    assert "Larger quantities cost up to 2" in desk.errors(job)[2][0]
    assert counts(desk.read(data.format("2.1"), kind=ImportKind.PRICES)) == (2, 0, 0)


def test_file_confirms_the_stock_of_every_row_even_of_those_that_say_the_same(desk, offers):
    long_ago = timezone.localdate() - datetime.timedelta(days=30)
    Offer.objects.update(stock_confirmed_on=long_ago)
    desk.apply(desk.read("Référence;Stock\nREF-0;250\nREF-1;100\n"))
    confirmed = Offer.objects.order_by("pk").values_list("stock_confirmed_on", flat=True)
    today = timezone.localdate()
    assert list(confirmed) == [today, today, long_ago, long_ago]


def test_prices_of_a_file_stand_in_the_price_history(desk, offers):
    PriceTier.objects.create(offer=offers[0], from_units=100, unit_price_eur=Decimal("1.5"))
    before = offers[0].unit_price_eur
    desk.apply(desk.read("ref;prix\nREF-0;2,75\nREF-1;2,80\n", kind=ImportKind.PRICES))
    first, second = PriceChange.objects.order_by("offer_id")
    assert (first.offer, first.by) == (offers[0], desk.shop.user)
    assert (first.before_eur, first.after_eur) == (before, Decimal("2.75"))
    assert first.before_tiers == first.after_tiers == [[100, "1.5000"]]
    assert (second.after_eur, second.after_tiers) == (Decimal("2.8"), [])
