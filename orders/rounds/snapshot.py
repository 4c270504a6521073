"""What the engine is told: scarce lines that wait, and the offers that could serve them."""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone

from buyers.enums import BuyerKind
from catalog.availability import blockers
from catalog.enums import Blocker, BuyerSide
from catalog.models import Offer, Product
from catalog.prices import RuleBook
from core.units import whole_packs
from orders.allocation.model import Line as EngineLine, Offer as EngineOffer, Snapshot
from orders.enums import Basis
from orders.models import AllocationPolicy, OrderLine


PRICE_SCALE = 10_000
"""Prices have four decimals; the engine only compares them, as whole numbers."""
LAST_TIER = 9
EMPTY = frozenset({Blocker.NO_STOCK, Blocker.LESS_THAN_MINIMUM})


def build(policy: AllocationPolicy, seed: str) -> Snapshot:
    """The snapshot as the database stands now; a fixed number of statements."""
    today = timezone.localdate()
    lines = waiting_lines()
    products = {key for line in lines for key in acceptable(line)}
    rules = RuleBook(today)
    pinned = {line.offer_id for line in lines if line.offer_id}
    return Snapshot(
        offers=tuple(_offers(products, pinned, rules)),
        lines=tuple(_line(line, policy, rules, today) for line in lines),
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
            price_milli=int(offer.unit_price_eur * PRICE_SCALE),
            lead_days=offer.lead_time_days,
            min_order=offer.smallest_order_units,
            max_per_buyer=whole_packs(offer.max_per_buyer_units or 0, offer.pack_units),
            departments=frozenset(offer.departments),
        )


def _line(line: OrderLine, policy: AllocationPolicy, rules: RuleBook, today: date) -> EngineLine:
    buyer, wanted = line.order.buyer, line.waiting_units
    need = Decimal(wanted) if policy.basis == Basis.CLAIM else reference_need(line)
    return EngineLine(
        id=line.pk,
        buyer=buyer.pk,
        department=line.order.site.department,
        tier=tier_of(policy, buyer.kind),
        products=acceptable(line),
        wanted=wanted,
        need=float(need),
        min_useful=min(wanted, max(0, line.min_useful_units - line.allocated_units)),
        need_days=max(0, (line.needed_by - today).days) if line.needed_by else None,
        ceiling_milli=_ceiling(line, rules),
        pinned_offer=line.offer_id,
    )


def tier_of(policy: AllocationPolicy, kind: str) -> int:
    """The rank of a kind of buyer; kinds that the policy does not name come last."""
    return int(policy.tiers.get(kind, LAST_TIER))


def reference_need(line: OrderLine) -> Decimal:
    """Units a week by verified facts: beds and carers times the reference; at least 1."""
    product, buyer = line.product, line.order.buyer
    need = product.weekly_units_per_bed * buyer.beds + product.weekly_units_per_carer * buyer.staff
    return max(need, Decimal(1))


def _ceiling(line: OrderLine, rules: RuleBook) -> int:
    """The buyer's highest price, and for a reseller the wholesale ceiling; 0: none."""
    limits = [line.max_unit_price_eur] if line.max_unit_price_eur is not None else []
    if line.order.buyer.kind == BuyerKind.RESELLER:
        products: Sequence[Product] = [
            line.product,
            *(each.product for each in line.substitutes.all()),
        ]
        legal = [rules.ceiling(each, BuyerSide.RESELLER) for each in products]
        limits += [each.max_unit_price_eur for each in legal if each]
    return int(min(limits) * PRICE_SCALE) if limits else 0


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


def unpack(data: bytes) -> Snapshot:
    """Inverse of `pack`."""
    return Snapshot.from_bytes(decompress(data))


def compress(data: bytes) -> bytes:
    """As snapshots and results are stored."""
    return zlib.compress(data, level=6)


def decompress(data: bytes) -> bytes:
    """Inverse of `compress`."""
    return zlib.decompress(bytes(data))
