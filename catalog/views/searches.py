from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import operations, watching
from catalog.enums import AlertPace
from catalog.forms import AlertForm, SaveSearchForm
from catalog.models import SavedSearch
from catalog.views import public


def own_search(request, public_id):
    """A search that the person keeps, and what it finds."""
    kept = SavedSearch.objects.visible_to(request.user).for_listing()
    search = get_object_or_404(kept, public_id=public_id)
    return search, watching.hits_of([search])[search.pk]


@require_safe
def searches(request):
    kept = list(SavedSearch.objects.visible_to(request.user).for_listing())
    hits = watching.hits_of(kept)
    rows = [(each, hits[each.pk], each.news(hits[each.pk]), alert_form(each)) for each in kept]
    return render(request, "catalog/searches.html", {"rows": rows})


def alert_form(search, data=None):
    """How soon to hear of this search; each has ids of its own, since a page shows many."""
    initial = {"alerts": search.alerts}
    return AlertForm(data, initial=initial, auto_id=f"search-{search.public_id}-%s")


@require_POST
def save(request):
    form = SaveSearchForm(request.POST)
    if form.is_valid():
        buyer, _sees_prices = public.reader_of(request)
        asked, name = QueryDict(form.cleaned_data["querystring"]), form.cleaned_data["name"]
        if form.perform(watching.keep, request.user, buyer=buyer, name=name, asked=asked):
            messages.success(
                request,
                _("“%(name)s” is saved; choose whether to be told of news.") % {"name": name},
            )
            return redirect("catalog:searches")
    for problems in form.errors.values():
        messages.error(request, problems[0])
    return redirect("catalog:search")


@require_POST
def open_search(request, public_id):
    search, hits = own_search(request, public_id)
    operations.mark_seen(search, by=request.user, hits=hits)
    return redirect(search.url)


@require_POST
def set_alerts(request, public_id):
    search, hits = own_search(request, public_id)
    form = alert_form(search, request.POST)
    if form.is_valid():
        search = operations.set_alerts(
            search, by=request.user, alerts=form.cleaned_data["alerts"], hits=hits
        )
        off = search.alerts == AlertPace.NONE
        text = (
            _("You are no longer told of “%(name)s”.")
            if off
            else _("You will be told of what is new in “%(name)s”, here and by e-mail.")
        )
        messages.success(request, text % {"name": search.name})
    return redirect("catalog:searches")


@require_POST
def delete(request, public_id):
    search, _hits = own_search(request, public_id)
    operations.delete_search(search, by=request.user)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": search.name})
    return redirect("catalog:searches")
