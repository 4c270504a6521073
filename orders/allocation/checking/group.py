"""One substitution group: its lines, its offers, and which offers suit which lines."""

from collections.abc import Iterator

import numpy as np

from orders.allocation.checking.sets import Bits, Ladder, packed
from orders.allocation.checking.terms import Number, Rows, Terms, located, spans
from orders.allocation.market import NONE, IntArray


WORDS_AT_ONCE = 1 << 20


class Group:
    """Lines, offers and buyers are numbered from 0 inside the group; `lines` and `offers` give
    their positions in the market, `buyers` their ids."""

    def __init__(self, terms: Terms, lines: IntArray, offers: IntArray) -> None:
        self.terms, self.lines, self.offers = terms, lines, offers
        market = terms.market
        columns, goods = market.lines, market.offers
        self.buyers, self.buyer = np.unique(columns.buyer[lines], return_inverse=True)
        self.wanted = columns.wanted[lines]
        self.tier = columns.tier[lines]
        self.steps = Ladder(terms.least[offers])
        wishes, self._wish = np.unique(columns.wish[lines], return_inverse=True)
        self._place = columns.place[lines]
        self._by_wish = packed(
            terms.accepts[np.ix_(wishes, goods.product[offers])] & terms.offered[offers]
        )
        self._by_place = packed(market.areas[goods.area[offers]].T)
        self._by_price = Ladder(goods.price_micro[offers])
        self._by_lead = Ladder(goods.lead_days[offers])
        self._pinned = np.flatnonzero(columns.pinned[lines] != NONE)
        self._by_buyer = np.argsort(self.buyer, kind="stable")

    def chunks(self) -> Iterator[slice]:
        """Runs of lines whose sets fit in memory together."""
        size = max(1, WORDS_AT_ONCE // self._by_wish.shape[1])
        for start in range(0, len(self.lines), size):
            yield slice(start, min(start + size, len(self.lines)))

    def suitable(self, run: slice) -> Bits:
        """Per line of the run: the offers whose first step it could take were it alone."""
        columns, lines = self.terms.market.lines, self.lines[run]
        bits = self._by_wish[self._wish[run]]
        bits &= self._by_place[self._place[run]]
        bits &= self._by_price.up_to(columns.ceiling_micro[lines])
        bits &= self._by_lead.up_to(columns.need_days[lines])
        bits &= self.steps.up_to(self.wanted[run])
        low, high = np.searchsorted(self._pinned, [run.start, run.stop])
        pinned = self._pinned[low:high]
        if len(pinned):
            ids = self.terms.market.offers.id[self.offers]
            bits[pinned - run.start] &= packed(columns.pinned[self.lines[pinned]][:, None] == ids)
        return bits

    def rows_of(self, rows: Rows[Number]) -> Rows[Number]:
        """Those of the market's rows that are about lines of this group, numbered inside it."""
        line, ours = located(self.lines, rows.line)
        offer, known = located(self.offers, rows.offer)
        mine = ours & known
        return Rows(line[mine], offer[mine], rows.units[mine])

    def purchases(self, rows: Rows[Number]) -> tuple[IntArray, IntArray, IntArray]:
        """(buyer, offer) of which something is bought, and for each row which of them it is."""
        key = self.buyer[rows.line] * len(self.offers) + rows.offer
        pairs, which = np.unique(key, return_inverse=True)
        buyer, offer = np.divmod(pairs, max(1, len(self.offers)))
        return buyer, offer, which

    def sisters(self, buyer: IntArray, offer: IntArray) -> tuple[IntArray, IntArray]:
        """For (buyer, offer): (which of them, line) for each line of the buyer the offer suits."""
        names = self.buyer[self._by_buyer]
        start = np.searchsorted(names, buyer)
        length = np.searchsorted(names, buyer, side="right") - start
        which = np.repeat(np.arange(len(buyer)), length)
        line = self._by_buyer[spans(start, length)]
        fine = self.terms.suits(self.lines[line], self.offers[offer[which]])
        return which[fine], line[fine]


def groups_of(terms: Terms) -> Iterator[Group]:
    """The groups that have lines."""
    order = np.argsort(terms.line_in, kind="stable")
    cuts = np.searchsorted(terms.line_in[order], np.arange(len(terms.market.groups) + 1))
    for group in range(len(terms.market.groups)):
        lines = order[cuts[group] : cuts[group + 1]]
        if len(lines):
            yield Group(terms, lines, np.flatnonzero(terms.offer_in == group))
