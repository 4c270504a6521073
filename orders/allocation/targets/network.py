"""The market of one group as a flow network that lists no pair of line and offer twice.

Nodes: kinds (lines that can draw on the same offers), then sets and gates, then offers. A set
stands between kinds and the offers on one shelf that they may use. A gate stands between the
lines of one buyer and an offer whose limit per buyer they could exceed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orders.allocation.market import NO_LIMIT, NONE, IntArray, Market, lots
from orders.allocation.targets import eligible_sets
from orders.allocation.targets.eligible_sets import Shelves, Views


NodeArray = NDArray[np.int32]
SCALE = 1000  # flows are counted in thousandths of a unit


@dataclass(frozen=True, eq=False)
class Network:
    """Arcs lead from `tail` to `head`; `limit` in thousandths of a unit.

    `kind`: per line its node, NONE if no offer may serve it. Offer j is node `first_offer` + j.
    Only arcs into an offer have a limit.
    """

    kind: IntArray
    kinds: int
    first_offer: int
    nodes: int
    tail: NodeArray
    head: NodeArray
    limit: IntArray


def build(market: Market) -> Network:
    """The network of a one-group market."""
    views, shelves = eligible_sets.view(market), eligible_sets.shelve(market)
    signature, bound = eligible_sets.signatures(views, shelves)
    line, column = np.nonzero(signature)
    mark = signature[line, column] + lots("shelves", views.shelf[line, column])
    _, first, in_set = np.unique(mark, return_index=True, return_inverse=True)
    kind, example = _kinds(len(market.lines), line, in_set, len(first), bound)
    kinds = len(example)

    start, offers = eligible_sets.members(views, shelves, line[first], column[first], False)
    size = np.diff(start)
    speaks = np.isin(line, example)
    pair_line, pair_offer = _bound_pairs(views, shelves, bound)
    gate_tail, gate_head, gate_limit, gates = _gates(
        market, kind, pair_line, pair_offer, kinds + len(first)
    )
    first_offer = kinds + len(first) + gates
    is_offer = gate_head < 0
    gate_head[is_offer] = first_offer - 1 - gate_head[is_offer]
    tail = np.concatenate([kind[line[speaks]], kinds + np.repeat(np.arange(len(first)), size)])
    head = np.concatenate([kinds + in_set[speaks], first_offer + offers])
    return Network(
        kind=kind,
        kinds=kinds,
        first_offer=first_offer,
        nodes=first_offer + len(market.offers),
        tail=np.concatenate([tail, gate_tail]).astype(np.int32),
        head=np.concatenate([head, gate_head]).astype(np.int32),
        limit=np.concatenate([np.full(len(tail), NO_LIMIT), gate_limit]),
    )


def _kinds(
    lines: int, line: IntArray, in_set: IntArray, sets: int, bound: IntArray
) -> tuple[IntArray, IntArray]:
    """Kind per line, and one line of each kind. A line with a bound pair is its own kind."""
    mark = np.zeros(lines, np.uint64)
    np.add.at(mark, line, lots("sets", np.arange(sets))[in_set])
    alone = lots("lines", np.arange(lines))
    mark = np.where(bound > 0, alone, mark)
    served = np.flatnonzero((mark != 0) | (bound > 0))
    _, first, which = np.unique(mark[served], return_index=True, return_inverse=True)
    kind = np.full(lines, NONE, np.int64)
    kind[served] = which
    return kind, served[first]


def _bound_pairs(views: Views, shelves: Shelves, bound: IntArray) -> tuple[IntArray, IntArray]:
    some = np.flatnonzero(bound)
    at, column = np.nonzero((views.shelf[some] != NONE) & (views.shelf[some] % 2 == 1))
    start, offers = eligible_sets.members(views, shelves, some[at], column, True)
    return np.repeat(some[at], np.diff(start)), offers


def _gates(
    market: Market, kind: IntArray, line: IntArray, offer: IntArray, first_gate: int
) -> tuple[IntArray, IntArray, IntArray, int]:
    """Arcs of the bound pairs: tail, head (offer j as -1 - j), limit; and how many gates.

    Where one line alone is bound, its arc leads straight to the offer and carries the limit.
    """
    key = market.lines.buyer[line]
    _, buyer = np.unique(key, return_inverse=True)
    which, at, count = np.unique(
        buyer * len(market.offers) + offer, return_inverse=True, return_counts=True
    )
    shared = np.flatnonzero(count > 1)
    gate = np.full(len(which), NONE, np.int64)
    gate[shared] = first_gate + np.arange(len(shared))
    through = gate[at] != NONE
    behind = which[shared] % len(market.offers)
    limit = market.buyer_limit * SCALE
    return (
        np.concatenate([kind[line], gate[shared]]),
        np.concatenate([np.where(through, gate[at], -1 - offer), -1 - behind]),
        np.concatenate([np.where(through, NO_LIMIT, limit[offer]), limit[behind]]),
        len(shared),
    )
