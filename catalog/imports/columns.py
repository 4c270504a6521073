"""The columns of each kind of file: headings in both languages, help, an example."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from django.conf import settings
from django.utils.translation import gettext as _, gettext_lazy, override

from catalog.enums import ImportKind
from catalog.imports.offer_columns import KEYS, PRICE, STOCK, TERMS, Column
from catalog.models import Attribute
from core.errors import DomainError


SHEET = (
    Column(
        "category",
        gettext_lazy("Category"),
        gettext_lazy("Its name or its address; one without categories below it."),
        "gel",
        ("catégorie", "category", "rayon", "famille"),
    ),
    Column(
        "name",
        gettext_lazy("Name in French"),
        gettext_lazy("What it is and its size, without your brand: Flacon PET 250 ml."),
        "Flacon PET 250 ml",
        ("nom", "désignation", "libellé", "name"),
    ),
    Column(
        "name_en",
        gettext_lazy("Name in English"),
        gettext_lazy("Empty: as in French."),
        "PET bottle 250 ml",
        ("nom anglais", "english name"),
    ),
    replace(
        KEYS[1],
        help=gettext_lazy("8, 12, 13 or 14 digits; the last one checks the others."),
    ),
    Column(
        "unit_name",
        gettext_lazy("Sold by the"),
        gettext_lazy("The single unit in French: masque, flacon, paire."),
        "flacon",
        ("unité", "unité de vente", "unit"),
    ),
    Column(
        "description",
        gettext_lazy("Description"),
        gettext_lazy("What a buyer has to know, without advertising."),
        "Col 24/410, sans bouchon",
        ("descriptif", "contenu", "content"),
    ),
    Column(
        "cpv",
        gettext_lazy("CPV code"),
        gettext_lazy("Of the common procurement vocabulary: 33140000-3."),
        "44613700-7",
        ("code cpv",),
    ),
    Column(
        "differs",
        gettext_lazy("None of the sheets alike"),
        gettext_lazy("“yes” once you have looked at the sheets that were shown as alike."),
        "",
        ("differs", "différente"),
    ),
)
SAYS = {ImportKind.STOCK: (STOCK,), ImportKind.PRICES: (PRICE,), ImportKind.OFFERS: TERMS}
SAYS[ImportKind.PRODUCTS] = SHEET
"""What each kind of file changes, one of them at least; the rest of it finds the offer."""


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns of a file of that kind, in the order of its template."""
    if kind == ImportKind.PRODUCTS:
        return (*SHEET, *_properties())
    return (*KEYS, *SAYS[ImportKind(kind)])


def _properties() -> Iterator[Column]:
    """One column for each property of any category, whatever the ministry has entered."""
    seen = {column.field for column in SHEET}
    for each in Attribute.objects.order_by("position", "pk").select_related("category"):
        if each.key not in seen:
            seen.add(each.key)
            words = ", ".join(label for _value, label in each.titles_of_choices())
            yield Column(each.key, each.label, words or "", "", (each.name, each.name_en))


def plain(heading: str) -> str:
    """A heading without case, accents and signs: "Qté. (unités)" → "qte unites"."""
    letters = unicodedata.normalize("NFKD", heading.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", letters.encode("ascii", "ignore").decode()))


def _known(kind: str) -> dict[str, Column]:
    return _headings(columns_of(kind)) if kind == ImportKind.PRODUCTS else _fixed(kind)


@cache
def _fixed(kind: str) -> dict[str, Column]:
    return _headings(columns_of(kind))


def _headings(columns: Sequence[Column]) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for column in reversed(columns):
        headings = [*column.also, column.field]
        for language, _name in settings.LANGUAGES:
            with override(language):
                headings.append(str(column.heading))
        found |= {plain(heading): column for heading in headings}
    return found


def recognised(kind: str, headings: Sequence[str]) -> int:
    """How many of the headings belong to a file of that kind."""
    known = _known(kind)
    return sum(plain(heading) in known for heading in headings)


@dataclass(frozen=True)
class Layout:
    """Where each field stands in a file."""

    headings: list[str]
    places: dict[str, int]

    def heading(self, field: str) -> str:
        """The heading under which the file has the field."""
        place = self.places.get(field)
        return self.headings[place] if place is not None else ""


def layout(kind: str, headings: Sequence[str]) -> Layout:
    """Which column is which. Raises DomainError if one is missing or there twice."""
    places: dict[str, int] = {}
    known = _known(kind)
    for place, heading in enumerate(headings):
        column = known.get(plain(heading))
        if column is None:
            continue
        if column.field in places:
            raise DomainError(
                _("Columns “%(one)s” and “%(two)s” say the same: remove one of them.")
                % {"one": headings[places[column.field]], "two": heading}
            )
        places[column.field] = place
    _check_complete(kind, places)
    return Layout(list(headings), places)


def _check_complete(kind: str, places: dict[str, int]) -> None:
    is_sheet = kind == ImportKind.PRODUCTS
    asked = SHEET[:2] if is_sheet else SAYS[ImportKind(kind)]
    missing = [column for column in asked if column.field not in places]
    if missing and (is_sheet or len(missing) == len(asked)):
        raise DomainError(
            _(
                "There is no column “%(heading)s” in the first row. Take the headings of the "
                "template; their order does not matter."
            )
            % {"heading": missing[0].heading}
        )
    if not is_sheet and not any(key.field in places for key in KEYS):
        raise DomainError(
            _("No column says which offer a row is about: add “%(reference)s” or “%(gtin)s”.")
            % {"reference": KEYS[0].heading, "gtin": KEYS[1].heading}
        )
