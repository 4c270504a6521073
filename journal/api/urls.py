from rest_framework.routers import SimpleRouter

from journal.api.views import NotificationViewSet


def register(router: SimpleRouter) -> None:
    """Hang this app's endpoints on the API's router."""
    router.register("notifications", NotificationViewSet, basename="notification")
