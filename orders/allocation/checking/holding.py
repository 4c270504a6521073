"""The whole packs of one group, added up: who holds what, and what room is left."""

import numpy as np

from orders.allocation.checking.claims import Claims
from orders.allocation.checking.group import Group
from orders.allocation.checking.hard import summed
from orders.allocation.checking.terms import Rows, located
from orders.allocation.market import BoolArray, FloatArray, IntArray


class Holding:
    """Per line: `got` and the `room` for more, at most its share of a buyer's cap of the policy.
    Per offer: `left`, units not sold."""

    def __init__(self, group: Group, claims: Claims, rows: Rows[np.int64]) -> None:
        order = np.lexsort((rows.offer, rows.line))
        self.group, self.rows = group, rows.where(order)
        columns, terms = group.terms.market.lines, group.terms
        self.got = summed(rows.units, rows.line, len(group.lines))
        self.left = terms.sellable[group.offers] - summed(
            rows.units, rows.offer, len(group.offers)
        )
        self.least, self.limit = terms.least[group.offers], terms.per_buyer[group.offers]
        self.pack = terms.market.offers.pack[group.offers]
        self.useful = np.where(self.got > 0, 0, columns.min_useful[group.lines])
        self.room = self._room(claims)
        self._pairs = self.rows.line * len(group.offers) + self.rows.offer
        self.tiers, self.rank = np.unique(group.tier, return_inverse=True)
        keys, at = np.unique(self._purchase(rows.line, rows.offer), return_inverse=True)
        self._purchases, self._purchased = keys, summed(rows.units, at, len(keys))

    def _room(self, claims: Claims) -> FloatArray:
        group = self.group
        most = np.where(claims.capped, claims.ceiling, group.wanted)
        room: FloatArray = np.asarray(most - self.got, np.float64)
        bought = summed(self.got, group.buyer, len(group.buyers))
        for buyer, cap in claims.limits().items():
            mine = group.buyer == buyer
            room[mine] = np.minimum(room[mine], cap - bought[buyer])
        return room

    def held(self, line: IntArray, offer: IntArray) -> IntArray:
        """Units of the offer that the line has."""
        if not len(self._pairs):
            return np.zeros(len(line), np.int64)
        place, there = located(self._pairs, line * len(self.group.offers) + offer)
        return np.where(there, self.rows.units[place], 0)

    def step(self, line: IntArray, offer: IntArray) -> IntArray:
        """The fewest further units of the offer that the line could take."""
        pack = self.pack[offer]
        fewest = np.where(self.held(line, offer) > 0, pack, self.least[offer])
        useful = self.useful[line] + pack - 1
        return np.maximum(fewest, useful - useful % pack)

    def may_take(self, line: IntArray, offer: IntArray) -> tuple[IntArray, BoolArray]:
        """The next step of a line on an offer; whether its room and its buyer's limit allow it."""
        step = self.step(line, offer)
        bought = self.bought(line, offer)
        return step, (step <= self.room[line]) & (bought + step <= self.limit[offer])

    def bought(self, line: IntArray, offer: IntArray) -> IntArray:
        """Units of the offer that all lines of the line's buyer have."""
        place, there = located(self._purchases, self._purchase(line, offer))
        return np.where(there, np.append(self._purchased, 0)[place], 0)

    def _purchase(self, line: IntArray, offer: IntArray) -> IntArray:
        key: IntArray = self.group.buyer[line] * len(self.group.offers) + offer
        return key
