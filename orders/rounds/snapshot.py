"""What the engine is told: scarce lines that wait, and the offers that could serve them.

One group per category of goods; where a line accepts products of two categories, these are one
group. So a group is the same from round to round, and reserves and caps mean the same thing.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from django.utils import timezone

from buyers.enums import BuyerKind
from catalog.availability import blockers
from catalog.enums import SHORT_OF_STOCK, Blocker
from catalog.models import Offer
from catalog.prices import RuleBook
from core.places import departments
from orders.allocation.input import frozen
from orders.allocation.input.building import build
from orders.allocation.market import (
    NO_LIMIT,
    NONE,
    IntArray,
    Lines,
    Market,
    Offers,
    Places,
    Products,
)
from orders.allocation.policy import Policy
from orders.models import AllocationPolicy
from orders.rounds import caps, places, reading, rules as policies
from orders.rounds.entities import Entities
from orders.rounds.facts import Facts


Stored: TypeAlias = bytes | memoryview
"""Bytes as PostgreSQL hands them over."""
DEAREST_MICRO = 10**12
"""A million euros a unit: the engine knows no higher price, nor any above the buyer's limit."""
RESELLER = policies.KINDS.index(BuyerKind.RESELLER)


@dataclass(frozen=True, eq=False)
class Part:
    """One group as it is stored: its market under a policy, and what another is applied to."""

    market: Market
    facts: Facts

    @property
    def name(self) -> str:
        """The group's; it stands for all others in a market that was split."""
        return self.market.groups[int(self.market.line_group[0])]

    def to_bytes(self) -> bytes:
        """The market as it is hashed, not compressed."""
        return frozen.to_bytes(self.market)


def take(policy: AllocationPolicy, seed: str) -> list[Part]:
    """The groups as the database stands now, the largest first; a fixed number of statements."""
    market, facts = _read(seed)
    keys = np.array([int(code) for code in market.products.code], np.int64)
    parts = []
    for part in market.split():
        rows = np.searchsorted(market.lines.id, part.lines.id)
        own = int(part.line_group[0])
        kept = facts.take(rows, keys[market.products.group == own])
        parts.append(Part(_alone(policies.apply(policy, part, kept), own), kept))
    return sorted(parts, key=lambda part: (-len(part.market.lines), part.name))


def again(policy: AllocationPolicy, parts: Iterable[Part]) -> Iterator[Part]:
    """The same snapshot under another policy."""
    for part in parts:
        market = build(policies.apply(policy, part.market, part.facts))
        yield replace(part, market=market)


def fingerprint(digests: Iterable[str]) -> str:
    """Of the whole round, from those of its groups in order."""
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def pack(data: bytes) -> bytes:
    """As markets, facts and outcomes are stored."""
    return zlib.compress(data, level=1)


def unpack(data: Stored) -> bytes:
    """Inverse of `pack`."""
    return zlib.decompress(bytes(data))


def digest(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def of_market(data: Stored) -> Market:
    """The market that `pack` stored."""
    return frozen.from_bytes(unpack(data))


def _alone(market: Market, group: int) -> Market:
    """Checked and in canonical order, with the caps of its own group only."""
    own = {key: cap for key, cap in market.policy.caps.items() if key[1] == market.groups[group]}
    return build(replace(market, policy=replace(market.policy, caps=own)))


def _read(seed: str) -> tuple[Market, Facts]:
    rules = RuleBook(timezone.localdate())
    lines = reading.lines(rules.day)
    wish, wishes = _wishes(lines["line"], lines["product"], reading.substitutes())
    products = sorted({product for accepted in wishes for product in accepted})
    pinned = np.unique(lines["offer"][lines["offer"] != NONE]).tolist()
    offers = reading.offers(products, pinned, rules)
    products = sorted({*products, *(offer[1] for offer in offers)})
    tied = _tied(lines, offers)
    category = reading.categories(products)
    group_of = _groups(category, [*wishes, *tied])
    names = sorted(set(group_of.values()))
    position = {key: row for row, key in enumerate(products)}
    where = places.draw(lines, offers, reading.refusals())
    entities = Entities()
    legal = reading.reseller_ceilings(products, rules)
    columns = _lines(lines, wish, _lowest(wishes, legal), entities)
    market = Market(
        offers=_offers(offers, position, where.area),
        lines=replace(columns, place=where.place),
        products=Products(
            code=tuple(str(key) for key in products),
            group=np.array([names.index(group_of[category[key]]) for key in products], np.int64),
            freight_micro=np.zeros(len(products), np.int64),
        ),
        groups=tuple(names),
        places=_places(where.codes),
        areas=where.areas,
        wishes=tuple(tuple(position[key] for key in accepted) for accepted in wishes),
        seed=seed,
        policy=Policy(caps=caps.left(entities, columns.buyer.tolist(), group_of, rules.day)),
    )
    return market, _facts(lines)


def _wishes(
    line: IntArray, product: IntArray, instead: reading.Table
) -> tuple[IntArray, list[tuple[int, ...]]]:
    """The number of each line's wish, and the wishes: product keys, the preferred one first."""
    row = np.searchsorted(line, instead["line"])
    first = np.searchsorted(instead["line"], instead["line"], side="left")
    rank = np.arange(len(row)) - first + 1
    table = np.full((len(line), int(rank.max(initial=0)) + 1), NONE, np.int64)
    table[:, 0] = product
    table[row, rank] = instead["product"]
    code = np.zeros(len(line), np.int64)
    for column in table.T:
        values, of_line = np.unique(column, return_inverse=True)
        _, code = np.unique(code * len(values) + of_line, return_inverse=True)
    _, example = np.unique(code, return_index=True)
    return code.astype(np.int64), [
        tuple(key for key in table[each].tolist() if key != NONE) for each in example
    ]


def _tied(lines: reading.Table, offers: Sequence[Any]) -> set[tuple[int, ...]]:
    """Products that belong together because a line is tied to an offer of another product."""
    product_of = {offer[0]: offer[1] for offer in offers}
    pairs = np.unique(np.stack([lines["product"], lines["offer"]]), axis=1).T.tolist()
    return {(product, product_of[offer]) for product, offer in pairs if offer in product_of}


def _groups(category: dict[int, str], together: Iterable[Sequence[int]]) -> dict[str, str]:
    """The group of each category: itself, merged where products of two are substitutes."""
    merged = {name: name for name in category.values()}
    for products in together:
        names = {merged[category[key]] for key in products}
        if len(names) > 1:
            one = min(names)
            merged = {name: one if now in names else now for name, now in merged.items()}
    return merged


def _lowest(wishes: Sequence[tuple[int, ...]], legal: dict[int, int]) -> IntArray:
    """By wish: on a ladder of products the lowest ceiling of the law."""
    lowest = [min(legal.get(key, NO_LIMIT) for key in accepted) for accepted in wishes]
    return np.array(lowest, np.int64)


def _offers(rows: Sequence[Any], position: dict[int, int], area: IntArray) -> Offers:
    columns = list(zip(*rows, strict=True)) or [()] * 10
    key, product, stock, pack_, minimum, most, price, lead, _, sells = columns
    return Offers(
        id=np.array(key, np.int64),
        product=np.array([position[each] for each in product], np.int64),
        stock=np.where(np.array(sells, bool), np.array(stock, np.int64), 0),
        pack=np.array(pack_, np.int64),
        min_order=np.array(minimum, np.int64),
        max_per_buyer=np.array([NO_LIMIT if each is None else each for each in most], np.int64),
        price_micro=np.array([price_micro(each) for each in price], np.int64),
        lead_days=np.array(lead, np.int64),
        origin=np.full(len(rows), NONE, np.int64),
        area=area,
    )


def price_micro(unit_price_eur: Any) -> int:  # noqa: ANN401 - Decimal
    """As the engine compares prices: millionths of a euro."""
    return min(int(unit_price_eur * reading.MICRO_PER_EURO), DEAREST_MICRO)


def _lines(rows: reading.Table, wish: IntArray, wholesale: IntArray, entities: Entities) -> Lines:
    """The buyer's highest price counts, and for a reseller the wholesale ceiling."""
    wanted = rows["wanted"]
    ceiling = np.where(rows["ceiling"] == NONE, NO_LIMIT, rows["ceiling"])
    resold = np.minimum(ceiling, wholesale[wish])
    ceiling = np.where(rows["kind"] == RESELLER, resold, ceiling)
    accounts, of_line = np.unique(rows["account"], return_inverse=True)
    buyers = np.array([entities.of_account[key] for key in accounts.tolist()], np.int64)
    return Lines(
        id=rows["line"],
        buyer=buyers[of_line],
        place=rows["department"],
        tier=np.ones(len(wanted), np.int64),
        wish=wish,
        wanted=wanted,
        min_useful=np.clip(rows["min_useful"], 0, wanted),
        need_days=np.where(rows["need_days"] == NONE, NO_LIMIT, rows["need_days"]),
        ceiling_micro=np.where(
            ceiling < NO_LIMIT, np.minimum(ceiling, DEAREST_MICRO - 1), NO_LIMIT
        ),
        need=wanted.astype(np.float64),
        past=np.zeros(len(wanted)),
        pinned=rows["offer"],
        preferred=np.full(len(wanted), NONE, np.int64),
    )


def _places(codes: Sequence[str]) -> Places:
    known = departments()
    unknown = np.full(len(codes), np.nan)
    return Places(
        code=tuple(codes),
        region=tuple(known[policies.department(code)].region_code for code in codes),
        lat=unknown,
        lon=unknown,
    )


def _facts(rows: reading.Table) -> Facts:
    past = reading.past()
    return Facts(
        account=rows["account"],
        kind=rows["kind"],
        reference_need=np.maximum(rows["reference_need"], 1.0),
        past_account=past["account"],
        past_product=past["product"],
        past_weeks=past["weeks"],
        past_units=past["units"],
    )


def blocked_products() -> dict[int, set[Blocker]]:
    """By product: what keeps offers that their suppliers want to sell from selling."""
    rules = RuleBook(timezone.localdate())
    found: dict[int, set[Blocker]] = {}
    for offer in Offer.objects.for_listing().on_sale().order_by("pk"):
        reasons = set(blockers(offer, day=rules.day, rules=rules)) - SHORT_OF_STOCK
        found.setdefault(offer.product_id, set()).update(reasons)
    return found
