"""What each line is due before packs, under the whole policy: the exact step of the engine.

Everyone rises together, in proportion to need, until they have what they asked for or until what
they can use has run out: the uniform rule (Sprumont 1991) on a network of who can use what
(Moulin & Sethuraman 2013), inside strict tiers. Around it, in this order: stock held back, dated
caps of buyers, guaranteed floors, reserves, and last everybody shares all that is left.
"""

from dataclasses import replace

import numpy as np

from orders.allocation.errors import InfeasibleFloors
from orders.allocation.market import NONE, BoolArray, IntArray, Market
from orders.allocation.policy import Who
from orders.allocation.targets import cuts, handing, network as networks
from orders.allocation.targets.cuts import Optimum
from orders.allocation.targets.fair import Fair
from orders.allocation.targets.levels import NOBODY, Claims, due_at, find_water
from orders.allocation.targets.network import SCALE, Network


def find_fair(market: Market) -> Fair:
    """The exact targets of a one-group market and a flow that carries them.

    Raises `InfeasibleFloors` with the largest factor at which the floors could be met.
    """
    network = networks.build(market)
    stock = market.usable * market.on_sale * SCALE
    claims = _first_claims(market, network)
    claims = replace(claims, base=_floors(market, network, stock, claims))
    supply = int(stock.sum())
    for reserve in market.policy.reserves:
        inside = belongs(market, reserve.who)
        theirs = replace(claims, tier=np.where(inside, claims.tier, NOBODY))
        best = cuts.solve(network, stock, theirs)
        budget = int(reserve.share * supply)
        claims = replace(claims, base=_cut_at(theirs, best, network, budget))
    best = cuts.solve(network, stock, claims)
    return _fair(network, claims, best)


def belongs(market: Market, who: Who) -> BoolArray:
    """Per line whether it matches every key of `who`."""
    lines, places = market.lines, market.places
    inside = np.ones(len(lines), bool)
    if who.tiers:
        inside &= np.isin(lines.tier, list(who.tiers))
    if who.buyers:
        inside &= np.isin(lines.buyer, list(who.buyers))
    if who.places:
        inside &= np.isin(np.array(places.code), list(who.places))[lines.place]
    if who.regions:
        inside &= np.isin(np.array(places.region), list(who.regions))[lines.place]
    return inside


def _first_claims(market: Market, network: Network) -> Claims:
    """Every line's claim before floors and reserves, its ceiling cut to its buyer's dated cap."""
    lines = market.lines
    served = network.kind != NONE
    claims = Claims(
        tier=lines.tier,
        need=lines.need * SCALE,
        past=lines.past * SCALE,
        base=np.zeros(len(lines), np.int64),
        ceiling=np.where(served, lines.wanted * SCALE, 0),
    )
    if not market.policy.caps:
        return claims
    return replace(claims, ceiling=_divide_caps(market, claims, served))


def _divide_caps(market: Market, claims: Claims, served: BoolArray) -> IntArray:
    """Ceilings under dated caps: a buyer's own lines share its cap as if supply were ample.

    A joint cap inside the network would no longer be one commodity on a network (an intersection
    of two polymatroids); what a line cannot use of its part is lost to its sisters.
    """
    ceiling = claims.ceiling.copy()
    group = market.groups[market.line_group[0]]
    caps = {buyer: cap for (buyer, name), cap in market.policy.caps.items() if name == group}
    order = np.argsort(market.lines.buyer, kind="stable")
    buyers, start = np.unique(market.lines.buyer[order], return_index=True)
    for buyer, rows in zip(buyers.tolist(), np.split(order, start[1:]), strict=True):
        mine = rows[served[rows]]
        cap = caps.get(buyer)
        if cap is not None and int(ceiling[mine].sum()) > cap * SCALE:
            theirs = claims.take(mine)
            ceiling[mine] = due_at(find_water(theirs, cap * SCALE), theirs)
    return ceiling


def _floors(market: Market, network: Network, stock: IntArray, claims: Claims) -> IntArray:
    """What is guaranteed to each line; raises InfeasibleFloors."""
    floor = np.zeros(len(market.lines), np.int64)
    for each in market.policy.floors:
        above, below = (each.fraction * SCALE).as_integer_ratio()
        promised = -(-market.lines.wanted * above // below)
        floor = np.where(belongs(market, each.who), np.maximum(floor, promised), floor)
    floor = np.minimum(floor, claims.ceiling)
    if floor.any():
        factor = cuts.largest_factor(network, stock, floor)
        if factor < 1:
            raise InfeasibleFloors({market.groups[market.line_group[0]]: factor})
    return floor


def _cut_at(claims: Claims, best: Optimum, network: Network, budget: int) -> IntArray:
    """The optimum cut off at the level where the claims have risen by the budget in all."""
    served = np.flatnonzero(network.kind != NONE)
    mine = replace(claims, ceiling=best.due).take(served)
    base = claims.base.copy()
    base[served] = due_at(find_water(mine, int(mine.base.sum()) + budget), mine)
    return base


def _fair(network: Network, claims: Claims, best: Optimum) -> Fair:
    line, offer, amount = handing.lines_and_offers(network, best)
    carried = np.bincount(line, amount, len(best.due))
    due = np.where(carried > 0, best.exact, 0)  # a crumb lost in whole thousandths is not due
    exact = due / np.maximum(carried, 1)
    return Fair(
        target=due / SCALE,
        ceiling=claims.ceiling / SCALE,
        kind=network.kind,
        line_part=best.line_part,
        offer_part=best.node_part[network.first_offer :],
        part_tier=np.array([water.tier if water else 0 for water in best.water], np.int64),
        part_level=np.array([water.level if water else 0.0 for water in best.water]),
        part_supply=np.array(best.supply, np.float64) / SCALE,
        flow_line=line,
        flow_offer=offer,
        flow_units=amount * exact[line] / SCALE,
    )
