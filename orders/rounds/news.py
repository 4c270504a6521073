"""Who hears of a round: a step of its own, so that no stock is held while letters are written."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from buyers.models import Buyer
from orders.models import AllocationRound, Order, SupplierOrder
from orders.operations.telling import tell_buyers, tell_suppliers
from orders.rounds import booking
from suppliers.models import Supplier


MADE = """
    SELECT part.order_id, part.supplier_id, part.number, sum(sold.units)::bigint
    FROM orders_allocation promise
    JOIN orders_supplierorderline sold ON sold.allocation_id = promise.id
    JOIN orders_supplierorder part ON part.id = sold.supplier_order_id
    WHERE promise.round_id = %(round)s
    GROUP BY part.order_id, part.supplier_id, part.number ORDER BY part.order_id, part.number
"""
HEARD = """
    SELECT line.order_id, COALESCE(sum(served.units), 0)::bigint,
           COALESCE(array_agg(line.position ORDER BY line.position)
                    FILTER (WHERE served.units > 0), '{}')
    FROM orders_explanation told
    JOIN orders_orderline line ON line.id = told.line_id
    LEFT JOIN (
        SELECT line_id, sum(units) AS units FROM orders_allocation
        WHERE round_id = %(round)s GROUP BY line_id
    ) served ON served.line_id = told.line_id
    WHERE told.round_id = %(round)s AND (served.units > 0 OR NOT EXISTS (
        SELECT FROM orders_explanation before
        WHERE before.line_id = told.line_id AND before.id < told.id))
    GROUP BY line.order_id ORDER BY line.order_id
"""


def tell(round_: AllocationRound) -> None:
    """To the suppliers that have to answer, and to the buyers that got something or whose line
    is judged for the first time; once."""
    with transaction.atomic():
        held = AllocationRound.objects.locked().get(pk=round_.pk)
        if not held.news_pending:
            return
        booking.run(booking.UNHURRIED)
        parts = booking.run(MADE, round=held.pk)
        heard = booking.run(HEARD, round=held.pk)
        orders = _orders({key for key, *_rest in [*heard, *parts]})
        tell_suppliers("to_answer", _sold(parts, orders), by=None)
        tell_buyers(
            "shared_out",
            [
                (orders[key], {"round": held.pk, "units": units, "lines": lines})
                for key, units, lines in heard
            ],
            by=None,
        )
        held.news_pending = False
        held.save()


def _orders(keys: Iterable[int]) -> dict[int, Order]:
    """With their buyers, each of which is one object for all its orders."""
    found = Order.objects.only("number", "buyer_id").in_bulk(keys)
    buyers = Buyer.objects.in_bulk({order.buyer_id for order in found.values()})
    for order in found.values():
        order.buyer = buyers[order.buyer_id]
    return found


def _sold(
    parts: list[tuple[Any, ...]], orders: Mapping[int, Order]
) -> list[tuple[SupplierOrder, dict[str, object]]]:
    """The supplier orders made by the round as news about them; not rows to be saved."""
    suppliers = Supplier.objects.in_bulk({supplier for _order, supplier, *_rest in parts})
    return [
        (
            SupplierOrder(number=number, order=orders[order], supplier=suppliers[supplier]),
            {"units": units},
        )
        for order, supplier, number, units in parts
    ]
