from orders.api import counts, lots, views


def register(router):
    """Hang this app's endpoints on the API's router."""
    router.register("orders", views.OrderViewSet, basename="order")
    router.register("supplier-orders", views.SupplierOrderViewSet, basename="supplier-order")
    router.register("shipments", views.ShipmentViewSet, basename="shipment")
    router.register("rounds", views.RoundViewSet, basename="round")
    router.register("lots", lots.LotViewSet, basename="lot")
    router.register("stock-counts", counts.StockCountViewSet, basename="stock-count")
    router.register("shortfalls", lots.ShortfallViewSet, basename="shortfall")
