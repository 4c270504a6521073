"""Previewed rows into the catalogue: one transaction, exactly what was shown or nothing."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, override

from catalog import stock
from catalog.enums import BuyerSide, ImportKind, ImportStatus, RowAction
from catalog.imports import leases, offers, proposing, staging
from catalog.imports.price_history import NOTED
from catalog.models import ImportJob, ImportRow, Offer, Product
from catalog.prices import RuleBook
from journal import operations as journal
from suppliers.models import Supplier


COUNTS = """
    SELECT offer_id, (differences->'on_hand_units'->>0)::bigint AS before,
           (differences->'on_hand_units'->>1)::bigint AS after
    FROM catalog_importrow WHERE job_id = %(job)s AND action = 'UPDATE'
"""
SET_PRICES = f"""
    WITH wanted AS (
        SELECT offer_id, (differences->'unit_price_eur'->>0)::numeric AS before,
               (differences->'unit_price_eur'->>1)::numeric AS after
        FROM catalog_importrow WHERE job_id = %(job)s AND action = 'UPDATE'
    ), law AS (
        SELECT * FROM unnest(%(products)s::bigint[], %(highest)s::numeric[], %(rules)s::text[])
            AS law(product_id, highest, rules)
    ), held AS (
        SELECT offer.id, wanted.before, wanted.after,
            coalesce(law.rules, '{{}}')::integer[] AS rules
        FROM catalog_offer offer JOIN wanted ON wanted.offer_id = offer.id
        LEFT JOIN law ON law.product_id = offer.product_id
        WHERE offer.supplier_id = %(supplier)s AND offer.unit_price_eur = wanted.before
          AND (law.highest IS NULL OR wanted.after <= law.highest)
          AND NOT EXISTS (SELECT FROM catalog_pricetier tier
                          WHERE tier.offer_id = offer.id AND tier.unit_price_eur >= wanted.after)
        ORDER BY offer.id FOR NO KEY UPDATE OF offer
    ), changed AS (
        UPDATE catalog_offer offer
        SET unit_price_eur = held.after, price_rule_ids = held.rules, updated_at = now()
        FROM held WHERE held.id = offer.id
        RETURNING offer.id, held.before, held.after
    ), {NOTED}
    SELECT count(*) FROM changed
"""  # noqa: S608 - a text of our own
CONFIRM = """
    WITH held AS (
        SELECT offer.id, named.action, offer.stock_confirmed_on < %(day)s AS is_old
        FROM catalog_offer offer JOIN catalog_importrow named ON named.offer_id = offer.id
        WHERE named.job_id = %(job)s AND named.action IN ('SAME', 'UPDATE')
        ORDER BY offer.id FOR NO KEY UPDATE OF offer
    )
    UPDATE catalog_offer offer SET stock_confirmed_on = %(day)s
    FROM held WHERE held.id = offer.id AND held.action = 'SAME' AND held.is_old
"""
"""Rows that say the same as the book confirm it; all offers are held, by primary key."""
MINUTES = 5
"""The longest that the one transaction may take."""


class ChangedSince(Exception):
    """Offers are no longer as the preview showed them; nothing was applied."""


def put_into_force(job: ImportJob) -> None:
    """APPLYING → APPLIED; → RECEIVED, to be read again, if the catalogue has moved since.

    → FAILED if the company has lost its approval or the person their seat.
    """
    try:
        with override(job.language), transaction.atomic():
            _put_into_force(job)
    except ChangedSince:
        _read_again(job)


def _put_into_force(job: ImportJob) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [f"{MINUTES}min"])
        # rows staged a moment ago look few to the planner: loops over them would not end
        cursor.execute("SET LOCAL enable_nestloop = off")
    supplier = Supplier.objects.locked().get(pk=job.supplier_id)
    leases.write(job, ImportStatus.APPLYING)
    if not supplier.is_approved or not supplier.members.filter(user=job.decided_by).exists():
        why = _("The company is no longer approved, or its member has left: nothing was changed.")
        leases.finish(job, ImportStatus.APPLYING, status=ImportStatus.FAILED, refusal=why)
        return
    if job.judged_on != timezone.localdate():
        raise ChangedSince
    if WAYS[ImportKind(job.kind)](job) != job.changes:
        raise ChangedSince
    leases.finish(job, ImportStatus.APPLYING, status=ImportStatus.APPLIED, notice="")
    _record(job, supplier)


def _set_stock(job: ImportJob) -> int:
    cause = f"import:{job.public_id}"
    counts = (COUNTS, {"job": job.pk})
    with connection.cursor() as cursor:
        cursor.execute(CONFIRM, {"job": job.pk, "day": timezone.localdate()})
    return stock.declare_all(job.supplier_id, counts, cause=cause, by=job.decided_by)


def _set_prices(job: ImportJob) -> int:
    by = job.decided_by_id
    values = {"job": job.pk, "supplier": job.supplier_id, "by": by, **_law(job)}
    with connection.cursor() as cursor:
        cursor.execute(SET_PRICES, values)
        return int(cursor.fetchone()[0])


WAYS = {
    ImportKind.STOCK: _set_stock,
    ImportKind.PRICES: _set_prices,
    ImportKind.OFFERS: offers.put,
    ImportKind.PRODUCTS: proposing.put,
}


def _law(job: ImportJob) -> Mapping[str, list[Any]]:
    """Today's ceiling of every sheet that the file touches, and the rules behind it."""
    rules = RuleBook(timezone.localdate())
    rows = ImportRow.objects.filter(job=job, action=RowAction.UPDATE).order_by()
    touched = Offer.objects.filter(Exists(rows.filter(offer_id=OuterRef("pk")))).order_by()
    law: dict[str, list[Any]] = {"products": [], "highest": [], "rules": []}
    kinds = {rule.product_kind for rule in rules.price_rules}
    for product in Product.objects.filter(kind__in=kinds, pk__in=touched.values("product")):
        if ceiling := rules.ceiling(product, BuyerSide.END_USER):
            law["products"].append(product.pk)
            law["highest"].append(ceiling.max_unit_price_eur)
            law["rules"].append(f"{{{','.join(map(str, ceiling.rule_ids))}}}")
    return law


@transaction.atomic
def _read_again(job: ImportJob) -> None:
    with override(job.language):
        notice = _(
            "Offers had changed since the preview, so nothing was applied. The file was read "
            "again: look at it once more."
        )
    leases.finish(
        job,
        ImportStatus.APPLYING,
        status=ImportStatus.RECEIVED,
        notice=notice,
        rows_read=0,
        decided_at=None,
        decided_by=None,
    )
    staging.clear(job)


def _record(job: ImportJob, supplier: Supplier) -> None:
    journal.record(
        "catalog.import_applied",
        job,
        by=job.decided_by,
        to=supplier.people(),
        organisations=[supplier.public_id],
        payload={
            "supplier": supplier.name,
            "file": job.original_name,
            "kind": job.kind,
            "mode": job.mode,
            "sha256": job.sha256,
            "created": job.created_rows,
            "updated": job.updated_rows,
            "same": job.same_rows,
            "wrong": job.wrong_rows,
            "url": reverse("catalog:import", args=[job.public_id]),
        },
    )
