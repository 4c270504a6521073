"""Facets and chips as links: what the list could be narrowed down by, and what it is."""

from dataclasses import dataclass, field

from django.utils.http import urlencode
from django.utils.translation import pgettext

from catalog.filters import CUMULATIVE, ProductFilter
from catalog.search.answers import Counts


TICKS = ("in_stock", "donation", "managed")
SHOWN = (
    *("department", "in_stock", "price", "lead_time", "distance", "standard"),
    *("managed", "donation"),
)
IN_FORM = ("q", "department", "order")


def shown(chosen: ProductFilter) -> tuple[str, ...]:
    """The facets in the order of the page: the category, its own properties, then the rest."""
    return ("category", *chosen.properties, *SHOWN)


@dataclass
class Chip:
    """One filter in force, and the link that takes it off."""

    text: str
    url: str


@dataclass
class Value:
    """One choice: how many sheets it leaves, and the link that makes it or takes it off."""

    value: str
    label: str
    count: int
    url: str
    is_chosen: bool


@dataclass
class Facet:
    """One question and its possible answers; a tick has one answer."""

    name: str
    label: str
    values: list[Value] = field(default_factory=list)


def chips(asked, chosen: ProductFilter) -> list[Chip]:
    """What the list is narrowed down by, each with a way to take it off."""
    return [
        Chip(_chip_text(name, chosen), _link(asked, chosen, name, None))
        for name in ("q", *shown(chosen), "gtin")
        if name in chosen.chosen
    ]


def _chip_text(name: str, chosen: ProductFilter) -> str:
    label, value = chosen.form.fields[name].label, chosen.chosen[name]
    if name == "q":
        return pgettext("typed search words", "“%(words)s”") % {"words": value}
    if name in TICKS:
        return str(label)
    if name == "gtin":
        return f"{label} {value}"
    text = str(dict(chosen.form.fields[name].choices)[value]).removeprefix("– ")
    return text if name in ("category", "standard") else f"{label} {text}"


def kept_choices(chosen: ProductFilter) -> list[tuple[str, str]]:
    """Names and values of the facets chosen, for a form that asks for the rest."""
    return [
        (name, "true" if name in TICKS else str(value))
        for name, value in chosen.chosen.items()
        if name not in IN_FORM
    ]


def facets_of(asked, chosen: ProductFilter, counts: Counts) -> list[Facet]:
    """Every facet that has a choice to offer, in the order of the page."""
    found = []
    for name in shown(chosen):
        if name in chosen.form.fields:
            facet = Facet(name, str(chosen.form.fields[name].label))
            for value, label, number in _values(name, chosen, counts.by_value.get(name, {})):
                is_chosen = str(chosen.chosen.get(name, "")).lower() == value.lower()
                if number or is_chosen:
                    link = _link(asked, chosen, name, None if is_chosen else value)
                    facet.values.append(Value(value, label, number, link, is_chosen))
            if facet.values:
                found.append(facet)
    return found


def _values(name: str, chosen: ProductFilter, counts: dict[str, int]):
    field = chosen.form.fields[name]
    if name in TICKS:
        return [("true", str(field.label), counts.get("true", 0))]
    if name == "category":
        found = []
        for each in chosen.shelves:
            number = sum(counts.get(str(key), 0) for key in chosen.family(each.slug))
            found.append((each.slug, each.title, number))
        return found
    if name in CUMULATIVE:
        return _summed(CUMULATIVE[name], counts)
    return [
        (value, str(label), counts[value]) for value, label in field.choices if value in counts
    ]


def _summed(steps, counts: dict[str, int]):
    so_far, found = 0, []
    for value, label in steps.items():
        if counts.get(value):
            so_far += counts[value]
            found.append((value, str(label), so_far))
    return found


def _link(asked, chosen: ProductFilter, name: str, value: str | None) -> str:
    """The same question with another answer to one part; a category takes its properties along."""
    gone = {"page", name, *(chosen.properties if name == "category" else ())}
    rest = {key: values for key, values in asked.lists() if key not in gone}
    if value is not None:
        rest[name] = [value]
    return f"?{urlencode(rest, doseq=True)}"
