"""The verbs by which pages, API and tasks change the catalogue.

Lock order, always: supplier, then offers by primary key; the scarce counter last.
"""

from catalog.operations.offers import (
    create_offer,
    declare_stock,
    publish,
    update_offer,
    withdraw,
)
from catalog.operations.searches import (
    delete_search,
    mark_seen,
    note_hits,
    save_search,
    set_alerts,
)
from catalog.operations.sheets import Outcome, Row, revise, revise_all


__all__ = [
    "Outcome",
    "Row",
    "create_offer",
    "declare_stock",
    "delete_search",
    "mark_seen",
    "note_hits",
    "publish",
    "revise",
    "revise_all",
    "save_search",
    "set_alerts",
    "update_offer",
    "withdraw",
]
