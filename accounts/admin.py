"""What the ministry's admin pages share (read-only lists, the review page), and the people."""

from datetime import datetime

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Case, F, Value, When
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.timesince import timesince
from django.utils.translation import gettext as _, gettext_lazy

from accounts.enums import MinistryRole
from accounts.models import User
from accounts.organisations import DecisionReason, OrganisationStatus, may_decide
from core.errors import DomainError


PENDING_FIRST = Case(
    When(status=OrganisationStatus.PENDING_APPROVAL, then=Value(0)), default=Value(1)
)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Open to everyone at the ministry; changed by nobody here."""

    actions = None

    class Media:
        css = {"all": ["css/admin-review.css"]}

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        return request.user.is_active and request.user.has_ministry_role()

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReviewAdmin(ReadOnlyAdmin):
    """A work queue of organisations, the longest waiting first, and a review page for each.

    A subclass names `operations` (its app's module), `review_template`, and gives the rest of the
    page in `evidence()`; it may offer more acts than the five decisions in `acts()`.
    """

    operations = None
    review_template = ""
    asks_call_back = False
    ordering = [PENDING_FIRST.asc(), F("submitted_at").asc(nulls_last=True), "pk"]
    list_filter = ["status", "siret_check"]
    list_per_page = 24
    show_full_result_count = False

    def get_queryset(self, request):
        return super().get_queryset(request).visible_to(request.user)

    @admin.display(description=gettext_lazy("waiting for"), ordering="submitted_at")
    def waiting(self, organisation):
        if organisation.status != OrganisationStatus.PENDING_APPROVAL:
            return "–"
        return timesince(organisation.submitted_at, depth=1)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(
            request, {"is_nav_sidebar_enabled": False, **(extra_context or {})}
        )

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show the review page, or carry out the one act that was posted."""
        organisation = self.get_object(request, unquote(object_id))
        if organisation is None:
            raise Http404
        if request.method == "POST":
            if not request.user.has_ministry_role(MinistryRole.REVIEWER):
                raise PermissionDenied
            if self._carry_out(request, organisation):
                return redirect(request.path)
            organisation.refresh_from_db()
        return TemplateResponse(
            request, self.review_template, self._context(request, organisation)
        )

    def acts(self, organisation, values, by):
        """What a reviewer can do here: name of the button → the call of the operation."""
        operations = self.operations
        reason = {
            "reason_code": values.get("reason_code", ""),
            "reason_text": values.get("reason_text", ""),
        }
        return {
            "approve": lambda: operations.approve(organisation, by=by, seen=_seen(values)),
            "request_changes": lambda: operations.request_changes(organisation, by=by, **reason),
            "refuse": lambda: operations.refuse(organisation, by=by, **reason),
            "suspend": lambda: operations.suspend(organisation, by=by, **reason),
            "reinstate": lambda: operations.reinstate(organisation, by=by),
        }

    def evidence(self, organisation):
        """The rest of the page's context."""
        raise NotImplementedError

    def _carry_out(self, request, organisation):
        act = self.acts(organisation, request.POST, request.user).get(
            request.POST.get("decision", "")
        )
        if act is None:
            raise BadRequest
        try:
            act()
        except DomainError as error:
            messages.error(request, str(error))
            return False
        messages.success(request, _("Recorded. The organisation hears of it."))
        return True

    def _context(self, request, organisation):
        return {
            **self.admin_site.each_context(request),
            **self.evidence(organisation),
            "title": organisation.name,
            "opts": self.opts,
            "organisation": organisation,
            "may_decide": may_decide(organisation, request.user),
            "is_nav_sidebar_enabled": False,
            "is_reviewer": request.user.has_ministry_role(MinistryRole.REVIEWER),
            "reasons": DecisionReason.choices,
            "asks_call_back": self.asks_call_back,
            "typed": {
                name: request.POST.get(name, "") for name in ("note", "reason_code", "reason_text")
            },
            "next_waiting": self._next(request, organisation),
        }

    def _next(self, request, organisation):
        waiting = self.get_queryset(request).filter(status=OrganisationStatus.PENDING_APPROVAL)
        return waiting.exclude(pk=organisation.pk).order_by("submitted_at", "pk").first()


def _seen(values) -> datetime | None:
    """When the file that the reviewer has on the screen was handed in."""
    return parse_datetime(values.get("seen", "")) if values.get("seen") else None


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People, for the platform's administrators: who works at the ministry, who is locked out.

    Everyone signs up themselves; nobody gives a role to themselves.
    """

    list_display = ["email", "full_name", "ministry_role", "is_active", "is_service", "created_at"]
    list_filter = ["ministry_role", "is_active", "is_service"]
    search_fields = ["email", "full_name"]
    fields = [
        "email",
        "full_name",
        "language",
        "ministry_role",
        "is_active",
        "is_superuser",
        "is_service",
        "created_at",
        "last_login",
    ]
    readonly_fields = ["email", "is_service", "created_at", "last_login"]
    list_per_page = 24
    show_full_result_count = False
    actions = None

    def get_readonly_fields(self, request, obj=None):
        own = ["ministry_role", "is_active", "is_superuser"] if obj == request.user else []
        return [*super().get_readonly_fields(request, obj), *own]

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
