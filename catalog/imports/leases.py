"""One worker at a time on an import. A worker shows its token with every write: one that was
given up for dead finds its token gone, and its batch is taken back."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from catalog.enums import ImportStatus
from catalog.models import ImportJob


MAX_ATTEMPTS = 5
"""So many workers may fall over the same rows of a file."""


class Lost(Exception):
    """Another worker has taken the import over, or a person has discarded it."""


def free() -> Q:
    """Imports that nobody holds, or whose holder has gone silent."""
    return Q(lease_until=None) | Q(lease_until__lt=Now())


def claim(pk: int) -> ImportJob | None:
    """The import, if it has work left and is nobody's; its attempts are counted."""
    with transaction.atomic():
        unheld = ImportJob.objects.at_work().filter(free(), pk=pk).order_by("pk")
        job = unheld.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
        if job is None:
            return None
        job.lease_token = uuid.uuid4()
        ImportJob.objects.filter(pk=pk).update(
            lease_token=job.lease_token, lease_until=_until(), attempts=F("attempts") + 1
        )
        job.attempts += 1
    return job


def write(job: ImportJob, was: ImportStatus, /, **changes: object) -> None:
    """Change the import in the caller's transaction and renew the lease; else raise Lost."""
    own = ImportJob.objects.filter(pk=job.pk, lease_token=job.lease_token, status=was)
    if not own.update(**{"lease_until": _until(), **changes}):
        raise Lost
    for name, value in changes.items():
        setattr(job, name, value)


def finish(job: ImportJob, was: ImportStatus, /, **changes: object) -> None:
    """As `write`, with the lease given back."""
    write(job, was, lease_until=None, lease_token=None, attempts=0, **changes)


def let_go(job: ImportJob) -> None:
    """Give the lease back with the work undone; the attempt stays counted."""
    own = ImportJob.objects.filter(pk=job.pk, lease_token=job.lease_token)
    own.update(lease_until=None, lease_token=None)


def _until() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
