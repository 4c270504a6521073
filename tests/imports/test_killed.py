"""A worker is killed again and again: the catalogue is exactly old or exactly new."""

import os
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db.models.functions import Now

from catalog import audit, imports
from catalog.enums import ImportKind, ImportStatus
from catalog.models import ImportJob, Offer, StockMovement
from tests.faults.conftest import environment, kill, until_all_are_forgotten
from tests.imports.hostile import HOSTILE


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]

ROWS = int(os.environ.get("IMPORT_ROWS", "20000"))
"""As many as a file may have (`IMPORT_ROWS=200000`), where somebody has the minutes."""
OFFERS = 4_000
TENTHS = range(1, 10)
WORK = """
import sys, resource, django
django.setup()
from django.conf import settings
from catalog import imports
from catalog.imports import reading
reading.BATCH = 500
for pk in sys.argv[1:]:
    imports.advance(int(pk))
status = open("/proc/self/status").read()
own = int(status.split("VmHWM:")[1].split()[0])
print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""
MEGABYTES = 300
HEAVY = (
    *("a million empty rows", "more rows than allowed", "cell of a megabyte", "sparse sheet"),
    *("zip bomb", "zip bomb with a lying directory", "ten thousand parts", "plain sheet"),
)


def worker(*jobs):
    """A process that works on these imports and then ends."""
    env = environment() | {"DJANGO_SETTINGS_MODULE": "stopcovid.settings"}
    words = [sys.executable, "-c", WORK, *(str(job.pk) for job in jobs)]
    return subprocess.Popen(words, cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE)


def let_the_dead_go(job):
    """As if the lease of the dead had run out."""
    ImportJob.objects.filter(pk=job.pk).update(lease_until=Now())


def stocks():
    return set(Offer.objects.values_list("on_hand_units", flat=True))


def test_kills_at_every_tenth_leave_old_or_new(desk, make):
    sheet = make.Product()
    Offer.objects.bulk_create(
        Offer(
            supplier=desk.shop.supplier,
            product=sheet,
            supplier_reference=f"R{number}",
            unit_price_eur=1,
        )
        for number in range(ROWS)
    )
    job = desk.hand_in("ref;stock\n" + "".join(f"R{number};7\n" for number in range(ROWS)))
    for tenth in TENTHS:
        process = worker(job)
        while job.rows_read < ROWS * tenth / 10 and process.poll() is None:
            time.sleep(0.005)
            job.refresh_from_db()
        kill(process)
        until_all_are_forgotten()
        assert stocks() == {0}
        let_the_dead_go(job)
    worker(job).communicate()
    job.refresh_from_db()
    assert (job.status, job.updated_rows) == (ImportStatus.PREVIEW, ROWS)
    assert job.rows.count() == ROWS
    imports.apply(job, by=desk.shop.user)
    for wait in (0.2, 0.5, 1.0, 2.0, 4.0):
        process = worker(job)
        time.sleep(wait)
        kill(process)
        until_all_are_forgotten()
        job.refresh_from_db()
        assert stocks() == ({7} if job.status == ImportStatus.APPLIED else {0})
        let_the_dead_go(job)
    worker(job).communicate()
    assert stocks() == {7}
    assert StockMovement.objects.count() == ROWS
    assert not audit.differences()


def test_killed_while_new_offers_are_written_leaves_all_or_none(desk, make):
    make.Product(gtin="03012345678900")
    lines = "".join(f"R{number};3012345678900;2,35;7;12;24\n" for number in range(OFFERS))
    job = desk.hand_in(f"ref;gtin;prix;stock;colisage;minimum\n{lines}", kind=ImportKind.OFFERS)
    for part in (0.25, 0.75):
        process = worker(job)
        while job.rows_read < OFFERS * part and process.poll() is None:
            time.sleep(0.005)
            job.refresh_from_db()
        kill(process)
        until_all_are_forgotten()
        assert not Offer.objects.exists()
        let_the_dead_go(job)
    worker(job).communicate()
    job.refresh_from_db()
    assert (job.status, job.created_rows) == (ImportStatus.PREVIEW, OFFERS)
    assert job.rows.count() == OFFERS
    imports.apply(job, by=desk.shop.user)
    for wait in (2.0, 3.0, 4.0):
        process = worker(job)
        time.sleep(wait)
        kill(process)
        until_all_are_forgotten()
        job.refresh_from_db()
        made = OFFERS if job.status == ImportStatus.APPLIED else 0
        assert (Offer.objects.count(), StockMovement.objects.count()) == (made, made)
        let_the_dead_go(job)
    worker(job).communicate()
    assert stocks() == {7}
    assert Offer.objects.count() == StockMovement.objects.count() == OFFERS
    assert not audit.differences()


def test_memory_stays_small_whatever_the_file(desk, make):
    make.Offer(supplier=desk.shop.supplier, supplier_reference="REF-0")
    jobs = [desk.hand_in(HOSTILE[name][0]) for name in HEAVY]
    said, _errors = worker(*jobs).communicate()
    assert int(said) < MEGABYTES
    done = ImportJob.objects.values_list("status", flat=True)
    assert set(done) == {ImportStatus.REFUSED, ImportStatus.PREVIEW}
