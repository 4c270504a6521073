"""From rows in any order to the one market they mean: checked, sorted, without repetition."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from orders.allocation.input import admission
from orders.allocation.market import NONE, IntArray, Market


def build(raw: Market) -> Market:
    """Check every row and bring the market into canonical order; positions are remapped.

    Rows end sorted by id, codes sorted, equal wishes and areas merged and ordered by content, so
    whatever order `raw` came in the result is the same. Raises `InvalidMarket`.
    """
    market = admission.typed(raw)
    admission.check(market)
    market = _sort_groups(market)
    market = _sort_products(market)
    market = _sort_places(market)
    market = _merge_areas(_merge_wishes(market))
    return replace(
        market,
        offers=market.offers.take(np.argsort(market.offers.id)),
        lines=market.lines.take(np.argsort(market.lines.id)),
    )


def _sorting(codes: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Old positions in the new order, and the new position of each old one."""
    order = np.array(sorted(range(len(codes)), key=codes.__getitem__), np.int64)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return order, rank


def _sort_groups(market: Market) -> Market:
    _, rank = _sorting(market.groups)
    products = replace(market.products, group=rank[market.products.group])
    return replace(market, groups=tuple(sorted(market.groups)), products=products)


def _sort_products(market: Market) -> Market:
    order, rank = _sorting(market.products.code)
    products = replace(
        market.products,
        code=tuple(sorted(market.products.code)),
        group=market.products.group[order],
        freight_micro=market.products.freight_micro[order],
    )
    offers = replace(market.offers, product=rank[market.offers.product])
    wishes = tuple(tuple(int(rank[p]) for p in wish) for wish in market.wishes)
    return replace(market, products=products, offers=offers, wishes=wishes)


def _sort_places(market: Market) -> Market:
    order, rank = _sorting(market.places.code)
    old = market.places
    places = replace(
        old,
        code=tuple(old.code[row] for row in order),
        region=tuple(old.region[row] for row in order),
        lat=old.lat[order],
        lon=old.lon[order],
    )
    origin = market.offers.origin
    moved = np.where(origin == NONE, NONE, np.append(rank, NONE)[origin])
    return replace(
        market,
        places=places,
        areas=market.areas[:, order].astype(bool),
        offers=replace(market.offers, origin=moved),
        lines=replace(market.lines, place=rank[market.lines.place]),
    )


def _merge_wishes(market: Market) -> Market:
    used = [market.wishes[row] for row in np.unique(market.lines.wish)]
    wishes = tuple(sorted(set(used)))
    position = {wish: row for row, wish in enumerate(wishes)}
    moved = np.array([position.get(wish, NONE) for wish in market.wishes], np.int64)
    return replace(
        market, wishes=wishes, lines=replace(market.lines, wish=moved[market.lines.wish])
    )


def _merge_areas(market: Market) -> Market:
    keys = [area.tobytes() for area in market.areas]
    used = np.unique(market.offers.area)
    row_of = {keys[row]: int(row) for row in used}
    kept = sorted(row_of)
    position = {key: row for row, key in enumerate(kept)}
    moved = np.array([position.get(key, NONE) for key in keys], np.int64)
    return replace(
        market,
        areas=market.areas[[row_of[key] for key in kept]]
        if kept
        else np.zeros((0, len(market.places.code)), bool),
        offers=replace(market.offers, area=moved[market.offers.area]),
    )
