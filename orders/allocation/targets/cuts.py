"""Max-min fairness inside strict tiers on a network, found exactly by minimum cuts.

Bring all lines to the one water line at which their demands sum to the supply and send that
through one maximum flow. If it fits, done. If not, the minimum cut separates lines that share too
little from lines that share too much, and each side is a smaller problem of the same kind
(Megiddo 1974; Fujishige 1980; Groenevelt 1991). Every cut separates something, so it ends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from orders.allocation.market import NONE, BoolArray, FloatArray, IntArray
from orders.allocation.targets.levels import Claims, Water, due_at, exactly_due_at, find_water
from orders.allocation.targets.network import Network


# Thousandths of a unit that a flow may lack, lost in whole thousandths.
TOLERANCE = 2


@dataclass(frozen=True, eq=False)
class Optimum:
    """Per line what it is due (thousandths) and its part; per node its part; per arc the flow.

    `due` is whole, as the flow carries it; `exact` is within a thousandth of it.
    """

    due: IntArray
    exact: FloatArray
    line_part: IntArray
    node_part: IntArray
    water: list[Water | None]
    supply: list[int]
    flow: IntArray


@dataclass(frozen=True, eq=False)
class _Piece:
    """A part of the network still to be solved; `spills` are full arcs that leave it.

    What a spilled arc carries is supply of this piece alone.
    """

    nodes: IntArray
    lines: IntArray
    arcs: IntArray
    spills: IntArray


@dataclass(frozen=True, eq=False)
class _Push:
    """A maximum flow of a piece: by arc and by spill; what of the demands it could not carry; and
    per node whether it lies on the side of the minimum cut that shares too little."""

    carried: IntArray
    spilled: IntArray
    lacking: int
    starved: BoolArray


def solve(network: Network, stock: IntArray, claims: Claims) -> Optimum:
    """The unique optimum of the claims of all lines that have a kind; the others get nothing.

    `stock`: per offer, thousandths of a unit. Bases must be feasible together.
    """
    best = Optimum(
        due=np.zeros(len(claims.tier), np.int64),
        exact=np.zeros(len(claims.tier)),
        line_part=np.full(len(claims.tier), NONE),
        node_part=np.full(network.nodes, NONE),
        water=[],
        supply=[],
        flow=np.zeros(len(network.tail), np.int64),
    )
    left = np.zeros(network.nodes, np.int64)
    left[network.first_offer :] = stock
    served = np.flatnonzero(network.kind != NONE)
    nothing = np.zeros(0, np.int64)
    todo = [_Piece(np.arange(network.nodes), served, np.arange(len(network.tail)), nothing)]
    while todo:
        piece = todo.pop()
        if not len(piece.lines):
            continue
        mine = claims.take(piece.lines)
        supply = int(left[piece.nodes].sum() + network.limit[piece.spills].sum())
        water = find_water(mine, supply)
        due = due_at(water, mine)
        push = _push(network, left, piece, due)
        if push.lacking <= TOLERANCE + len(piece.lines) // 1000 or push.starved.all():
            best.due[piece.lines] = due
            best.exact[piece.lines] = exactly_due_at(water, mine)
            best.line_part[piece.lines] = len(best.water)
            best.node_part[piece.nodes] = len(best.water)
            best.flow[piece.arcs], best.flow[piece.spills] = push.carried, push.spilled
            best.water.append(water)
            best.supply.append(supply)
        else:
            todo.extend(_cut(network, left, piece, push.starved))
    return best


def largest_factor(network: Network, stock: IntArray, demand: IntArray) -> float:
    """The largest factor up to 1 by which all demands (thousandths) can be met together.

    Newton's method on the cuts: each cut that fails gives the factor at which it would hold.
    """
    left = np.zeros(network.nodes, np.int64)
    left[network.first_offer :] = stock
    lines = np.flatnonzero((network.kind != NONE) & (demand > 0))
    arcs, nothing = np.arange(len(network.tail)), np.zeros(0, np.int64)
    piece = _Piece(np.arange(network.nodes), lines, arcs, nothing)
    factor = 1.0
    while True:
        due = np.floor(demand[lines] * factor).astype(np.int64)
        push = _push(network, left, piece, due)
        if not push.lacking:
            return factor
        inside = push.starved
        leaving = arcs[inside[network.tail] & ~inside[network.head]]
        supply = int(left[inside].sum() + network.limit[leaving].sum())
        factor = supply / int(demand[lines][inside[network.kind[lines]]].sum())


def _push(network: Network, left: IntArray, piece: _Piece, due: IntArray) -> _Push:
    total = int(due.sum())
    place = np.zeros(network.nodes, np.int32)
    place[piece.nodes] = np.arange(2, len(piece.nodes) + 2, dtype=np.int32)
    kinds = piece.nodes[piece.nodes < network.kinds]
    wished = np.bincount(place[network.kind[piece.lines]], due, len(piece.nodes) + 2)
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(
        place[network.tail[piece.arcs]],
        place[network.head[piece.arcs]],
        np.minimum(network.limit[piece.arcs], total),
    )
    source = wished[place[kinds]].astype(np.int64)
    _add(solver, np.zeros(len(kinds), np.int32), place[kinds], source)
    offers = piece.nodes[piece.nodes >= network.first_offer]
    _add(solver, place[offers], np.ones(len(offers), np.int32), left[offers])
    exits = place[network.tail[piece.spills]]
    ends = np.ones(len(exits), np.int32)
    spills = solver.add_arcs_with_capacity(exits, ends, network.limit[piece.spills])
    if solver.solve(0, 1) != solver.OPTIMAL:
        raise RuntimeError("the maximum flow has no solution")
    reached = np.zeros(len(piece.nodes) + 2, bool)
    reached[np.asarray(solver.get_source_side_min_cut(), np.int64)] = True
    return _Push(
        carried=np.asarray(solver.flows(arcs), np.int64),
        spilled=np.asarray(solver.flows(spills), np.int64),
        lacking=total - solver.optimal_flow(),
        starved=reached[2:],
    )


def _add(
    solver: max_flow.SimpleMaxFlow,
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    limit: IntArray,
) -> None:
    some = limit > 0
    solver.add_arcs_with_capacity(tail[some], head[some], limit[some])


def _cut(
    network: Network, left: IntArray, piece: _Piece, starved: BoolArray
) -> tuple[_Piece, _Piece]:
    """The piece with enough and the starved one, which is solved first.

    An arc cut off before its offer takes its limit along as supply of the starved piece.
    """
    inside = np.zeros(network.nodes, bool)
    inside[piece.nodes[starved]] = True
    tail, head = inside[network.tail[piece.arcs]], inside[network.head[piece.arcs]]
    crossing = piece.arcs[tail & ~head]
    np.subtract.at(left, network.head[crossing], network.limit[crossing])
    spilled = inside[network.tail[piece.spills]]
    hungry = inside[network.kind[piece.lines]]
    return (
        _Piece(
            piece.nodes[~starved],
            piece.lines[~hungry],
            piece.arcs[~tail & ~head],
            piece.spills[~spilled],
        ),
        _Piece(
            piece.nodes[starved],
            piece.lines[hungry],
            piece.arcs[tail & head],
            np.concatenate([piece.spills[spilled], crossing]),
        ),
    )
