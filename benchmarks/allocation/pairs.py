"""Who may take what, laid out for compiled loops over one group: for baselines and for judging."""

from typing import NamedTuple

import numpy as np
from numba import njit

from orders.allocation.market import IntArray, Market
from orders.allocation.outcome import Shares


class Pairs(NamedTuple):
    """Columns of one group; offers, lines and buyers are positions.

    A spot is a (wish, place) in use. `reach`, between two `start`s, holds the offers that serve a
    spot, cheapest delivered unit first; `suits` tells which of them suit a line.
    """

    id: IntArray
    pack: IntArray
    first: IntArray
    limit: IntArray
    stock: IntArray
    price: IntArray
    lead: IntArray
    wanted: IntArray
    useful: IntArray
    ceiling: IntArray
    days: IntArray
    pinned: IntArray
    buyer: IntArray
    tier: IntArray
    spot: IntArray
    start: IntArray
    reach: IntArray


def lay_out(market: Market) -> Pairs:
    """The pairs of a one-group market, by the market's own columns."""
    offers, lines = market.offers, market.lines
    places = len(market.places.code)
    spots, spot = np.unique(lines.wish * places + lines.place, return_inverse=True)
    start, reach = _reach(market, spots // places, spots % places)
    return Pairs(
        id=offers.id,
        pack=offers.pack,
        first=market.first_step,
        limit=market.buyer_limit,
        stock=market.usable,
        price=offers.price_micro,
        lead=offers.lead_days,
        wanted=lines.wanted,
        useful=lines.min_useful,
        ceiling=lines.ceiling_micro,
        days=lines.need_days,
        pinned=lines.pinned,
        buyer=np.unique(lines.buyer, return_inverse=True)[1],
        tier=np.unique(lines.tier, return_inverse=True)[1],
        spot=spot,
        start=start,
        reach=reach,
    )


def _reach(market: Market, wish: IntArray, place: IntArray) -> tuple[IntArray, IntArray]:
    everything = np.arange(len(market.offers))
    cost_at = {}
    for each in np.unique(place).tolist():
        cost = market.unit_cost(everything, np.full(len(everything), each))
        cost_at[each] = np.argsort(cost, kind="stable")
    found = []
    for accepted, there in zip(wish.tolist(), place.tolist(), strict=True):
        cheapest = cost_at[there]
        fine = market.wish_products[accepted, market.offers.product[cheapest]]
        fine &= market.areas[market.offers.area[cheapest], there] & market.on_sale[cheapest]
        found.append(cheapest[fine])
    start = np.cumsum([0] + [len(each) for each in found])
    return start, np.concatenate(found)


@njit(cache=True)
def suits(pairs: Pairs, line: int, offer: int) -> bool:
    """Whether an offer that serves the line's spot may serve the line."""
    return (
        pairs.price[offer] <= pairs.ceiling[line]
        and pairs.lead[offer] <= pairs.days[line]
        and pairs.first[offer] <= pairs.wanted[line]
        and (pairs.pinned[line] < 0 or pairs.pinned[line] == pairs.id[offer])
    )


def shares_of(market: Market, found: IntArray) -> Shares:
    """Rows of (line, offer, units), by position, as shares."""
    order = np.lexsort((found[:, 1], found[:, 0]))
    line, offer, units = found[order].T
    return Shares(market.lines.id[line], market.offers.id[offer], units)
