"""Previewed rows of a file of offers into the catalogue, in the caller's transaction."""

from collections.abc import Iterator, Mapping
from itertools import islice

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from catalog import operations, stock
from catalog.enums import RowAction
from catalog.imports.columns import layout
from catalog.imports.judging_offers import OfferJudge
from catalog.imports.offer_columns import ON_SALE
from catalog.imports.price_history import NOTED
from catalog.imports.terms import CERTIFICATE, FIELDS, STOCK
from catalog.models import ImportJob, ImportRow, Offer, PriceChange
from journal import operations as journal


AT_ONCE = 2000
TERMS = ", ".join([*FIELDS, f"{CERTIFICATE}_id", "status"])
CHANGE = f"""
    WITH law AS (
        SELECT * FROM unnest(%(products)s::bigint[], %(rules)s::text[]) AS law(product_id, rules)
    ), held AS (
        SELECT offer.id, offer.unit_price_eur AS before, wanted.terms->'after' AS terms,
            CASE WHEN wanted.differences ? 'unit_price_eur'
                OR wanted.terms->'after'->>'status' = 'ON_SALE'
                THEN coalesce(law.rules, '{{}}')::integer[] ELSE offer.price_rule_ids END AS rules
        FROM catalog_importrow wanted JOIN catalog_offer offer ON offer.id = wanted.offer_id
        LEFT JOIN law ON law.product_id = offer.product_id
        WHERE wanted.job_id = %(job)s AND wanted.action = 'UPDATE'
          AND offer.supplier_id = %(supplier)s
        ORDER BY offer.id FOR NO KEY UPDATE OF offer
    ), changed AS (
        UPDATE catalog_offer offer
        SET ({TERMS}) = (
                SELECT {TERMS} FROM jsonb_to_record(held.terms) AS said(
                    unit_price_eur numeric, pack_units integer, min_order_units integer,
                    max_per_buyer_units integer, lead_time_days integer, departments varchar[],
                    available_from date, available_until date, certificate_id bigint,
                    status varchar)),
            price_rule_ids = held.rules, updated_at = now()
        FROM held WHERE held.id = offer.id
        RETURNING offer.id, held.before, offer.unit_price_eur AS after
    ), {NOTED}
    SELECT count(*) FROM changed
"""  # noqa: S608 - names of our own
NEW_STOCK = """
    SELECT id AS offer_id, 0 AS before, units AS after
    FROM unnest(%(offers)s::bigint[], %(units)s::bigint[]) AS said(id, units) WHERE units > 0
"""


def put(job: ImportJob) -> int:
    """New offers with their stock in the ledger, and new terms; how many rows came into force.

    Nothing, if one row would no longer do what was shown. The caller holds the supplier's row, so
    that nobody else changes its offers' terms; the offers themselves are held only to be written.
    """
    judge = OfferJudge(job, layout(job.kind, job.headings), timezone.localdate())
    if not all(_as_shown(judge, rows) for rows in _batches(job, *PUT)):
        return 0
    created, published = _create(job, judge)
    changed = _change(job, judge)
    _tell(job, published)
    return created + changed


PUT = (RowAction.CREATE, RowAction.UPDATE)


def _batches(job: ImportJob, *actions: RowAction) -> Iterator[list[ImportRow]]:
    rows = ImportRow.objects.filter(job=job, action__in=actions).order_by("row")
    rest = rows.iterator(AT_ONCE)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _as_shown(judge: OfferJudge, rows: list[ImportRow]) -> bool:
    judged = judge.judge([(row.row, row.cells) for row in rows])
    return [each[2:6] for each in judged] == [
        (row.action, row.offer_id, row.product_id, row.terms) for row in rows
    ]


def _create(job: ImportJob, judge: OfferJudge) -> tuple[int, list[int]]:
    """How many, and the keys of those that are on sale at once."""
    created, published = 0, []
    for rows in _batches(job, RowAction.CREATE):
        new = [
            Offer(
                **{**row.terms["after"], STOCK: 0},
                supplier=job.supplier,
                product_id=row.product_id,
                price_rule_ids=judge.rule_ids(row.product_id),
            )
            for row in rows
        ]
        created += len(Offer.objects.bulk_create(new))
        published += [offer.pk for offer in new if offer.is_published]
        PriceChange.objects.bulk_create(
            PriceChange(offer=offer, by=job.decided_by, after_eur=offer.unit_price_eur)
            for offer in new
        )
        _fill(
            job,
            {offer.pk: row.terms["after"][STOCK] for offer, row in zip(new, rows, strict=True)},
        )
    return created, published


def _fill(job: ImportJob, units: Mapping[int, int]) -> None:
    """The first count of new offers."""
    values = {"offers": list(units), "units": list(units.values())}
    cause = f"import:{job.public_id}"
    stock.declare_all(job.supplier_id, (NEW_STOCK, values), cause=cause, by=job.decided_by)


def _change(job: ImportJob, judge: OfferJudge) -> int:
    law = {
        "products": list(judge.ceilings),
        "rules": [f"{{{','.join(map(str, judge.rule_ids(pk)))}}}" for pk in judge.ceilings],
    }
    with connection.cursor() as cursor:
        known = {"job": job.pk, "supplier": job.supplier_id, "by": job.decided_by_id}
        cursor.execute(CHANGE, known | law)
        return int(cursor.fetchone()[0])


def _tell(job: ImportJob, published: list[int]) -> None:
    """What begins and ceases to sell stands in each offer's own history, as by the page."""
    rows = ImportRow.objects.filter(job=job, action=RowAction.UPDATE).order_by()
    turned = rows.filter(differences__has_key=ON_SALE.field).values("offer_id")
    own = Offer.objects.for_listing().with_tiers().order_by("pk")
    moved = own.filter(Q(pk__in=turned) | Q(pk__in=published))
    told: dict[str, list[journal.Entry]] = {"published": [], "withdrawn": []}
    for offer in moved.iterator(AT_ONCE):
        told["published" if offer.is_published else "withdrawn"].append(_entry(offer))
    for verb, entries in told.items():
        journal.record_all(f"catalog.offer_{verb}", entries, by=job.decided_by)


def _entry(offer: Offer) -> journal.Entry:
    payload = operations.facts_of(offer)
    return journal.Entry(offer, organisations=[offer.supplier.public_id], payload=payload)
