"""Offers put on sale and taken off it by a file, under the rules of the page's buttons."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from catalog import availability, imports, operations, reference
from catalog.enums import ImportKind, ImportMode, ImportStatus, OfferStatus
from catalog.imports.outgoing import template_file
from catalog.models import ImportRow, Offer
from core.errors import DomainError
from journal.models import Event
from suppliers.enums import ProofStatus


pytestmark = pytest.mark.django_db
PAST = date(2020, 2, 1)


@pytest.fixture
def own(make, shop):
    return make.Offer(
        supplier=shop.supplier,
        supplier_reference="OWN",
        product=make.Product(gtin="03012345678900"),
        status=OfferStatus.DRAFT,
    )


def read(desk, text, **options):
    return desk.read(text, kind=ImportKind.OFFERS, **options)


def status(offer):
    return Offer.objects.get(pk=offer.pk).status


def counts(job):
    return job.created_rows, job.updated_rows, job.same_rows, job.wrong_rows


@pytest.mark.parametrize("heading", ["En vente", "on sale", "mettre en vente", "on_sale"])
@pytest.mark.parametrize("word", ["oui", "Yes", "1"])
def test_yes_puts_on_sale_what_was_prepared(desk, own, heading, word):
    job = read(desk, f"ref;{heading}\nOWN;{word}\n")
    assert ImportRow.objects.get(job=job).differences == {"on_sale": [False, True]}
    assert status(own) == OfferStatus.DRAFT
    assert desk.apply(job).status == ImportStatus.APPLIED
    assert status(own) == OfferStatus.ON_SALE
    event = Event.objects.about(own).get()
    assert (event.verb, event.actor) == ("catalog.offer_published", desk.shop.user)
    assert event.payload["status"] == OfferStatus.ON_SALE
    assert counts(read(desk, f"ref;{heading}\nOWN;{word}\n")) == (0, 0, 1, 0)


@pytest.mark.parametrize("word", ["non", "No", "0"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OfferStatus.ON_SALE, OfferStatus.WITHDRAWN),
        (OfferStatus.WITHDRAWN, OfferStatus.WITHDRAWN),
        (OfferStatus.DRAFT, OfferStatus.DRAFT),
    ],
)
def test_no_takes_off_sale_what_was_on_it(desk, own, word, before, after):
    Offer.objects.update(status=before)
    job = read(desk, f"ref;en vente\nOWN;{word}\n")
    assert counts(job) == ((0, 1, 0, 0) if before != after else (0, 0, 1, 0))
    if before != after:
        desk.apply(job)
        assert Event.objects.about(own).get().verb == "catalog.offer_withdrawn"
    assert status(own) == after


@pytest.mark.parametrize("before", OfferStatus.values)
def test_an_empty_cell_leaves_the_status(desk, own, before):
    Offer.objects.update(status=before)
    desk.apply(read(desk, "ref;délai;en vente\nOWN;9;\n"))
    assert (status(own), Offer.objects.get().lead_time_days) == (before, 9)
    assert not Event.objects.about(own).exists()


def test_a_withdrawn_offer_comes_back_on_sale(desk, own):
    Offer.objects.update(status=OfferStatus.WITHDRAWN)
    desk.apply(read(desk, "ref;en vente\nOWN;oui\n"))
    assert status(own) == OfferStatus.ON_SALE


@pytest.mark.parametrize(("word", "after"), [("oui", "ON_SALE"), ("non", "DRAFT"), ("", "DRAFT")])
def test_new_offer_is_on_sale_at_once_where_the_file_says_so(desk, own, make, word, after):
    sheet = make.Product(gtin="04006381333931")
    job = read(desk, f"ref;gtin;prix;stock;en vente\nNEW;4006381333931;2;50;{word}\n")
    assert ("on_sale" in ImportRow.objects.get(job=job).differences) == (word == "oui")
    desk.apply(job)
    offer = Offer.objects.get(product=sheet)
    assert (offer.status, offer.on_hand_units) == (after, 50)
    events = Event.objects.about(offer).values_list("verb", flat=True)
    assert list(events) == (["catalog.offer_published"] if word == "oui" else [])
    assert bool(availability.blockers(offer, day=timezone.localdate())) == (word != "oui")


def test_other_words_are_wrong_in_their_column(desk, own):
    job = read(desk, "ref;en vente\nOWN;peut-être\n")
    (error,) = ImportRow.objects.get(job=job).errors
    assert (error["column"], error["value"]) == ("en vente", "peut-être")
    assert "“yes” or “no”" in error["message"]


def on_sheet(make, **facts):
    """The offer stands on a sheet of its own with these facts."""
    Offer.objects.update(product=make.Product(**facts))


def proven(make, **facts):
    """The offer is of masks, with a certificate of which these facts hold."""
    on_sheet(make, surgical_mask=True)
    proof = make.Certificate(supplier=Offer.objects.get().supplier, **facts)
    Offer.objects.update(certificate=proof)
    return proof


def proposed(make):
    seat = Offer.objects.get().supplier.members.get()
    on_sheet(
        make,
        status="PROPOSED",
        is_active=False,
        proposed_for=seat.supplier,
        proposed_by=seat.user,
        proposed_at=timezone.now(),
    )


def too_dear(make):
    reference.load_exercise()
    on_sheet(make, gel=True)
    Offer.objects.update(unit_price_eur=99)


BLOCKED = {
    "no certificate": lambda make: on_sheet(make, surgical_mask=True),
    "certificate expired": lambda make: proven(make, expires_on=PAST),
    "certificate in review": lambda make: proven(make, status=ProofStatus.PENDING),
    "sheet not accepted": proposed,
    "sheet retired": lambda make: on_sheet(make, is_active=False),
    "last day past": lambda make: Offer.objects.update(available_until=PAST),
    "formula": lambda make: on_sheet(make, gel=True, attributes={"formula": "F1"}),
    "price": too_dear,
}


@pytest.mark.parametrize("blocked", BLOCKED)
def test_what_the_button_refuses_is_wrong_in_the_same_words(desk, own, make, blocked):
    reference.load()
    BLOCKED[blocked](make)
    job = read(desk, "ref;en vente\nOWN;oui\n", mode=ImportMode.GOOD_ROWS)
    with pytest.raises(DomainError) as caught, override("en"):
        operations.publish(Offer.objects.get(), by=desk.shop.user)
    assert desk.errors(job) == {2: [str(caught.value)]}
    assert status(own) == OfferStatus.DRAFT


def test_all_that_keeps_it_off_sale_is_said_at_once(desk, own, make):
    BLOCKED["no certificate"](make)
    BLOCKED["last day past"](make)
    job = read(desk, "ref;en vente\nOWN;oui\n")
    messages = " ".join(desk.errors(job)[2])
    assert len(desk.errors(job)[2]) == 2
    assert "certificate" in messages
    assert "last day of sale is past" in messages


def test_what_goes_off_sale_may_change_as_a_draft_may(desk, own, make):
    on_sheet(make, surgical_mask=True)
    Offer.objects.update(status=OfferStatus.ON_SALE)
    stays = read(desk, "ref;délai\nOWN;9\n")
    assert "certificate" in desk.errors(stays)[2][0]
    desk.apply(read(desk, "ref;délai;en vente\nOWN;9;non\n"))
    offer = Offer.objects.get()
    assert (offer.status, offer.lead_time_days) == (OfferStatus.WITHDRAWN, 9)


def test_rules_of_the_price_are_noted_when_it_goes_on_sale(desk, own, make):
    reference.load()
    reference.load_exercise()
    Offer.objects.update(product=make.Product(gel=True), unit_price_eur=Decimal(1))
    desk.apply(read(desk, "ref;en vente\nOWN;oui\n"))
    noted = Offer.objects.get().price_rule_ids
    operations.withdraw(own, by=desk.shop.user)
    assert noted == operations.publish(own, by=desk.shop.user).price_rule_ids != []


def test_nothing_is_applied_when_one_offer_may_no_longer_sell(desk, own, make):
    proof = proven(make)
    make.Offer(supplier=desk.shop.supplier, supplier_reference="TWO", status=OfferStatus.DRAFT)
    job = read(desk, "ref;en vente\nOWN;oui\nTWO;oui\n")
    assert counts(job) == (0, 2, 0, 0)
    proof.expires_on = PAST
    proof.save()
    job = desk.apply(job)
    assert job.status == ImportStatus.RECEIVED
    assert set(Offer.objects.values_list("status", flat=True)) == {OfferStatus.DRAFT}
    imports.advance(job.pk)
    assert list(desk.errors(job)) == [2]


def test_statements_do_not_grow_with_the_offers_that_turn(desk, make):
    taken = []
    for rows in (20, 200):
        for number in range(rows):
            make.Offer(
                supplier=desk.shop.supplier,
                supplier_reference=f"{rows}-{number}",
                status=OfferStatus.DRAFT,
            )
        lines = "".join(f"{rows}-{number};oui\n" for number in range(rows))
        job = read(desk, f"ref;en vente\n{lines}")
        with CaptureQueriesContext(connection) as seen:
            assert desk.apply(job).status == ImportStatus.APPLIED
        taken.append(len(seen))
    assert taken[0] == taken[1]
    assert set(Offer.objects.values_list("status", flat=True)) == {OfferStatus.ON_SALE}


def test_preview_says_what_goes_on_sale(client, sign_in, desk, own):
    sign_in(desk.shop.user)
    client.cookies["django_language"] = "en"
    job = read(desk, "ref;en vente\nOWN;oui\n")
    page = " ".join(client.get(f"/offers/import/{job.public_id}/").text.split())
    assert "On sale: no → <strong>yes</strong>" in page


@pytest.mark.parametrize(("language", "word"), [("en", "yes"), ("fr", "oui")])
def test_template_says_what_is_on_sale(desk, make, own, language, word):
    make.Offer(supplier=desk.shop.supplier, supplier_reference="SOLD")
    with override(language):
        rows = "".join(template_file(desk.shop.supplier, ImportKind.OFFERS)).splitlines()
    (sold,) = [row for row in rows if row.startswith("SOLD")]
    assert word in sold.split(";")
    assert counts(read(desk, "\n".join(rows))) == (0, 0, 2, 0)
