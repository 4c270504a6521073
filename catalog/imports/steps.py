"""What a worker does with an import: whatever is due, once, from where the last one stood."""

import logging

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _, override

from catalog.enums import ImportStatus
from catalog.imports import leases, staging
from catalog.imports.applying import put_into_force
from catalog.imports.reading import read
from catalog.models import ImportJob


logger = logging.getLogger(__name__)


def due() -> list[int]:
    """Imports with work left that nobody holds, the oldest first."""
    return list(
        ImportJob.objects.at_work()
        .filter(leases.free())
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def advance(pk: int) -> None:
    """Read or apply the import, if it is nobody's. Told twice, it is done once.

    A worker that dies leaves its lease; once that is over, another goes on. After the fifth
    death at the same place the import has FAILED, and nothing was changed.
    """
    job = leases.claim(pk)
    if job is None:
        return
    try:
        _step(job)
    except leases.Lost:
        logger.info("import=%s was taken over", pk)
    except DatabaseError:  # rows held by somebody else, a restart: the next sweep tries again
        logger.warning("import=%s will be tried again", pk, exc_info=True)
        leases.let_go(job)


def _step(job: ImportJob) -> None:
    if job.attempts > leases.MAX_ATTEMPTS:
        _fail(job)
    elif job.status == ImportStatus.APPLYING:
        put_into_force(job)
    else:
        read(job)


@transaction.atomic
def _fail(job: ImportJob) -> None:
    if job.status == ImportStatus.RECEIVED:
        leases.write(job, ImportStatus.RECEIVED, status=ImportStatus.READING)
    with override(job.language):
        why = _(
            "The file could not be worked through, and nothing was changed. Split it, or write "
            "to us."
        )
    leases.finish(job, ImportStatus(job.status), status=ImportStatus.FAILED, refusal=why)
    staging.clear(job)
