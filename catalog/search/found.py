"""The answer to a search: counts and the first pages' sheets, kept as long as the shelf stands."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from django.core.cache import cache
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from catalog.filters import ProductFilter
from catalog.models import SheetFacts, ShelfVersion
from catalog.paging import PAGE_SIZE, number_of
from catalog.search.facets import Counts, count
from catalog.search.terms import Reader, Row, row_of, with_terms


PAGES_KEPT = 10
SECONDS_KEPT = 3600
"""A moved shelf asks under another key; what is left behind goes after an hour."""


def shelf_number(reader: Reader) -> str:
    """Another one whenever what this reader is shown has changed."""
    # before any worker has looked at the shelf, every question is a new one
    shelf = ShelfVersion.objects.filter(pk=1).first() or ShelfVersion()
    return str(shelf.number if reader.sees_terms else shelf.public_number)


@dataclass(frozen=True)
class Answer:
    """Counts, and the keys of the first PAGES_KEPT pages in order."""

    counts: Counts
    first: list[int]


class Found:
    """What a filter finds; read from the cache where the same was asked of the same shelf."""

    def __init__(self, chosen: ProductFilter, *, shelf: str | None = None) -> None:
        """`shelf`: its number (see `shelf_number`), where it is known."""
        self.chosen = chosen
        self.shelf = shelf or shelf_number(chosen.reader)

    @cached_property
    def answer(self) -> Answer:
        """From the cache, else by two statements and those that read the words."""
        key = self.key
        kept = cache.get(key)
        if kept is None:
            kept = Answer(
                self.counts(),
                list(self.chosen.qs.values_list("pk", flat=True)[: PAGES_KEPT * PAGE_SIZE]),
            )
            cache.set(key, kept, SECONDS_KEPT)
        return kept

    def counts(self) -> Counts:
        """What a search costs where nothing is kept: one statement, and what it reads before."""
        chosen = self.chosen
        return count(
            chosen.sheets,
            facets=chosen.facets,
            rules=chosen.rules,
            whole="category",
            parts={name: each.key for name, each in chosen.properties.items()},
        )

    def page(self, asked: str | None) -> Page:
        """The page that was asked for, its sheets with their terms; the first for nonsense."""
        paginator = Paginator(self.answer.first, PAGE_SIZE)
        paginator.count = self.answer.counts.total
        number = min(number_of(asked or ""), paginator.num_pages)
        start = (number - 1) * PAGE_SIZE
        keys = self.answer.first[start : start + PAGE_SIZE]
        if number > PAGES_KEPT:
            keys = list(self.chosen.qs.values_list("pk", flat=True)[start : start + PAGE_SIZE])
        return Page(self.rows(keys), number, paginator)

    def rows(self, keys: list[int]) -> list[Row]:
        """Sheets with their terms, in the order of the keys."""
        by_key = {each.pk: each for each in self._shown().filter(pk__in=keys).order_by()}
        return [row_of(by_key[key], self.chosen.day) for key in keys if key in by_key]

    def _shown(self) -> QuerySet[SheetFacts]:
        reader = self.chosen.reader
        return with_terms(self.chosen.queryset, place=self.chosen.place, side=reader.side)

    @property
    def key(self) -> str:
        """The same for the same question about the same sheets; officials see retired ones too."""
        chosen = self.chosen
        asked = {
            "shelf": self.shelf,
            "sheets": str(chosen.queryset.query),
            "day": chosen.day.isoformat(),
            "reader": [str(each) for each in vars(chosen.reader).values()],
            "asked": {name: str(value) for name, value in sorted(chosen.chosen.items())},
        }
        text = json.dumps(asked, sort_keys=True)
        return f"found:{hashlib.sha256(text.encode()).hexdigest()}"
