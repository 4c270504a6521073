"""Keeps what the search knows of sheets and of what is on sale, a batch of products at a time.

Every statement writes only what differs, so that a stock that falls from 900 to 880 moves nothing
and cached answers stay good; any difference gives the shelf another version.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models import BooleanField, Case, F, Q, Value, When

from catalog import attributes
from catalog.availability import least_eur, too_dear_to_resell
from catalog.enums import LISTED_KINDS, BuyerSide, SheetStatus, Trade
from catalog.models import Offer, OfferQuerySet, Product
from catalog.models.attributes import SHEET_COLUMNS
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
    places AS (
        SELECT product.id, product.container_ml AS ml, side.name AS side, place.code AS place
        FROM catalog_product product
        CROSS JOIN LATERAL (
            SELECT %(end_user)s AS name
            UNION SELECT %(reseller)s FROM open
            WHERE open.product_id = product.id AND NOT open.for_resale
        ) side
        CROSS JOIN LATERAL (
            SELECT '' AS code UNION SELECT 'FR'
            UNION SELECT unnest(open.departments) FROM open WHERE open.product_id = product.id
        ) place
        WHERE product.id = ANY(%(products)s) AND product.status = %(accepted)s
    ), liquids AS (
        SELECT product.id FROM catalog_product product
        JOIN catalog_category category ON category.id = product.category_id
        LEFT JOIN catalog_category above ON above.id = category.parent_id
        WHERE product.id = ANY(%(products)s) AND product.container_ml > 0
        AND %(empty_vessels)s NOT IN (category.slug, coalesce(above.slug, ''))
    ), found AS (
        SELECT places.id, places.side, places.place, count(open.product_id) AS offers,
            count(*) FILTER (WHERE open.ready) AS ready_offers,
            min(open.unit_price_eur) FILTER (WHERE open.ready) AS lowest_eur,
            max(open.unit_price_eur) FILTER (WHERE open.ready) AS highest_eur,
            round(min(open.unit_price_eur) FILTER (WHERE open.ready) * CASE
                WHEN places.id IN (SELECT id FROM liquids)
                    THEN %(ml_per_litre)s / places.ml::numeric
                ELSE 1 END, 4) AS comparable_eur,
            min(open.lead_time_days) FILTER (WHERE open.ready) AS lead_time_days,
            coalesce(bool_or(open.unit_price_eur = 0) FILTER (WHERE open.ready), false)
                AS donation,
            coalesce(array_agg(DISTINCT open.origin) FILTER (WHERE open.ready), '{{}}') AS origins
        FROM places LEFT JOIN open ON open.product_id = places.id
            AND (places.side = %(end_user)s OR open.for_resale)
            AND (places.place = '' OR open.departments = '{{}}'
                OR places.place = ANY(open.departments))
        GROUP BY places.id, places.ml, places.side, places.place
    ), told AS (
        SELECT count(*) AS number FROM found
        LEFT JOIN catalog_sheetterms kept ON kept.sheet_id = found.id
            AND kept.side = found.side AND kept.place = found.place
        WHERE found.side = %(end_user)s AND found.place = ''
            AND (kept.offers > 0) IS DISTINCT FROM (found.offers > 0)
    ), gone AS (
        DELETE FROM catalog_sheetterms kept WHERE kept.sheet_id = ANY(%(products)s)
        AND (kept.sheet_id, kept.side, kept.place) NOT IN (SELECT id, side, place FROM found)
        RETURNING kept.sheet_id
    ), stored AS (
        INSERT INTO catalog_sheetterms AS kept (sheet_id, side, place, offers, ready_offers,
            lowest_eur, highest_eur, comparable_eur, lead_time_days, donation, origins)
        SELECT * FROM found
        ON CONFLICT (sheet_id, side, place) DO UPDATE SET offers = EXCLUDED.offers,
            ready_offers = EXCLUDED.ready_offers, lowest_eur = EXCLUDED.lowest_eur,
            highest_eur = EXCLUDED.highest_eur, comparable_eur = EXCLUDED.comparable_eur,
            lead_time_days = EXCLUDED.lead_time_days, donation = EXCLUDED.donation,
            origins = EXCLUDED.origins
        WHERE (kept.offers, kept.ready_offers, kept.lowest_eur, kept.highest_eur,
                kept.comparable_eur, kept.lead_time_days, kept.donation, kept.origins)
            IS DISTINCT FROM (EXCLUDED.offers, EXCLUDED.ready_offers, EXCLUDED.lowest_eur,
                EXCLUDED.highest_eur, EXCLUDED.comparable_eur, EXCLUDED.lead_time_days,
                EXCLUDED.donation, EXCLUDED.origins)
        RETURNING kept.sheet_id
    ) SELECT (SELECT number FROM told),
        (SELECT count(*) FROM gone) + (SELECT count(*) FROM stored)
"""
NOT_ACCEPTED = """
    DELETE FROM catalog_sheetfacts kept USING catalog_product product
    WHERE product.id = kept.product_id AND product.id = ANY(%(products)s)
        AND product.status <> %(accepted)s
"""
MOVED = """
    INSERT INTO catalog_shelfversion AS kept (id, number, public_number)
    VALUES (1, gen_random_uuid(), gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number,
        public_number = CASE WHEN %s THEN EXCLUDED.public_number ELSE kept.public_number END
"""


def keep(products: Collection[int], *, rules: RuleBook) -> bool:
    """Bring the facts of these products up to date with stored verdicts; whether any moved."""
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
        cursor.execute(SHEETS.format(columns=COLUMNS), known)
        sheets = cursor.rowcount
        if sheets:
            cursor.execute(WORDS, known)
        sql, values = _open_offers(products, rules).query.sql_with_params()
        named = {f"value_{place}": value for place, value in enumerate(values)}
        sql = sql % tuple(f"%({name})s" for name in named)
        cursor.execute(TERMS.format(open=sql), known | named)
        told, terms = cursor.fetchone()
        cursor.execute(NOT_ACCEPTED, known)
        public = bool(sheets or told or cursor.rowcount)
        if public or terms:
            cursor.execute(MOVED, [public])
    return bool(public or terms)


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
