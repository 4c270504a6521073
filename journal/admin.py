from django.contrib import admin
from django.utils.translation import gettext_lazy as _, ngettext

from accounts.admin import ReadOnlyAdmin
from accounts.enums import MinistryRole
from journal import notifications
from journal.models import Delivery, Event, Seal


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """The journal as the ministry reads it."""

    date_hierarchy = "at"
    list_display = ["at", "verb", "subject_type", "subject_ref", "actor", "headline"]
    list_display_links = ["at", "verb"]
    list_filter = ["subject_type", "verb"]
    list_select_related = ["actor"]
    search_fields = ["subject_ref", "verb"]
    show_full_result_count = False

    @admin.display(description=_("in words"))
    def headline(self, event):
        return notifications.headline(event)


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    """The chain; `manage.py verify_journal` compares it with the journal."""

    list_display = ["pk", "sealed_at", "from_transaction", "until_transaction", "digest"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The post: what waits, what was given up and why."""

    actions = ["try_again"]
    list_display = [
        "recipient",
        "event",
        "channel",
        "status",
        "attempts",
        "next_attempt_at",
        "sent_at",
        "last_error",
    ]
    list_filter = ["status", "channel"]
    list_select_related = ["recipient", "event"]
    search_fields = ["recipient__email", "event__subject_ref"]

    def has_view_permission(self, request, obj=None):
        user = request.user
        return user.is_active and (
            user.is_superuser or user.has_ministry_role(MinistryRole.ALLOCATOR)
        )

    @admin.action(description=_("Try again those that were given up"), permissions=["view"])
    def try_again(self, request, deliveries):
        count = notifications.retry(deliveries, by=request.user)
        text = ngettext(
            "%(count)d delivery will be tried again.",
            "%(count)d deliveries will be tried again.",
            count,
        )
        self.message_user(request, text % {"count": count})
