"""WASTE, PRIORITY and FAIRNESS: what whole packs must not do to a line, one step at a time.

WASTE: an offer still has the line's next step, and nothing forbids it. PRIORITY: lines of later
tiers hold that step (with what is unsold), unless a floor or a reserve may be why. FAIRNESS: the
line misses more than the step to its target while a line of its tier stands further than the step
above its own, and could hand over what is missing. A line under a cap of the policy rises to its
share of the cap at most.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from orders.allocation.checking.claims import Claims
from orders.allocation.checking.group import Group
from orders.allocation.checking.holding import Holding
from orders.allocation.checking.rules import Findings, Place, Rule
from orders.allocation.checking.sets import Bits, Ladder, clear, packed, pairs_in_parts
from orders.allocation.checking.terms import Rows, spans
from orders.allocation.market import BoolArray, FloatArray, IntArray


class Breach(NamedTuple):
    """Lines, the offer and step each misses, and a number of the rule's own."""

    line: IntArray
    offer: IntArray
    step: IntArray
    number: IntArray


Mask = Callable[[slice], Bits]

TOLD = {
    Rule.WASTE: "{number} units unsold, step {step}",
    Rule.PRIORITY: "later tiers hold {number} units, step {step}",
    Rule.FAIRNESS: "line {number} is a step above its target, this one below, step {step}",
}


def judge_promises(
    group: Group, claims: Claims, rows: Rows[np.int64], target: FloatArray, found: Findings
) -> None:
    """Name the lines of the group to which a promise is broken, once each."""
    judge = Promises(group, claims, rows, target)
    searches = {
        Rule.WASTE: judge.wasted,
        Rule.PRIORITY: judge.overtaken,
        Rule.FAIRNESS: judge.outdone,
    }
    for rule, search in searches.items():
        columns = zip(*search(), strict=True)
        breach = Breach(*(np.concatenate(column) for column in columns))
        _add(group, found, rule, breach)


def _add(group: Group, found: Findings, rule: Rule, breach: Breach) -> None:
    lines, offers = group.terms.market.lines.id, group.terms.market.offers.id
    _, once = np.unique(breach.line, return_index=True)

    def place(at: int) -> Place:
        line, offer = group.lines[breach.line[at]], group.offers[breach.offer[at]]
        detail = TOLD[rule].format(number=breach.number[at], step=breach.step[at])
        return int(lines[line]), int(offers[offer]), detail

    found.add(rule, once, place)


class Promises:
    """The search for broken promises in one group."""

    def __init__(
        self, group: Group, claims: Claims, rows: Rows[np.int64], target: FloatArray
    ) -> None:
        self.group, self.claims, self.target = group, claims, target
        self.holding = Holding(group, claims, rows)
        self.rows = self.holding.rows
        self.over = self.holding.got - target

    def wasted(self) -> Iterator[Breach]:
        """Lines that could take an unsold step."""
        holding = self.holding
        enough = packed((holding.left >= holding.least)[None])
        useful = Ladder(-holding.left)
        for line, offer in self._candidates(
            holding.room, lambda run: enough & useful.up_to(-holding.useful[run])
        ):
            step, fine = holding.may_take(line, offer)
            fine &= step <= holding.left[offer]
            yield Breach(line[fine], offer[fine], step[fine], holding.left[offer][fine])

    def overtaken(self) -> Iterator[Breach]:
        """Lines of which later tiers hold a step."""
        holding, rows = self.holding, self.rows
        free = self._unprotected()[rows.line]
        later = np.zeros((len(holding.tiers) + 1, len(self.group.offers)), np.int64)
        np.add.at(later, (holding.rank[rows.line[free]], rows.offer[free]), rows.units[free])
        later = later[::-1].cumsum(0)[::-1][1:]
        mask = packed((later > 0) & (later + holding.left >= holding.least))
        for line, offer in self._candidates(holding.room, lambda run: mask[holding.rank[run]]):
            step, fine = holding.may_take(line, offer)
            units = later[holding.rank[line], offer]
            fine &= (units > 0) & (step <= units + holding.left[offer])
            yield Breach(line[fine], offer[fine], step[fine], units[fine])

    def outdone(self) -> Iterator[Breach]:
        """Lines a step below target whose step a peer holds above its own."""
        holding, rows = self.holding, self.rows
        highest = np.full((len(holding.tiers), len(self.group.offers)), -np.inf)
        np.maximum.at(highest, (holding.rank[rows.line], rows.offer), self.over[rows.line])
        mask = packed(highest > holding.least)
        room = np.minimum(holding.room, -self.over)
        for line, offer in self._candidates(room, lambda run: mask[holding.rank[run]]):
            step = holding.step(line, offer)
            short = (step <= holding.room[line]) & (step < -self.over[line])
            yield self._should_give(line[short], offer[short], step[short])

    def _unprotected(self) -> BoolArray:
        """Lines that no floor and no reserve may have put before an earlier tier."""
        free: BoolArray = self.claims.floor == 0
        for reserve in self.group.terms.market.policy.reserves:
            free &= ~self.claims.of(reserve.who)
        return free

    def _candidates(self, room: FloatArray, mask: Mask) -> Iterator[tuple[IntArray, IntArray]]:
        """(line, offer) that may break a promise: a first step within the line's room on an offer
        of its mask, and every row of the shares, which is one pack away from its next step."""
        rows = self.rows
        for run in self.group.chunks():
            bits = self.group.suitable(run)
            bits &= self.group.steps.up_to(room[run])
            bits &= mask(run)
            low, high = np.searchsorted(rows.line, [run.start, run.stop])
            clear(bits, rows.line[low:high] - run.start, rows.offer[low:high])
            for line, offer in pairs_in_parts(bits):
                yield line + run.start, offer
        fits = self.holding.pack[rows.offer] <= room[rows.line]
        yield rows.line[fits], rows.offer[fits]

    def _should_give(self, line: IntArray, offer: IntArray, step: IntArray) -> Breach:
        """Of the steps missed, those that a peer well above its target could hand over."""
        holding, rows = self.holding, self.rows
        by_offer = np.argsort(rows.offer, kind="stable")
        holders = rows.where(by_offer).where(self.over[rows.line[by_offer]] > 0)
        start = np.searchsorted(holders.offer, offer)
        length = np.searchsorted(holders.offer, offer, side="right") - start
        which = np.repeat(np.arange(len(line)), length)
        giver = holders.where(spans(start, length))
        step = step[which]
        units = np.maximum(0, step - holding.left[giver.offer])
        fine = self._can_give(giver, units) & (self.over[giver.line] > step)
        fine &= self.group.tier[giver.line] == self.group.tier[line[which]]
        fine &= holding.bought(line[which], giver.offer) + step <= holding.limit[giver.offer]
        name = self.group.terms.market.lines.id[self.group.lines[giver.line]]
        return Breach(line[which][fine], giver.offer[fine], step[fine], name[fine])

    def _can_give(self, giver: Rows[np.int64], units: IntArray) -> BoolArray:
        """Whether what a line keeps of the offer, and in all, is nothing or not too little."""
        rest = giver.units - units
        total = self.holding.got[giver.line] - units
        useful = self.group.terms.market.lines.min_useful[self.group.lines[giver.line]]
        kept = (rest == 0) | (rest >= self.holding.least[giver.offer])
        fine: BoolArray = kept & ((total == 0) | (total >= useful))
        return fine
