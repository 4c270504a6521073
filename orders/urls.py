from django.urls import include, path

from orders.views import basket, buyer, day, explain, ministry, receipt, supplier


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
    path("lines/<int:position>/cancel-rest/", buyer.cancel_rest, name="cancel_rest"),
]
sales_patterns = [
    path("", supplier.supplier_orders, name="supplier_orders"),
    path("<slug:number>/", supplier.supplier_order, name="supplier_order"),
    path("<slug:number>/accept/", supplier.accept, name="accept"),
    path("<slug:number>/refuse/", supplier.refuse, name="refuse"),
    path("<slug:number>/ship/", supplier.ship, name="ship"),
]
round_patterns = [
    path("", ministry.rounds, name="rounds"),
    path("run/", ministry.run_round, name="run_round"),
    path("<int:pk>/", ministry.round_page, name="round"),
]
urlpatterns = [
    path("day/", day.day, name="day"),
    path("orders/", buyer.orders, name="orders"),
    path("orders/basket/", include(basket_patterns)),
    path("orders/shipments/<slug:number>/receive/", receipt.receive, name="receive"),
    path("orders/<slug:number>/", include(order_patterns)),
    path("sales/", include(sales_patterns)),
    path("rounds/", include(round_patterns)),
]
