"""Facets on the typed properties of a category: those that take one of a few values."""

from collections.abc import Iterable

import django_filters
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from catalog.enums import AttributeKind
from catalog.models import Attribute, Category
from catalog.models.attributes import inherited


PREFIX = "property_"
"""What the names of these filters begin with; the key of the property follows."""
YES_OR_NO = [("true", _("yes")), ("false", _("no"))]


def properties_of(
    slug: str, shelves: Iterable[Category], listed: Iterable[Attribute]
) -> dict[str, Attribute]:
    """By name of filter, the properties of a category's sheets, inherited ones included.

    `shelves`: all categories; `listed`: the properties of all of them that can be facets.
    """
    by_key = {each.pk: each for each in shelves}
    at = next((each for each in by_key.values() if each.slug == slug), None)
    path: list[Category] = []
    while at is not None:
        path.insert(0, at)
        at = by_key.get(at.parent_id) if at.parent_id else None
    return {f"{PREFIX}{each.key}": each for each in inherited(path, listed)}


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
