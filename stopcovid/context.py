from typing import Any

from django.conf import settings
from django.http import HttpRequest

from journal.models import Delivery


def site(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the mode, the active organisation, the unread news."""
    user = getattr(request, "user", None)
    unread = 0
    if user is not None and user.is_authenticated:
        unread = Delivery.objects.inbox(user).unread().count()
    return {
        "demo": settings.DEMO,
        "mail_catcher": bool(settings.DEMO and settings.MAIL_CATCHER_DIR),
        "unread_count": unread,
        "active_supplier": getattr(request, "supplier", None),
        "active_buyer": getattr(request, "buyer", None),
    }
