"""What the fields of a market imply, worked out from its columns alone.

The solver has its own reading of the same fields in `Market`; none of it is used here.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from orders.allocation.market import NO_LIMIT, NONE, BoolArray, IntArray, Market


Number = TypeVar("Number", np.int64, np.float64)


class Rows(NamedTuple, Generic[Number]):
    """Units per line and offer, by position; whole in shares, decimal in flows."""

    line: IntArray
    offer: IntArray
    units: NDArray[Number]

    def where(self, mask: BoolArray | IntArray) -> "Rows[Number]":
        """The rows that are marked."""
        return Rows(self.line[mask], self.offer[mask], self.units[mask])


@dataclass(frozen=True, eq=False)
class Terms:
    """Per offer: `sellable` units after what is held back, `per_buyer` units at most (NO_LIMIT
    without a limit), both in whole packs; `least` units a line can take; `offered`: whether that
    is possible at all. `accepts[wish, product]`. Groups are positions in `Market.groups`.
    """

    market: Market
    sellable: IntArray
    per_buyer: IntArray
    least: IntArray
    offered: BoolArray
    accepts: BoolArray
    offer_in: IntArray
    line_in: IntArray

    def faults(self, line: IntArray, offer: IntArray) -> dict[str, BoolArray]:
        """For (line, offer) positions: in what the offer does not suit the line."""
        lines, offers = self.market.lines, self.market.offers
        pin = lines.pinned[line]
        return {
            "product": ~self.accepts[lines.wish[line], offers.product[offer]],
            "place": ~self.market.areas[offers.area[offer], lines.place[line]],
            "price": offers.price_micro[offer] > lines.ceiling_micro[line],
            "delivered too late": offers.lead_days[offer] > lines.need_days[line],
            "pinned to another offer": (pin != NONE) & (pin != offers.id[offer]),
        }

    def suits(self, line: IntArray, offer: IntArray) -> BoolArray:
        """For (line, offer) positions: whether the line could take the offer's first step."""
        fine = self.offered[offer] & (self.least[offer] <= self.market.lines.wanted[line])
        for fault in self.faults(line, offer).values():
            fine &= ~fault
        return fine


def terms_of(market: Market) -> Terms:
    """Every offer and line looked at once."""
    offers = market.offers
    kept = 1 - Fraction(market.policy.held_back)
    stocks, packs = offers.stock.tolist(), offers.pack.tolist()
    sellable = [int(kept * stock / pack) * pack for stock, pack in zip(stocks, packs, strict=True)]
    limited = offers.max_per_buyer < NO_LIMIT
    per_buyer = np.where(
        limited, offers.max_per_buyer - offers.max_per_buyer % offers.pack, NO_LIMIT
    )
    least = np.maximum(
        offers.pack, (offers.min_order + offers.pack - 1) // offers.pack * offers.pack
    )
    units = np.array(sellable, np.int64)
    accepts = np.zeros((len(market.wishes), len(market.products.code)), bool)
    for wish, products in enumerate(market.wishes):
        accepts[wish, list(products)] = True
    wish_in = np.array([market.products.group[wish[0]] for wish in market.wishes], np.int64)
    return Terms(
        market=market,
        sellable=units,
        per_buyer=per_buyer,
        least=least,
        offered=(least <= units) & (least <= per_buyer),
        accepts=accepts,
        offer_in=market.products.group[offers.product],
        line_in=wish_in[market.lines.wish],
    )


def located(ids: IntArray, asked: IntArray) -> tuple[IntArray, BoolArray]:
    """Positions of the ids asked for in a sorted column, and whether each is there at all."""
    if not len(ids):
        return np.zeros(len(asked), np.int64), np.zeros(len(asked), bool)
    place = np.minimum(np.searchsorted(ids, asked), len(ids) - 1)
    return place, ids[place] == asked


def spans(start: IntArray, length: IntArray) -> IntArray:
    """The whole numbers from each start, as many as its length, one after the other."""
    ends = np.cumsum(length)
    first = np.repeat(start - (ends - length), length)
    return first + np.arange(len(first))
