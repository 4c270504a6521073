"""Sheets that may be the same product as one that is proposed."""

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

from catalog.models import Category, Product
from core.identifiers import as_padded_gtin


ALIKE = 0.5
"""Trigram similarity of names from which two sheets of a category are shown as likely the same."""
MAX_SHOWN = 5


def likely(
    category: Category,
    name: str,
    *,
    but: Product | None = None,
    among: QuerySet[Product] | None = None,
) -> list[Product]:
    """Active sheets of the category whose name is like `name`, the likest first, at most five.

    `among` other sheets than active ones: reviewers compare proposals, too.
    """
    sheets = Product.objects.filter(is_active=True) if among is None else among
    likeness = Greatest(TrigramSimilarity("name", name), TrigramSimilarity("name_en", name))
    found = (
        sheets.filter(category=category)
        .exclude(pk__in=[but.pk] if but and but.pk else [])
        .annotate(likeness=likeness)
        .filter(likeness__gte=ALIKE)
        .select_related("category")
        .order_by("-likeness", "pk")
    )
    return list(found[:MAX_SHOWN])


def with_gtin(code: str) -> QuerySet[Product]:
    """The sheet known by that GTIN, whether printed with 8, 12, 13 or 14 digits; or none."""
    padded = as_padded_gtin(code)
    rows = Product.objects.select_related("category").order_by("pk")
    return rows.filter(Q(gtin=padded) | Q(gtin_aliases__gtin=padded)).distinct()
