"""The catalogue's lists as tables to be exported, each with what its reader may see."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.availability import blockers, earliest_delivery
from catalog.models import Offer, SheetFacts, StockMovement
from catalog.prices import RuleBook
from catalog.search.terms import row_of
from core.exports import MAX_ROWS, Column, Table


CHUNK = 1_000
"""Rows fetched at a time."""


def rows_of(found: QuerySet[Any]) -> Iterator[Any]:
    """As many rows as an export takes, and one more, which tells that there are more."""
    return found[: MAX_ROWS + 1].iterator(chunk_size=CHUNK)


def sheets_table(sheets: QuerySet[SheetFacts], *, sees_prices: bool, day: date) -> Table:
    """Product sheets; prices only with `sees_prices`: the terms that the search has joined."""
    columns = [
        Column(_("Product"), lambda row: row.product.title),
        Column(_("Category"), lambda row: row.product.category.title),
        Column(_("Standard"), lambda row: row.product.standard),
        Column(_("Class"), lambda row: row.product.standard_class),
        Column(_("GTIN"), lambda row: row.product.gtin),
        Column(_("CPV code"), lambda row: row.product.cpv),
        Column(_("Scarce: shared out in rounds"), lambda row: row.product.managed),
        Column(_("Offered by vetted suppliers"), lambda row: row.is_offered),
        Column(_("Reference"), lambda row: row.product.slug),
    ]
    if sees_prices:
        columns[-1:-1] = [
            Column(_("Lowest unit price (€ excl. tax)"), lambda row: row.lowest_eur),
            Column(_("Highest unit price (€ excl. tax)"), lambda row: row.highest_eur),
            Column(_("Delivered"), lambda row: row.delivery),
            Column(_("Offers"), lambda row: row.ready_offers),
        ]
    rows = (row_of(sheet, day) for sheet in rows_of(sheets))
    return Table("catalogue", _("Catalogue"), columns, rows)


def offers_table(offers: QuerySet[Offer], *, user: User, rules: RuleBook) -> Table:
    """Offers; what only their supplier and the ministry know stays empty in those of others."""
    own = set(user.supplier_memberships.values_list("supplier_id", flat=True))
    reads_all = user.has_ministry_role()

    def private(value: Callable[[Offer], object]) -> Callable[[Offer], object]:
        return lambda offer: value(offer) if reads_all or offer.supplier_id in own else None

    public = [
        Column(_("Product"), lambda offer: offer.product.title),
        Column(_("GTIN"), lambda offer: offer.product.gtin),
        Column(_("Supplier"), lambda offer: offer.supplier.name),
        Column(_("Unit price (€ excl. tax)"), lambda offer: offer.unit_price_eur),
        Column(_("Available (units)"), lambda offer: offer.available_units),
        Column(_("Units per pack"), lambda offer: offer.pack_units),
        Column(_("Minimum order (units)"), lambda offer: offer.smallest_order_units),
        Column(_("Most units per buyer"), lambda offer: offer.max_per_buyer_units),
        Column(_("Lead time (days)"), lambda offer: offer.lead_time_days),
        Column(_("Delivered"), lambda offer: earliest_delivery(offer, day=rules.day)),
        Column(_("Departments served"), lambda offer: " ".join(offer.departments)),
        Column(_("Reference"), lambda offer: offer.public_id),
    ]
    hidden = [
        Column(_("Your reference"), private(lambda offer: offer.supplier_reference)),
        Column(_("Status"), private(lambda offer: offer.get_status_display())),
        Column(_("Not on sale because"), private(lambda offer: _why_not(offer, rules))),
        Column(_("Stock (units)"), private(lambda offer: offer.on_hand_units)),
        Column(_("Promised (units)"), private(lambda offer: offer.reserved_units)),
    ]
    columns = [*public, *hidden] if reads_all or own else public
    return Table("offers", _("Offers"), columns, rows_of(offers.for_listing()))


def _why_not(offer: Offer, rules: RuleBook) -> str:
    return "; ".join(str(each.label) for each in blockers(offer, day=rules.day, rules=rules))


def movements_table(movements: QuerySet[StockMovement]) -> Table:
    """The ledger of one's own offers; who moved a counter stays with the offer's page."""
    columns = [
        Column(_("When"), lambda row: row.at),
        Column(_("Product"), lambda row: row.offer.product.title),
        Column(_("GTIN"), lambda row: row.offer.product.gtin),
        Column(_("Your reference"), lambda row: row.offer.supplier_reference),
        Column(_("Why"), lambda row: row.get_reason_display()),
        Column(_("Stock (units)"), lambda row: row.delta_on_hand_units),
        Column(_("Promised (units)"), lambda row: row.delta_reserved_units),
        Column(_("Offer"), lambda row: row.offer.public_id),
    ]
    rows = movements.select_related("offer__product").order_by("-pk")
    return Table("stock", _("Stock movements"), columns, rows_of(rows))
