"""Previewed rows of a file of offers into the catalogue, in the caller's transaction."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.fields.json import KT
from django.utils import timezone

from catalog import operations, stock
from catalog.enums import OfferStatus, RowAction
from catalog.imports.columns import layout
from catalog.imports.judging import Judged
from catalog.imports.judging_offers import OfferJudge, Shown
from catalog.imports.offer_columns import ON_SALE
from catalog.imports.outgoing import AT_ONCE, batched
from catalog.imports.price_history import noted
from catalog.models import ImportJob, ImportRow, Offer
from journal import operations as journal


KINDS = {
    "unit_price_eur": "numeric",
    "pack_units": "integer",
    "min_order_units": "integer",
    "max_per_buyer_units": "integer",
    "lead_time_days": "integer",
    "available_from": "date",
    "available_until": "date",
    "certificate_id": "bigint",
    "status": "varchar",
}
"""The terms that are columns of an offer, beside its departments."""
TERMS = ", ".join([*KINDS, "departments"])
SAID = ", ".join(
    [
        *(f"(terms->>'{name}')::{kind}" for name, kind in KINDS.items()),
        "ARRAY(SELECT jsonb_array_elements_text(terms->'departments'))::varchar[]",
    ]
)
LAW = "SELECT * FROM unnest(%(products)s::bigint[], %(rules)s::text[]) AS law(product_id, rules)"
CREATE = f"""
    WITH law AS ({LAW}), fresh AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('catalog_offer', 'id')) AS id, said.product_id,
            said.terms, (said.terms->>'on_hand_units')::bigint AS units,
            coalesce(law.rules, '{{}}')::integer[] AS rules
        FROM (SELECT product_id, terms->'after' AS terms FROM catalog_importrow
              WHERE job_id = %(job)s AND action = 'CREATE' ORDER BY row) said
        LEFT JOIN law ON law.product_id = said.product_id
    ), made AS (
        INSERT INTO catalog_offer (id, public_id, supplier_id, product_id, supplier_reference,
            {TERMS}, price_rule_ids, stopped_by, on_hand_units, reserved_units, in_lots_units,
            stock_confirmed_on, low_stock_told, created_at, updated_at)
        SELECT id, gen_random_uuid(), %(supplier)s, product_id, terms->>'supplier_reference',
            {SAID}, rules, %(stopped)s::varchar[], units, 0, 0, %(day)s, false, now(), now()
        FROM fresh
    ), booked AS ({stock.OPENED}), priced AS (
        INSERT INTO catalog_pricechange (offer_id, at, by_id, after_eur, before_tiers, after_tiers)
        SELECT id, now(), %(by)s, (terms->>'unit_price_eur')::numeric, '[]'::jsonb, terms->'tiers'
        FROM fresh
    ), tiered AS (
        INSERT INTO catalog_pricetier (offer_id, from_units, unit_price_eur)
        SELECT id, (tier->>0)::integer, (tier->>1)::numeric
        FROM (SELECT id, jsonb_array_elements(terms->'tiers') AS tier FROM fresh) said
    )
    SELECT id, terms->>'status' FROM fresh
"""  # noqa: S608 - names of our own
CHANGE = f"""
    WITH law AS ({LAW}), held AS (
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
        SET ({TERMS}) = ROW({SAID}), price_rule_ids = held.rules, updated_at = now()
        FROM held WHERE held.id = offer.id
        RETURNING offer.id, held.before, offer.unit_price_eur AS after,
            held.terms->'tiers' AS tiers
    ), {noted("changed.tiers")}
    SELECT count(*) FROM changed
"""  # noqa: S608 - names of our own
OTHER_TIERS = """
    FROM catalog_importrow named
    WHERE named.job_id = %(job)s AND named.action = 'UPDATE' AND named.differences ? 'tiers'
"""
DROP_TIERS = f"""
    DELETE FROM catalog_pricetier WHERE offer_id IN (SELECT named.offer_id {OTHER_TIERS})
"""  # noqa: S608 - names of our own
PUT_TIERS = f"""
    INSERT INTO catalog_pricetier (offer_id, from_units, unit_price_eur)
    SELECT offer_id, (tier->>0)::integer, (tier->>1)::numeric FROM (
        SELECT named.offer_id, jsonb_array_elements(named.terms->'after'->'tiers') AS tier
        {OTHER_TIERS}) said
"""  # noqa: S608 - names of our own
VERBS = {
    OfferStatus.ON_SALE: "catalog.offer_published",
    OfferStatus.WITHDRAWN: "catalog.offer_withdrawn",
}


def put(job: ImportJob) -> int:
    """New offers with their stock in the ledger, and new terms; how many rows came into force.

    Nothing, if one row would no longer do what was shown. The caller holds the supplier's row, so
    that nobody else changes its offers' terms; the offers themselves are held only to be written.
    """
    judge = OfferJudge(job, layout(job.kind, job.headings), timezone.localdate())
    if not all(_as_shown(job, judge, rows) for rows in batches(job)):
        return 0
    values = _values(job, judge)
    made = _create(values)
    changed = _change(values)
    _tell(job, [pk for pk, status in made if status == OfferStatus.ON_SALE])
    return len(made) + changed


def batches(job: ImportJob) -> Iterator[list[Shown]]:
    """The rows that do something, with what their verdicts stood on."""
    rows = ImportRow.objects.filter(job=job, action__in=[RowAction.CREATE, RowAction.UPDATE])
    stood_on = {"before": F("terms__before"), "seen": KT("terms__seen")}
    found = rows.order_by("row").annotate(**stood_on).values_list(*Shown._fields)
    yield from batched(Shown(*row) for row in found.iterator(AT_ONCE))


def _as_shown(job: ImportJob, judge: OfferJudge, rows: list[Shown]) -> bool:
    """Rows that stand on what they stood on do what was shown; the others are judged again."""
    moved = judge.moved(rows)
    if not moved:
        return True
    told = ImportRow.objects.filter(job=job, row__in=[row.row for row in moved]).order_by("row")
    again = judge.judge([(row.row, row.cells) for row in moved])
    return [_effect(row) for row in again] == [_effect(row) for row in told]


def _effect(row: Judged | ImportRow) -> list[object]:
    terms = row.terms or {}
    wanted = terms.get("before"), terms.get("after")
    return [row.row, row.action, row.offer_id, row.product_id, *wanted]


def _values(job: ImportJob, judge: OfferJudge) -> dict[str, Any]:
    """What the statements need: whose file it is, and the price rules of each sheet."""
    return {
        "job": job.pk,
        "supplier": job.supplier_id,
        "by": job.decided_by_id,
        "cause": f"import:{job.public_id}",
        "day": timezone.localdate(),
        "stopped": Offer().stopped_by,
        "products": list(judge.ceilings),
        "rules": [f"{{{','.join(map(str, judge.rule_ids(pk)))}}}" for pk in judge.ceilings],
    }


def _create(values: dict[str, Any]) -> list[tuple[int, str]]:
    """The new offers by key, each with its status."""
    with connection.cursor() as cursor:
        cursor.execute(CREATE, values)
        made: list[tuple[int, str]] = cursor.fetchall()
    return made


def _change(values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, values)
        changed = int(cursor.fetchone()[0])
        cursor.execute(DROP_TIERS, values)
        cursor.execute(PUT_TIERS, values)
    return changed


def _tell(job: ImportJob, published: Iterable[int]) -> None:
    """What begins and ceases to sell stands in each offer's own history, as by the page."""
    rows = ImportRow.objects.filter(job=job, action=RowAction.UPDATE).order_by("row")
    turned = rows.filter(differences__has_key=ON_SALE.field).values_list("offer_id", flat=True)
    for keys in batched([*turned, *published]):
        own = Offer.objects.for_listing().with_tiers().filter(pk__in=keys).order_by("pk")
        for status, verb in VERBS.items():
            entries = [_entry(offer) for offer in own if offer.status == status]
            journal.record_all(verb, entries, by=job.decided_by)


def _entry(offer: Offer) -> journal.Entry:
    payload = operations.facts_of(offer)
    return journal.Entry(offer, organisations=[offer.supplier.public_id], payload=payload)
