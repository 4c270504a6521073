"""The dated rules of one day, all kinds in one statement: a page that judges offers needs all."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import (
    DatedRule,
    GelFormula,
    PriceCoefficient,
    PriceRule,
    StandardEquivalence,
    VatRule,
)


KINDS: dict[str, type[DatedRule]] = {
    kind._meta.db_table: kind
    for kind in (PriceRule, PriceCoefficient, VatRule, GelFormula, StandardEquivalence)
}
OF_ONE_KIND = """
    SELECT '{table}' AS kind, to_jsonb(held)::text AS facts, valid_from, id FROM {table} held
    WHERE valid_from <= %(day)s AND (valid_until IS NULL OR valid_until >= %(day)s)
"""
OF_ALL = " UNION ALL ".join(OF_ONE_KIND.format(table=table) for table in KINDS)


def in_force(day: date) -> dict[type[DatedRule], list[Any]]:
    """Every kind with its rules of `day`, the latest last."""
    found: dict[type[DatedRule], list[Any]] = {kind: [] for kind in KINDS.values()}
    with connection.cursor() as cursor:
        cursor.execute(f"{OF_ALL} ORDER BY valid_from, id", {"day": day})
        for table, facts, _valid_from, _pk in cursor.fetchall():
            kind = KINDS[table]
            found[kind].append(_rule(kind, json.loads(facts, parse_float=Decimal)))
    return found


def _rule(kind: type[DatedRule], facts: dict[str, Any]) -> DatedRule:
    fields = kind._meta.concrete_fields
    values = [field.to_python(facts[field.attname]) for field in fields]
    return kind.from_db(connection.alias, [field.attname for field in fields], values)
