"""Why each line received what it did, in numbers that its buyer can check."""

import numpy as np
from numpy.typing import NDArray

from orders.allocation.market import NONE, FloatArray, IntArray, Market
from orders.allocation.outcome import Flow, Limit, Outcome, Parts, Shares
from orders.allocation.reasons import obstacles
from orders.allocation.reasons.obstacles import Catalogue, Standing, Wishes
from orders.allocation.targets import eligible_sets
from orders.allocation.targets.fair import Fair


def explain(market: Market, fair: Fair, shares: Shares) -> Outcome:
    """The whole outcome of a one-group market, once its packs are handed out."""
    line = np.searchsorted(market.lines.id, shares.line)
    received = np.zeros(len(market.lines), np.int64)
    np.add.at(received, line, shares.units)
    told, reachable = obstacles.stops(
        eligible_sets.view(market),
        eligible_sets.shelve(market),
        _standing(market, shares, line, received),
    )
    limit = obstacles.TOLD[told]
    limit[received >= market.lines.wanted] = Limit.NONE
    _by_own_facts(market, fair, received, limit)
    unserved = np.flatnonzero(fair.kind == NONE)
    limit[unserved] = _no_offer(market, unserved)
    peers, peer_fill = _peers(market, fair, received)
    return Outcome(
        shares=shares,
        line=market.lines.id,
        target=np.round(fair.target, 3),
        received=received,
        limit=limit,
        reachable=reachable,
        peers=peers,
        peer_fill=peer_fill,
        part=fair.line_part,
        parts=_parts(fair),
        flow=Flow(
            line=market.lines.id[fair.flow_line],
            offer=market.offers.id[fair.flow_offer],
            units=fair.flow_units,
        ),
    )


def _standing(market: Market, shares: Shares, line: IntArray, received: IntArray) -> Standing:
    offers, lines = market.offers, market.lines
    offer = np.searchsorted(offers.id, shares.offer)
    sold = np.zeros(len(offers), np.int64)
    np.add.at(sold, offer, shares.units)
    last_tier = np.zeros(len(offers), np.int64)
    np.maximum.at(last_tier, offer, lines.tier[line])
    _, buyer = np.unique(lines.buyer, return_inverse=True)
    key, at = np.unique(buyer[line] * len(offers) + offer, return_inverse=True)
    bought = np.zeros(len(key), np.int64)
    np.add.at(bought, at, shares.units)
    return Standing(
        received,
        lines.wanted,
        lines.min_useful,
        buyer,
        np.searchsorted(line, np.arange(len(lines) + 1)).astype(np.int64),
        offer,
        shares.units,
        offers.pack,
        market.usable - sold,
        market.usable,
        last_tier,
        lines.tier,
        key,
        bought,
    )


def _by_own_facts(market: Market, fair: Fair, received: IntArray, limit: NDArray[np.int8]) -> None:
    """Where goods were short for others, but this line's own cap or past stopped it first."""
    lines = market.lines
    short = received < lines.wanted
    capped = (fair.ceiling < lines.wanted) & (fair.target >= fair.ceiling - 0.001)
    limit[short & capped] = Limit.ENTITY_CAP
    level = np.append(fair.part_level, 0.0)[fair.line_part]
    ahead = (fair.target <= 0) & (lines.past > 0) & (lines.past >= level * lines.need)
    limit[short & ahead & (limit == Limit.SUPPLY)] = Limit.PAST


def _no_offer(market: Market, unserved: IntArray) -> NDArray[np.int8]:
    offers, lines = market.offers, market.lines.take(unserved)
    order = np.argsort(offers.product, kind="stable")
    products = np.arange(len(market.products.code) + 1)
    shop = Catalogue(
        np.searchsorted(offers.product[order], products).astype(np.int64),
        offers.id[order],
        offers.price_micro[order],
        offers.lead_days[order],
        offers.area[order],
        offers.pack[order],
        market.first_step[order],
        market.buyer_limit[order],
        market.usable[order],
    )
    wishes = Wishes(
        market.wish_products[lines.wish],
        lines.place,
        lines.pinned,
        lines.need_days,
        lines.ceiling_micro,
        lines.wanted,
    )
    found: NDArray[np.int8] = obstacles.MET[obstacles.furthest(wishes, shop, market.areas)]
    return found


def _peers(market: Market, fair: Fair, received: IntArray) -> tuple[IntArray, FloatArray]:
    """Per line: how many lines of its tier any offer may serve, and what of theirs is filled."""
    served = fair.kind != NONE
    _, tier = np.unique(market.lines.tier, return_inverse=True)
    count = np.bincount(tier, served)
    got = np.bincount(tier, np.where(served, received, 0))
    asked = np.bincount(tier, np.where(served, market.lines.wanted, 0))
    fill = got / np.maximum(asked, 1)
    return (
        np.where(served, count[tier], 0).astype(np.int64),
        np.where(served, fill[tier], 0.0),
    )


def _parts(fair: Fair) -> Parts:
    rows = np.arange(len(fair.part_tier) + 1)
    return Parts(
        tier=fair.part_tier,
        level=fair.part_level,
        lines=np.histogram(fair.line_part, rows)[0].astype(np.int64),
        offers=np.histogram(fair.offer_part, rows)[0].astype(np.int64),
        supply=fair.part_supply,
    )
