from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from catalog.availability import may_buy
from catalog.facts import facts_of
from catalog.filters import ProductFilter
from catalog.forms import NeedForm, PickForm
from catalog.models import Attribute, Product
from catalog.paging import page_of
from catalog.prices import RuleBook
from catalog.shelf import shelves


MAX_SUBSTITUTES = 3
OFFERS_SHOWN = 12
"""Of one sheet on one screen, the best first."""


@dataclass
class Chip:
    """One filter in force, and the link that takes it off."""

    text: str
    url: str


def reader_of(request):
    """The approved buyer acted for, and whether prices may be shown at all."""
    buyer = request.buyer if request.buyer and request.buyer.is_approved else None
    at_ministry = request.user.is_authenticated and request.user.has_ministry_role()
    return buyer, bool(buyer or at_ministry)


def chosen_sheets(request, *, sees_prices, rules):
    """The sheets that the address asks for, with the form that asks."""
    sheets = Product.objects.visible_to(request.user).select_related("category")
    return ProductFilter(request.GET, sheets, sees_prices=sees_prices, rules=rules)


@require_safe
@login_not_required
def search(request):
    buyer, sees_prices = reader_of(request)
    rules = RuleBook(timezone.localdate())
    chosen = chosen_sheets(request, sees_prices=sees_prices, rules=rules)
    page = page_of(chosen.qs, request.GET.get("page"))
    context = {
        "page": page,
        "form": chosen.form,
        "chips": chips(request.GET, chosen.form),
        "shelves": shelves(page.object_list, buyer=buyer, rules=rules),
        "sees_prices": sees_prices,
        "buyer": buyer,
    }
    return render(request, "catalog/search.html", context)


def chips(asked, form):
    """What the list is narrowed down by, each with a way to take it off."""
    found = []
    for name in ("q", "category", "department", "in_stock", "managed"):
        value = form.cleaned_data.get(name)
        if not value:
            continue
        field = form.fields[name]
        if name == "q":
            text = pgettext("typed search words", "“%(words)s”") % {"words": value}
        elif name in ("in_stock", "managed"):
            text = field.label
        elif name == "department":
            text = f"{field.label} {dict(field.choices)[value]}"
        else:
            text = dict(field.choices)[value].removeprefix("– ")
        rest = asked.copy()
        for gone in (name, "page"):
            rest.pop(gone, None)
        found.append(Chip(text, f"?{rest.urlencode()}"))
    return found


@require_safe
@login_not_required
def product(request, slug):
    sheets = Product.objects.visible_to(request.user).select_related("category__parent")
    sheet = sheets.filter(slug=slug).first()
    if sheet is None:
        moved = get_object_or_404(Product.objects.merged_from(slug))
        return redirect("catalog:product", moved.slug, permanent=True)
    buyer, sees_prices = reader_of(request)
    (shelf,) = shelves([sheet], buyer=buyer, rules=RuleBook(timezone.localdate()))
    context = {
        "product": sheet,
        "facts": facts_of(sheet, Attribute.objects.of(sheet.category)),
        "shelf": shelf,
        "offers": Paginator(shelf.quotes, OFFERS_SHOWN).get_page(request.GET.get("page")),
        "sees_prices": sees_prices,
        "buyer": buyer,
        "weekly_need_units": sheet.weekly_need_units(buyer.beds, buyer.staff) if buyer else 0,
        "may_buy": bool(buyer) and may_buy(buyer, sheet),
        "form": order_form(request, sheet) if buyer else None,
    }
    return render(request, "catalog/product.html", context)


def order_form(request, sheet):
    """A need for what is shared out in rounds, a quantity for the rest."""
    if not sheet.managed:
        return PickForm()
    others = Product.objects.visible_to(request.user).filter(
        category=sheet.category_id, managed=True, is_active=True
    )
    return NeedForm(substitutes=others.exclude(pk=sheet.pk)[:MAX_SUBSTITUTES])
