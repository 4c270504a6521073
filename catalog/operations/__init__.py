"""What a supplier does with its offers; the verbs by which pages, API and tasks do it.

Lock order, always: supplier, then offers by primary key; the scarce counter last.
"""

from catalog.operations.offers import (
    create_offer,
    declare_stock,
    publish,
    update_offer,
    withdraw,
)
from catalog.operations.sheets import Outcome, Row, revise, revise_all


__all__ = [
    "Outcome",
    "Row",
    "create_offer",
    "declare_stock",
    "publish",
    "revise",
    "revise_all",
    "update_offer",
    "withdraw",
]
