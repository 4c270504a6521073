"""One group's offers and lines laid out for compiled loops: who reaches whom, and what is due."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orders.allocation.market import NO_LIMIT, BoolArray, FloatArray, IntArray, Market
from orders.allocation.targets.fair import Fair
from orders.allocation.targets.fairness import belongs


TIER_RATIO = 10.0  # a unit due in one tier outweighs this many due in the next
MILD_RATIO = 2.0  # the same where floors or reserves give lower tiers a right of their own
EXTRA = 0.2  # worth of a unit above what is due, against one below

Records = NDArray[np.void]


class Ground(NamedTuple):
    """What stays the same while packs move. Offers, lines, buyers and spots are positions.

    `offers`, records: id, pack, first (the smallest legal piece), limit (what one buyer may take),
    price, lead. `lines`, records: want, useful, ceiling, days, pinned, buyer, tier (0 is served
    first), spot, by_right (a floor or a reserve), target, due (what the search aims at), margin
    (the smallest step), weight (worth of a unit due), extra (of a unit beyond).
    A spot is a (wish, place) in use: its lines see the same products from the same place.
    """

    offers: Records
    lines: Records
    order: IntArray  # all lines, first tier first, then by lot
    reach_start: IntArray  # per spot: its rows in `reach`
    reach: IntArray  # offers, cheapest first
    spot_start: IntArray  # per spot: its rows in `spot_line`
    spot_line: IntArray  # lines, first tier first
    home_start: IntArray  # per offer: its rows in `home`
    home: IntArray  # spots
    buyer_start: IntArray  # per buyer: its rows in `buyer_line`
    buyer_line: IntArray
    cap: IntArray  # per buyer: what all its lines may take


def survey(market: Market, fair: Fair) -> Ground:
    """Lay one group's market out."""
    offers, lines = market.offers, market.lines
    tiers, tier = np.unique(lines.tier, return_inverse=True)
    weight, extra = _worth(market, len(tiers))
    buyers, buyer = np.unique(lines.buyer, return_inverse=True)
    places = len(market.places.code)
    spots, spot = np.unique(lines.wish * places + lines.place, return_inverse=True)
    serves = (
        market.wish_products[spots // places][:, offers.product].T
        & market.areas[offers.area][:, spots % places]
        & market.on_sale[:, None]
    )
    reach_start, reach = _reach(serves, _cost(market), spots % places)
    home_offer, home = np.nonzero(serves)
    return Ground(
        offers=records(
            id=offers.id,
            pack=offers.pack,
            first=market.first_step,
            limit=market.buyer_limit,
            price=offers.price_micro,
            lead=offers.lead_days,
        ),
        lines=records(
            want=lines.wanted,
            useful=lines.min_useful,
            ceiling=lines.ceiling_micro,
            days=lines.need_days,
            pinned=lines.pinned,
            buyer=buyer,
            tier=tier,
            spot=spot,
            by_right=_by_right(market),
            target=fair.target,
            due=_aims(fair.target, lines.min_useful),
            weight=weight[tier],
            extra=extra[tier],
            margin=np.maximum(lines.min_useful, _least_first(market, reach_start, reach)[spot]),
        ),
        order=np.lexsort((market.draws, tier)),
        reach_start=reach_start,
        reach=reach,
        spot_start=_starts(spot, len(spots)),
        spot_line=np.lexsort((tier, spot)),
        home_start=_starts(home_offer, len(offers)),
        home=home,
        buyer_start=_starts(buyer, len(buyers)),
        buyer_line=np.argsort(buyer, kind="stable"),
        cap=_caps(market, buyers),
    )


def records(**columns: NDArray[np.generic]) -> Records:
    """One record per row, one field per column."""
    kind = [(name, column.dtype) for name, column in columns.items()]
    table = np.empty(len(next(iter(columns.values()))), kind)
    for name, column in columns.items():
        table[name] = column
    return table


def _by_right(market: Market) -> BoolArray:
    """Lines with a floor or a reserve, which no higher tier may take from them."""
    inside = np.zeros(len(market.lines), bool)
    policy = market.policy
    for who in [rule.who for rule in policy.floors] + [rule.who for rule in policy.reserves]:
        inside |= belongs(market, who)
    return inside


def _worth(market: Market, tiers: int) -> tuple[FloatArray, FloatArray]:
    """Per tier, worth of a unit due and of a unit beyond; a tier's beyond is above the next due,
    unless lower tiers have rights of their own."""
    guaranteed = bool(market.policy.floors or market.policy.reserves)
    ratio = MILD_RATIO if guaranteed else TIER_RATIO
    weight = ratio ** -np.arange(tiers, dtype=float)
    return weight, weight * EXTRA * (weight[-1] if guaranteed else 1.0)


def _cost(market: Market) -> IntArray:
    """[offer, place]: price and freight of one unit."""
    shape = (len(market.offers), len(market.places.code))
    offer, place = np.indices(shape).reshape(2, -1)
    return market.unit_cost(offer, place).reshape(shape)


def _reach(serves: BoolArray, cost: IntArray, place: IntArray) -> tuple[IntArray, IntArray]:
    """Per spot the offers that serve it, cheapest first, as starts and rows."""
    cheapest = np.argsort(cost.T, axis=1, kind="stable")[place]
    there = np.take_along_axis(serves.T, cheapest, axis=1)
    starts = np.concatenate([[0], np.cumsum(there.sum(1))])
    return starts, cheapest[there]


def _least_first(market: Market, reach_start: IntArray, reach: IntArray) -> IntArray:
    """Per spot, the smallest piece that can be had there."""
    first = np.append(market.first_step[reach], NO_LIMIT)
    least = np.minimum.reduceat(first, reach_start[:-1])
    return np.where(np.diff(reach_start) > 0, least, 0)


def _aims(target: FloatArray, useful: IntArray) -> FloatArray:
    """Per line, its target; below the useful minimum whichever of that and nothing is nearer."""
    nearer = np.where(2 * target >= useful, np.maximum(target, useful), 0.0)
    return np.where(target > 0, nearer, 0.0)


def _starts(key: IntArray, size: int) -> IntArray:
    """Where each key's rows begin once rows are sorted by key, and where the last ends."""
    return np.concatenate([[0], np.cumsum(np.bincount(key, minlength=size))])


def _caps(market: Market, buyers: IntArray) -> IntArray:
    """Per buyer: the most units its lines of this group may receive together."""
    group = market.groups[market.line_group[0]]
    caps = market.policy.caps
    if not caps:
        return np.full(len(buyers), NO_LIMIT)
    return np.array([caps.get((buyer, group), NO_LIMIT) for buyer in buyers.tolist()], np.int64)
