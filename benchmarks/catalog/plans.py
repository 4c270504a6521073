"""What PostgreSQL does for a search: its plans, for `docs/performance/catalogue.md`."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.enums import BuyerSide
from catalog.filters import ProductFilter
from catalog.models import SheetFacts
from catalog.search.found import Found
from catalog.search.terms import Reader


ASKED = {
    "q": "masque chirurgical",
    "category": "masques-chirurgicaux",
    "in_stock": "true",
    "department": "75",
}


def of_hot_queries() -> dict[str, list[str]]:
    """EXPLAIN (ANALYZE, BUFFERS) of the counts and of the first page by price, and of browsing."""
    reader = Reader(sees_terms=True, place="75", side=BuyerSide.END_USER, buys_for_industry=False)
    sheets = SheetFacts.objects.filter(is_active=True)
    found = {}
    for name, asked in (("search", ASKED | {"order": "price"}), ("browse", {"department": "75"})):
        chosen = ProductFilter(asked, sheets, reader=reader)
        with CaptureQueriesContext(connection) as captured:
            Found(chosen).counts()
            list(chosen.qs.values_list("pk", flat=True)[:240])
        for what, query in zip(
            ("list", "counts"), reversed(captured.captured_queries), strict=False
        ):
            found[f"{name}: {what}"] = _explain(query["sql"])
    return found


def _explain(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {sql}")
        return [row[0] for row in cursor.fetchall()]
