"""Rows that the database judges by itself: it says what the judge of single rows says."""

import random

import pytest

from catalog import stock
from catalog.enums import OfferStatus
from catalog.imports.columns import layout
from catalog.imports.counts import CountJudge
from catalog.imports.judging import FigureJudge
from catalog.models import ImportRow


pytestmark = pytest.mark.django_db

HEADINGS = ["Référence", "GTIN", "Stock", "Remarque"]
FIGURES = (
    *("0", "007", "40", "120", "999999999", "1000000000", "12345678901234567890"),
    *("-1", "1,5", "12.0", "1 200", "douze", "", "'=1+1", "٤", "４"),
)
REFERENCES = (
    *("REF-0", "REF-1", "REF-2", "REF-3", " REF-4 ", "ref-0", "TWO", "ONE-LEFT", "GONE", ""),
    *("'=REF", "UNKNOWN"),
)
GTINS = ("", "", "", "3012345678900", "96385074")
NOTES = ("", "vu", "vu;trop;de;cellules")


@pytest.fixture
def shelf(make, shop):
    """Offers as they are found, twice found, sold, kept in lots, or gone."""
    for number in range(5):
        offer = make.Offer(
            supplier=shop.supplier, supplier_reference=f"REF-{number}", on_hand_units=40
        )
        if number == 1:
            stock.reserve(offer.pk, 30, cause="order-line:1", by=None)
    make.Offer(supplier=shop.supplier, supplier_reference="=REF")
    for reference, last in (("TWO", OfferStatus.DRAFT), ("ONE-LEFT", OfferStatus.WITHDRAWN)):
        for status in (OfferStatus.DRAFT, last):
            make.Offer(supplier=shop.supplier, supplier_reference=reference, status=status)
    make.Offer(
        supplier=shop.supplier, supplier_reference="GONE", status=OfferStatus.WITHDRAWN,
        product__gtin="03012345678900",
    )  # fmt: skip
    make.Offer(supplier_reference="UNKNOWN")


def rows_of(seed):
    dice = random.Random(seed)
    return [
        (number, [*map(dice.choice, (REFERENCES, GTINS, FIGURES)), *dice.choice(NOTES).split(";")])
        for number in range(2, 400)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_database_judges_as_the_judge_does(shelf, desk, seed):
    job = desk.hand_in("Référence;Stock\nREF-0;1\n")
    where, rows = layout(job.kind, HEADINGS), rows_of(seed)
    left = CountJudge(job, where, day=None).store_plain(rows)
    stored = ImportRow.objects.filter(job=job).order_by("row")
    wanted = {each.row: each for each in FigureJudge(job, where, day=None).judge(rows)}
    assert [
        (each.row, each.cells, each.action, each.offer_id, each.differences) for each in stored
    ] == [
        (row.row, row.cells, row.action, row.offer_id, row.differences)
        for row in wanted.values()
        if row.row in {each.row for each in stored}
    ]
    assert {each.row for each in stored}.isdisjoint(number for number, _cells in left)
    assert len(stored) + len(left) == len(wanted)
    plain = {row.row for row in wanted.values() if row.action in ("SAME", "UPDATE")}
    assert {each.row for each in stored} <= plain
    assert len(stored) > len(plain) / 3
