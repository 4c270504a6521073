"""What the catalogue can be narrowed down by, on the page and in the API alike."""

from functools import cache

import django_filters
from django import forms
from django.db.models import Exists, F, Min, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from catalog.availability import sellable
from catalog.duplicates import with_gtin
from catalog.models import Category, Product
from catalog.prices import RuleBook
from catalog.search import search
from core.places import department_choices


BY_PRICE = ("price", _("lowest price"))
ORDERS = [("relevance", _("best match")), ("name", _("name")), BY_PRICE]


def shelf_choices() -> list[tuple[str, str]]:
    """Slug and title of every category, a shelf inside another one marked."""
    return [
        (each.slug, f"{'– ' if each.parent_id else ''}{each.title}")
        for each in Category.objects.order_by("position", "slug")
    ]


class ProductFilter(django_filters.FilterSet):
    """Product sheets; `order=price` is for who sees prices, `in_stock` for who sees stock.

    A sheet may have one supplier only: to others both would tell what that one keeps to itself.
    """

    q = django_filters.CharFilter(method="find", max_length=100, label=_("Search"))
    category = django_filters.ChoiceFilter(
        choices=shelf_choices,
        method="on_shelf",
        label=_("Category"),
        empty_label=_("all"),
    )
    department = django_filters.ChoiceFilter(
        choices=department_choices,
        method="served",
        label=_("Delivered to"),
        empty_label=_("anywhere"),
    )
    in_stock = django_filters.BooleanFilter(
        method="available", label=_("In stock now"), widget=forms.CheckboxInput
    )
    gtin = django_filters.CharFilter(method="known_by", max_length=20, label=_("GTIN"))
    managed = django_filters.BooleanFilter(
        method="scarce", label=_("Scarce: shared out in rounds"), widget=forms.CheckboxInput
    )
    order = django_filters.ChoiceFilter(
        choices=ORDERS, method="sort", label=_("Sort by"), empty_label=None
    )

    class Meta:
        model = Product
        fields = []

    def __init__(self, data=None, *args, sees_prices=False, sees_stock=None, rules=None, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.sees_stock = sees_prices if sees_stock is None else sees_stock
        if not self.sees_stock:
            del self.form.fields["in_stock"]
        self.rules = rules or RuleBook(timezone.localdate())
        self.form.fields["category"].choices = cache(shelf_choices)
        if not sees_prices:
            self.form.fields["order"].choices = [each for each in ORDERS if each != BY_PRICE]

    def filter_queryset(self, queryset):
        """The best match first where something is searched, else the shelves' own order."""
        queryset = super().filter_queryset(queryset)
        order = self.form.cleaned_data.get("order")
        if order == "price":
            return queryset.annotate(from_eur=self._lowest_price()).order_by(
                F("from_eur").asc(nulls_last=True), "name", "pk"
            )
        if order == "name":
            return queryset.order_by("name", "pk")
        if self.form.cleaned_data.get("q"):
            return queryset.order_by("-score", "name", "pk")
        return queryset.order_by("category__position", "name", "pk")

    def find(self, queryset, _name, value):
        return search(queryset, value)

    def known_by(self, queryset, _name, value: str):
        return queryset.filter(pk__in=with_gtin(value).order_by().values("pk"))

    def on_shelf(self, queryset, _name, value: str):
        return queryset.filter(Q(category__slug=value) | Q(category__parent__slug=value))

    def served(self, queryset, _name, value: str):
        return queryset.filter(Exists(self._offers().serving(value)))

    def available(self, queryset, _name, value):
        return queryset.filter(Exists(self._offers().in_stock())) if value else queryset

    def scarce(self, queryset, _name, value):
        return queryset.filter(managed=True) if value else queryset

    def sort(self, queryset, _name, _value):
        return queryset

    @cached_property
    def _sellable(self):
        return sellable(self.rules)

    def _offers(self):
        return self._sellable.filter(product=OuterRef("pk")).order_by()

    def _lowest_price(self):
        lowest = self._offers().values("product").annotate(least=Min("unit_price_eur"))
        return Subquery(lowest.values("least"))
