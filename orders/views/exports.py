from django.views.decorators.http import require_safe

from catalog.downloads import download
from orders import exports
from orders.views import buyer, supplier


@require_safe
def orders(request, file_format):
    rows, _show = buyer.chosen_orders(request)
    return download(exports.orders_table(rows), file_format)


@require_safe
def supplier_orders(request, file_format):
    rows, _show = supplier.chosen_sales(request)
    return download(exports.supplier_orders_table(rows), file_format)
