"""Keeps what the search knows of sheets and of what is on sale, a batch of products at a time.

Every statement writes only what differs, so that a stock that falls from 900 to 880 moves nothing
and cached answers stay good; any difference gives the shelf another version.
"""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, Case, F, Q, Value, When

from catalog import attributes
from catalog.availability import least_eur, too_dear_to_resell
from catalog.enums import LISTED_KINDS, BuyerSide, SheetStatus, Trade
from catalog.models import Offer, OfferQuerySet, Product
from catalog.models.attributes import SHEET_COLUMNS
from catalog.models.shelf import TERMS as TERM_COLUMNS
from catalog.prices import ML_PER_LITRE, RuleBook


EMPTY_VESSELS = "emballages"
"""The shelf of bottles and jerrycans: their volume is not what is bought."""

COLUMNS = ", ".join(f"'{name}', product.{name}" for name in SHEET_COLUMNS)
SHEETS = """
    INSERT INTO catalog_sheetfacts AS kept (product_id, document, category_id, position, name,
        for_industry, standard, managed, is_active, properties)
    SELECT product.id,
        setweight(to_tsvector('fr', product.name), 'A')
        || setweight(to_tsvector('en', product.name_en), 'A')
        || setweight(to_tsvector('simple', concat_ws(' ',
            lower(replace(product.standard, ' ', '')), substring(product.standard FROM '[0-9]+'),
            lower(product.standard_class), product.cpv, split_part(product.cpv, '-', 1),
            catalog_gtin_forms(product.gtin), (
                SELECT string_agg(catalog_gtin_forms(alias.gtin), ' ' ORDER BY alias.gtin)
                FROM catalog_gtinalias alias WHERE alias.product_id = product.id
            ))), 'B')
        || setweight(to_tsvector('fr', concat_ws(' ', product.standard_class, category.name,
            above.name)), 'B')
        || setweight(to_tsvector('en', concat_ws(' ', category.name_en, above.name_en)), 'B')
        || setweight(jsonb_to_tsvector('fr', product.attributes, '["string", "numeric"]'),
            'C')
        || setweight(to_tsvector('fr', product.description), 'D'),
        category.id, category.position, product.name, category.trade = %(industry)s,
        product.standard, product.managed, product.is_active, (
            SELECT coalesce(jsonb_object_agg(said.key, said.value), '{{}}')
            FROM jsonb_each(product.attributes || jsonb_build_object({columns})) AS said
            WHERE said.key = ANY(%(listed)s) AND said.value <> '""'
        )
    FROM catalog_product product
    JOIN catalog_category category ON category.id = product.category_id
    LEFT JOIN catalog_category above ON above.id = category.parent_id
    WHERE product.id = ANY(%(products)s) AND product.status = %(accepted)s
    ON CONFLICT (product_id) DO UPDATE SET document = EXCLUDED.document,
        category_id = EXCLUDED.category_id, position = EXCLUDED.position, name = EXCLUDED.name,
        for_industry = EXCLUDED.for_industry, standard = EXCLUDED.standard,
        managed = EXCLUDED.managed, is_active = EXCLUDED.is_active,
        properties = EXCLUDED.properties
    WHERE (kept.document, kept.category_id, kept.position, kept.name, kept.for_industry,
            kept.standard, kept.managed, kept.is_active, kept.properties)
        IS DISTINCT FROM (EXCLUDED.document, EXCLUDED.category_id, EXCLUDED.position,
            EXCLUDED.name, EXCLUDED.for_industry, EXCLUDED.standard, EXCLUDED.managed,
            EXCLUDED.is_active, EXCLUDED.properties)
"""
WORDS = """
    INSERT INTO catalog_knownword (word)
    SELECT DISTINCT word FROM catalog_product product
    JOIN catalog_category category ON category.id = product.category_id,
    unnest(tsvector_to_array(to_tsvector('simple', unaccent(lower(concat_ws(' ', product.name,
        product.name_en, category.name, category.name_en, product.description)))))) AS word
    WHERE product.id = ANY(%(products)s) AND product.status = %(accepted)s
        AND word ~ '^[a-z]{4,60}$'
    ON CONFLICT (word) DO NOTHING
"""
TERMS = """
    WITH open AS MATERIALIZED ({open}),
    sheets AS (
        SELECT product.id, CASE WHEN product.container_ml > 0
            AND %(empty_vessels)s NOT IN (category.slug, coalesce(above.slug, ''))
            THEN %(ml_per_litre)s / product.container_ml::numeric ELSE 1 END AS comparable
        FROM catalog_sheetfacts kept
        JOIN catalog_product product ON product.id = kept.product_id
        JOIN catalog_category category ON category.id = product.category_id
        LEFT JOIN catalog_category above ON above.id = category.parent_id
        WHERE product.id = ANY(%(products)s)
    ), offered AS MATERIALIZED (
        SELECT *, %(end_user)s AS side FROM open
        UNION ALL SELECT *, %(reseller)s FROM open WHERE for_resale
            AND product_id IN (SELECT product_id FROM open WHERE NOT for_resale)
    ), wherever AS (
        SELECT product_id, side, {sums} FROM offered GROUP BY product_id, side
    ), everywhere AS (
        SELECT product_id, side, {sums} FROM offered WHERE departments = '{{}}'
        GROUP BY product_id, side
    ), somewhere AS (
        SELECT product_id, side, place, {sums} FROM offered, unnest(departments) AS place
        GROUP BY product_id, side, place
    ), sides AS (
        SELECT id, comparable, %(end_user)s AS side FROM sheets
        UNION ALL SELECT id, comparable, %(reseller)s FROM sheets
        WHERE id IN (SELECT product_id FROM open WHERE NOT for_resale)
    ), found AS (
        SELECT sides.id, sides.side, '' AS place, coalesce(own.offers, 0) AS offers,
            coalesce(own.ready_offers, 0) AS ready_offers, own.lowest_eur, own.highest_eur,
            round(own.lowest_eur * comparable, 4) AS comparable_eur, own.lead_time_days,
            coalesce(own.donation, false) AS donation, coalesce(own.origins, '{{}}') AS origins
        FROM sides LEFT JOIN wherever own ON own.product_id = sides.id AND own.side = sides.side
        UNION ALL
        SELECT sides.id, sides.side, 'FR', coalesce(own.offers, 0), coalesce(own.ready_offers, 0),
            own.lowest_eur, own.highest_eur, round(own.lowest_eur * comparable, 4),
            own.lead_time_days, coalesce(own.donation, false), coalesce(own.origins, '{{}}')
        FROM sides LEFT JOIN everywhere own ON own.product_id = sides.id AND own.side = sides.side
        UNION ALL
        SELECT sides.id, sides.side, own.place, own.offers + coalesce(more.offers, 0),
            own.ready_offers + coalesce(more.ready_offers, 0),
            least(own.lowest_eur, more.lowest_eur), greatest(own.highest_eur, more.highest_eur),
            round(least(own.lowest_eur, more.lowest_eur) * comparable, 4),
            least(own.lead_time_days, more.lead_time_days),
            own.donation OR coalesce(more.donation, false),
            CASE WHEN coalesce(more.origins, '{{}}') @> own.origins
                THEN coalesce(more.origins, '{{}}')
                ELSE ARRAY(SELECT unnest(own.origins) UNION SELECT unnest(more.origins) ORDER BY 1)
            END
        FROM sides JOIN somewhere own ON own.product_id = sides.id AND own.side = sides.side
        LEFT JOIN everywhere more ON more.product_id = sides.id AND more.side = sides.side
    ), before AS MATERIALIZED (
        SELECT * FROM catalog_sheetterms WHERE sheet_id = ANY(%(products)s)
    ), moved AS MATERIALIZED (
        SELECT found.* FROM found
        LEFT JOIN before ON before.sheet_id = found.id AND before.side = found.side
            AND before.place = found.place
        WHERE ({said}) IS DISTINCT FROM ({kept})
    ), told AS (
        SELECT count(*) AS number FROM moved
        LEFT JOIN before ON before.sheet_id = moved.id AND before.side = moved.side
            AND before.place = moved.place
        WHERE moved.side = %(end_user)s AND moved.place = ''
            AND (before.offers > 0) IS DISTINCT FROM (moved.offers > 0)
    ), gone AS (
        DELETE FROM catalog_sheetterms kept USING before
        LEFT JOIN found ON found.id = before.sheet_id AND found.side = before.side
            AND found.place = before.place
        WHERE kept.id = before.id AND found.id IS NULL
        RETURNING kept.sheet_id
    ), stored AS (
        INSERT INTO catalog_sheetterms (sheet_id, side, place, {columns})
        SELECT * FROM moved
        ON CONFLICT (sheet_id, side, place) DO UPDATE SET ({columns}) = ROW({new})
        RETURNING sheet_id
    ) SELECT (SELECT number FROM told),
        (SELECT array_agg(sheet_id) FROM (TABLE gone UNION TABLE stored) AS moved)
"""
SUMS = """
    count(*) AS offers, count(*) FILTER (WHERE ready) AS ready_offers,
    min(unit_price_eur) FILTER (WHERE ready) AS lowest_eur,
    max(unit_price_eur) FILTER (WHERE ready) AS highest_eur,
    min(lead_time_days) FILTER (WHERE ready) AS lead_time_days,
    coalesce(bool_or(unit_price_eur = 0) FILTER (WHERE ready), false) AS donation,
    coalesce(array_agg(DISTINCT origin) FILTER (WHERE ready), '{}') AS origins
"""
PARTS = {
    "sums": SUMS,
    "columns": ", ".join(TERM_COLUMNS),
    "said": ", ".join(f"found.{name}" for name in TERM_COLUMNS),
    "kept": ", ".join(f"before.{name}" for name in TERM_COLUMNS),
    "new": ", ".join(f"EXCLUDED.{name}" for name in TERM_COLUMNS),
}
NOT_ACCEPTED = """
    DELETE FROM catalog_sheetfacts kept USING catalog_product product
    WHERE product.id = kept.product_id AND product.id = ANY(%(products)s)
        AND product.status <> %(accepted)s
"""
MOVED = """
    WITH told AS (
        INSERT INTO catalog_shelfmove (moved_in, moved_at, products, sheets)
        VALUES (pg_current_xact_id()::text::bigint, now(), %(moved)s, %(sheets)s)
    ), forgotten AS (
        DELETE FROM catalog_shelfmove WHERE id IN (
            SELECT id FROM catalog_shelfmove WHERE moved_at < now() - interval '1 hour'
            FOR UPDATE SKIP LOCKED
        ) RETURNING moved_in
    )
    INSERT INTO catalog_shelfversion AS kept (id, number, public_number, complete_since)
    VALUES (1, gen_random_uuid(), gen_random_uuid(), pg_current_xact_id()::text::bigint + 1)
    ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number,
        public_number = CASE WHEN %(public)s THEN EXCLUDED.public_number
            ELSE kept.public_number END,
        complete_since = greatest(kept.complete_since, (SELECT max(moved_in) + 1 FROM forgotten))
"""


def keep(products: Collection[int], *, sheets: Collection[int], rules: RuleBook) -> bool:
    """Bring the facts of these products up to date with stored verdicts; whether any moved.

    `sheets`: those of them of which words and properties are read anew, too.
    """
    known = {
        "products": list(products),
        "accepted": SheetStatus.ACCEPTED.value,
        "industry": Trade.INDUSTRY.value,
        "end_user": BuyerSide.END_USER.value,
        "reseller": BuyerSide.RESELLER.value,
        "empty_vessels": EMPTY_VESSELS,
        "ml_per_litre": ML_PER_LITRE,
        "listed": [each.key for each in attributes.facets() if each.kind in LISTED_KINDS],
    }
    with connection.cursor() as cursor:
        moved_sheets = bool(sheets) and _keep_sheets(cursor, known | {"products": list(sheets)})
        sql, values = _open_offers(products, rules).query.sql_with_params()
        named = {f"value_{place}": value for place, value in enumerate(values)}
        sql = sql % tuple(f"%({name})s" for name in named)
        cursor.execute(TERMS.format(open=sql, **PARTS), known | named)
        told, moved = cursor.fetchone()
        public = moved_sheets or bool(told)
        if public or moved:
            news = {"moved": moved or [], "sheets": moved_sheets, "public": public}
            cursor.execute(MOVED, news)
    return bool(public or moved)


def _keep_sheets(cursor: CursorWrapper, known: dict[str, Any]) -> bool:
    cursor.execute(SHEETS.format(columns=COLUMNS), known)
    changed = bool(cursor.rowcount)
    if changed:
        cursor.execute(WORDS, known)
    cursor.execute(NOT_ACCEPTED, known)
    return changed or bool(cursor.rowcount)


def _open_offers(products: Collection[int], rules: RuleBook) -> OfferQuerySet:
    """What sells by its stored verdict, with all that the terms are made of."""
    sells = Offer.objects.filter(product__in=products, stopped_by=[]).order_by()
    dear = too_dear_to_resell(rules, Product.objects.filter(pk__in=products))
    return (
        sells.alias(least_eur=least_eur())
        .annotate(
            origin=F("supplier__department"),
            ready=_flag(OfferQuerySet.holds_an_order()),
            for_resale=Case(
                When(dear, then=Value(False)),
                default=Value(True),
                output_field=BooleanField(),
            ),
        )
        .values(
            "product_id",
            "unit_price_eur",
            "lead_time_days",
            "departments",
            "origin",
            "ready",
            "for_resale",
        )
    )


def _flag(condition: Q) -> Case:
    return Case(
        When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
    )
