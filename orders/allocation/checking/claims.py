"""What each line may hold before packs, and the stages in which the policy lets it rise."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from orders.allocation.checking.group import Group
from orders.allocation.checking.water import Lines, water_for
from orders.allocation.market import BoolArray, FloatArray, IntArray
from orders.allocation.policy import Who


UNIT = 0.5  # half a unit is nothing


@dataclass(frozen=True, eq=False)
class Stage:
    """One pass of the water over the lines of a reserve, or of everybody at last.

    Per line: `before` and `after`, units held at its start and end; `due`, the units that a line
    which nothing else holds back has at its end, 0 outside.
    """

    name: str
    before: FloatArray
    after: FloatArray
    due: FloatArray


class Claims:
    """Per line of a group: `able`, whether any offer suits it; `ceiling`, the most it may hold;
    `floor`, the least it is promised. All in units."""

    def __init__(self, group: Group, able: BoolArray) -> None:
        self.group, self.able = group, able
        columns = group.terms.market.lines
        self.need, self.past = columns.need[group.lines], columns.past[group.lines]
        self.capped = np.zeros(len(group.lines), bool)
        self.ceiling = np.where(able, group.wanted, 0).astype(float)
        self._share_caps()
        self.floor = np.zeros(len(group.lines))
        for floor in group.terms.market.policy.floors:
            promised = np.where(self.of(floor.who), float(floor.fraction) * group.wanted, 0)
            self.floor = np.maximum(self.floor, np.minimum(promised, self.ceiling))

    def of(self, who: Who) -> BoolArray:
        """The lines meant that some offer suits."""
        market, group = self.group.terms.market, self.group
        place = market.lines.place[group.lines]
        mask = self.able.copy()
        if who.tiers:
            mask &= np.isin(group.tier, sorted(who.tiers))
        if who.places:
            mask &= np.array([code in who.places for code in market.places.code])[place]
        if who.regions:
            mask &= np.array([region in who.regions for region in market.places.region])[place]
        if who.buyers:
            mask &= np.isin(group.buyers, sorted(who.buyers))[group.buyer]
        return mask

    def limits(self) -> dict[int, int]:
        """The policy's cap on each buyer (numbered in the group) that has one here."""
        group = self.group
        market = group.terms.market
        name = market.groups[group.terms.line_in[group.lines[0]]]
        named = {buyer: cap for (buyer, of), cap in market.policy.caps.items() if of == name}
        return {row: named[int(buyer)] for row, buyer in enumerate(group.buyers) if buyer in named}

    def _share_caps(self) -> None:
        """A cap below what the buyer's lines want is shared among them as if supply were ample."""
        limits = self.limits()
        if not limits:
            return
        basins = np.full(len(self.group.buyers), -1)
        basins[list(limits)] = np.arange(len(limits))
        caps = np.array(list(limits.values()), float)
        mine = self.able & (basins[self.group.buyer] >= 0)
        basin = basins[self.group.buyer]
        asked = np.bincount(basin[mine], weights=self.ceiling[mine], minlength=len(caps))
        self.capped[mine] = (asked > caps)[basin[mine]]
        lines = self.rising(np.zeros(len(basin)), self.ceiling, basin).where(self.capped)
        self.ceiling[self.capped] = water_for(lines, caps).held(lines)

    def rising(self, low: FloatArray, high: FloatArray, basin: IntArray | None = None) -> Lines:
        """The group's lines, to rise from `low` to `high`; in one basin if not said otherwise."""
        if basin is None:
            basin = np.zeros(len(low), np.int64)
        return Lines(basin, self.group.tier, self.need, self.past, low, high)

    def stages(self, total: FloatArray) -> list[Stage]:
        """The policy's stages read back from what the lines hold in the end.

        A line that ends below the water of a stage has had no rise since: its tight set can never
        open again. So at the end of a stage it held the lesser of its total and what the water
        gave, and the water is where these gains add up to the reserve's share. Rounding leaves
        the water uncertain: a line is `due` what the lowest possible water gives, and holds
        `after` what the highest gives.
        """
        terms, offers = self.group.terms, self.group.offers
        supply = int(terms.sellable[offers][terms.offered[offers]].sum())
        slack = UNIT + 0.001 * len(total)
        found, before = [], self.floor
        for reserve in terms.market.policy.reserves:
            mine = self.of(reserve.who)
            share = _units(reserve.share, supply)
            high = np.where(mine, np.maximum(before, total), before)
            lines = self.rising(before, high)
            after = water_for(lines, np.array([share + slack])).held(lines)
            owed = lines._replace(high=np.where(mine, np.maximum(before, self.ceiling), before))
            due = water_for(lines, np.array([share - slack])).held(owed)
            found.append(Stage(reserve.name, before, after, np.where(mine, due, 0)))
            before, slack = after, 2 * slack
        everybody = np.maximum(before, total)
        found.append(Stage("everybody", before, everybody, self.ceiling))
        return found


def _units(share: Decimal, supply: int) -> float:
    return float(Fraction(share) * supply)
