"""From flows on a network to who gets how much of what: amounts that meet, laid side by side."""

import numpy as np

from orders.allocation.compiled import allocating
from orders.allocation.market import IntArray
from orders.allocation.targets.cuts import Optimum
from orders.allocation.targets.network import Network


@allocating
def pair_off(
    giver_key: IntArray, given: IntArray, taker_key: IntArray, taken: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Under each key, givers hand over to takers in order: rows of giver, taker and amount.

    Both sides are sorted by key. Where the sums under a key differ, the longer side keeps a rest.
    """
    most = len(given) + len(taken)
    giver, taker = np.empty(most, np.int64), np.empty(most, np.int64)
    amount = np.empty(most, np.int64)
    end = left = right = 0
    have = given[0] if len(given) else 0
    want = taken[0] if len(taken) else 0
    while left < len(given) and right < len(taken):
        if giver_key[left] == taker_key[right] and have > 0 and want > 0:
            step = min(have, want)
            giver[end], taker[end], amount[end] = left, right, step
            end += 1
            have -= step
            want -= step
        elif giver_key[left] < taker_key[right] or (
            giver_key[left] == taker_key[right] and have == 0
        ):
            left += 1
            have = given[left] if left < len(given) else 0
        else:
            right += 1
            want = taken[right] if right < len(taken) else 0
    return giver[:end], taker[:end], amount[:end]


def lines_and_offers(network: Network, best: Optimum) -> tuple[IntArray, IntArray, IntArray]:
    """(line, offer, thousandths) that carry the optimum, sorted by (line, offer), each once."""
    kind, offer, carried = _kinds_and_offers(network, best.flow)
    order = np.argsort(kind, kind="stable")
    kind, offer, carried = kind[order], offer[order], carried[order]
    line = np.flatnonzero(best.due > 0)
    line = line[np.argsort(network.kind[line], kind="stable")]
    giver, taker, amount = pair_off(kind, carried, network.kind[line], best.due[line])
    pair = line[taker] * np.int64(network.nodes) + offer[giver]
    pairs, at = np.unique(pair, return_inverse=True)
    total = np.zeros(len(pairs), np.int64)
    np.add.at(total, at, amount)
    return pairs // network.nodes, pairs % network.nodes, total


def _kinds_and_offers(network: Network, flow: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """(kind, offer, thousandths), through sets and gates; some pairs in several rows."""
    used = np.flatnonzero(flow)
    tail, head = network.tail[used].astype(np.int64), network.head[used].astype(np.int64)
    amount = flow[used]
    direct = (tail < network.kinds) & (head >= network.first_offer)
    into = np.flatnonzero(head < network.first_offer)
    out = np.flatnonzero(tail >= network.kinds)
    into = into[np.argsort(head[into], kind="stable")]
    out = out[np.argsort(tail[out], kind="stable")]
    giver, taker, through = pair_off(tail[out], amount[out], head[into], amount[into])
    return (
        np.concatenate([tail[direct], tail[into[taker]]]),
        np.concatenate([head[direct], head[out[giver]]]) - network.first_offer,
        np.concatenate([amount[direct], through]),
    )
