from orders.models.fulfilment import (
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
    Shortfall,
    ShortfallPart,
    SupplierOrder,
    SupplierOrderLine,
)
from orders.models.orders import Order, OrderLine, OrderNumber, Substitute
from orders.models.policies import AllocationPolicy, EntityCap, PolicyFloor, PolicyReserve
from orders.models.rounds import Allocation, AllocationRound, Explanation, RoundGroup


__all__ = [
    "Allocation",
    "AllocationPolicy",
    "AllocationRound",
    "EntityCap",
    "Explanation",
    "Order",
    "OrderLine",
    "OrderNumber",
    "PolicyFloor",
    "PolicyReserve",
    "Receipt",
    "ReceiptLine",
    "RoundGroup",
    "Shipment",
    "ShipmentLine",
    "Shortfall",
    "ShortfallPart",
    "Substitute",
    "SupplierOrder",
    "SupplierOrderLine",
]
