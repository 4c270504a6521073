"""Fair targets by the definition alone: a sequence of linear programs over all eligible pairs.

Slow and exact (HiGHS, tolerance 1e-7): the judge of `orders.allocation.targets.fairness`, with
which it shares no code. `Case` is one substitution group, stated without any of the engine's
columns; `docs/algorithms/allocation.md` says what the policy means.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, vstack

from tests.allocation import rules


@dataclass
class Case:
    """Arrays per line: wanted, need, past, tier, buyer, floor. Per offer: usable, limit (of one
    buyer; inf without). `pairs`: eligible (line, offer). `reserves`: (units, lines' mask) in
    their order. `caps`: the most units per buyer."""

    wanted: np.ndarray
    need: np.ndarray
    past: np.ndarray
    tier: np.ndarray
    buyer: np.ndarray
    floor: np.ndarray
    usable: np.ndarray
    limit: np.ndarray
    pairs: np.ndarray
    reserves: list = field(default_factory=list)
    caps: dict = field(default_factory=dict)


def case_of(market):
    """The case that a market of one group states."""
    lines, offers, policy = market.lines, range(len(market.offers)), market.policy
    name = market.groups[rules.group_of(market, 0)]
    sold = [rules.usable(market, j) for j in offers]
    supply = sum(sold[j] for j in offers if rules.on_sale(market, j))
    floor = np.zeros(len(lines))
    for each in policy.floors:
        asked = float(each.fraction) * lines.wanted * _members(market, each.who)
        floor = np.maximum(floor, asked)
    return Case(
        wanted=lines.wanted.astype(float),
        need=lines.need,
        past=lines.past,
        tier=lines.tier,
        buyer=lines.buyer,
        floor=floor,
        usable=np.array(sold, float),
        limit=np.array([rules.limit(market, j) for j in offers], float),
        pairs=np.array(rules.eligible_pairs(market), int).reshape(-1, 2),
        reserves=[
            (float(each.share) * supply, _members(market, each.who)) for each in policy.reserves
        ],
        caps={buyer: cap for (buyer, group), cap in policy.caps.items() if group == name},
    )


def _members(market, who):
    lines = range(len(market.lines))
    return np.array([rules.belongs(market, who, line) for line in lines])


def largest_factor(case):
    """The largest t <= 1 by which all floors, cut to the ceilings, can be met together."""
    program = _Program(case)
    factor = program.largest_factor(np.minimum(case.floor, program.ceiling))
    return factor if factor < 1 - 1e-7 else 1.0


def fair_targets(case):
    """Units due per line; the floors must be within reach."""
    program = _Program(case)
    total = np.minimum(case.floor, program.ceiling)
    everybody = np.ones(len(total), bool)
    for units, who in [*case.reserves, (np.inf, everybody)]:
        total = _share(case, program, total, units, who)
    return total


def _ceilings(case):
    """0 if no offer suits; else the wish, or the demand at the (tier, level) that spends a cap."""
    served = np.isin(np.arange(len(case.wanted)), case.pairs[:, 0])
    ceiling = np.where(served, case.wanted, 0.0)
    for buyer, cap in case.caps.items():
        left = float(cap)
        for tier in np.unique(case.tier):
            lines = np.flatnonzero(served & (case.buyer == buyer) & (case.tier == tier))
            ceiling[lines] = _fill(case.wanted[lines], case.need[lines], case.past[lines], left)
            left = max(0.0, left - ceiling[lines].sum())
    return ceiling


def _fill(wanted, need, past, units):
    """Demands at the highest level at which they are within `units`."""
    if wanted.sum() <= units:
        return wanted.astype(float)

    def demand(level):
        return np.clip(level * need - past, 0, wanted)

    levels = np.unique([*(past / need), *((past + wanted) / need)])
    above = np.argmax([demand(level).sum() > units for level in levels])
    low, high = levels[above - 1], levels[above]
    spent, next_spent = demand(low).sum(), demand(high).sum()
    return demand(low + (high - low) * (units - spent) / (next_spent - spent))


def _share(case, program, total, units, who):
    """Totals after the lines of `who` shared at most `units` more: tier by tier, max-min."""
    allowance = total[who].sum() + units
    for tier in np.unique(case.tier[who]):
        rising = who & (case.tier == tier) & (total < program.ceiling)
        total = total.copy()
        while rising.any():
            level, stuck = program.highest_level(total, rising, who, allowance)
            height = np.clip(level * case.need - case.past, total, program.ceiling)
            stuck |= rising & (height > program.ceiling - 1e-7)
            total[stuck] = height[stuck]
            rising &= ~stuck
    return total


class _Program:
    """What can be carried: units x >= 0 on pairs, within stocks, caps and ceilings."""

    def __init__(self, case):
        self.case, self.ceiling = case, _ceilings(case)
        line, offer = case.pairs.T
        self.of_line = _sums(line, len(case.wanted))
        bounded = np.isfinite(case.limit[offer])
        key = case.buyer[line] * len(case.usable) + offer
        keys, row = np.unique(key[bounded], return_inverse=True)
        entries = (np.ones(len(row)), (row, np.flatnonzero(bounded)))
        of_buyer = csr_array(entries, (len(keys), len(line)))
        self.within = vstack([self.of_line, _sums(offer, len(case.usable)), of_buyer])
        limits = case.limit[keys % len(case.usable)]
        self.most = np.concatenate([self.ceiling, case.usable, limits])

    def largest_factor(self, floors):
        """The largest t <= 1 at which every line can get t times its floor."""
        asked = np.flatnonzero(floors > 0)
        if not len(asked):
            return 1.0
        rows = [(self.of_line[asked], floors[asked] / floors.mean(), np.zeros(len(asked)))]
        return self._maximise(rows, floors.mean())[0] / floors.mean()

    def highest_level(self, total, rising, who, allowance):
        """The level to which all of `rising` can come, and those that hold it down.

        Every other line keeps its total, the rising ones what they have; `who` stays within
        `allowance` units.
        """
        case, lines = self.case, np.flatnonzero(rising)
        keep = np.flatnonzero(total > 0)
        unit = case.need[lines].mean()
        rows = [
            (self.of_line[lines], case.need[lines] / unit, -case.past[lines]),
            (self.of_line[keep], np.zeros(len(keep)), total[keep] - 1e-6),
        ]
        spend = (self.of_line[np.flatnonzero(who)].sum(axis=0), allowance)
        reached, price = self._maximise(rows, np.inf, spend)
        stuck = np.zeros(len(total), bool)
        stuck[lines[price[: len(lines)] > 1e-6 * price[: len(lines)].max()]] = True
        return reached / unit, stuck

    def _maximise(self, rows, most, spend=None):
        """The highest t <= most such that sums >= slope * t + base, and the rows' duals."""
        sums, slopes, bases = zip(*rows, strict=True)
        within, most_within = [self.within], [self.most]
        if spend is not None and np.isfinite(spend[1]):
            within.append(csr_array(spend[0][None, :]))
            most_within.append([spend[1]])
        slope = np.concatenate([*slopes, np.zeros(sum(part.shape[0] for part in within))])
        matrix = hstack([vstack([*(-part for part in sums), *within]), csr_array(slope[:, None])])
        bounds = np.zeros((matrix.shape[1], 2))
        bounds[:, 1] = np.inf
        bounds[-1, 1] = most
        cost = np.zeros(matrix.shape[1])
        cost[-1] = -1
        limits = np.concatenate([*(-base for base in bases), *most_within])
        answer = linprog(cost, matrix, limits, bounds=bounds, method="highs")
        assert answer.status == 0, answer.message
        return answer.x[-1], -answer.ineqlin.marginals


def _sums(rows, count):
    """The matrix that adds up columns per row."""
    return csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), (count, len(rows)))
