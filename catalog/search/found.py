"""A page of what a search finds: order and counts from memory, what is shown from PostgreSQL."""

from datetime import timedelta
from functools import cached_property

import numpy as np
from django.core.paginator import Page, Paginator

from catalog.filters import ProductFilter
from catalog.models import Product
from catalog.paging import PAGE_SIZE, number_of
from catalog.search import on_sale
from catalog.search.answers import Answer, Counts
from catalog.search.memory import Shelf, Version, memory
from catalog.search.sheets import Ints
from catalog.search.terms import Reader, Row


def shelf_of(reader: Reader) -> Shelf:
    """The shelf as it is now, for this reader."""
    return memory.shelf(Version.now(), reader)


class Found:
    """What a filter finds."""

    def __init__(self, chosen: ProductFilter, *, shelf: Shelf | None = None) -> None:
        """`shelf`: where it is known (see `shelf_of`)."""
        self.chosen, self.shelf = chosen, shelf or shelf_of(chosen.reader)
        self.answer = Answer(chosen, self.shelf)

    @property
    def counts(self) -> Counts:
        """By facet, each without itself."""
        return self.answer.counts

    @cached_property
    def keys(self) -> Ints:
        """All products found, in the order asked for."""
        return self.answer.keys()

    def page(self, asked: str | None) -> Page:
        """The page that was asked for, its sheets with their terms; the first for nonsense."""
        paginator = Paginator(self.keys, PAGE_SIZE)
        number = min(number_of(asked or ""), paginator.num_pages)
        start = (number - 1) * PAGE_SIZE
        return Page(self._rows(self.keys[start : start + PAGE_SIZE]), number, paginator)

    def _rows(self, keys: Ints) -> list[Row]:
        """Sheets with their terms, in the order of the keys: one statement."""
        chosen = self.chosen
        sheets = chosen.queryset.filter(pk__in=keys.tolist()).order_by()
        products = {each.pk: each.product for each in sheets}
        side = chosen.reader.side
        terms = self.shelf.terms(keys, place=chosen.place, side=side)
        return [
            self._row(products[key], each)
            for key, each in zip(keys.tolist(), terms, strict=True)
            if key in products
        ]

    def _row(self, product: Product, terms: np.void) -> Row:
        if not self.chosen.reader.sees_terms:
            return Row(product, is_offered=bool(terms["offers"]))
        days = int(terms["lead_time"])
        return Row(
            product,
            is_offered=bool(terms["offers"]),
            ready_offers=int(terms["ready"]),
            lowest_eur=on_sale.eur(terms["lowest"]),
            highest_eur=on_sale.eur(terms["highest"]),
            comparable_eur=on_sale.eur(terms["comparable"]),
            delivery=None if days < 0 else self.chosen.day + timedelta(days=days),
        )
