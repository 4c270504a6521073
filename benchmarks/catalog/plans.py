"""What PostgreSQL does for a search: its plans, for `docs/performance/catalogue.md`."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.enums import BuyerSide
from catalog.filters import ProductFilter
from catalog.models import SheetFacts
from catalog.search.found import Found
from catalog.search.memory import Memory, Version
from catalog.search.terms import Reader


ASKED = {
    "q": "masque chirurgical",
    "category": "masques-chirurgicaux",
    "in_stock": "true",
    "department": "75",
}
HOT = {
    "int8send(category_id)": "a process begins: all sheets",
    "int4send(offers)": "a place is asked about for the first time: all that is on sale there",
    "ts_rank": "words are asked for the first time",
    '"catalog_product"."slug"': "every page: the sheets shown",
}
"""By what a statement has to say that no other does: when it is asked."""


def of_hot_queries() -> dict[str, list[str]]:
    """EXPLAIN (ANALYZE, BUFFERS) of what a process asks from its first page on."""
    reader = Reader(sees_terms=True, place="75", side=BuyerSide.END_USER, buys_for_industry=False)
    sheets = SheetFacts.objects.filter(is_active=True).for_listing()
    with CaptureQueriesContext(connection) as captured:
        chosen = ProductFilter(ASKED, sheets, reader=reader)
        found = Found(chosen, shelf=Memory().shelf(Version.now(), reader))
        found.page("1")
    asked = [each["sql"] for each in captured.captured_queries]
    return {
        title: _explain(next(sql for sql in asked if sign in sql)) for sign, title in HOT.items()
    }


def _explain(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {sql}")
        return [row[0] for row in cursor.fetchall()]
