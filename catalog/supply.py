"""What reaches each department: the sheets that are offered there, and units for who may know."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, Func, OuterRef, QuerySet, Sum

from buyers.models import Buyer
from catalog.availability import orderable, sellable
from catalog.models import OfferQuerySet, SheetFacts
from catalog.prices import RuleBook
from core.places import Department, departments


@dataclass(frozen=True)
class Supply:
    """One department: how many of the sheets can be delivered there; units, or None: not told."""

    department: Department
    sheets: int
    units: int | None


def supply_of(
    sheets: QuerySet[SheetFacts], *, buyer: Buyer | None, sees_stock: bool, rules: RuleBook
) -> list[Supply]:
    """Every department in the order of the codes; two statements whatever the size.

    Whoever sees stock is told of what `buyer` can order today (None: anyone); the others, of
    what vetted suppliers offer, sold out or not.
    """
    offers = orderable(buyer, rules) if sees_stock else sellable(rules)
    offers = offers.filter(product__in=sheets.order_by().values("pk")).order_by()
    everywhere = offers.filter(departments=[])
    base = everywhere.aggregate(sheets=Count("product", distinct=True), units=_units())
    found = {place: (count, units) for place, count, units in _by_place(offers, everywhere)}
    return [
        Supply(
            department,
            base["sheets"] + found.get(code, (0, 0))[0],
            (base["units"] or 0) + found.get(code, (0, 0))[1] if sees_stock else None,
        )
        for code, department in departments().items()
    ]


def _by_place(offers: OfferQuerySet, everywhere: OfferQuerySet) -> QuerySet:
    """What offers for some departments add: (department, sheets, units)."""
    served_anyway = Exists(everywhere.filter(product=OuterRef("product")))
    return (
        offers.exclude(departments=[])
        .annotate(place=Func(F("departments"), function="unnest"))
        .values("place")
        .annotate(sheets=Count("product", distinct=True, filter=~served_anyway), units=_units())
        .values_list("place", "sheets", "units")
        .order_by("place")
    )


def _units() -> Sum:
    return Sum(F("on_hand_units") - F("reserved_units"))
