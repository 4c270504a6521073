"""What the engine is told: scarce lines that wait, and the offers that could serve them."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TypeAlias

from django.utils import timezone

from buyers.enums import BuyerKind
from catalog.availability import blockers
from catalog.enums import Blocker, BuyerSide
from catalog.models import Offer, Product
from catalog.prices import RuleBook
from orders.allocation.model import (
    LARGEST_UNITS,
    SMALLEST_NEED,
    Line as EngineLine,
    Offer as EngineOffer,
    Snapshot,
)
from orders.enums import Basis
from orders.models import AllocationPolicy, OrderLine


PRICE_SCALE = 10_000
"""Prices have four decimals; the engine only compares them, as whole numbers."""
DEAREST = LARGEST_UNITS
"""A million euros a unit: the engine knows no higher price, nor any above the buyer's limit."""
LAST_TIER = 9
Stored: TypeAlias = bytes | memoryview
"""Bytes as PostgreSQL hands them over."""
EMPTY = frozenset({Blocker.NO_STOCK, Blocker.LESS_THAN_MINIMUM})


def build(policy: AllocationPolicy, seed: str) -> Snapshot:
    """The snapshot as the database stands now; a fixed number of statements."""
    today = timezone.localdate()
    lines = waiting_lines()
    products = {key for line in lines for key in acceptable(line)}
    rules = RuleBook(today)
    pinned = {line.offer_id for line in lines if line.offer_id}
    needs = _needs(lines, policy)
    return Snapshot(
        offers=tuple(_offers(products, pinned, rules)),
        lines=tuple(_line(line, policy, needs[line.pk], rules) for line in lines),
        seed=seed,
    )


def waiting_lines() -> list[OrderLine]:
    """Scarce lines with units to wait for, of approved buyers."""
    return list(
        OrderLine.objects.waiting()
        .filter(order__buyer__status="APPROVED")
        .select_related("order__buyer", "order__site", "product")
        .prefetch_related("substitutes__product")
        .order_by("pk")
    )


def acceptable(line: OrderLine) -> tuple[int, ...]:
    """The products that may serve the line, the preferred one first."""
    return (line.product_id, *(each.product_id for each in line.substitutes.all()))


def _offers(
    products: Iterable[int], pinned: Iterable[int], rules: RuleBook
) -> Iterable[EngineOffer]:
    """Offers that sell today; one that does not stays with stock 0 while a line is tied to it."""
    rows = Offer.objects.for_listing().filter(product__in=list(products)).order_by("pk")
    tied = set(pinned)
    for offer in rows:
        sells = not set(blockers(offer, day=rules.day, rules=rules)) - EMPTY
        if not sells and offer.pk not in tied:
            continue
        yield EngineOffer(
            id=offer.pk,
            product=offer.product_id,
            stock=offer.available_units if sells else 0,
            pack=offer.pack_units,
            price_milli=price(offer.unit_price_eur),
            lead_days=offer.lead_time_days,
            min_order=offer.smallest_order_units,
            max_per_buyer=offer.max_per_buyer_units or 0,
            departments=frozenset(offer.departments),
        )


def price(unit_price_eur: Decimal) -> int:
    """As the engine compares prices: ten-thousandths of a euro."""
    return min(int(unit_price_eur * PRICE_SCALE), DEAREST)


def _line(line: OrderLine, policy: AllocationPolicy, need: float, rules: RuleBook) -> EngineLine:
    buyer, wanted = line.order.buyer, line.waiting_units
    return EngineLine(
        id=line.pk,
        buyer=buyer.pk,
        department=line.order.site.department if line.order.site else "",
        tier=tier_of(policy, buyer.kind),
        products=acceptable(line),
        wanted=wanted,
        need=need,
        min_useful=min(wanted, max(0, line.min_useful_units - line.allocated_units)),
        need_days=max(0, (line.needed_by - rules.day).days) if line.needed_by else None,
        ceiling_milli=_ceiling(line, rules),
        pinned_offer=line.offer_id,
    )


def tier_of(policy: AllocationPolicy, kind: str) -> int:
    """The rank of a kind of buyer; kinds that the policy does not name come last."""
    return max(1, int(policy.tiers.get(kind, LAST_TIER)))


def _needs(lines: Sequence[OrderLine], policy: AllocationPolicy) -> dict[int, float]:
    """By line, in units. A buyer that asks for one product on several lines has the same need as
    on one: its lines divide it by what they ask for."""
    wanted: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        wanted[line.order.buyer_id, line.product_id] += line.waiting_units
    needs = {}
    for line in lines:
        need = Decimal(line.waiting_units)
        if policy.basis == Basis.NEED:
            asked = wanted[line.order.buyer_id, line.product_id]
            need = reference_need(line) * line.waiting_units / asked
        needs[line.pk] = min(max(round(float(need), 3), SMALLEST_NEED), float(LARGEST_UNITS))
    return needs


def reference_need(line: OrderLine) -> Decimal:
    """Units a week by verified facts: beds and carers times the reference; at least 1."""
    product, buyer = line.product, line.order.buyer
    need = product.weekly_units_per_bed * buyer.beds + product.weekly_units_per_carer * buyer.staff
    return max(need, Decimal(1))


def _ceiling(line: OrderLine, rules: RuleBook) -> int:
    """The buyer's highest price, and for a reseller the wholesale ceiling, on a ladder of
    products the lowest; 0: none."""
    limits = [line.max_unit_price_eur] if line.max_unit_price_eur is not None else []
    if line.order.buyer.kind == BuyerKind.RESELLER:
        products: Sequence[Product] = [
            line.product,
            *(each.product for each in line.substitutes.all()),
        ]
        legal = [rules.ceiling(each, BuyerSide.RESELLER) for each in products]
        limits += [each.max_unit_price_eur for each in legal if each]
    return min(price(min(limits)), DEAREST - 1) if limits else 0


def blocked_products() -> dict[int, set[Blocker]]:
    """By product: what keeps offers that their suppliers want to sell from selling."""
    today = timezone.localdate()
    rules = RuleBook(today)
    found: dict[int, set[Blocker]] = defaultdict(set)
    for offer in Offer.objects.for_listing().on_sale().order_by("pk"):
        found[offer.product_id] |= set(blockers(offer, day=today, rules=rules)) - EMPTY
    return found


def pack(snapshot: Snapshot) -> bytes:
    """As stored with the round."""
    return compress(snapshot.to_bytes())


def unpack(data: Stored) -> Snapshot:
    """Inverse of `pack`."""
    return Snapshot.from_bytes(decompress(data))


def compress(data: bytes) -> bytes:
    """As snapshots and results are stored."""
    return zlib.compress(data, level=6)


def decompress(data: Stored) -> bytes:
    """Inverse of `compress`."""
    return zlib.decompress(bytes(data))
