"""Finds product sheets by what people type: accents, case and small slips do not matter."""

import operator
import unicodedata
from functools import reduce

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Lower, Replace

from catalog.models import Product


MAX_WORDS = 8
ALIKE = 0.6
"""Trigram word similarity from which a misspelt word counts as found."""


class Unaccent(Func):
    """PostgreSQL's unaccent()."""

    function = "unaccent"
    arity = 1


def words_of(text: str) -> list[str]:
    """Lower case without accents, at most MAX_WORDS."""
    flat = unicodedata.normalize("NFKD", text.lower())
    return "".join(each for each in flat if not unicodedata.combining(each)).split()[:MAX_WORDS]


def search(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Those that have every word, or one like it, annotated with `score`.

    “EN14683” finds “EN 14683”; a number finds itself only.
    """
    words = words_of(text)
    if not words:
        return products.annotate(score=Value(0.0))
    products = products.alias(
        searched_name=_plain("name", "name_en"),
        searched=_plain(
            "name",
            "name_en",
            "category__name",
            "category__name_en",
            "standard",
            Replace("standard", Value(" "), Value("")),
            "standard_class",
            "cpv",
            "gtin",
            "description",
        ),
    )
    for place, word in enumerate(words):
        found = Q(searched__contains=word)
        if word.isalpha():
            alike = f"alike_{place}"
            products = products.alias(**{alike: TrigramWordSimilarity(word, "searched")})
            found |= Q(**{f"{alike}__gte": ALIKE})
        products = products.filter(found)
    scores = [TrigramWordSimilarity(word, "searched_name") for word in words]
    return products.annotate(score=reduce(operator.add, scores))


def _plain(*columns: str | Func) -> Lower:
    parts = [part for column in columns for part in (column, Value(" "))]
    return Lower(Unaccent(Concat(*parts, output_field=TextField())))
