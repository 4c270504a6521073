"""The statements that bring a round into force, each for all its rows at once.

They work on temporary tables. `commit` fills `round_share` (line, offer, units), `round_offer`
(offer, price, units), `round_law` (see `law`) and `round_reason` (one row for each line of the
round). `round_promise`, the allocations, and `round_part`, the supplier orders, are made here:
with keys drawn beforehand, no statement has to find again what another has written.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from buyers.enums import BuyerKind
from catalog.enums import OfferStatus
from orders.allocation.outcome import Limit as EngineLimit
from orders.enums import Limit, OrderStatus, SupplierOrderStatus
from orders.rounds.law import Law
from orders.rounds.snapshot import DEAREST_MICRO


UNHURRIED = (
    "SET LOCAL statement_timeout = '10min'; SET LOCAL idle_in_transaction_session_timeout = '5min'"
)
"""For a transaction on a million rows; locks are still waited for only as long as ever."""
LIMITS = [each.name for each in EngineLimit] + [Limit.CERTIFICATE.value, Limit.REFUSED.value]
"""What the numbers in `round_reason.why` stand for."""
NAMED = 20
"""How many lines and offers a conflict names."""

SERVED = "SELECT line, sum(units)::bigint AS units FROM round_share GROUP BY line"
HOLD_ORDERS = """
    SELECT id FROM orders_order
    WHERE id IN (SELECT order_id FROM orders_orderline
                 WHERE id IN (SELECT line FROM round_share))
    ORDER BY id FOR NO KEY UPDATE
"""
HOLD_LINES = """
    SELECT id FROM orders_orderline WHERE id IN (SELECT line FROM round_share)
    ORDER BY id FOR NO KEY UPDATE
"""
MOVED_LINES = f"""
    SELECT served.line, served.units FROM ({SERVED}) served
    LEFT JOIN orders_orderline line ON line.id = served.line
    LEFT JOIN orders_order bought ON bought.id = line.order_id
    WHERE line.id IS NULL OR NOT line.waits_for_round
       OR bought.status <> ALL(%(open)s)
       OR line.requested_units - line.allocated_units - line.canceled_units < served.units
    ORDER BY served.line
"""  # noqa: S608 - no value from outside
HOLD_OFFERS = """
    SELECT id FROM catalog_offer WHERE id IN (SELECT offer FROM round_offer)
    ORDER BY id FOR NO KEY UPDATE
"""
MOVED_OFFERS = """
    SELECT sold.offer FROM round_offer sold
    LEFT JOIN catalog_offer offer ON offer.id = sold.offer
    LEFT JOIN catalog_product product ON product.id = offer.product_id
    LEFT JOIN suppliers_supplier supplier ON supplier.id = offer.supplier_id
    WHERE offer.id IS NULL OR offer.status <> %(on_sale)s OR supplier.status <> 'APPROVED'
       OR NOT product.is_active OR least(offer.unit_price_eur * 1000000, %(dearest)s) <> sold.price
    ORDER BY sold.offer
"""
PROMISES = """
    DROP TABLE IF EXISTS pg_temp.round_promise;
    CREATE TEMPORARY TABLE round_promise ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('orders_allocation', 'id')) AS id, sorted.*
    FROM (
        SELECT share.line, share.offer, share.units, line.order_id, offer.supplier_id,
               offer.product_id, COALESCE(reached.price, offer.unit_price_eur) AS unit_price_eur,
               law.highest, law.compared
        FROM round_share share
        JOIN orders_orderline line ON line.id = share.line
        JOIN catalog_offer offer ON offer.id = share.offer
        LEFT JOIN (
            SELECT bought.id FROM orders_order bought
            JOIN buyers_buyer buyer ON buyer.id = bought.buyer_id WHERE buyer.kind = %(reseller)s
        ) resale ON resale.id = line.order_id
        JOIN round_law law ON law.product = offer.product_id
         AND law.resale = (resale.id IS NOT NULL)::integer
        LEFT JOIN (
            SELECT larger.line, larger.offer, min(tier.unit_price_eur) AS price
            FROM round_share larger JOIN catalog_pricetier tier ON tier.offer_id = larger.offer
            WHERE tier.from_units <= larger.units GROUP BY larger.line, larger.offer
        ) reached ON reached.line = share.line AND reached.offer = share.offer
        ORDER BY share.line, share.offer
    ) sorted;
    ANALYZE round_promise
"""
ABOVE_CEILING = """
    SELECT DISTINCT offer FROM round_promise
    WHERE highest >= 0 AND unit_price_eur * 1000000 > highest ORDER BY offer
"""
ALLOCATE = """
    INSERT INTO orders_allocation
        (id, round_id, line_id, offer_id, units, unit_price_eur, price_rule_ids, at)
    SELECT id, %(round)s, line, offer, units, unit_price_eur,
           (%(compared)s::jsonb[])[compared + 1], %(now)s
    FROM round_promise ORDER BY id
"""
COUNT_ON_LINES = f"""
    UPDATE orders_orderline line SET allocated_units = line.allocated_units + served.units
    FROM ({SERVED}) served WHERE line.id = served.line
"""  # noqa: S608 - no value from outside
BEGIN_ORDERS = """
    UPDATE orders_order SET status = %(begun)s
    WHERE status = %(placed)s AND id IN (SELECT order_id FROM round_part)
"""
PARTS = """
    DROP TABLE IF EXISTS pg_temp.round_part;
    CREATE TEMPORARY TABLE round_part ON COMMIT DROP AS
    WITH part AS (
        SELECT order_id, supplier_id, min(id) AS first
        FROM round_promise GROUP BY order_id, supplier_id
    ), had AS (
        SELECT order_id, count(*) AS parts FROM orders_supplierorder
        WHERE order_id IN (SELECT order_id FROM part) GROUP BY order_id
    )
    SELECT nextval(pg_get_serial_sequence('orders_supplierorder', 'id')) AS id, numbered.*
    FROM (
        SELECT part.order_id, part.supplier_id, bought.number || '-' || (
            COALESCE(had.parts, 0) + row_number() OVER (PARTITION BY part.order_id ORDER BY first)
        ) AS number
        FROM part JOIN orders_order bought ON bought.id = part.order_id
        LEFT JOIN had ON had.order_id = part.order_id
        ORDER BY part.order_id, first
    ) numbered;
    ANALYZE round_part
"""
SUPPLIER_ORDERS = """
    INSERT INTO orders_supplierorder
        (id, number, order_id, supplier_id, status, created_at, accept_by, refusal_reason)
    SELECT id, number, order_id, supplier_id, %(waiting)s, %(now)s, %(accept_by)s, ''
    FROM round_part ORDER BY id
"""
SUPPLIER_LINES = """
    INSERT INTO orders_supplierorderline
        (supplier_order_id, order_line_id, allocation_id, offer_id, unit_price_eur,
         vat_rate_pct, units, accepted_units, shipped_units, received_units)
    SELECT part.id, promise.line, promise.id, promise.offer, promise.unit_price_eur,
           vat.rate, promise.units, 0, 0, 0
    FROM round_promise promise
    JOIN round_part part USING (order_id, supplier_id)
    JOIN unnest(%(products)s::bigint[], %(rates)s::numeric[]) AS vat(product, rate)
      ON vat.product = promise.product_id
    ORDER BY promise.id
"""
EXPLAIN = """
    INSERT INTO orders_explanation
        (round_id, line_id, at, "limit", tier, asked_units, need_units, received_units,
         target_units, reachable_units, peers, peer_fill_pct, past_units,
         part_tier, part_level, part_lines, part_offers, part_supply_units)
    SELECT %(round)s, line, %(now)s, (%(limits)s::text[])[why + 1], tier, asked, need, received,
           target, reachable, peers, round((peer_fill * 100)::numeric, 2), past,
           part_tier, part_level, part_lines, part_offers, part_supply
    FROM round_reason
"""


class Conflict(Exception):
    """Offers or lines, by key, have changed since the snapshot in a way that breaks the result."""

    def __init__(
        self,
        sentences: Sequence[str],
        *,
        lines: Collection[int] = (),
        offers: Collection[int] = (),
    ) -> None:
        more = len(sentences) - NAMED
        rest = [_("And %(count)d more.") % {"count": more}] if more > 0 else []
        super().__init__("\n".join([*sentences[:NAMED], *rest]))
        self.lines, self.offers = lines, offers


def run(sql: str, **values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401 - as the driver
    """Execute one statement; its rows, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def check_lines() -> None:
    """Hold orders and lines; raise Conflict naming every line that no longer waits."""
    run(f"SELECT count(*) FROM ({HOLD_ORDERS}) held")  # noqa: S608
    run(f"SELECT count(*) FROM ({HOLD_LINES}) held")  # noqa: S608
    taking = [OrderStatus.SUBMITTED.value, OrderStatus.IN_PROGRESS.value]
    if moved := run(MOVED_LINES, open=taking):
        told = _("Order line %(line)s no longer waits for %(units)d units.")
        raise Conflict(
            [told % {"line": line, "units": units} for line, units in moved],
            lines=[line for line, _units in moved],
        )


def check_offers(*, hold: bool) -> None:
    """Raise Conflict naming every offer that is not on sale at the price of the snapshot."""
    if hold:
        run(f"SELECT count(*) FROM ({HOLD_OFFERS}) held")  # noqa: S608
    rows = run(MOVED_OFFERS, on_sale=OfferStatus.ON_SALE.value, dearest=DEAREST_MICRO)
    if moved := [offer for (offer,) in rows]:
        told = _("Offer %(offer)s was withdrawn or changed.")
        raise Conflict([told % {"offer": offer} for offer in moved], offers=moved)


def hand_out(round_id: int, now: datetime, accept_by: datetime, law: Law) -> None:
    """Allocations, counts on lines and orders, supplier orders with their lines.

    Raises Conflict as `_check_prices`.
    """
    run(PROMISES, reseller=BuyerKind.RESELLER.value)
    _check_prices()
    run(ALLOCATE, round=round_id, now=now, compared=law.compared)
    run(COUNT_ON_LINES)
    run(PARTS)
    run(BEGIN_ORDERS, begun=OrderStatus.IN_PROGRESS.value, placed=OrderStatus.SUBMITTED.value)
    waiting = SupplierOrderStatus.WAITING_ACCEPTANCE.value
    run(SUPPLIER_ORDERS, waiting=waiting, now=now, accept_by=accept_by)
    run(SUPPLIER_LINES, products=list(law.rates), rates=list(law.rates.values()))


def _check_prices() -> None:
    """Raise Conflict naming every offer above the day's ceiling for a buyer who is to get it."""
    if above := [offer for (offer,) in run(ABOVE_CEILING)]:
        told = _("Offer %(offer)s is above the legal ceiling of today.")
        raise Conflict([told % {"offer": offer} for offer in above], offers=above)
