"""What a process remembers of the shelf is what one that has just begun would read."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from buyers.enums import BuyerKind
from catalog.enums import BuyerSide
from catalog.filters import (
    DISTANCES,
    LEAD_TIMES,
    ORDERS,
    ORDERS_OF_TERMS,
    PRICE_BANDS,
    ProductFilter,
)
from catalog.models import Offer, Product, SheetFacts, ShelfMove, ShelfVersion, Synonym
from catalog.search import memory as remembering
from catalog.search.found import Found
from catalog.search.memory import Memory, Version
from catalog.search.terms import Reader
from tests.catalog.test_facets import SEARCH
from tests.catalog.test_facts import PLACES, random_change


BUYER = Reader(sees_terms=True, place="75", buys_for_industry=False)


def look(memory, *, places=PLACES):
    """The shelf as this memory has it now, all places read."""
    shelf = memory.shelf(Version.now(), BUYER)
    for side in BuyerSide:
        for place in places:
            shelf.terms(shelf.sheets.keys, place=place, side=side)
    return shelf


def in_thread(act):
    """In a transaction of its own, beside that of the test."""

    def run():
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run).result()


def assert_same(one, other):
    assert one.version.number == other.version.number
    assert one.sheets.keys.tolist() == other.sheets.keys.tolist()
    assert one.tables.keys() == other.tables.keys()
    for where, table in one.tables.items():
        np.testing.assert_array_equal(table, other.tables[where], err_msg=str(where))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_memory_finds_what_postgresql_finds(make, exercise, settle, seed):
    """The same sheets in the same order as the filter of the API, which asks PostgreSQL."""
    dice, shop, found_any = random.Random(seed), [], 0
    for _each in range(40):
        random_change(make, dice, shop)
    settle()
    ministry = Reader.of(None, official=True)
    hospital = Reader.of(make.Buyer(department="75"), official=False)
    reseller = Reader.of(make.Buyer(department="13", kind=BuyerKind.RESELLER), official=False)
    maker = Reader.of(make.Buyer(kind=BuyerKind.MANUFACTURER), official=True)
    choices = {
        "q": ["", "", "gel", "masque", "produit", "hidroalcoolique", "SHA 500", "!!"],
        "category": ["", "", "protection", "hygiene-des-mains", "emballages", "masques-ffp"],
        "standard": ["", "", "EN 149", "EN 14683"],
        "department": ["", "", "13", "2A"],
        "in_stock": ["", "true"],
        "price": ["", "", *PRICE_BANDS],
        "lead_time": ["", "", *LEAD_TIMES],
        "distance": ["", "", *DISTANCES],
        "donation": ["", "", "", "true"],
        "managed": ["", "", "true"],
        "property_standard_class": ["", "FFP2"],
        "order": ["", *(name for name, _label in (*ORDERS, *ORDERS_OF_TERMS)), "distance"],
    }
    for _turn in range(150):
        reader = dice.choice([Reader(), ministry, hospital, reseller, maker])
        asked = {name: dice.choice(values) for name, values in choices.items()}
        for name in dice.sample(sorted(asked), dice.randint(6, len(asked))):
            del asked[name]
        sheets = SheetFacts.objects.all()
        sheets = sheets if reader.sees_retired else sheets.filter(is_active=True)
        chosen = ProductFilter(asked, sheets, reader=reader)
        found = Found(chosen)
        due = list(chosen.qs.values_list("pk", flat=True))
        assert found.keys.tolist() == due, (reader, sorted(asked.items()))
        assert found.counts.total == len(due), asked
        found_any += bool(due)
    assert found_any > 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [4, 5])
def test_what_moves_is_read_again_and_nothing_else(make, exercise, settle, seed):
    dice, shop, memory = random.Random(seed), [], Memory()
    settle()
    for _round in range(8):
        for _each in range(dice.randint(1, 6)):
            random_change(make, dice, shop)
        settle()
        before = look(memory)
        assert_same(before, look(Memory()))
    # a transaction that runs beside, in any database, has what began since it read twice
    ShelfMove.objects.all().delete()
    ShelfVersion.objects.update(complete_since=0)
    Offer.objects.update(on_hand_units=0, reserved_units=0, in_lots_units=0)
    settle()
    now = look(memory)
    assert now.sheets is before.sheets
    assert not now.terms(now.sheets.keys, place="75", side=BuyerSide.END_USER)["ready"].any()
    assert_same(now, look(Memory()))


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_ends_late_is_not_missed(make, exercise, settle):
    """Its moves carry an older number than those that were read in the meantime."""
    early, late = make.Offer(on_hand_units=500), make.Offer(on_hand_units=500)
    settle()
    memory = Memory()
    look(memory)

    def others():
        Offer.objects.filter(pk=late.pk).update(on_hand_units=0)
        settle()
        return look(memory)

    with transaction.atomic():
        Offer.objects.filter(pk=early.pk).update(on_hand_units=0)
        meanwhile = in_thread(others)
        assert sorted(meanwhile.tables["END_USER", "FR"]["ready"].tolist())[-2:] == [0, 1]
        settle()
    now = look(memory)
    assert not now.tables["END_USER", "FR"]["ready"].any()
    assert_same(now, look(Memory()))


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_is_forgotten(make, exercise, settle):
    offer = make.Offer(on_hand_units=500)
    settle()
    memory = Memory()
    before = look(memory)
    with transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(on_hand_units=0)
        settle()
        own = look(memory)
        assert not own.tables["END_USER", "FR"]["ready"].any()
        transaction.set_rollback(True)
    assert look(memory) is before


@pytest.mark.django_db(transaction=True)
def test_who_has_slept_longer_than_moves_are_kept_reads_anew(make, exercise, settle):
    offers = [make.Offer(on_hand_units=500) for _each in range(2)]
    settle()
    memory = Memory()
    look(memory)
    for offer in offers:
        Offer.objects.filter(pk=offer.pk).update(on_hand_units=0)
        settle()
        ShelfMove.objects.update(moved_at=timezone.now() - timedelta(hours=2))
    assert ShelfMove.objects.count() == 1
    assert_same(look(memory), look(Memory()))


@pytest.mark.django_db(transaction=True)
def test_a_new_word_is_known_at_once(make, exercise, settle, client):
    make.Product(name="Stethoscope")
    settle()
    link = "/catalogue/stethoscope"
    assert link not in client.get(SEARCH, {"q": "listener"}).text
    Synonym.objects.create(
        terms=["listener", "stethoscope"], legal_reference="usage", valid_from="2020-01-01"
    )
    assert "Stethoscope" in client.get(SEARCH, {"q": "listener"}).text


@pytest.mark.django_db(transaction=True)
def test_a_search_reads_what_its_process_remembers(make, ward, settle, sign_in, monkeypatch):
    """Or each page would read the whole shelf: a search must not write before it looks."""
    monkeypatch.setattr(remembering.memory, "_shelf", None)
    make.Offer(on_hand_units=500)
    settle()
    client = sign_in(ward.user)
    client.get(SEARCH)
    remembered = remembering.memory._shelf
    assert remembered.version.number == Version.now().number
    cache.clear()
    client.get(SEARCH, {"in_stock": "true"})
    assert remembering.memory._shelf is remembered


@pytest.mark.django_db(transaction=True)
def test_a_price_makes_no_stranger_wait(make, settle):
    offer = make.Offer(unit_price_eur=2)
    settle()
    memory, stranger = Memory(), Reader()
    before = memory.shelf(Version.now(), stranger)
    Offer.objects.filter(pk=offer.pk).update(unit_price_eur=3)
    settle()
    assert memory.shelf(Version.now(), stranger) is before
    assert memory.shelf(Version.now(), BUYER) is not before


@pytest.mark.django_db
def test_every_product_of_the_shelf_has_a_row(make, settle):
    make.Product(name="Zebra")
    make.Product(name="Âne")
    settle()
    shelf = look(Memory(), places=[""])
    rows = shelf.sheets.rows_of(np.array(sorted(Product.objects.values_list("pk", flat=True))))
    assert sorted(rows.tolist()) == list(range(len(shelf.sheets.keys)))
    assert connection.in_atomic_block
