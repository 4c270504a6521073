"""A person's own pages: account, the organisation acted for, the organisation's API keys."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.forms import AccountForm
from stopcovid import keys


def account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(
        request.POST or None, instance=request.user, initial=request.kept_values or None
    )
    if request.method == "POST" and form.is_valid():
        person = form.save()
        with override(person.language):
            messages.success(request, _("Your account is saved."))
        response = redirect("account")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, person.language, samesite="Lax")
        return response
    return render(request, "stopcovid/account.html", {"form": form})


def organisation(request: HttpRequest) -> HttpResponse:
    """Choose, among one's own, the organisation to act for."""
    if request.method == "POST":
        chosen = request.POST.get("organisation", "")
        if chosen not in request.seats_by_name:
            raise Http404
        request.session["organisation"] = chosen
        return redirect("orders:day")
    return render(request, "stopcovid/organisation.html", {"seats": request.seats_by_name})


@never_cache
def api_keys(request: HttpRequest) -> HttpResponse:
    seat = keys.require_manager(request.membership)
    shown = request.session.pop("new_api_key", "")
    context = {"tokens": keys.keys_of(seat), "new_key": shown}
    return render(request, "stopcovid/keys.html", context)


@require_POST
def issue_key(request: HttpRequest) -> HttpResponse:
    request.session["new_api_key"] = keys.issue(request.membership, by=request.user)
    return redirect("keys")


@require_POST
def revoke_key(request: HttpRequest) -> HttpResponse:
    keys.revoke(request.membership, by=request.user, token_key=request.POST.get("key", ""))
    messages.success(request, _("The key is revoked: it opens nothing any more."))
    return redirect("keys")
