"""What a search reads before it finds anything: shelves, and what its words may mean."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from catalog.models import Category
from catalog.search import properties
from catalog.search.words import Lexicon, synonyms_on


@dataclass(frozen=True)
class Known:
    """What a filter reads before it finds anything; many filters may share it."""

    shelves: list[Category]
    """All categories, in their order."""
    lexicon: Lexicon

    @classmethod
    def of(cls, texts: Collection[str], *, day: date, in_category: bool = False) -> "Known":
        """For searches by these texts on `day`, in some category or in none; three statements."""
        shelves = Category.objects.order_by("position", "slug")
        shelves = properties.with_listed(shelves) if in_category else shelves
        synonyms = synonyms_on(day) if any(texts) else {}
        return cls(list(shelves), Lexicon.of(texts, synonyms=synonyms))
