"""The typed properties of product sheets: read, checked and offered as facets in one place."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from catalog.enums import AttributeKind
from catalog.models import Attribute, Category, Product
from catalog.models.attributes import inherited
from core.errors import DomainError


Value: TypeAlias = bool | int | float | str
MAX_TEXT = 200
TOO_GREAT = 10**12
SPACES = str.maketrans("", "", " \u00a0\u202f")
YES = frozenset({"true", "yes", "y", "oui", "o", "vrai", "1"})
NO = frozenset({"false", "no", "n", "non", "faux", "0"})


@dataclass(frozen=True)
class Judged:
    """What was given for a sheet: the clean values, and what is wrong by key."""

    values: dict[str, Value]
    wrong: dict[str, str]


@dataclass(frozen=True)
class Facet:
    """A property that lists can be narrowed by; `path` is its lookup from a product."""

    key: str
    kind: AttributeKind
    path: str
    names: tuple[str, str]
    unit: str


def facets() -> list[Facet]:
    """One for each key of any category, by position; texts are too free to be one."""
    found: dict[str, Facet] = {}
    for each in Attribute.objects.exclude(kind=AttributeKind.TEXT).order_by("position", "pk"):
        path = each.key if each.is_column else f"attributes__{each.key}"
        names = each.name, each.name_en
        found.setdefault(
            each.key, Facet(each.key, AttributeKind(each.kind), path, names, each.unit)
        )
    return list(found.values())


def by_category() -> dict[int, list[Attribute]]:
    """The properties of every category's sheets, inherited ones included; two queries."""
    shelves = {each.pk: each for each in Category.objects.order_by("pk")}
    own: dict[int, list[Attribute]] = defaultdict(list)
    for attribute in Attribute.objects.order_by("position", "pk"):
        own[attribute.category_id].append(attribute)
    found = {}
    for pk in shelves:
        path = _path(pk, shelves)
        found[pk] = inherited(path, [each for shelf in path for each in own[shelf.pk]])
    return found


def _path(pk: int, shelves: Mapping[int, Category]) -> list[Category]:
    path: list[Category] = []
    at: int | None = pk
    while at is not None:
        path.insert(0, shelves[at])
        at = shelves[at].parent_id
    return path


def judge(attributes: Iterable[Attribute], given: Mapping[str, object]) -> Judged:
    """Every value of `given` read as its kind; empty ones are left out.

    Numbers may be written as people write them (“1 000”, “7,5”), choices by value or by label,
    yes and no in French or English. What is missing, unknown or out of bounds is in `wrong`.
    """
    known = {each.key: each for each in attributes}
    values, wrong = {}, {}
    for key, value in given.items():
        if key not in known:
            wrong[key] = _("This category has no property “%(key)s”. It has: %(known)s.") % {
                "key": key[:40],
                "known": ", ".join(sorted(known)) or _("none"),
            }
        elif value not in (None, ""):
            try:
                values[key] = READERS[AttributeKind(known[key].kind)](known[key], value)
            except ValueError as error:
                wrong[key] = str(error)
    for key, attribute in known.items():
        if attribute.is_required and key not in values and key not in wrong:
            wrong[key] = _("%(name)s: this is needed, fill it in.") % {"name": attribute.title}
    return Judged(values, wrong)


def clean(attributes: Iterable[Attribute], given: Mapping[str, object]) -> dict[str, Value]:
    """As `judge`; raises DomainError naming the first key that is wrong."""
    judged = judge(attributes, given)
    for key, message in judged.wrong.items():
        raise DomainError(message, field=key)
    return judged.values


def values_of(product: Product, attributes: Iterable[Attribute]) -> dict[str, object]:
    """What the sheet says for each key, columns included; empty ones are left out."""
    found: dict[str, object] = {}
    for each in attributes:
        value = getattr(product, each.key) if each.is_column else product.attributes.get(each.key)
        if value not in (None, ""):
            found[each.key] = value
    return found


def assign(
    product: Product, attributes: Iterable[Attribute], values: Mapping[str, object]
) -> None:
    """Put clean values where they belong; what is not given becomes empty."""
    product.attributes = {}
    for each in attributes:
        if each.is_column:
            setattr(product, each.key, values.get(each.key, getattr(Product(), each.key)))
        elif each.key in values:
            product.attributes[each.key] = values[each.key]


def word(attribute: Attribute, value: object) -> str:
    """A value as people read it, with its unit."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if attribute.kind == AttributeKind.CHOICE:
        return dict(attribute.titles_of_choices()).get(str(value), str(value))
    if isinstance(value, int | float | Decimal):
        shown = number_format(str(value).removesuffix(".0"), use_l10n=True, force_grouping=True)
        shown = shown.replace("\u00a0", "\u202f")
        return f"{shown}\u00a0{attribute.unit}".strip()
    return str(value)


def _number(attribute: Attribute, value: object) -> Decimal:
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        number = Decimal(str(value).translate(SPACES).replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= TOO_GREAT:
        raise ValueError(
            _("%(name)s: “%(value)s” is not a number. Write digits, for example 28.")
            % {"name": attribute.title, "value": str(value)[:40]}
        )
    _check_bounds(attribute, number)
    return number


def _check_bounds(attribute: Attribute, number: Decimal) -> None:
    low, high = attribute.least, attribute.most
    facts = {"name": attribute.label, "least": _plain(low), "most": _plain(high)}
    if low is not None and number < low:
        raise ValueError(_("%(name)s: at least %(least)s, correct the figure.") % facts)
    if high is not None and number > high:
        raise ValueError(_("%(name)s: at most %(most)s, correct the figure.") % facts)


def _plain(bound: Decimal | None) -> str:
    return "" if bound is None else number_format(f"{Decimal(bound).normalize():f}", use_l10n=True)


def _read_integer(attribute: Attribute, value: object) -> int:
    number = _number(attribute, value)
    if number != number.to_integral_value():
        raise ValueError(
            _("%(name)s: write a whole number, without decimals.") % {"name": attribute.title}
        )
    return int(number)


def _read_decimal(attribute: Attribute, value: object) -> int | float:
    number = _number(attribute, value)
    return int(number) if number == number.to_integral_value() else float(number)


def _read_boolean(attribute: Attribute, value: object) -> bool:
    said = str(value).strip().lower()
    if said not in YES | NO:
        raise ValueError(_("%(name)s: write “yes” or “no”.") % {"name": attribute.title})
    return said in YES


def _read_choice(attribute: Attribute, value: object) -> str:
    said = str(value).strip().lower()
    for each in attribute.choices:
        if said in {text.lower() for text in each.values()}:
            return str(each["value"])
    raise ValueError(
        _("%(name)s: “%(value)s” is not in the list. Choose among: %(known)s.")
        % {
            "name": attribute.title,
            "value": str(value)[:40],
            "known": ", ".join(label for _value, label in attribute.titles_of_choices()),
        }
    )


def _read_text(attribute: Attribute, value: object) -> str:
    shown = (letter if letter.isprintable() else " " for letter in str(value))
    text = " ".join("".join(shown).split())
    if len(text) > MAX_TEXT:
        raise ValueError(
            _("%(name)s: at most %(most)d letters, shorten it.")
            % {"name": attribute.title, "most": MAX_TEXT}
        )
    return text


READERS: dict[AttributeKind, Callable[[Attribute, object], Value]] = {
    AttributeKind.INTEGER: _read_integer,
    AttributeKind.DECIMAL: _read_decimal,
    AttributeKind.BOOLEAN: _read_boolean,
    AttributeKind.CHOICE: _read_choice,
    AttributeKind.TEXT: _read_text,
}
