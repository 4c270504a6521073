"""Facets on the typed properties of a category: those that take one of a few values."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from catalog.enums import LISTED_KINDS, AttributeKind
from catalog.models import Attribute, Category
from catalog.models.attributes import inherited


PREFIX = "property_"
"""What the names of these filters begin with; the key of the property follows."""
SAID = ("key", "name", "name_en", "kind", "unit", "choices", "position")
"""What a filter has to know of a property."""
YES_OR_NO = [("true", _("yes")), ("false", _("no"))]


def with_listed(shelves: QuerySet[Category]) -> QuerySet[Category]:
    """Categories, each with `listed`: its own properties that can be facets, as JSON."""
    said = JSONObject(**{name: f"attributes__{name}" for name in SAID})
    return shelves.annotate(listed=JSONBAgg(said, filter=Q(attributes__kind__in=LISTED_KINDS)))


def properties_of(slug: str, shelves: Iterable[Category]) -> dict[str, Attribute]:
    """By name of filter, the properties of a category's sheets, inherited ones included.

    `shelves`: all categories, of `with_listed`; a category that does not exist has none.
    """
    by_key = {each.pk: each for each in shelves}
    at = next((each for each in by_key.values() if each.slug == slug), None)
    path: list[Category] = []
    while at is not None:
        path.insert(0, at)
        at = by_key.get(at.parent_id) if at.parent_id else None
    own = [Attribute(category_id=each.pk, **said) for each in path for said in _listed(each)]
    return {f"{PREFIX}{each.key}": each for each in inherited(path, own)}


def _listed(shelf: Category) -> list[dict[str, Any]]:
    return shelf.listed or []  # type: ignore[attr-defined]


def filter_on(attribute: Attribute) -> django_filters.ChoiceFilter:
    """The filter of one property, its values in the reader's language."""
    is_list = attribute.kind == AttributeKind.CHOICE
    return django_filters.ChoiceFilter(
        label=capfirst(attribute.label),
        choices=attribute.titles_of_choices() if is_list else YES_OR_NO,
        empty_label=_("all"),
    )


def rule(attribute: Attribute, value: str) -> Q:
    """Sheets whose property has this value, as the filter names it."""
    is_list = attribute.kind == AttributeKind.CHOICE
    return Q(properties__contains={attribute.key: value if is_list else value == "true"})
