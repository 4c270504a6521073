"""The rows of a file in the database, before they touch anything."""

import csv
import io
import json
from collections.abc import Iterable

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from catalog.enums import ImportKind, RowAction
from catalog.imports.judging import Judged
from catalog.models import ImportJob, ImportRow


NULL = r"\N"
COPY = rf"""
    COPY catalog_importrow
        (job_id, row, cells, action, offer_id, product_id, terms, differences, errors)
    FROM STDIN (FORMAT csv, NULL '{NULL}')
"""
MARK_TWINS = """
    WITH named AS (
        SELECT row, {key} AS key FROM catalog_importrow WHERE job_id = %(job)s
    ), numbered AS (
        SELECT row, key, count(*) OVER (PARTITION BY key) AS times,
               row_number() OVER (PARTITION BY key ORDER BY row) AS number
        FROM named WHERE key IS NOT NULL
    ), twins AS (
        SELECT row, array_agg(row) FILTER (WHERE number <= 5) OVER (PARTITION BY key) AS rows
        FROM numbered WHERE times > 1
    )
    UPDATE catalog_importrow twin
    SET action = 'ERROR', differences = NULL, errors = jsonb_build_array(jsonb_build_object(
        'column', '', 'value', '',
        'message', replace(%(message)s, '@', array_to_string(twins.rows, ', '))))
    FROM twins
    WHERE twin.job_id = %(job)s AND twin.row = twins.row AND twin.action <> 'ERROR'
"""
ONE_OFFER = "offer_id"
ONE_NEW_OFFER = """
    coalesce(offer_id::text, product_id || ' ' || (terms->'after'->>'supplier_reference'))
"""
KEYS = {
    ImportKind.STOCK: ONE_OFFER,
    ImportKind.PRICES: ONE_OFFER,
    ImportKind.OFFERS: ONE_NEW_OFFER,
    ImportKind.PRODUCTS: "NULL::bigint",  # found while judging
}
"""What two rows of a file may not have in common."""


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
            NULL if row.product_id is None else row.product_id,
            NULL if row.terms is None else encode(row.terms),
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
        # the planner knows nothing yet of rows just copied: it would look for pairs one by one
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(MARK_TWINS.format(key=KEYS[ImportKind(job.kind)]), values)


def counts(job: ImportJob) -> dict[str, int]:
    """How many rows add something, change something, nothing, or are wrong."""
    names = {
        "created_rows": RowAction.CREATE,
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
