"""How many sheets each further choice would leave: one statement, every facet without itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Expression, F, Q, Value, When

from catalog.models import SheetFactsQuerySet


MOST_SHOWN = 10_000
"""Counts are exact; above this size a reader is told “more than 10,000”."""
HITS = "WITH hits AS MATERIALIZED ({hits}), inside AS ({inside}) {counts}"
INSIDE = "SELECT *{parts} FROM hits WHERE {rule}"
PART = ", said ->> '{key}' AS facet_{name}"
COUNT = "SELECT '{name}', {column}::text, count(*) FROM {source} WHERE {rule} GROUP BY 2"
TOTAL = "SELECT '', NULL, count(*) FROM hits WHERE {rule}"


@dataclass(frozen=True)
class Counts:
    """Sheets in all, and by facet and value (as text)."""

    total: int = 0
    by_value: dict[str, dict[str, int]] = field(default_factory=dict)


def count(
    sheets: SheetFactsQuerySet,
    *,
    facets: dict[str, Expression],
    rules: dict[str, Q],
    whole: str = "",
    parts: Mapping[str, str] | None = None,
) -> Counts:
    """`facets`: the value of a sheet by name of facet; `rules`: what is chosen, by the same names.

    `sheets` is narrowed down by what is no facet (words, visibility) and by nothing else. `parts`:
    key of the property by name of facet, of those that the choice of `whole` has brought; they are
    counted inside of it, and fall with it where another one is chosen.
    """
    parts = parts or {}
    columns = {f"facet_{name}": value for name, value in facets.items()}
    if parts:
        columns["said"] = Case(When(rules[whole], then=F("properties")), default=None)
    passes = {name: _flag(rule) for name, rule in rules.items()}
    flags = {f"passes_{name}": flag for name, flag in passes.items()}
    hits = sheets.order_by().annotate(**columns, **flags).values(*columns, *flags)
    counts = [TOTAL.format(rule=_all(passes))]
    for name in (*facets, *parts):
        others = [name, *parts] if name == whole else [name]
        source = "inside" if name in parts else "hits"
        rule = _all(passes, but=others)
        counts.append(COUNT.format(name=name, column=f"facet_{name}", source=source, rule=rule))
    inside = INSIDE.format(
        parts="".join(PART.format(name=name, key=key) for name, key in parts.items()),
        rule=_all({whole} & passes.keys()),
    )
    try:
        sql, values = hits.query.sql_with_params()
    except EmptyResultSet:
        return Counts()
    with connection.cursor() as cursor:
        told = HITS.format(hits=sql, inside=inside, counts=" UNION ALL ".join(counts))
        cursor.execute(told, values)
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


def _all(names: Collection[str], but: Collection[str] = ()) -> str:
    return " AND ".join(f"passes_{name}" for name in names if name not in but) or "true"


def _flag(rule: Q) -> Case:
    return Case(When(rule, then=Value(True)), default=Value(False), output_field=BooleanField())
