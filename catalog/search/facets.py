"""How many sheets each further choice would leave: one statement, every facet without itself."""

from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Expression, Q, Value, When

from catalog.models import SheetFactsQuerySet


MOST_SHOWN = 10_000
"""Counts are exact; above this size a reader is told “more than 10,000”."""
HITS = "WITH hits AS MATERIALIZED ({hits}) {counts}"
COUNT = "SELECT '{name}', {column}::text, count(*) FROM hits WHERE {rule} GROUP BY 2"
TOTAL = "SELECT '', NULL, count(*) FROM hits WHERE {rule}"


@dataclass(frozen=True)
class Counts:
    """Sheets in all, and by facet and value (as text)."""

    total: int = 0
    by_value: dict[str, dict[str, int]] = field(default_factory=dict)


def count(
    sheets: SheetFactsQuerySet, *, facets: dict[str, Expression], rules: dict[str, Q]
) -> Counts:
    """`facets`: the value of a sheet by name of facet; `rules`: what is chosen, by the same names.

    `sheets` is narrowed down by what is no facet (words, visibility) and by nothing else.
    """
    columns = {f"facet_{name}": value for name, value in facets.items()}
    passes = {f"passes_{name}": _flag(rule) for name, rule in rules.items()}
    hits = sheets.order_by().annotate(**columns, **passes).values(*columns, *passes)
    counts = [TOTAL.format(rule=_all(passes))]
    counts += [
        COUNT.format(name=name, column=f"facet_{name}", rule=_all(passes, but=f"passes_{name}"))
        for name in facets
    ]
    try:
        sql, values = hits.query.sql_with_params()
    except EmptyResultSet:
        return Counts()
    with connection.cursor() as cursor:
        cursor.execute(HITS.format(hits=sql, counts=" UNION ALL ".join(counts)), values)
        return _counts(cursor.fetchall())


def _counts(rows: list[tuple[str, str | None, int]]) -> Counts:
    total = 0
    by_value: dict[str, dict[str, int]] = {}
    for name, value, number in rows:
        if not name:
            total = number
        elif value:
            by_value.setdefault(name, {})[value] = number
    return Counts(total, by_value)


def _all(passes: dict[str, Case], but: str = "") -> str:
    return " AND ".join(name for name in passes if name != but) or "true"


def _flag(rule: Q) -> Case:
    return Case(When(rule, then=Value(True)), default=Value(False), output_field=BooleanField())
