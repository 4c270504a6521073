"""A file into judged rows, a batch in each transaction; whoever is killed is continued."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import islice
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _, override

from catalog.enums import ImportKind, ImportStatus
from catalog.imports import leases, staging
from catalog.imports.columns import Layout, layout
from catalog.imports.counts import CountJudge
from catalog.imports.files import Row, encoding_of, rows_of
from catalog.imports.judging import FigureJudge, Judge
from catalog.imports.judging_offers import OfferJudge
from catalog.imports.proposing import SheetJudge
from catalog.imports.sheets import is_sheet, unpacked
from catalog.models import ImportJob
from core.errors import DomainError


BATCH = 5000
JUDGES: dict[ImportKind, type[Judge]] = {
    ImportKind.STOCK: CountJudge,
    ImportKind.PRICES: FigureJudge,
    ImportKind.OFFERS: OfferJudge,
    ImportKind.PRODUCTS: SheetJudge,
}


def read(job: ImportJob) -> None:
    """RECEIVED or READING → PREVIEW, or REFUSED where the file itself is no good."""
    if job.status == ImportStatus.RECEIVED:
        leases.write(
            job,
            ImportStatus.RECEIVED,
            status=ImportStatus.READING,
            judged_on=timezone.localdate(),
        )
    with override(job.language):
        try:
            _stage(job)
            _show(job)
        except DomainError as error:
            _refuse(job, str(error))


def _stage(job: ImportJob) -> None:
    with job.file.open("rb") as file, _as_text(file) as text:
        encoding, lines = encoding_of(text)
        with closing(rows_of(text, encoding, job.kind)) as rows:
            where = _begin(job, rows, lines)
            judge = JUDGES[ImportKind(job.kind)](job, where, job.judged_on or timezone.localdate())
            for batch in _batches(rows, after=job.rows_read):
                _store(job, judge, batch)


def _as_text(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    return unpacked(file) if is_sheet(file) else nullcontext(file)


def _begin(job: ImportJob, rows: Iterator[Row], lines: int) -> Layout:
    """The headings; what has been read before is not read again."""
    number, headings = next(rows, (0, []))
    if not number:
        raise DomainError(_("This file has no rows. Take the template and fill it in."))
    where = layout(job.kind, [heading.strip() for heading in headings])
    if not job.rows_read:
        leases.write(
            job,
            ImportStatus.READING,
            headings=where.headings,
            rows_read=number,
            rows_total=max(lines, number),
        )
    return where


def _batches(rows: Iterator[Row], *, after: int) -> Iterator[list[Row]]:
    rest = (row for row in rows if row[0] > after)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _store(job: ImportJob, judge: Judge, batch: list[Row]) -> None:
    last = batch[-1][0]
    if last > settings.MAX_IMPORT_ROWS:
        raise DomainError(
            _("This file has more than %(rows)d rows: split it.")
            % {"rows": settings.MAX_IMPORT_ROWS}
        )
    total = max(last, job.rows_total or 0)
    with transaction.atomic():
        judged = judge.judge(judge.store_plain(batch))
        leases.write(job, ImportStatus.READING, rows_read=last, rows_total=total, attempts=0)
        staging.copy(job, judged)


@transaction.atomic
def _show(job: ImportJob) -> None:
    """READING → PREVIEW, once rows that contradict each other are found."""
    leases.write(job, ImportStatus.READING)
    staging.mark_twins(job)
    counts = staging.counts(job)
    if not any(counts.values()):
        raise DomainError(_("This file has headings and no rows. Fill it in."))
    leases.finish(job, ImportStatus.READING, status=ImportStatus.PREVIEW, **counts)


@transaction.atomic
def _refuse(job: ImportJob, why: str) -> None:
    leases.finish(job, ImportStatus.READING, status=ImportStatus.REFUSED, refusal=why, notice="")
    staging.clear(job)
