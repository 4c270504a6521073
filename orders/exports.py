"""Orders and supplier orders as tables to be exported: one row for each line."""

from decimal import Decimal

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from catalog.exports import rows_of
from core.exports import Column, Table
from orders.enums import SupplierOrderStatus
from orders.models import Order, OrderLine, SupplierOrder, SupplierOrderLine


GIVEN_BACK = (
    SupplierOrderStatus.REFUSED,
    SupplierOrderStatus.EXPIRED,
    SupplierOrderStatus.CANCELED,
)


def orders_table(orders: QuerySet[Order]) -> Table:
    """The lines of these orders, newest order first, with who delivers them at which amount."""
    columns = [
        Column(_("Order"), lambda line: line.order.number),
        Column(_("Line"), lambda line: line.position),
        Column(_("Status"), lambda line: line.order.get_status_display()),
        Column(_("Placed"), lambda line: line.order.submitted_at),
        Column(_("Buyer"), lambda line: line.order.buyer.name),
        Column(_("SIRET"), lambda line: line.order.buyer.siret),
        Column(_("FINESS"), lambda line: line.order.buyer.finess),
        Column(_("Delivered to"), lambda line: line.order.site.name if line.order.site else None),
        Column(_("Your order number"), lambda line: line.order.purchase_order),
        Column(_("Product"), lambda line: line.product.title),
        Column(_("GTIN"), lambda line: line.product.gtin),
        Column(_("Needed by"), lambda line: line.needed_by),
        Column(_("Asked for (units)"), lambda line: line.requested_units),
        Column(_("Allocated (units)"), lambda line: line.allocated_units),
        Column(_("Accepted (units)"), lambda line: line.accepted_units),
        Column(_("Shipped (units)"), lambda line: line.shipped_units),
        Column(_("Received (units)"), lambda line: line.received_units),
        Column(_("Cancelled (units)"), lambda line: line.canceled_units),
        Column(_("Suppliers"), _suppliers),
        Column(_("Amount (€ excl. tax)"), _amount_eur),
    ]
    parts = SupplierOrderLine.objects.exclude(supplier_order__status__in=GIVEN_BACK)
    lines = (
        OrderLine.objects.filter(order__in=orders.order_by().values("pk"))
        .select_related("order__buyer", "order__site", "product")
        .prefetch_related(
            Prefetch("supplier_lines", parts.select_related("supplier_order__supplier"))
        )
    )
    return Table("orders", _("Orders"), columns, rows_of(lines.order_by("-order_id", "position")))


def _suppliers(line: OrderLine) -> str:
    names = {part.supplier_order.supplier.name for part in line.supplier_lines.all()}
    return ", ".join(sorted(names))


def _amount_eur(line: OrderLine) -> Decimal | None:
    amounts = [part.amount_eur for part in line.supplier_lines.all()]
    return sum(amounts, Decimal(0)) if amounts else None


def supplier_orders_table(supplier_orders: QuerySet[SupplierOrder]) -> Table:
    """The lines of these supplier orders, newest first, at their frozen prices."""
    columns = [
        Column(_("Supplier order"), lambda line: line.supplier_order.number),
        Column(_("Status"), lambda line: line.supplier_order.get_status_display()),
        Column(_("To be answered by"), lambda line: line.supplier_order.accept_by),
        Column(_("Supplier"), lambda line: line.supplier_order.supplier.name),
        Column(_("Buyer"), lambda line: line.supplier_order.order.buyer.name),
        Column(_("SIRET"), lambda line: line.supplier_order.order.buyer.siret),
        Column(_("FINESS"), lambda line: line.supplier_order.order.buyer.finess),
        Column(_("Delivered to"), _address),
        Column(_("Product"), lambda line: line.offer.product.title),
        Column(_("GTIN"), lambda line: line.offer.product.gtin),
        Column(_("Ordered (units)"), lambda line: line.units),
        Column(_("Accepted (units)"), lambda line: line.accepted_units),
        Column(_("Shipped (units)"), lambda line: line.shipped_units),
        Column(_("Received (units)"), lambda line: line.received_units),
        Column(_("Unit price (€ excl. tax)"), lambda line: line.unit_price_eur),
        Column(_("VAT (%)"), lambda line: line.vat_rate_pct),
        Column(_("Amount (€ excl. tax)"), lambda line: line.amount_eur),
    ]
    lines = SupplierOrderLine.objects.filter(
        supplier_order__in=supplier_orders.order_by().values("pk")
    ).select_related(
        "supplier_order__supplier",
        "supplier_order__order__buyer",
        "supplier_order__order__site",
        "offer__product",
    )
    rows = rows_of(lines.order_by("-supplier_order_id", "pk"))
    return Table("supplier-orders", _("Supplier orders"), columns, rows)


def _address(line: SupplierOrderLine) -> str:
    site = line.supplier_order.order.site
    return f"{site.name}, {site.street}, {site.postcode} {site.city}" if site else ""
