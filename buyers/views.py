from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.organisation_pages import saved_text, steps
from accounts.organisations import SiretCheck
from buyers import operations, register
from buyers.checklist import checklist
from buyers.enums import BuyerRole
from buyers.forms import BuyerForm, MemberForm, NewBuyerForm, NumbersForm, SiteForm
from journal.models import Event


page_or_form = require_http_methods(["GET", "HEAD", "POST"])
ROWS = 24


def own_buyer(request):
    """The buyer acted for; others do not know that the page exists."""
    if request.buyer is None:
        raise Http404
    return request.buyer


def managed_buyer(request):
    """As above, for its managers."""
    buyer = own_buyer(request)
    if request.membership.role != BuyerRole.MANAGER:
        raise PermissionDenied
    return buyer


@page_or_form
def new(request):
    """Two steps at one address: the numbers, then (once they stand in the address) the rest."""
    numbers = NumbersForm(request.GET)
    if {"finess", "siret"} & set(request.GET) and numbers.is_valid():
        return _new_with_numbers(request, numbers.cleaned_data)
    form = NumbersForm(request.POST or None, initial=request.kept_values or None)
    if form.is_valid():
        return redirect(f"{reverse('buyers:new')}?{urlencode(form.cleaned_data)}")
    return render(request, "buyers/new.html", {"form": form})


def _new_with_numbers(request, numbers):
    entry = register.lookup(numbers["finess"] or numbers["siret"])
    form = NewBuyerForm(
        request.POST or None, entry=entry, initial={**request.kept_values, **numbers}
    )
    if form.is_valid():
        buyer = form.perform(operations.create, by=request.user, **form.cleaned_data)
        if buyer:
            request.session["organisation"] = f"buyer:{buyer.pk}"
            messages.success(request, _("Your file is open. See what is still missing below."))
            return redirect("buyers:file")
    context = {"form": form, "entry": entry, "numbers": numbers}
    return render(request, "buyers/new_details.html", context)


@require_safe
def file(request):
    buyer = own_buyer(request)
    items = checklist(buyer)
    is_manager = request.membership.role == BuyerRole.MANAGER
    context = {
        "buyer": buyer,
        "steps": steps(buyer),
        "items": items,
        "missing_count": sum(not item.done for item in items),
        "is_manager": is_manager,
        "can_change": is_manager and (buyer.is_editable or buyer.is_approved),
        "site_count": buyer.sites.count(),
        "member_count": buyer.members.count(),
        "events": Event.objects.about(buyer).select_related("actor"),
    }
    return render(request, "buyers/file.html", context)


@page_or_form
def edit(request):
    buyer = managed_buyer(request)
    entry = None
    if buyer.siret_check == SiretCheck.REGISTER:
        entry = register.lookup(buyer.finess or buyer.siret or "")
    form = BuyerForm(
        request.POST or None, instance=buyer, entry=entry, initial=request.kept_values or None
    )
    if form.is_valid():
        done = form.perform(operations.update, buyer, by=request.user, **form.cleaned_data)
        if done:
            messages.success(request, saved_text(before=buyer, after=done))
            return redirect("buyers:file")
    return render(request, "buyers/edit.html", {"form": form, "buyer": buyer, "entry": entry})


@require_safe
def sites(request):
    buyer = own_buyer(request)
    page = Paginator(buyer.sites.all(), ROWS).get_page(request.GET.get("page"))
    is_manager = request.membership.role == BuyerRole.MANAGER
    return render(request, "buyers/sites.html", {"page": page, "is_manager": is_manager})


@page_or_form
def add_site(request):
    buyer = managed_buyer(request)
    form = SiteForm(request.POST or None, initial=request.kept_values or None)
    if form.is_valid() and form.perform(
        operations.add_site, buyer, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("The place of delivery was added."))
        return redirect("buyers:sites")
    return render(request, "buyers/site.html", {"form": form})


@page_or_form
def edit_site(request, public_id):
    buyer = managed_buyer(request)
    site = get_object_or_404(buyer.sites, public_id=public_id)
    form = SiteForm(request.POST or None, instance=site, initial=request.kept_values or None)
    if form.is_valid() and form.perform(
        operations.update_site, site, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("Saved."))
        return redirect("buyers:sites")
    return render(request, "buyers/site.html", {"form": form, "site": site})


@page_or_form
def members(request):
    """Everyone sees who acts for the buyer; its managers add people."""
    buyer = own_buyer(request)
    is_manager = request.membership.role == BuyerRole.MANAGER
    if request.method == "POST" and not is_manager:
        raise PermissionDenied
    form = MemberForm(request.POST or None, initial=request.kept_values or None)
    if form.is_valid():
        member = form.perform(operations.add_member, buyer, by=request.user, **form.cleaned_data)
        if member:
            messages.success(request, _("%(name)s is a member now.") % {"name": member.user})
            return redirect("buyers:members")
    seats = buyer.members.select_related("user")
    page = Paginator(seats, ROWS).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "is_manager": is_manager}
    return render(request, "buyers/members.html", context)


@require_POST
def remove_member(request, pk):
    buyer = own_buyer(request)
    member = get_object_or_404(buyer.members.select_related("user"), pk=pk)
    if member.user_id != request.user.pk and request.membership.role != BuyerRole.MANAGER:
        raise PermissionDenied
    operations.remove_member(buyer, by=request.user, member=member)
    if member.user_id == request.user.pk:
        messages.success(request, _("You have left %(name)s.") % {"name": buyer})
        return redirect("home")
    messages.success(request, _("%(name)s is no longer a member.") % {"name": member.user})
    return redirect("buyers:members")


@require_POST
def submit(request):
    buyer = managed_buyer(request)
    operations.submit(buyer, by=request.user)
    messages.success(request, _("Your file is with the ministry. You will hear of its answer."))
    return redirect("buyers:file")
