"""Everything that changes an order; the verbs by which pages, API, tasks and commands do it.

Lock order, always: order, supplier order, lines, offers by primary key; the scarce counter last.
"""

from orders.operations.answers import accept, expire, expire_due, refuse
from orders.operations.approval import approve, send_back
from orders.operations.baskets import add_line, basket_of, remove_line
from orders.operations.cancelling import cancel, cancel_rest
from orders.operations.counting import count_stock, missing_units
from orders.operations.deliveries import receive, ship
from orders.operations.giving_way import at_risk
from orders.operations.lots import expire_lot, expire_lots, quarantine_lot, recall_lot
from orders.operations.submission import place, submit


__all__ = [
    "accept",
    "add_line",
    "approve",
    "at_risk",
    "basket_of",
    "cancel",
    "cancel_rest",
    "count_stock",
    "expire",
    "expire_due",
    "expire_lot",
    "expire_lots",
    "missing_units",
    "place",
    "quarantine_lot",
    "recall_lot",
    "receive",
    "refuse",
    "remove_line",
    "send_back",
    "ship",
    "submit",
]
