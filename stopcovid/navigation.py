"""The links on top of every page, by what the person does here."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Shortfall


SHORTFALLS = "orders:shortfalls"
SHOWN_FOR = datetime.timedelta(days=30)
"""So long a shortfall is counted beside its link."""
PUBLIC = [("catalog:search", _("Catalogue"))]
NEWCOMER = [
    *PUBLIC,
    ("suppliers:new", _("Register my company")),
    ("buyers:new", _("Register my establishment")),
]
SUPPLIER = [
    ("orders:day", _("My day")),
    ("catalog:offers", _("Offers")),
    ("catalog:sheets", _("Sheets")),
    ("orders:supplier_orders", _("Sales")),
    (SHORTFALLS, _("Shortfalls")),
    ("catalog:search", _("Catalogue")),
    ("suppliers:file", _("My company")),
]
BUYER = [
    ("orders:day", _("My day")),
    ("catalog:search", _("Catalogue")),
    ("orders:basket", _("Basket")),
    ("orders:orders", _("Orders")),
    ("buyers:file", _("My establishment")),
]
MINISTRY = [("admin:index", _("Work queue")), ("orders:rounds", _("Rounds")), *PUBLIC]


@dataclass
class Link:
    """One entry of the navigation; `current` is "page", "true" (a page below it) or empty.

    `count`: how many things wait behind it.
    """

    text: Any
    url: str
    current: str = ""
    count: int = 0


def count_of_shortfalls() -> Coalesce:
    """Of a supplier's seat: how many of its offers' promises fell short in the last days."""
    recent = Shortfall.objects.filter(
        at__gte=timezone.now() - SHOWN_FOR, offer__supplier=OuterRef("supplier")
    )
    counted = recent.order_by().values("offer__supplier").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def links(request: HttpRequest) -> list[Link]:
    """The entries whose pages exist, the one that leads nearest to this page marked."""
    entries = []
    for name, text in _names(request):
        try:
            link = Link(text, reverse(name))
        except NoReverseMatch:
            continue
        if name == SHORTFALLS:
            link.count = request.membership.recent_shortfalls  # type: ignore[attr-defined]
        entries.append(link)
    above = [entry for entry in entries if request.path.startswith(entry.url)]
    if above:
        nearest = max(above, key=lambda entry: len(entry.url))
        nearest.current = "page" if nearest.url == request.path else "true"
    return entries


def _names(request: HttpRequest) -> list[tuple[str, Any]]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return PUBLIC
    if getattr(request, "supplier", None):
        return SUPPLIER
    if getattr(request, "buyer", None):
        return BUYER
    return MINISTRY if user.is_staff else NEWCOMER
