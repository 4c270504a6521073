"""What can still be exchanged: the residual graph of a flow, reduced to its offers.

From an offer one gets, through any line that holds some of it, to every offer that this line may
draw on instead. A buyer at its limit on an offer can only move the offer's units between its own
lines: for its lines that limit is an offer of its own, sold out, and the offer itself is closed.
Such limits are numbered after the offers; both are called sources. A limit with one line is no
source: there is nothing to move.
"""

import numpy as np

from orders.allocation.checking.claims import UNIT
from orders.allocation.checking.group import Group
from orders.allocation.checking.sets import Bits, clear, packed
from orders.allocation.checking.terms import Rows, spans
from orders.allocation.market import BoolArray, IntArray


class Residual:
    """`held`: (line, source, units) of whatever can be given; amounts of half a unit are not.
    `moves`: (line, source) for each line that may draw on a limit of its buyer."""

    def __init__(self, group: Group, flow: Rows[np.float64]) -> None:
        self.group = group
        self.offers = len(group.offers)
        buyer, offer, which = group.purchases(flow)
        bought = np.bincount(which, weights=flow.units, minlength=len(buyer))
        tight = bought >= group.terms.per_buyer[group.offers[offer]] - UNIT
        limit, line = group.sisters(buyer[tight], offer[tight])
        order = np.argsort(line, kind="stable")
        self._closed = line[order], offer[tight][limit[order]]
        shared = np.bincount(limit, minlength=int(tight.sum())) > 1
        self.offer_of = np.r_[np.arange(self.offers), offer[tight][shared]]
        number = np.where(shared, self.offers + np.cumsum(shared) - 1, -1)
        self.moves = line[shared[limit]], number[limit[shared[limit]]]
        source = np.full(len(buyer), -1)
        source[tight] = number
        held = flow.where(flow.units > UNIT)
        own = source[which[flow.units > UNIT]]
        mine = own >= 0
        rows = Rows(
            *(np.r_[left, right] for left, right in zip(held, held.where(mine), strict=True))
        )
        self.held = rows._replace(offer=np.r_[held.offer, own[mine]])
        self._draws = self._linked()
        self._givers = self._limit_givers()

    def open_to(self, run: slice) -> Bits:
        """Per line of the run: the offers that it may draw on."""
        bits = self.group.suitable(run)
        line, offer = self._closed
        low, high = np.searchsorted(line, [run.start, run.stop])
        clear(bits, line[low:high] - run.start, offer[low:high])
        return bits

    def reach(self, rank: IntArray) -> IntArray:
        """Per source: the highest rank of any source that can be got to from it, itself included.

        Ranks below 0 are no rank. One reverse search per rank, highest first: each source is
        visited once.
        """
        best = np.full(len(rank), -1)
        seen = np.zeros(len(rank), bool)
        for value in np.unique(rank[rank >= 0])[::-1]:
            front = np.flatnonzero((rank == value) & ~seen)
            while len(front):
                seen[front] = True
                best[front] = value
                front = self._before(front, ~seen)
        return best

    def _before(self, front: IntArray, candidates: BoolArray) -> IntArray:
        """The candidates one step before any source of the front."""
        real = front[front < self.offers]
        mask = np.zeros(len(candidates), bool)
        if len(real):
            row = np.zeros((1, self.offers), bool)
            row[0, real] = True
            rows = np.flatnonzero(candidates)
            mask[rows[(self._draws[rows] & packed(row)).any(1)]] = True
        start, giver = self._givers
        limits = front[front >= self.offers] - self.offers
        mask[giver[spans(start[limits], start[limits + 1] - start[limits])]] = True
        return np.flatnonzero(mask & candidates)

    def _linked(self) -> Bits:
        """Per source: the offers open to any line that holds some of it."""
        order = np.argsort(self.held.line, kind="stable")
        line, source = self.held.line[order], self.held.offer[order]
        links = packed(np.zeros((len(self.offer_of), self.offers), bool))
        for run in self.group.chunks():
            low, high = np.searchsorted(line, [run.start, run.stop])
            by_source = low + np.argsort(source[low:high], kind="stable")
            if high > low:
                bits = self.open_to(run)[line[by_source] - run.start]
                names, first = np.unique(source[by_source], return_index=True)
                links[names] |= np.bitwise_or.reduceat(bits, first, axis=0)
        return links

    def _limit_givers(self) -> tuple[IntArray, IntArray]:
        """Per limit, as (start, sources): what lines that may draw on it can give instead."""
        by_line = np.argsort(self.held.line, kind="stable")
        names = self.held.line[by_line]
        line, limit = self.moves
        start = np.searchsorted(names, line)
        length = np.searchsorted(names, line, side="right") - start
        source = self.held.offer[by_line[spans(start, length)]]
        limit = np.repeat(limit, length) - self.offers
        order = np.argsort(limit, kind="stable")
        count = np.bincount(limit, minlength=len(self.offer_of) - self.offers)
        return np.r_[0, np.cumsum(count)], source[order]
