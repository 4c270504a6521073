"""The verbs by which pages, API and tasks change the catalogue.

Lock order, always: supplier, then sheets or offers by primary key, then their lots.
"""

from catalog.operations.counting import Counted, book_units, count_stock, reasons_for
from catalog.operations.lots import (
    expire,
    quarantine,
    recall,
    receive_lot,
    release_from_quarantine,
)
from catalog.operations.moderation import (
    accept_sheet,
    merge_sheet,
    refuse_sheet,
    request_sheet_changes,
)
from catalog.operations.naming import correct_sheets, name_sheets
from catalog.operations.offers import (
    confirm_stock,
    create_offer,
    declare_stock,
    facts_of,
    publish,
    update_offer,
    withdraw,
)
from catalog.operations.prices import apply_price, cancel_price, schedule_price
from catalog.operations.production import plan_production
from catalog.operations.proposals import propose_sheet, propose_sheet_again
from catalog.operations.searches import (
    delete_search,
    mark_seen,
    note_hits,
    save_search,
    set_alerts,
)
from catalog.operations.sheet_files import accept_file, hand_in_file, refuse_file
from catalog.operations.sheets import Outcome, Row, revise, revise_all


__all__ = [
    "Counted",
    "Outcome",
    "Row",
    "accept_file",
    "accept_sheet",
    "apply_price",
    "book_units",
    "cancel_price",
    "confirm_stock",
    "correct_sheets",
    "count_stock",
    "create_offer",
    "declare_stock",
    "delete_search",
    "expire",
    "facts_of",
    "hand_in_file",
    "mark_seen",
    "merge_sheet",
    "name_sheets",
    "note_hits",
    "plan_production",
    "propose_sheet",
    "propose_sheet_again",
    "publish",
    "quarantine",
    "reasons_for",
    "recall",
    "receive_lot",
    "refuse_file",
    "refuse_sheet",
    "release_from_quarantine",
    "request_sheet_changes",
    "revise",
    "revise_all",
    "save_search",
    "schedule_price",
    "set_alerts",
    "update_offer",
    "withdraw",
]
