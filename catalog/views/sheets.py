from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog import duplicates, operations
from catalog.enums import SheetStatus
from catalog.facts import facts_of
from catalog.models import Attribute, Category, Product
from catalog.paging import page_of
from catalog.sheet_forms import SheetForm, WhatForm, initial_of
from catalog.views.supplier import own_supplier
from journal.models import Event


@require_safe
def sheets(request):
    """What the supplier acted for has proposed, the latest first."""
    supplier = own_supplier(request)
    own = Product.objects.proposals(request.user).filter(proposed_for=supplier)
    rows = own.select_related("category", "merged_into").order_by("-proposed_at", "-pk")
    context = {"supplier": supplier, "page": page_of(rows, request.GET.get("page"))}
    return render(request, "catalog/sheets.html", context)


@require_safe
def new_sheet(request):
    """First step: which category, which name; leads to the second."""
    supplier = own_supplier(request)
    form = WhatForm(request.GET if "category" in request.GET else None)
    if form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("name", "gtin")}
        url = reverse("catalog:describe_sheet", args=[form.cleaned_data["category"].slug])
        return redirect(f"{url}?{urlencode(told)}")
    return render(request, "catalog/new_sheet.html", {"form": form, "supplier": supplier})


@require_http_methods(["GET", "HEAD", "POST"])
def describe_sheet(request, category):
    """Second step: sheets like it on top, then the fields of the category."""
    supplier = own_supplier(request)
    shelves = Category.objects.filter(children=None).select_related("parent")
    shelf = get_object_or_404(shelves, slug=category)
    told = request.POST or request.kept_values or request.GET
    name, gtin = told.get("name", "")[:150], told.get("gtin", "")[:20]
    alike = alike_to(shelf, name, gtin)
    form = SheetForm(
        request.POST or None,
        initial=request.kept_values or {"name": name, "gtin": gtin},
        asked=Attribute.objects.of(shelf),
        alike=bool(alike),
    )
    if form.is_valid():
        sheet = form.perform(
            operations.propose_sheet,
            supplier,
            by=request.user,
            category=shelf,
            **form.cleaned_data,
        )
        if sheet:
            messages.success(request, _("The sheet is with the ministry. You hear of its answer."))
            return redirect("catalog:sheet", sheet.slug)
    context = {"form": form, "category": shelf, "alike": alike, "supplier": supplier}
    return render(request, "catalog/describe_sheet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request, slug):
    """One proposal: where it stands, what is asked, and the form to correct it."""
    supplier = own_supplier(request)
    own = Product.objects.proposals(request.user).filter(proposed_for=supplier)
    found = get_object_or_404(own.select_related("category__parent", "merged_into"), slug=slug)
    asked = Attribute.objects.of(found.category)
    form, alike = None, []
    if found.status == SheetStatus.CHANGES_REQUESTED:
        alike = alike_to(found.category, request.POST.get("name", found.name), "", but=found)
        initial = request.kept_values or initial_of(found, asked)
        form = SheetForm(request.POST or None, initial=initial, asked=asked, alike=bool(alike))
        if form.is_valid() and form.perform(
            operations.propose_sheet_again, found, by=request.user, **form.cleaned_data
        ):
            messages.success(request, _("The sheet is with the ministry. You hear of its answer."))
            return redirect("catalog:sheet", found.slug)
    context = {
        "product": found,
        "form": form,
        "alike": alike,
        "facts": facts_of(found, asked),
        "events": Event.objects.about(found).select_related("actor"),
        "may_offer": found.status in {SheetStatus.PROPOSED, SheetStatus.CHANGES_REQUESTED},
    }
    return render(request, "catalog/sheet.html", context)


def alike_to(category, name, gtin, but=None):
    """Public sheets that may be the same product: of the same GTIN first, then of a like name.

    What was typed comes as it is; the form says later what is wrong with it.
    """
    name, gtin = name.replace("\0", ""), gtin.replace("\0", "")
    same = list(duplicates.with_gtin(gtin).filter(is_active=True)) if gtin else []
    named = duplicates.likely(category, name, but=but) if name else []
    return same + [each for each in named if each not in same]
