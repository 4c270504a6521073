"""TARGET: the exact shares are feasible, and they are the fair ones.

A feasible flow is the optimum, strict tiers first and then lexicographic max-min of the level,
if and only if no residual path leads from a line that is not full to unsold stock or to a line
of higher rank (a later tier, or a higher level in the same tier) that holds something. Under
floors a line gives only what it holds above its floor. Under reserves the same holds stage by
stage, and the final flow is enough to see it: whatever a line that a stage left short can reach
in the end, it could reach then, and neither may have been raised since nor stand higher by that
stage. So nothing but totals and one flow is needed, and the proof is complete.

Tolerances, in units: rows, sums and stock of up to half a unit (or a millionth of a sum) are
nothing; an exchange counts when moving half a unit would leave the giver above the taker; the
end of a reserve is known to half a unit and a thousandth per line, doubled with each reserve.
"""

from collections.abc import Iterator

import numpy as np

from orders.allocation.checking.claims import UNIT, Claims, Stage
from orders.allocation.checking.group import Group
from orders.allocation.checking.residual import Residual
from orders.allocation.checking.rules import Findings, Place, Rule
from orders.allocation.checking.sets import Ladder, first
from orders.allocation.checking.terms import Rows
from orders.allocation.market import BoolArray, FloatArray, IntArray


def judge_targets(group: Group, claims: Claims, flow: Rows[np.float64], found: Findings) -> None:
    """Name the breaches of the group's flow; only a feasible one is asked whether it is fair."""
    before = len(found)
    total = np.bincount(flow.line, flow.units, len(group.lines)).astype(float)
    _judge_feasible(group, flow, found)
    _judge_bounds(group, claims, total, found)
    if len(found) == before:
        Exchanges(group, claims, flow, total).judge(found)


def _judge_feasible(group: Group, flow: Rows[np.float64], found: Findings) -> None:
    lines, offers = group.terms.market.lines.id, group.terms.market.offers.id
    line, offer = group.lines[flow.line], group.offers[flow.offer]

    def row(at: int) -> Place:
        problem = "is below 0" if flow.units[at] < 0 else "has no right to the offer"
        return int(lines[line[at]]), int(offers[offer[at]]), f"flow of {flow.units[at]}: {problem}"

    wrong = (flow.units < 0) | ~group.terms.suits(line, offer)
    found.add(Rule.TARGET, np.flatnonzero(wrong), row)
    sold = np.bincount(flow.offer, weights=flow.units, minlength=len(group.offers))
    stock = group.terms.sellable[group.offers]

    def oversold(at: int) -> Place:
        return None, int(offers[group.offers[at]]), f"flow of {sold[at]}, {stock[at]} to sell"

    found.add(Rule.TARGET, np.flatnonzero(sold > stock + nothing(stock)), oversold)
    buyer, good, which = group.purchases(flow)
    bought = np.bincount(which, weights=flow.units, minlength=len(buyer))
    limit = group.terms.per_buyer[group.offers[good]]

    def overbought(at: int) -> Place:
        detail = f"buyer {group.buyers[buyer[at]]}: flow of {bought[at]}, limit {limit[at]}"
        return None, int(offers[group.offers[good[at]]]), detail

    found.add(Rule.TARGET, np.flatnonzero(bought > limit + nothing(limit)), overbought)


def _judge_bounds(group: Group, claims: Claims, total: FloatArray, found: Findings) -> None:
    ids = group.terms.market.lines.id[group.lines]

    def above(at: int) -> Place:
        return int(ids[at]), None, f"{total[at]:.3f} units due, at most {claims.ceiling[at]:.3f}"

    def below(at: int) -> Place:
        return int(ids[at]), None, f"{total[at]:.3f} units due, floor {claims.floor[at]:.3f}"

    slack = nothing(claims.ceiling)
    found.add(Rule.TARGET, np.flatnonzero(total > claims.ceiling + slack), above)
    found.add(Rule.TARGET, np.flatnonzero(total < claims.floor - slack), below)


def nothing(units: IntArray | FloatArray) -> FloatArray:
    """What is too little to speak of beside an amount."""
    return np.maximum(UNIT, 1e-6 * units)


class Exchanges:
    """The search for a fairer exchange, one stage of the policy at a time."""

    def __init__(
        self, group: Group, claims: Claims, flow: Rows[np.float64], total: FloatArray
    ) -> None:
        self.group, self.claims, self.total = group, claims, total
        self.residual = Residual(group, flow)
        sold = np.bincount(flow.offer, weights=flow.units, minlength=len(group.offers))
        stock = group.terms.sellable[group.offers]
        self.unsold = np.where(group.terms.offered[group.offers], stock - sold, 0)
        self.free = np.flatnonzero(self.unsold > nothing(stock))

    def judge(self, found: Findings) -> None:
        """Name each line that a stage wronged, and an offer through which it could have more."""
        for stage in self.claims.stages(self.total):
            gives, takes = self._ranks(stage)
            best = self.residual.reach(self._source_ranks(gives))
            wanting = stage.due > self.total + UNIT
            parts = list(self._wronged(wanting, takes, best))
            line, source = (np.concatenate(column) for column in zip(*parts, strict=True))
            rank = best[source]

            def tell(
                at: int,
                name: str = stage.name,
                line: IntArray = line,
                source: IntArray = source,
                rank: IntArray = rank,
                gives: IntArray = gives,
            ) -> Place:
                story = f"{name}: {self._standing(line[at])}; {self._giver(rank[at], gives)}"
                return *self._ids(line[at], source[at]), story

            found.add(Rule.TARGET, np.arange(len(line)), tell)

    def _ranks(self, stage: Stage) -> tuple[IntArray, IntArray]:
        """Per line: its rank as a giver, -1 if it has nothing to give, and as a taker.

        What a line got after the stage ranks above all.
        """
        claims, count, tier = self.claims, len(self.total), self.group.tier
        giving = (stage.after + claims.past - UNIT) / claims.need
        taking = (self.total + claims.past + UNIT) / claims.need
        rank = _order(np.r_[tier, tier], np.r_[giving, taking])
        gives = np.where(stage.after > stage.before + UNIT, rank[:count], -1)
        return np.where(self.total > stage.after + UNIT, 2 * count, gives), rank[count:]

    def _source_ranks(self, gives: IntArray) -> IntArray:
        """Per source: the highest rank of whoever can give it; unsold stock ranks above all."""
        rank = np.full(len(self.residual.offer_of), -1)
        np.maximum.at(rank, self.residual.held.offer, gives[self.residual.held.line])
        rank[self.free] = 2 * len(self.total)
        return rank

    def _wronged(
        self, wanting: BoolArray, takes: IntArray, best: IntArray
    ) -> Iterator[tuple[IntArray, IntArray]]:
        """(lines, a source each) of the wanting lines that reach a rank above their own."""
        above = Ladder(-best[: self.residual.offers])
        for run in self.group.chunks():
            rows = np.flatnonzero(wanting[run])
            bits = self.residual.open_to(run)[rows] & above.up_to(-takes[run][rows] - 1)
            row, offer = first(bits)
            yield rows[row] + run.start, offer
        line, source = self.residual.moves
        wrong = wanting[line] & (best[source] > takes[line])
        yield line[wrong], source[wrong]

    def _ids(self, line: int, source: int) -> tuple[int, int]:
        market, offer = self.group.terms.market, self.residual.offer_of[source]
        lines, offers = market.lines.id, market.offers.id
        return int(lines[self.group.lines[line]]), int(offers[self.group.offers[offer]])

    def _standing(self, line: int) -> str:
        claims = self.claims
        level = (self.total[line] + claims.past[line]) / claims.need[line]
        return f"tier {self.group.tier[line]}, {self.total[line]:.3f} units, level {level:.6g}"

    def _giver(self, rank: int, gives: IntArray) -> str:
        """Who or what of this rank can be got to."""
        if rank == 2 * len(self.total) and len(self.free):
            return f"{self.unsold[self.free].sum():.3f} units unsold, some within its reach"
        giver = int(np.argmax(gives == rank))
        name = self.group.terms.market.lines.id[self.group.lines[giver]]
        return f"line {name} can give: {self._standing(giver)}"


def _order(tier: IntArray, level: FloatArray) -> IntArray:
    """Whole numbers in the order of (tier, level), equal for equals."""
    order = np.lexsort((level, tier))
    new = (np.diff(tier[order]) != 0) | (np.diff(level[order]) != 0)
    rank = np.empty(len(tier), np.int64)
    rank[order] = np.r_[0, np.cumsum(new)][: len(tier)]
    return rank
