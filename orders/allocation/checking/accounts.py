"""REASON: the numbers told to each line are those of the shares and of the market."""

from collections.abc import Sized

import numpy as np

from orders.allocation.checking.group import Group
from orders.allocation.checking.hard import summed
from orders.allocation.checking.rules import Findings, Place, Rule
from orders.allocation.checking.sets import weighed
from orders.allocation.checking.terms import Rows
from orders.allocation.market import BoolArray, Market
from orders.allocation.outcome import Limit, Outcome


# What a line that no offer can serve never hears, and what only such a line hears.
SHARED = (Limit.TIER, Limit.ENTITY_CAP, Limit.PAST)
UNSERVED = (
    Limit.PRICE_CEILING, Limit.REGION, Limit.LEAD_TIME, Limit.PINNED, Limit.NO_OFFER,
)  # fmt: skip


class Expected:
    """Per line of the market: the numbers that its reason must have."""

    def __init__(self, market: Market, rows: Rows[np.int64]) -> None:
        self.received = summed(rows.units, rows.line, len(market.lines))
        self.able = np.zeros(len(market.lines), bool)
        self.reachable = np.zeros(len(market.lines), np.int64)
        self.peers = np.zeros(len(market.lines), np.int64)
        self.peer_fill = np.zeros(len(market.lines))

    def count(self, group: Group) -> BoolArray:
        """Fill in a group's lines; returns which of them some offer suits."""
        terms, lines = group.terms, group.lines
        draw = np.minimum(terms.sellable, terms.per_buyer)[group.offers]
        for run in group.chunks():
            bits = group.suitable(run)
            self.able[lines[run]] = bits.any(1)
            self.reachable[lines[run]] = weighed(bits, draw)
        able = self.able[lines]
        tiers, tier = np.unique(group.tier, return_inverse=True)
        counted = able.astype(np.int64)
        peers = summed(counted, tier, len(tiers))
        wanted = summed(group.wanted * counted, tier, len(tiers))
        received = summed(self.received[lines] * counted, tier, len(tiers))
        self.peers[lines] = np.where(able, peers[tier], 0)
        self.peer_fill[lines] = np.where(able, received[tier] / np.maximum(wanted[tier], 1), 0)
        return able


def misshapen(market: Market, outcome: Outcome) -> bool:
    """Whether the columns of lines are not one row per line of the market, in its order."""
    columns: tuple[Sized, ...] = (
        outcome.target,
        outcome.received,
        outcome.limit,
        outcome.reachable,
        outcome.peers,
        outcome.peer_fill,
        outcome.part,
    )
    count = len(market.lines)
    return not np.array_equal(outcome.line, market.lines.id) or any(
        len(column) != count for column in columns
    )


def judge_reasons(market: Market, outcome: Outcome, expected: Expected, found: Findings) -> None:
    """Name each line with a wrong number, by the first that is."""
    full = expected.received == market.lines.wanted
    wrong = {
        "received": outcome.received != expected.received,
        "limit": (outcome.limit == Limit.NONE) != full,
        "limit, as no offer can serve it": ~expected.able & np.isin(outcome.limit, SHARED),
        "limit, as some offer can serve it": expected.able & np.isin(outcome.limit, UNSERVED),
        "reachable": outcome.reachable != expected.reachable,
        "peers": outcome.peers != expected.peers,
        "peer_fill": np.abs(outcome.peer_fill - expected.peer_fill) > 1e-6,
        "part": _strange_part(outcome, expected.able),
    }
    blamed = np.zeros(len(full), bool)
    for name, mask in wrong.items():

        def place(line: int, name: str = name) -> Place:
            return int(market.lines.id[line]), None, f"wrong {name}"

        found.add(Rule.REASON, np.flatnonzero(mask & ~blamed), place)
        blamed |= mask


def _strange_part(outcome: Outcome, able: BoolArray) -> BoolArray:
    """A line is in a part of its own or in none, as it can be served or not."""
    inside = (outcome.part >= 0) & (outcome.part < len(outcome.parts.tier))
    return np.where(able, ~inside, outcome.part != -1)
