from orders.models.fulfilment import (
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    SupplierOrder,
    SupplierOrderLine,
)
from orders.models.orders import Order, OrderLine, OrderNumber, Substitute
from orders.models.rounds import Allocation, AllocationPolicy, AllocationRound, Explanation


__all__ = [
    "Allocation",
    "AllocationPolicy",
    "AllocationRound",
    "Explanation",
    "Order",
    "OrderLine",
    "OrderNumber",
    "Receipt",
    "ReceiptLine",
    "Shipment",
    "ShipmentLine",
    "Substitute",
    "SupplierOrder",
    "SupplierOrderLine",
]
