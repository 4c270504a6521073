from django.urls import include, path

from orders.views import (
    basket,
    buyer,
    counting,
    day,
    explain,
    exports,
    lots,
    ministry,
    receipt,
    simulations,
    supplier,
)


app_name = "orders"

basket_patterns = [
    path("", basket.basket, name="basket"),
    path("add/", basket.add_line, name="add_line"),
    path("lines/<int:position>/remove/", basket.remove_line, name="remove_line"),
    path("submit/", basket.submit, name="submit"),
]
order_patterns = [
    path("", buyer.order, name="order"),
    path("approve/", buyer.approve, name="approve"),
    path("send-back/", buyer.send_back, name="send_back"),
    path("cancel/", buyer.cancel, name="cancel"),
    path("lines/<int:position>/why/", explain.why, name="why"),
    path("lines/<int:position>/what-if/", explain.what_if, name="what_if"),
    path("lines/<int:position>/cancel-rest/", buyer.cancel_rest, name="cancel_rest"),
]
sales_patterns = [
    path("", supplier.supplier_orders, name="supplier_orders"),
    path("export/<slug:file_format>/", exports.supplier_orders, name="export_supplier_orders"),
    path("<slug:number>/", supplier.supplier_order, name="supplier_order"),
    path("<slug:number>/accept/", supplier.accept, name="accept"),
    path("<slug:number>/refuse/", supplier.refuse, name="refuse"),
    path("<slug:number>/ship/", supplier.ship, name="ship"),
]
round_patterns = [
    path("", ministry.rounds, name="rounds"),
    path("run/", ministry.run_round, name="run_round"),
    path("simulate/", simulations.simulate, name="simulate"),
    path("<int:pk>/", ministry.round_page, name="round"),
    path("<int:pk>/compare/", simulations.compare, name="compare"),
    path("<int:pk>/put-into-force/", simulations.put_into_force, name="put_into_force"),
    path("<int:pk>/discard/", simulations.discard, name="discard"),
]
lot_patterns = [
    path("quarantine/", lots.quarantine_lot, name="quarantine_lot"),
    path("recall/", lots.recall_lot, name="recall_lot"),
    path("release/", lots.release_lot, name="release_lot"),
]
urlpatterns = [
    path("day/", day.day, name="day"),
    path("orders/", buyer.orders, name="orders"),
    path("orders/export/<slug:file_format>/", exports.orders, name="export_orders"),
    path("orders/basket/", include(basket_patterns)),
    path("orders/shipments/<slug:number>/receive/", receipt.receive, name="receive"),
    path("orders/<slug:number>/", include(order_patterns)),
    path("offers/count/", counting.count, name="count"),
    path("offers/<uuid:public_id>/lots/", lots.lots, name="lots"),
    path("lots/<uuid:public_id>/", include(lot_patterns)),
    path("shortfalls/", lots.shortfalls, name="shortfalls"),
    path("sales/", include(sales_patterns)),
    path("rounds/", include(round_patterns)),
]
