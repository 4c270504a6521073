"""What people do with imports: hand a file in, have it applied, throw it away."""

import hashlib

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import get_language, gettext as _

from accounts.models import User
from catalog.enums import IMPORT_LIVE, IMPORT_TRANSITIONS, ImportKind, ImportMode, ImportStatus
from catalog.imports import staging
from catalog.models import ImportJob
from core.errors import DomainError, NotEligible, NotPermitted
from core.states import check_move
from suppliers.models import Supplier
from suppliers.uploads import clean_name


@transaction.atomic
def receive(
    supplier: Supplier,
    *,
    by: User,
    kind: ImportKind,
    upload: "UploadedFile[bytes]",
    mode: ImportMode = ImportMode.ALL_OR_NOTHING,
) -> ImportJob:
    """Nothing → RECEIVED: the file is kept, a worker reads it. The same file that is still being
    imported is that import.

    Raises NotPermitted, NotEligible, DomainError(field="upload") for an empty or too large file.
    """
    supplier = _selling(supplier, by)
    size = upload.size or 0
    if not size:
        raise DomainError(_("This file is empty."), field="upload")
    if size > settings.MAX_IMPORT_BYTES:
        raise DomainError(
            _("This file has %(size)s, the limit is %(limit)s: split it.")
            % {
                "size": filesizeformat(size),
                "limit": filesizeformat(settings.MAX_IMPORT_BYTES),
            },
            field="upload",
        )
    sha256 = _fingerprint(upload)
    same = ImportJob.objects.filter(supplier=supplier, kind=kind, sha256=sha256)
    if job := same.filter(status__in=IMPORT_LIVE).order_by("pk").first():
        return job
    job = ImportJob(
        supplier=supplier,
        kind=kind,
        mode=mode,
        original_name=clean_name(upload.name or ""),
        size_bytes=size,
        sha256=sha256,
        language=get_language() or settings.LANGUAGE_CODE,
        created_by=by,
    )
    job.file.save(job.original_name, upload, save=False)
    try:
        job.save()
    except BaseException:
        job.file.delete(save=False)
        raise
    return job


def _fingerprint(upload: "UploadedFile[bytes]") -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


@transaction.atomic
def apply(job: ImportJob, *, by: User, mode: ImportMode | None = None) -> ImportJob:
    """PREVIEW → APPLYING: a worker puts exactly what was shown into force.

    `mode` changes what was chosen at the upload. Raises DomainError where rows are wrong and all
    or nothing was asked for, or where nothing would change; StaleState, NotEligible.
    """
    job = _own(job, by)
    _selling(job.supplier, by)
    _move(job, ImportStatus.APPLYING)
    job.mode = mode or job.mode
    if job.wrong_rows and job.mode == ImportMode.ALL_OR_NOTHING:
        raise DomainError(
            _("Some rows are wrong: correct the file and upload it again, or take the good rows.")
        )
    if not job.changes:
        raise DomainError(_("Nothing in this file changes anything."))
    job.decided_by, job.decided_at, job.notice = by, timezone.now(), ""
    job.save()
    return job


@transaction.atomic
def discard(job: ImportJob, *, by: User) -> ImportJob:
    """RECEIVED, READING or PREVIEW → DISCARDED: its rows are forgotten, nothing has changed."""
    job = _own(job, by)
    _move(job, ImportStatus.DISCARDED)
    job.decided_by, job.decided_at = by, timezone.now()
    job.lease_until = job.lease_token = None
    job.save()
    staging.clear(job)
    return job


def _own(job: ImportJob, by: User) -> ImportJob:
    supplier = Supplier.objects.locked().get(pk=job.supplier_id)
    if not supplier.members.filter(user=by).exists():
        raise NotPermitted
    return ImportJob.objects.locked().select_related("supplier").get(pk=job.pk)


def _selling(supplier: Supplier, by: User) -> Supplier:
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    if not supplier.members.filter(user=by).exists():
        raise NotPermitted
    if not supplier.is_approved:
        raise NotEligible(
            _("Your company is not approved at present: see “My company” for what to do.")
        )
    return supplier


def _move(job: ImportJob, new: ImportStatus) -> None:
    check_move(IMPORT_TRANSITIONS, ImportStatus(job.status), new)
    job.status = new
