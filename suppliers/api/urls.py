from rest_framework.routers import BaseRouter

from suppliers.api.views import SupplierViewSet


def register(router: BaseRouter) -> None:
    """Suppliers, with their documents, certificates and decisions as actions."""
    router.register("suppliers", SupplierViewSet, basename="supplier")
