"""The rows of a file in the database, before they touch anything."""

import csv
import io
import json
from collections.abc import Iterable

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from catalog.enums import RowAction
from catalog.imports.judging import Judged
from catalog.models import ImportJob, ImportRow


NULL = r"\N"
COPY = rf"""
    COPY catalog_importrow (job_id, row, cells, action, offer_id, differences, errors)
    FROM STDIN (FORMAT csv, NULL '{NULL}')
"""
MARK_TWINS = """
    WITH twins AS (
        SELECT offer_id, array_agg(row ORDER BY row) AS rows FROM catalog_importrow
        WHERE job_id = %(job)s AND offer_id IS NOT NULL
        GROUP BY offer_id HAVING count(*) > 1
    )
    UPDATE catalog_importrow twin
    SET action = 'ERROR', differences = NULL, errors = jsonb_build_array(jsonb_build_object(
        'column', '', 'value', '',
        'message', replace(%(message)s, '@', array_to_string(twins.rows[1:5], ', '))))
    FROM twins
    WHERE twin.job_id = %(job)s AND twin.offer_id = twins.offer_id AND twin.action <> 'ERROR'
"""


def copy(job: ImportJob, rows: Iterable[Judged]) -> None:
    """Add judged rows; the caller's transaction holds the job."""
    send(text_of(job, rows))


def text_of(job: ImportJob, rows: Iterable[Judged]) -> io.StringIO:
    """The rows as COPY takes them."""
    text = io.StringIO()
    encode = json.JSONEncoder(ensure_ascii=False).encode
    csv.writer(text).writerows(
        (
            job.pk,
            row.row,
            encode(row.cells),
            row.action.value,
            NULL if row.offer_id is None else row.offer_id,
            NULL if row.differences is None else encode(row.differences),
            NULL if row.errors is None else encode(row.errors),
        )
        for row in rows
    )
    text.seek(0)
    return text


def send(text: io.StringIO) -> None:
    """Rows that are ready, into the table."""
    with connection.cursor() as cursor:
        cursor.copy_expert(COPY, text)


def mark_twins(job: ImportJob) -> None:
    """Rows about the same offer contradict each other: all of them are wrong."""
    message = _("Rows @ are about the same offer: keep one of them.")
    values = {"job": job.pk, "message": message}
    with connection.cursor() as cursor:
        cursor.execute(MARK_TWINS, values)


def counts(job: ImportJob) -> dict[str, int]:
    """How many rows change something, nothing, or are wrong."""
    names = {
        "updated_rows": RowAction.UPDATE,
        "same_rows": RowAction.SAME,
        "wrong_rows": RowAction.ERROR,
    }
    rows = ImportRow.objects.filter(job=job).order_by()
    return rows.aggregate(
        **{name: Count("pk", filter=Q(action=action)) for name, action in names.items()}
    )


def clear(job: ImportJob) -> None:
    """Forget the rows."""
    ImportRow.objects.filter(job=job).order_by()._raw_delete(using="default")  # noqa: SLF001
