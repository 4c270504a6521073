"""How long the rows of imports are kept; the import, its counts and its file stay."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _, override

from catalog.enums import ImportStatus
from catalog.imports import staging
from catalog.models import ImportJob, ImportQuerySet, ImportRow


def prune() -> int:
    """Forget the rows of imports that are long over; how many imports.

    A preview is kept whole for its term (IMPORT_PREVIEW_DAYS from the upload); one that nobody
    has decided on by then is thrown away. Rows of applied files stay IMPORT_ROWS_KEPT_DAYS.
    """
    now = timezone.now()
    undecided = ImportJob.objects.filter(
        status=ImportStatus.PREVIEW,
        created_at__lt=now - timedelta(days=settings.IMPORT_PREVIEW_DAYS),
    )
    applied = ImportJob.objects.filter(
        Exists(ImportRow.objects.filter(job=OuterRef("pk"))),
        status=ImportStatus.APPLIED,
        decided_at__lt=now - timedelta(days=settings.IMPORT_ROWS_KEPT_DAYS),
    )
    return sum(_forget(each, pk) for each in (undecided, applied) for pk in _keys(each))


def _keys(jobs: ImportQuerySet) -> list[int]:
    return list(jobs.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _forget(jobs: ImportQuerySet, pk: int) -> bool:
    """Unless somebody has decided, or another worker has forgotten it, in the meantime."""
    job = jobs.locked().order_by("pk").filter(pk=pk).first()
    if job is None:
        return False
    if job.status == ImportStatus.PREVIEW:
        job.status, job.decided_at = ImportStatus.DISCARDED, timezone.now()
        with override(job.language):
            job.notice = _("Nobody has decided on this file in time. Hand it in again.")
        job.save(update_fields=["status", "decided_at", "notice"])
    staging.clear(job)
    return True
