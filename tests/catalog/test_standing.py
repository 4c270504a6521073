"""The stored verdict on offers is the live one, seconds later, whoever changed whatever."""

import datetime
import random
from decimal import Decimal

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from accounts.organisations import DecisionReason, OrganisationStatus
from catalog import standing
from catalog.availability import blockers
from catalog.enums import SHORT_OF_STOCK, Blocker, OfferStatus, ProductKind, SheetStatus
from catalog.models import (
    CoveredSheet,
    GelFormula,
    Offer,
    PriceRule,
    Product,
    ShelfChange,
    StandardEquivalence,
)
from suppliers.enums import ForeignStandard, ProofStatus, Standard
from suppliers.models import Certificate, Supplier


FORMULAS = ["F1", "F3", "ANY", "AUTHORISED"]
NOT_LOOKED_AT = {"id", "public_id", "supplier_reference", "price_rule_ids", "stopped_by"}
NOT_LOOKED_AT |= {
    "created_at",
    "updated_at",
    "in_lots_units",
    "low_stock_units",
    "low_stock_told",
    "stock_asked_on",
}


YESTERDAY, TODAY, TOMORROW = (
    timezone.localdate() + datetime.timedelta(days=each) for each in (-1, 0, 1)
)


def settle():
    return [turn for turns in standing.catch_up() for turn in turns]


def live(offer, day=None):
    found = blockers(offer, day=day or timezone.localdate())
    return [str(each) for each in found if each not in SHORT_OF_STOCK]


def around(day, *distances):
    return [day + datetime.timedelta(days=each) for each in distances]


def proposal(supplier, dice):
    """Facts of a sheet that its own company offers on before, or without, an acceptance."""
    return {
        "is_active": False,
        "status": dice.choice([SheetStatus.PROPOSED, SheetStatus.CHANGES_REQUESTED]),
        "proposed_for": supplier,
        "proposed_by": supplier.decided_by,
        "proposed_at": timezone.now(),
        "reason_text": "Say the size.",
    }


def random_offer(make, dice, day):
    standard = dice.choice(["", Standard.EN_149, Standard.EN_149])
    supplier = make.Supplier(approved=True)
    certificate = None
    if standard and dice.random() < 0.8:
        certificate = make.Certificate(
            supplier=supplier,
            standard=dice.choice([standard, standard, Standard.EN_14683, *ForeignStandard.values]),
            standard_class=dice.choice(["", "", "FFP2", "FFP3", "KN95", "N95", "PFF2"]),
            status=dice.choice(ProofStatus.values),
            issued_on=day + datetime.timedelta(days=dice.choice([-400, -1, 0, 1])),
            expires_on=day + datetime.timedelta(days=dice.choice([1, 2, 90])),
        )
        if dice.random() < 0.3:
            Certificate.objects.filter(pk=certificate.pk).update(
                issued_on=day - datetime.timedelta(days=500),
                expires_on=day - datetime.timedelta(days=1),
            )
    gel = dice.random() < 0.5
    offer = make.Offer(
        supplier=supplier,
        product=make.Product(
            kind=ProductKind.GEL if gel else ProductKind.OTHER,
            container_ml=dice.choice([50, 300, 1000]) if gel else None,
            standard=standard,
            standard_class=dice.choice(["", "FFP2", "FFP2", "FFP3"]) if standard else "",
            attributes=dice.choice([{}, *({"formula": each} for each in FORMULAS)]),
            **(
                proposal(supplier, dice)
                if dice.random() < 0.2
                else {"is_active": dice.random() < 0.8}
            ),
        ),
        certificate=certificate,
        status=dice.choice(OfferStatus.values),
        unit_price_eur=Decimal(dice.choice(["0", "1", "4.2", "99"])),
        available_from=dice.choice([None, None, *around(day, -1, 0, 1)]),
        available_until=dice.choice([None, None, *around(day, 1, 2)]),
        stock_confirmed_on=dice.choice([day, day, *around(day, -14, -20, -21, -40)]),
    )
    if dice.random() < 0.15:
        past = day - datetime.timedelta(days=1)
        Offer.objects.filter(pk=offer.pk).update(available_from=None, available_until=past)
    if dice.random() < 0.2:
        Supplier.objects.filter(pk=supplier.pk).update(
            status=OrganisationStatus.SUSPENDED, reason_code=DecisionReason.OTHER
        )
    return offer


def name_some(make, dice):
    """Some certificates name the sheet of their offer, another one, or both."""
    for offer in Offer.objects.filter(certificate__isnull=False).order_by("pk"):
        other = make.Product()
        named = dice.choice([[], [], [offer.product], [other], [offer.product, other]])
        CoveredSheet.objects.bulk_create(
            CoveredSheet(certificate=offer.certificate, product=each) for each in named
        )


def test_stored_and_live_verdicts_are_the_same(make, exercise):
    dice, day = random.Random(5), timezone.localdate()
    GelFormula.objects.filter(code="F3", valid_until=None).update(valid_until=YESTERDAY)
    ended = StandardEquivalence.objects.filter(equivalent_class="N95", valid_until=None)
    ended.update(valid_until=YESTERDAY)
    for _ in range(120):
        random_offer(make, dice, day)
    name_some(make, dice)
    settle()
    seen = set()
    for offer in Offer.objects.for_listing():
        assert offer.stopped_by == live(offer), offer.pk
        seen |= set(offer.stopped_by)
    assert seen == set(Blocker.values) - SHORT_OF_STOCK
    assert standing.waiting() == 0


def change_price(offer):
    Offer.objects.filter(pk=offer.pk).update(unit_price_eur=99)


def change_sheet(offer):
    Product.objects.filter(pk=offer.product_id).update(is_active=False)


def suspend(offer):
    Supplier.objects.filter(pk=offer.supplier_id).update(
        status=OrganisationStatus.SUSPENDED, reason_code=DecisionReason.OTHER
    )


def reject(offer):
    Certificate.objects.filter(pk=offer.certificate_id).update(status=ProofStatus.REJECTED)


def name_another(offer):
    other = Offer.objects.exclude(pk=offer.pk).get().product
    CoveredSheet.objects.create(certificate=offer.certificate, product=other)


def begin_tomorrow(offer):
    Offer.objects.filter(pk=offer.pk).update(available_from=TOMORROW)


def end_yesterday(offer):
    Offer.objects.filter(pk=offer.pk).update(available_until=YESTERDAY)


def forget(offer):
    long_ago = TODAY - datetime.timedelta(days=21)
    Offer.objects.filter(pk=offer.pk).update(stock_confirmed_on=long_ago)


CHANGES = [forget, change_price, change_sheet, suspend, reject, begin_tomorrow, end_yesterday]
CHANGES += [name_another]


@pytest.mark.parametrize("change", CHANGES)
def test_verdict_follows_whatever_changes(make, exercise, change):
    supplier = make.Supplier(approved=True)
    offer = make.Offer(
        supplier=supplier,
        product=make.Product(kind=ProductKind.GEL, container_ml=300, standard=Standard.EN_14476),
        certificate=make.Certificate(supplier=supplier, standard=Standard.EN_14476),
    )
    bystander = make.Offer()
    settle()
    offer.refresh_from_db()
    assert offer.stopped_by == []
    change(offer)
    assert set(ShelfChange.objects.values_list("product", flat=True)) == {offer.product_id}
    (turn,) = settle()
    offer = Offer.objects.for_listing().get(pk=offer.pk)
    assert (turn.offer_id, turn.before, turn.after) == (offer.pk, [], offer.stopped_by)
    assert offer.stopped_by == live(offer) != []
    bystander.refresh_from_db()
    assert bystander.stopped_by == []


def test_a_law_of_another_day_is_judged_when_it_is_marked(make, law):
    """Rules of 2020 do not hold today; a new one does once its products are marked."""
    offer = make.Offer(
        product=make.Product(kind=ProductKind.GEL, container_ml=300), unit_price_eur=99
    )
    settle()
    offer.refresh_from_db()
    assert offer.stopped_by == []
    rule = PriceRule.objects.filter(product_kind=ProductKind.GEL, max_container_ml=300).first()
    rule.pk, rule.valid_from, rule.valid_until = None, timezone.localdate(), None
    rule.save()
    assert settle() == []
    standing.mark(Product.objects.filter(kind=ProductKind.GEL))
    assert [turn.after for turn in settle()] == [[Blocker.PRICE_ABOVE_CEILING]]


@pytest.mark.parametrize(
    ("terms", "before", "after"),
    [
        ({"available_from": TOMORROW}, [Blocker.NOT_YET_AVAILABLE], []),
        ({"available_until": TODAY}, [], [Blocker.NO_LONGER_AVAILABLE]),
        ({"available_from": TODAY, "available_until": TOMORROW}, [], []),
        ({"stock_confirmed_on": around(TODAY, -20)[0]}, [], [Blocker.STOCK_NOT_CONFIRMED]),
    ],
)
def test_days_of_sale_begin_and_end_at_midnight(db, make, terms, before, after):
    offer = make.Offer(**terms)
    make.Offer()
    settle()
    assert standing.mark_days_of_sale(TODAY) == 0
    offer.refresh_from_db()
    assert offer.stopped_by == before
    assert standing.mark_days_of_sale(TOMORROW) == (before != after)
    standing.judge([offer.product_id], day=TOMORROW)
    offer = Offer.objects.for_listing().get(pk=offer.pk)
    assert offer.stopped_by == after == live(offer, TOMORROW)
    assert standing.mark_days_of_sale(TOMORROW) == 0


def test_one_worker_judges_at_a_time(make, db):
    make.Offer()
    other = psycopg2.connect(**connection.get_connection_params())
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [standing.ONE_AT_A_TIME])
        assert settle() == []
        assert standing.waiting() > 0
        other.rollback()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [standing.ONE_AT_A_TIME])
    finally:
        other.close()
    settle()
    assert standing.waiting() == 0


def test_trigger_looks_at_every_column_that_says_what_is_on_sale(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('catalog_offers_changed'::regproc)")
        source = cursor.fetchone()[0]
    columns = {field.column for field in Offer._meta.concrete_fields} - NOT_LOOKED_AT
    assert {column for column in columns if f"old_rows.{column}" not in source} == set()
