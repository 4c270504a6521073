"""The links on top of every page, by what the person does here."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _


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
    """One entry of the navigation; `current` is "page", "true" (a page below it) or empty."""

    text: Any
    url: str
    current: str = ""


def links(request: HttpRequest) -> list[Link]:
    """The entries whose pages exist, the one that leads nearest to this page marked."""
    entries = []
    for name, text in _names(request):
        try:
            entries.append(Link(text, reverse(name)))
        except NoReverseMatch:
            continue
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
