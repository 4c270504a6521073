"""Every hostile file is refused or cleaned with a message; the catalogue is old or new."""

import re
from decimal import Decimal

import pytest

from catalog import audit
from catalog.enums import ImportMode, ImportStatus
from catalog.models import Offer, StockMovement
from tests.imports.hostile import CLEANED, HOSTILE, REFUSED


pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(make, shop):
    return make.Offer(
        supplier=shop.supplier,
        supplier_reference="REF-0",
        on_hand_units=100,
        unit_price_eur=Decimal("2.5"),
    )


def test_corpus_is_large_enough():
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_file_is_refused_or_cleaned(desk, offer, name):
    data, outcome, message = HOSTILE[name]
    before = list(Offer.objects.values())
    job = desk.read(data, mode=ImportMode.GOOD_ROWS, name="list")
    assert list(Offer.objects.values()) == before
    told = " ".join([job.refusal, *(each for row in desk.errors(job).values() for each in row)])
    if outcome == REFUSED:
        assert job.status == ImportStatus.REFUSED, told
        assert not job.rows.exists()
    else:
        assert job.status == ImportStatus.PREVIEW, told
    assert re.search(message, told) if message else not told, told
    if outcome == CLEANED:
        assert desk.apply(job).status == ImportStatus.APPLIED
        offer.refresh_from_db()
        assert offer.on_hand_units == 250
    else:
        assert not StockMovement.objects.filter(cause__startswith="import:").exists()
    assert not audit.differences()
