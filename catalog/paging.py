"""Pages of a list that are counted and fetched by one statement."""

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window


PAGE_SIZE = 24
MAX_DIGITS = 6


def page_of(rows: QuerySet, asked: str | None) -> Page:
    """The page that was asked for; the first for nonsense, the last for a number too high."""
    paginator = Paginator(rows, PAGE_SIZE)
    number = number_of(asked or "")
    start = (number - 1) * PAGE_SIZE
    found = list(rows.annotate(found_rows=Window(Count("pk")))[start : start + PAGE_SIZE])
    if not found:
        return paginator.get_page(asked)
    paginator.count = found[0].found_rows
    return Page(found, number, paginator)


def number_of(asked: str) -> int:
    """The number of a page as the address has it; 1 for nonsense."""
    plain = asked.isascii() and asked.isdigit() and len(asked) <= MAX_DIGITS
    return max(int(asked), 1) if plain else 1
