from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.availability import may_buy
from catalog.enums import SheetFileKind
from catalog.facts import facts_of
from catalog.filters import ProductFilter
from catalog.forms import NeedForm, PickForm
from catalog.models import Attribute, Product, SheetFacts
from catalog.prices import RuleBook
from catalog.search.terms import Reader
from catalog.shelf import shelves
from catalog.views.listing import listing


MAX_SUBSTITUTES = 3
OFFERS_SHOWN = 12
"""Of one sheet on one screen, the best first."""


def reader_of(request):
    """The approved buyer acted for, and whether prices may be shown at all."""
    buyer = request.buyer if request.buyer and request.buyer.is_approved else None
    at_ministry = request.user.is_authenticated and request.user.has_ministry_role()
    return buyer, bool(buyer or at_ministry)


def reading(request):
    """Who searches, as the search sees it."""
    buyer, _sees_prices = reader_of(request)
    official = request.user.is_authenticated and request.user.has_ministry_role()
    return Reader.of(buyer, official=official)


def chosen_sheets(request, *, reader=None, known=None):
    """The sheets that the address asks for, with the form that asks."""
    sheets = SheetFacts.objects.visible_to(request.user).for_listing()
    return ProductFilter(request.GET, sheets, reader=reader or reading(request), known=known)


@require_safe
@login_not_required
def search(request):
    reader = reading(request)
    shown = listing(request, reader=reader, choose=chosen_sheets)
    context = {"listing": shown, "sees_prices": reader.sees_terms}
    return render(request, "catalog/search.html", context)


@require_safe
@login_not_required
def product(request, slug):
    sheets = Product.objects.visible_to(request.user).select_related("category__parent")
    sheet = sheets.filter(slug=slug).first()
    if sheet is None:
        moved = get_object_or_404(Product.objects.merged_from(slug))
        return redirect("catalog:product", moved.slug, permanent=True)
    buyer, sees_prices = reader_of(request)
    files = sheet.files.public().latest_by_kind()
    (shelf,) = shelves([sheet], buyer=buyer, rules=RuleBook(timezone.localdate()))
    context = {
        "product": sheet,
        "facts": facts_of(sheet, Attribute.objects.of(sheet.category)),
        "photo": files.get(SheetFileKind.PHOTO),
        "safety_sheet": files.get(SheetFileKind.SAFETY),
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
