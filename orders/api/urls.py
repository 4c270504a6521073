from orders.api import views


def register(router):
    """Hang this app's endpoints on the API's router."""
    router.register("orders", views.OrderViewSet, basename="order")
    router.register("supplier-orders", views.SupplierOrderViewSet, basename="supplier-order")
    router.register("shipments", views.ShipmentViewSet, basename="shipment")
    router.register("rounds", views.RoundViewSet, basename="round")
