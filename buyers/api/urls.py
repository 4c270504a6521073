from rest_framework.routers import BaseRouter

from buyers.api.views import BuyerViewSet, SiteViewSet


def register(router: BaseRouter) -> None:
    """Buyers with their members, and their places of delivery."""
    router.register("buyers", BuyerViewSet, basename="buyer")
    router.register("sites", SiteViewSet, basename="site")
