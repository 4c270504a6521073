"""From whom each line draws its target: a cheap flow inside the parts of the exact step.

The exact flow proves that the targets can be carried; it knows neither cost nor packs. This
one keeps its totals, over its arcs and some further ones per line. What is bought is nearly
settled by the parts; from whom it travels, and whether it comes in packs that suit, is not.
"""

from typing import NamedTuple

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from orders.allocation.compiled import compiled
from orders.allocation.market import NO_LIMIT, IntArray, Market
from orders.allocation.packs.ground import Ground
from orders.allocation.packs.holdings import fits
from orders.allocation.targets.fair import Fair


ARCS = 100_000  # about so many arcs besides those of the exact flow, shared by the lines...
FEWEST, MOST = 4, 32  # ...within these bounds per line
PRICES = 256  # grades from the cheapest arc of the group to the dearest
MISFIT = 64  # grades that a smallest piece as large as the target, or larger, weighs
SUBSTITUTE = 2  # grades that a product other than the preferred one weighs
NAMED = 3  # grades that a preferred offer is ahead


class Pieces(NamedTuple):
    """Units that a line draws from an offer, packs aside; sorted by (line, offer)."""

    line: IntArray
    offer: IntArray
    units: IntArray


def assign(market: Market, fair: Fair, ground: Ground) -> Pieces:
    """Carry the targets, rounded to units, at low cost and in packs that suit them."""
    line, offer = _arcs(fair, ground)
    due = np.rint(fair.target).astype(np.int64)
    sink = len(due) + len(ground.offers)
    flow = SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        line,
        len(due) + offer,
        np.minimum(due[line], market.buyer_limit[offer]),
        _grades(market, line, offer, due),
    )
    stock = np.arange(len(due), sink)
    flow.add_arcs_with_capacity_and_unit_cost(
        stock, np.full_like(stock, sink), market.usable, np.zeros_like(stock)
    )
    active = np.flatnonzero(due)
    unmet = np.full_like(active, 4 * (PRICES + MISFIT))
    flow.add_arcs_with_capacity_and_unit_cost(
        active, np.full_like(active, sink), due[active], unmet
    )
    flow.set_nodes_supplies(active, due[active])
    flow.set_node_supply(sink, -int(due.sum()))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise ArithmeticError(f"minimum-cost flow ended with {status}")
    units = flow.flows(arcs)
    used = np.flatnonzero(units)
    return Pieces(line[used], offer[used], units[used])


def _arcs(fair: Fair, ground: Ground) -> tuple[IntArray, IntArray]:
    """Line and offer of the arcs allowed, sorted: the exact flow's, and cheap ones of the part."""
    active = np.flatnonzero(fair.target > 0)
    per_line = min(max(ARCS // max(len(active), 1), FEWEST), MOST)
    cheap = np.full((len(active), per_line), -1)
    _cheapest(ground, (fair.line_part, fair.offer_part), active, cheap)
    row, column = np.nonzero(cheap >= 0)
    width = len(ground.offers)
    key = np.union1d(
        active[row] * width + cheap[row, column], fair.flow_line * width + fair.flow_offer
    )
    return key // width, key % width


@compiled
def _cheapest(
    ground: Ground, part: tuple[IntArray, IntArray], active: IntArray, cheap: IntArray
) -> None:
    """Per active line, its first eligible offers of its own part in order of cost."""
    of_line, of_offer = part
    for row in range(len(active)):
        line = active[row]
        spot = ground.lines[line].spot
        found = 0
        for at in range(ground.reach_start[spot], ground.reach_start[spot + 1]):
            offer = ground.reach[at]
            if of_offer[offer] == of_line[line] and fits(ground, line, offer):
                cheap[row, found] = offer
                found += 1
                if found == cheap.shape[1]:
                    break


def _grades(market: Market, line: IntArray, offer: IntArray, due: IntArray) -> IntArray:
    """What a unit over an arc weighs: cost, packs too large for the line, its preferences."""
    cost = market.unit_cost(offer, market.lines.place[line])
    low, high = cost.min(initial=NO_LIMIT), cost.max(initial=0)
    price = (cost - low) * PRICES // max(high - low, 1)
    misfit = MISFIT * np.minimum(market.first_step[offer], due[line]) // np.maximum(due[line], 1)
    first_wish = np.array([wish[0] for wish in market.wishes])[market.lines.wish[line]]
    substitute = market.offers.product[offer] != first_wish
    named = market.offers.id[offer] == market.lines.preferred[line]
    return price + misfit + SUBSTITUTE * substitute + NAMED * (1 - named)
