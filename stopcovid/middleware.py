"""What happens around every page: lost sessions, the second factor, the organisation acted for."""

import logging
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit, urlunsplit

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.errors import DomainError
from stopcovid.navigation import count_of_shortfalls


logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]
INTERRUPTED = "interrupted_form"
MAX_KEPT_CHARACTERS = 20_000
SECOND_FACTOR_MISSING = {
    "type": "client_error",
    "errors": [
        {
            "code": "second_factor_missing",
            "detail": "Set up the second factor in the site first.",
            "attr": None,
        }
    ],
}
SECOND_FACTOR_PATHS = ("/accounts/", "/static/", "/healthz", "/readyz", "/i18n/")


def owner_token(user_id: int) -> str:
    """What a form carries so that only its own author gets it back after signing in again."""
    return signing.dumps(user_id, salt=INTERRUPTED)


class KeepInterruptedForms:
    """After the session ended: a form posted too late is kept until its author is back.

    They come back to the page where the form stood, which need not be where it was posted.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.kept_values = interrupted_values(request)
        response = self.get_response(request)
        if request.method != "POST" or not _asks_to_sign_in(request, response):
            return response
        page = _page_of(request)
        if "form_owner" in request.POST:
            self._keep(request, urlsplit(page).path)
        return redirect_to_login(page)

    def _keep(self, request: HttpRequest, path: str) -> None:
        values = {
            name: request.POST.getlist(name)
            for name in request.POST
            if name != "csrfmiddlewaretoken" and "password" not in name
        }
        if sum(len(text) for texts in values.values() for text in texts) > MAX_KEPT_CHARACTERS:
            return
        request.session[INTERRUPTED] = {"path": path, "values": values}


def _asks_to_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    if request.user.is_authenticated or response.status_code != 302:
        return False
    next_pages = parse_qs(urlsplit(response.url).query).get("next", [])
    return request.get_full_path() in next_pages


def _page_of(request: HttpRequest) -> str:
    came_from = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return request.get_full_path()
    parts = urlsplit(came_from)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def interrupted_values(request: HttpRequest) -> dict[str, str | list[str]]:
    """What this very person was filling in on this page when the session ended; else nothing."""
    kept = request.session.get(INTERRUPTED)
    if not kept or kept["path"] != request.path or not request.user.is_authenticated:
        return {}
    del request.session[INTERRUPTED]
    try:
        owner = signing.loads(kept["values"].pop("form_owner")[0], salt=INTERRUPTED)
    except (signing.BadSignature, KeyError, IndexError):
        return {}
    if owner != request.user.pk:
        return {}
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in kept["values"].items()}


class SecondFactorForMinistry:
    """Staff of the ministry see nothing before their second factor is set up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            user.is_authenticated
            and user.is_staff
            and not request.path.startswith(SECOND_FACTOR_PATHS)
            and not is_mfa_enabled(user)
        ):
            if request.path.startswith("/api/"):
                return JsonResponse(SECOND_FACTOR_MISSING, status=403)
            messages.warning(
                request, _("Set up your second factor first: the ministry requires it.")
            )
            return redirect("mfa_activate_totp")
        return self.get_response(request)


class ActiveOrganisation:
    """Sets `request.supplier` or `request.buyer` to the organisation that the person acts for.

    Staff of the ministry act for the ministry, even if they belong to an organisation.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.supplier = request.buyer = request.membership = None
        request.seats_by_name, request.seats = {}, []
        user, outside = request.user, request.path.startswith(("/static/", "/api/"))
        if user.is_authenticated and not user.is_staff and not outside:
            choose_organisation(request)
        return self.get_response(request)


def choose_organisation(request: HttpRequest) -> None:
    """The organisation named in the session, else the first that the person belongs to."""
    seats = {
        **{
            f"supplier:{seat.supplier_id}": seat
            for seat in request.user.supplier_memberships.select_related("supplier").annotate(
                recent_shortfalls=count_of_shortfalls()
            )
        },
        **{
            f"buyer:{seat.buyer_id}": seat
            for seat in request.user.buyer_memberships.select_related("buyer")
        },
    }
    seat = seats.get(request.session.get("organisation", "")) or next(iter(seats.values()), None)
    request.seats_by_name, request.seats = seats, list(seats.values())
    request.membership = seat
    request.supplier = getattr(seat, "supplier", None)
    request.buyer = getattr(seat, "buyer", None)


class ShowDomainErrors:
    """A DomainError that a page did not handle becomes a message where the person came from."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError) or request.path.startswith("/api/"):
            return None
        logger.info("refused path=%s code=%s user=%s", request.path, error.code, request.user.pk)
        messages.error(request, str(error))
        back = request.META.get("HTTP_REFERER", "")
        local = url_has_allowed_host_and_scheme(back, {request.get_host()})
        loops = request.method == "GET" and urlsplit(back).path == request.path
        return redirect(back if local and not loops else reverse("home"))
