"""What the catalogue can be narrowed down by, on the page and in the API alike."""

import json
from functools import cached_property, partial

import django_filters
from django import forms
from django.contrib.postgres.search import SearchRank
from django.db.models import F, Func, IntegerField, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from catalog.duplicates import with_gtin
from catalog.models import Attribute, Category, SheetFacts, SheetTerms
from catalog.search import properties
from catalog.search.known import Known
from catalog.search.terms import Reader, with_terms
from catalog.search.words import Clause, clauses_of, query_of
from core.places import department_choices, departments, distances_km
from suppliers.enums import Standard


ORDERS = [("relevance", _("best match")), ("name", _("name"))]
ORDERS_OF_TERMS = [
    ("price", _("price per litre or piece")),
    ("lead_time", _("fastest delivery")),
]
BY_DISTANCE = ("distance", _("nearest"))
PRICE_BANDS = {
    "free": (0, 0, _("donation")),
    "0-0.1": (0, "0.1", _("up to €0.10")),
    "0.1-1": ("0.1", 1, _("€0.10 to €1")),
    "1-5": (1, 5, _("€1 to €5")),
    "5-20": (5, 20, _("€5 to €20")),
    "20-100": (20, 100, _("€20 to €100")),
    "100-": (100, None, _("above €100")),
}
"""Above the first figure up to the second, in € per litre or piece."""
LEAD_TIMES = {
    "1": _("within a day"),
    "3": _("within 3 days"),
    "7": _("within a week"),
    "14": _("within 2 weeks"),
    "30": _("within a month"),
}
DISTANCES = {
    "50": _("within 50 km"),
    "150": _("within 150 km"),
    "300": _("within 300 km"),
    "600": _("within 600 km"),
}
OF_TERMS = ("department", "in_stock", "price", "lead_time", "donation", "distance")
"""Filters that tell what is on sale: for those who see prices and stock."""
CUMULATIVE = {"lead_time": LEAD_TIMES, "distance": DISTANCES}
"""Facets in which the next value holds the one before."""


class Nearest(Func):
    """Kilometres to the nearest of the departments in an array, by a table of distances."""

    template = "(SELECT min((%(table)s ->> origin)::int) FROM unnest(%(expressions)s) AS origin)"
    output_field = IntegerField()

    def __init__(self, origins: str, department: str) -> None:
        super().__init__(F(origins))
        self.extra["table"] = f"'{json.dumps(distances_km(department))}'::jsonb"


_text = extend_schema_field(OpenApiTypes.STR)
"""Codes and slugs, too many to be listed in the API's description."""


def _tick(label):
    return django_filters.BooleanFilter(label=label, widget=forms.CheckboxInput)


def _choice(label, choices):
    return django_filters.ChoiceFilter(label=label, choices=choices, empty_label=_("all"))


class ProductFilter(django_filters.FilterSet):
    """Product sheets as the search sees them; filters on prices and stock only for those who may.

    A buyer sees what is on sale for it: in its department unless it names another one, on its
    side of trade, and nothing that is for manufacturers unless it is one. Within a category each
    property with a list of values is a filter too (`catalog.search.properties`).
    """

    q = django_filters.CharFilter(max_length=100, label=_("Search"))
    category = _text(_choice(_("Category"), ()))
    standard = _choice(_("Standard"), Standard.choices)
    department = _text(
        django_filters.ChoiceFilter(
            label=_("Delivered to"), choices=department_choices, empty_label=_("anywhere")
        )
    )
    in_stock = _tick(_("In stock now"))
    price = _choice(
        _("Price per litre or piece"), [(key, band[2]) for key, band in PRICE_BANDS.items()]
    )
    lead_time = _choice(_("Delivery"), list(LEAD_TIMES.items()))
    distance = _choice(_("Distance of the supplier"), list(DISTANCES.items()))
    donation = _tick(_("Donation"))
    gtin = django_filters.CharFilter(max_length=20, label=_("GTIN"))
    managed = _tick(_("Scarce: shared out in rounds"))
    order = django_filters.ChoiceFilter(
        choices=[*ORDERS, *ORDERS_OF_TERMS, BY_DISTANCE], label=_("Sort by"), empty_label=None
    )

    class Meta:
        model = SheetFacts
        fields = []

    def __init__(self, data=None, queryset=None, *, reader: Reader, known=None, **kwargs):
        super().__init__(data, queryset, **kwargs)
        self.reader, self.day = reader, timezone.localdate()
        asked = {name: str(self.data.get(name, "")) for name in ("q", "category")}
        self.known = known or Known.of(
            [asked["q"]], day=self.day, in_category=bool(asked["category"])
        )
        if not reader.sees_terms:
            for name in OF_TERMS:
                del self.filters[name]
        for name, attribute in self.properties.items():
            self.filters[name] = properties.filter_on(attribute)
            self.filters[name].parent, self.filters[name].model = self, SheetFacts
        fields = self.form.fields
        fields["category"].choices = [
            (each.slug, f"{'– ' if each.parent_id else ''}{each.title}") for each in self.shelves
        ]
        if reader.place and "department" in fields:
            own = _("your department (%(code)s)") % {"code": reader.place}
            fields["department"].empty_label = own
            fields["department"].choices = department_choices  # or the old label is shown
        orders = [*ORDERS, *ORDERS_OF_TERMS, BY_DISTANCE] if reader.sees_terms else ORDERS
        if not self.place:
            orders = [each for each in orders if each != BY_DISTANCE]
            fields.pop("distance", None)
        fields["order"].choices = orders

    @property
    def shelves(self) -> list[Category]:
        """All categories, in their order."""
        return self.known.shelves

    @cached_property
    def properties(self) -> dict[str, Attribute]:
        """By name of filter, the listed properties of the category that is chosen."""
        return properties.properties_of(str(self.data.get("category", "")), self.shelves)

    @cached_property
    def chosen(self) -> dict[str, object]:
        """What was asked for and makes sense."""
        self.form.is_valid()
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def place(self) -> str:
        """The department whose terms are asked for; empty: wherever."""
        if not self.reader.sees_terms:
            return SheetTerms.ANYWHERE
        asked = str(self.data.get("department", ""))
        return asked if asked in departments() else self.reader.place

    def family(self, slug: str) -> list[int]:
        """A category and those below it, by key."""
        found = [each.pk for each in self.shelves if each.slug == slug]
        for each in self.shelves:
            if each.parent_id in found:
                found.append(each.pk)
        return found

    @cached_property
    def sheets(self):
        """All sheets with these words that this reader may see or buy, before any facet."""
        sheets = self.queryset
        if not self.reader.buys_for_industry:
            sheets = sheets.filter(for_industry=False)
        sheets = with_terms(sheets, place=self.place, side=self.reader.side)
        if self.clauses:
            query = query_of(self.clauses)
            return sheets.filter(document=query).alias(score=SearchRank(F("document"), query))
        return sheets.none() if "q" in self.chosen else sheets

    @cached_property
    def clauses(self) -> list[Clause]:
        """What the words ask for."""
        return clauses_of(str(self.chosen.get("q", "")), lexicon=self.known.lexicon)

    @cached_property
    def rules(self) -> dict[str, Q]:
        """What each chosen facet asks of a sheet."""
        making = {
            "category": lambda slug: Q(category__in=self.family(slug)),
            "standard": lambda standard: Q(standard=standard),
            "department": lambda _code: Q(offers__gt=0),
            "in_stock": lambda _yes: Q(ready_offers__gt=0),
            "price": _in_band,
            "lead_time": lambda days: Q(lead_time_days__lte=int(days)),
            "distance": self._near,
            "donation": lambda _yes: Q(donation=True),
            "gtin": lambda code: Q(product__in=with_gtin(code).order_by().values("pk")),
            "managed": lambda _yes: Q(managed=True),
        }
        for name, attribute in self.properties.items():
            making[name] = partial(properties.rule, attribute)
        return {
            name: rule(self.chosen[name]) for name, rule in making.items() if name in self.chosen
        }

    def filter_queryset(self, queryset):
        """What is chosen, in the order asked for."""
        found = self.sheets
        for rule in self.rules.values():
            found = found.filter(rule)
        return found.order_by(*self._order())

    def _order(self):
        by_name = ("name", "pk")
        match self.chosen.get("order"):
            case "price":
                return F("comparable_eur").asc(nulls_last=True), *by_name
            case "lead_time":
                return F("lead_time_days").asc(nulls_last=True), *by_name
            case "distance":
                return Nearest("origins", self.place).asc(nulls_last=True), *by_name
            case "name":
                return by_name
        return ("-score", *by_name) if self.clauses else ("position", *by_name)

    def _near(self, radius: str) -> Q:
        near = [code for code, km in distances_km(self.place).items() if km <= int(radius)]
        return Q(origins__overlap=near)


def _in_band(band: str) -> Q:
    above, up_to, _label = PRICE_BANDS[band]
    if up_to == 0:
        return Q(comparable_eur=0)
    rule = Q(comparable_eur__gt=above)
    return rule if up_to is None else rule & Q(comparable_eur__lte=up_to)
