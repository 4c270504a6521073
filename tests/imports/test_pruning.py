"""Rows of old imports are forgotten, never those that a person may still decide on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalog import imports, tasks
from catalog.enums import ImportStatus
from catalog.models import ImportJob, ImportRow, Offer


pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(make, shop):
    return make.Offer(supplier=shop.supplier, supplier_reference="REF-0", on_hand_units=100)


@pytest.fixture(autouse=True)
def terms(settings):
    settings.IMPORT_PREVIEW_DAYS, settings.IMPORT_ROWS_KEPT_DAYS = 14, 90


def aged(job, field, days):
    when = timezone.now() - timedelta(days=days)
    ImportJob.objects.filter(pk=job.pk).update(**{field: when})


def test_preview_within_its_term_is_kept_whole(desk, offer):
    job = desk.read("ref;stock\nREF-0;5\n")
    aged(job, "created_at", 13)
    assert imports.prune() == 0
    assert desk.apply(job).status == ImportStatus.APPLIED


def test_preview_past_its_term_is_thrown_away(desk, offer):
    job = desk.read("ref;stock\nREF-0;5\n")
    aged(job, "created_at", 15)
    assert tasks.prune_imports() == 1
    job.refresh_from_db()
    assert (job.status, bool(job.notice)) == (ImportStatus.DISCARDED, True)
    assert not ImportRow.objects.exists()
    assert Offer.objects.get().on_hand_units == 100


@pytest.mark.parametrize("status", [ImportStatus.RECEIVED, ImportStatus.READING])
def test_import_at_work_is_left_alone(desk, offer, status):
    job = desk.read("ref;stock\nREF-0;5\n")
    ImportJob.objects.filter(pk=job.pk).update(status=status)
    aged(job, "created_at", 999)
    assert imports.prune() == 0
    assert ImportRow.objects.exists()


def test_rows_of_applied_files_go_and_the_import_stays(desk, offer):
    job = desk.apply(desk.read("ref;stock\nREF-0;5\n"))
    aged(job, "decided_at", 89)
    assert imports.prune() == 0
    aged(job, "decided_at", 91)
    assert imports.prune() == 1
    assert imports.prune() == 0
    job.refresh_from_db()
    assert (job.status, job.updated_rows) == (ImportStatus.APPLIED, 1)
    assert not ImportRow.objects.exists()
