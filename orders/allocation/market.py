"""What the engine is told, in columns: offers, order lines, places, products and the policy.

One row per offer and per line, sorted by id; every column is one NumPy array. Quantities are
single units (never packs), money is millionths of a euro excluding tax, durations are days.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orders.allocation.policy import Policy


IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NO_LIMIT = 1 << 60
NONE = -1


@dataclass(frozen=True, eq=False)
class Places:
    """Departments, sorted by code. Coordinates in decimal degrees, NaN where unknown."""

    code: tuple[str, ...]
    region: tuple[str, ...]
    lat: FloatArray
    lon: FloatArray


@dataclass(frozen=True, eq=False)
class Products:
    """Sorted by code. `group` is a position in `Market.groups`: products that can stand in for
    one another. `freight_micro`: to carry one unit over 100 km."""

    code: tuple[str, ...]
    group: IntArray
    freight_micro: IntArray


@dataclass(frozen=True, eq=False)
class Offers:
    """Stock that one supplier can deliver from, on one product."""

    id: IntArray
    product: IntArray  # position in Market.products
    stock: IntArray
    pack: IntArray
    min_order: IntArray
    max_per_buyer: IntArray  # NO_LIMIT without a limit
    price_micro: IntArray
    lead_days: IntArray
    origin: IntArray  # position in Market.places; NONE: unknown, no freight
    area: IntArray  # row of Market.areas

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: IntArray) -> "Offers":
        """The rows at these positions."""
        return replace(
            self, **{each.name: getattr(self, each.name)[rows] for each in fields(self)}
        )


@dataclass(frozen=True, eq=False)
class Lines:
    """One buyer's wish for one product or its substitutes.

    A line's level is (past + received) ÷ need; `wanted` is the claim and only ever a ceiling. It
    receives 0 or at least `min_useful`. `buyer` is whoever is bound by caps together: the legal
    entity or its group.
    """

    id: IntArray
    buyer: IntArray
    place: IntArray  # position in Market.places
    tier: IntArray  # 1 is served first
    wish: IntArray  # position in Market.wishes
    wanted: IntArray
    min_useful: IntArray
    need_days: IntArray  # NO_LIMIT: no date
    ceiling_micro: IntArray  # NO_LIMIT: no ceiling
    need: FloatArray
    past: FloatArray  # units received before that count for the level
    pinned: IntArray  # offer id or NONE: served by that offer only
    preferred: IntArray  # offer id or NONE: a wish among equals

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: IntArray) -> "Lines":
        """The rows at these positions."""
        return replace(
            self, **{each.name: getattr(self, each.name)[rows] for each in fields(self)}
        )


def _rows(table: Offers | Lines, rows: IntArray) -> dict[str, IntArray | FloatArray]:
    return {each.name: getattr(table, each.name)[rows] for each in fields(table)}


@dataclass(frozen=True, eq=False)
class Market:
    """All that the engine knows; build it with `build`, which checks and sorts every row.

    `areas[a, p]`: whether offers of area a deliver to place p. `wishes`: acceptable products of
    one group, the preferred one first. `seed` decides ties between equals; publish it (or its
    hash) before solving.
    """

    offers: Offers
    lines: Lines
    products: Products
    groups: tuple[str, ...]
    places: Places
    areas: BoolArray
    wishes: tuple[tuple[int, ...], ...]
    seed: str
    policy: Policy = field(default_factory=Policy)

    @cached_property
    def usable(self) -> IntArray:
        """Per offer: units that can be sold, in whole packs, after what is held back."""
        above, below = (1 - self.policy.held_back).as_integer_ratio()
        sold = self.offers.stock.astype(object) * above // (below * self.offers.pack)
        units: IntArray = sold.astype(np.int64) * self.offers.pack
        return units

    @cached_property
    def buyer_limit(self) -> IntArray:
        """Per offer: units that one buyer may take in whole packs; NO_LIMIT without a limit."""
        limit, pack = self.offers.max_per_buyer, self.offers.pack
        whole: IntArray = np.where(limit < NO_LIMIT, limit // pack * pack, NO_LIMIT)
        return whole

    @cached_property
    def first_step(self) -> IntArray:
        """Per offer: the fewest units a line can take, a pack or the minimum in whole packs."""
        pack = self.offers.pack
        units: IntArray = np.maximum(1, -(-self.offers.min_order // pack)) * pack
        return units

    @cached_property
    def on_sale(self) -> BoolArray:
        """Per offer: whether anybody could take its first step."""
        return self.first_step <= np.minimum(self.buyer_limit, self.usable)

    @cached_property
    def wish_products(self) -> BoolArray:
        """[wish, product]: whether the product is acceptable."""
        table = np.zeros((len(self.wishes), len(self.products.code)), bool)
        for row, accepted in enumerate(self.wishes):
            table[row, list(accepted)] = True
        return table

    @cached_property
    def offer_group(self) -> IntArray:
        """Per offer: its position in `groups`."""
        return self.products.group[self.offers.product]

    @cached_property
    def line_group(self) -> IntArray:
        """Per line: its position in `groups`."""
        first = np.array([wish[0] for wish in self.wishes], np.int64)
        return self.products.group[first[self.lines.wish]]

    @cached_property
    def kilometres(self) -> IntArray:
        """[place, place]: great-circle distance, whole kilometres; 0 where a place is unknown."""
        lat, lon = np.radians(self.places.lat), np.radians(self.places.lon)
        rise = np.sin((lat[:, None] - lat) / 2) ** 2
        turn = np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
        km = 2 * 6371.0 * np.arcsin(np.sqrt(np.minimum(rise + turn, 1)))
        whole: IntArray = np.rint(np.nan_to_num(km)).astype(np.int64)
        return whole

    @cached_property
    def draws(self) -> NDArray[np.uint64]:
        """Per line: its lot, 64 bits of SplitMix64 over its id and the seed's SHA-256."""
        return lots(self.seed, self.lines.id)

    def unit_cost(self, offer: IntArray, place: IntArray) -> IntArray:
        """Price and freight of one unit, millionths of a euro, for (offer, place) positions."""
        origin = self.offers.origin[offer]
        km = np.where(origin == NONE, 0, self.kilometres[origin, place])
        freight = self.products.freight_micro[self.offers.product[offer]]
        cost: IntArray = self.offers.price_micro[offer] + freight * km // 100
        return cost

    def eligible(self, line: IntArray, offer: IntArray) -> BoolArray:
        """For (line, offer) positions: whether the offer may serve the line."""
        lines, offers = self.lines, self.offers
        fine: BoolArray = (
            self.wish_products[lines.wish[line], offers.product[offer]]
            & self.areas[offers.area[offer], lines.place[line]]
            & (offers.price_micro[offer] <= lines.ceiling_micro[line])
            & (offers.lead_days[offer] <= lines.need_days[line])
            & ((lines.pinned[line] == NONE) | (lines.pinned[line] == offers.id[offer]))
            & (self.first_step[offer] <= lines.wanted[line])
            & self.on_sale[offer]
        )
        return fine

    def split(self) -> Iterator["Market"]:
        """One market per substitution group that has lines; they share no stock and no wish."""
        of_line, of_offer = self.line_group, self.offer_group
        line_order = np.argsort(of_line, kind="stable")
        cuts = np.searchsorted(of_line[line_order], np.arange(len(self.groups) + 1))
        for group in range(len(self.groups)):
            rows = line_order[cuts[group] : cuts[group + 1]]
            if len(rows):
                yield replace(
                    self,
                    lines=self.lines.take(rows),
                    offers=self.offers.take(np.flatnonzero(of_offer == group)),
                )


def lots(seed: str, ids: IntArray) -> NDArray[np.uint64]:
    """64 bits per id: SplitMix64 (Steele, Lea & Flood 2014) of id and the hashed seed."""
    start = np.frombuffer(hashlib.sha256(seed.encode()).digest()[:8], "<u8")[0]
    with np.errstate(over="ignore"):
        mixed = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + start
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        drawn: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
        return drawn
