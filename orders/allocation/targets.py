"""What each line is due before packs: exact max-min fairness inside strict tiers.

All lines rise together, in proportion to need, until full or until what they can use is spent.
Found by cuts: bring all lines to the one level at which their demands sum to the supply; if one
maximum flow cannot carry that, its minimum cut separates those who share too little from those
who share too much, and each side is a smaller problem of the same kind (Megiddo 1974;
Fujishige 1980; for the rule, Sprumont 1991 and Moulin & Sethuraman 2013).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from orders.allocation.groups import FloatArray, Group, IntArray


SCALE = 1000  # flows are counted in thousandths of a unit
UNLIMITED = 1 << 60

NodeArray = NDArray[np.int32]


@dataclass(frozen=True)
class Level:
    """Tiers before `tier` are full, `tier` stands at `level` (received ÷ need), later have 0."""

    tier: int
    level: float


@dataclass(frozen=True)
class _Network:
    """Nodes: lines, then gates (a buyer before a capped offer), then offers.

    The first arcs are the group's pairs, in order; the rest lead from gates to offers.
    """

    lines: int
    tail: IntArray
    head: IntArray
    limit: IntArray  # thousandths of a unit
    stock: IntArray  # per node, thousandths of a unit; 0 where it is no offer


@dataclass(frozen=True)
class _Part:
    """Nodes with the arcs among them; `spills` leave from gates and are supply of its own."""

    nodes: IntArray
    arcs: IntArray
    spills: IntArray


def find_targets(group: Group) -> tuple[FloatArray, IntArray]:
    """Per line its target in units; per pair a flow, in thousandths, that carries the targets.

    The targets are unique; the flow is one of many. Thousandths below a line's target may be
    missing from its flow, never more than one per line.
    """
    network = _network(group)
    stock = network.stock.copy()
    target = np.zeros(network.lines)
    flow = np.zeros(len(network.tail), np.int64)
    nothing = np.zeros(0, np.int64)
    todo = [_Part(np.arange(len(stock)), np.arange(len(network.tail)), nothing)]
    while todo:
        part = todo.pop()
        lines = part.nodes[part.nodes < network.lines]
        if not len(lines):
            continue
        supply = int(stock[part.nodes].sum()) + int(network.limit[part.spills].sum())
        tier, wanted, need = group.tier[lines], group.wanted[lines], group.need[lines]
        due = demand_at(common_level(tier, wanted, need, supply / SCALE), tier, wanted, need)
        carried, starved = _push(network, stock, part, np.floor(due * SCALE).astype(np.int64))
        if starved is None:
            target[lines] = due
            flow[part.arcs] = carried
        else:
            todo.extend(_cut(network, stock, part, starved))
    return np.round(target, 3), flow[: len(group.pair_line)]


def common_level(
    tier: IntArray, wanted: IntArray, need: FloatArray, supply: float
) -> Level | None:
    """The level at which the demands of all lines sum to `supply` units; None if all can be full.

    Exact up to floating point: the demand is piecewise linear, with a break where a line is full.
    """
    rest = supply
    for now in np.unique(tier):
        here = tier == now
        asked = float(wanted[here].sum())
        if asked > rest:
            return Level(int(now), _water(wanted[here], need[here], rest))
        rest -= asked
    return None


def _water(wanted: IntArray, need: FloatArray, supply: float) -> float:
    full_at = wanted / need
    order = np.argsort(full_at, kind="stable")
    filled = np.cumsum(wanted[order])
    rising = need.sum() - np.cumsum(need[order])
    at_break = filled + full_at[order] * np.maximum(rising, 0.0)
    first = int(np.searchsorted(at_break, supply, side="right"))
    first = min(first, len(order) - 1)
    before = float(filled[first - 1]) if first else 0.0
    return max(0.0, (supply - before) / float(need[order[first:]].sum()))


def demand_at(
    level: Level | None, tier: IntArray, wanted: IntArray, need: FloatArray
) -> FloatArray:
    """Units that each line asks for at a level: never more than it wants."""
    if level is None:
        return wanted.astype(np.float64)
    rising = np.minimum(wanted, level.level * need)
    return np.where(tier < level.tier, wanted, np.where(tier == level.tier, rising, 0.0))


def _network(group: Group) -> _Network:
    lines, offers = len(group.lines), len(group.offers)
    key = group.buyer[group.pair_line] * offers + group.pair_offer
    together = np.bincount(np.unique(key, return_inverse=True)[1], group.wanted[group.pair_line])
    asked = together[np.unique(key, return_inverse=True)[1]]
    gated = (group.cap < group.usable)[group.pair_offer] & (asked > group.cap[group.pair_offer])
    gates, gate = np.unique(key[gated], return_inverse=True)
    first_offer = lines + len(gates)
    head = first_offer + group.pair_offer
    head[gated] = lines + gate
    behind = gates % offers
    free = np.full(len(head), UNLIMITED, np.int64)
    stock = np.zeros(first_offer + offers, np.int64)
    stock[first_offer:] = group.usable * SCALE
    return _Network(
        lines=lines,
        tail=np.concatenate([group.pair_line, lines + np.arange(len(gates))]),
        head=np.concatenate([head, first_offer + behind]),
        limit=np.concatenate([free, group.cap[behind] * SCALE]),
        stock=stock,
    )


def _push(
    network: _Network, stock: IntArray, part: _Part, due: IntArray
) -> tuple[IntArray, NDArray[np.bool_] | None]:
    """Flow per arc of the part and, if the demands cannot be met, a mask of the starved nodes."""
    lines = part.nodes[part.nodes < network.lines]
    total = int(due.sum())
    place = np.zeros(len(stock), np.int32)
    place[part.nodes] = np.arange(2, len(part.nodes) + 2)
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(
        place[network.tail[part.arcs]],
        place[network.head[part.arcs]],
        np.minimum(network.limit[part.arcs], total),
    )
    _add(solver, np.zeros(len(lines), np.int32), place[lines], due)
    _add(solver, place[part.nodes], np.ones(len(part.nodes), np.int32), stock[part.nodes])
    exits = place[network.tail[part.spills]]
    _add(solver, exits, np.ones(len(exits), np.int32), network.limit[part.spills])
    if solver.solve(0, 1) != solver.OPTIMAL:
        raise RuntimeError("the maximum flow has no solution")
    carried: IntArray = np.asarray(solver.flows(arcs), np.int64)
    reached = np.zeros(len(part.nodes) + 2, bool)
    reached[np.asarray(solver.get_source_side_min_cut(), np.int64)] = True
    starved = reached[2:]
    # Demands sum to the supply: if everybody is starved, floating-point dust is all that lacks.
    met = solver.optimal_flow() == total or bool(starved.all())
    return carried, None if met else starved


def _add(
    solver: max_flow.SimpleMaxFlow, tail: NodeArray, head: NodeArray, limit: IntArray
) -> None:
    some = limit > 0
    solver.add_arcs_with_capacity(tail[some], head[some], limit[some])


def _cut(
    network: _Network, stock: IntArray, part: _Part, starved: NDArray[np.bool_]
) -> tuple[_Part, _Part]:
    """The starved part and the other. A gate cut from its offer takes its cap along as supply."""
    inside = np.zeros(len(stock), bool)
    inside[part.nodes[starved]] = True
    tail, head = inside[network.tail[part.arcs]], inside[network.head[part.arcs]]
    crossing = part.arcs[tail & ~head]
    np.subtract.at(stock, network.head[crossing], network.limit[crossing])
    spill_in = inside[network.tail[part.spills]]
    return (
        _Part(
            part.nodes[starved],
            part.arcs[tail & head],
            np.concatenate([part.spills[spill_in], crossing]),
        ),
        _Part(part.nodes[~starved], part.arcs[~tail & ~head], part.spills[~spill_in]),
    )
