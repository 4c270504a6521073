"""The reason of every line of a round, as columns that are stored in one statement."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.enums import Blocker
from orders.allocation.market import IntArray, Market
from orders.allocation.outcome import Limit as EngineLimit, Outcome
from orders.enums import Limit
from orders.rounds import booking
from orders.rounds.rules import BARRED
from orders.rounds.snapshot import blocked_products


PROOF = frozenset(
    {Blocker.CERTIFICATE_MISSING, Blocker.CERTIFICATE_EXPIRED, Blocker.NOT_ON_CERTIFICATE}
)
NAMES = [
    *("line", "why", "tier", "asked", "need", "past", "received", "target", "reachable"),
    *("peers", "peer_fill"),
    *("part_tier", "part_level", "part_lines", "part_offers", "part_supply"),
]
Columns = dict[str, NDArray[Any]]


def columns(market: Market, outcome: Outcome) -> Columns:
    """One row for each line: the table `round_reason`."""
    lines, part = market.lines, outcome.part
    in_part = {
        f"part_{name}": np.where(part >= 0, np.append(values, 0)[part], 0)
        for name, values in (
            ("tier", outcome.parts.tier),
            ("level", outcome.parts.level),
            ("lines", outcome.parts.lines),
            ("offers", outcome.parts.offers),
            ("supply", outcome.parts.supply),
        )
    }
    return {
        "line": lines.id,
        "why": _why(market, outcome),
        "tier": lines.tier,
        "asked": lines.wanted,
        "need": lines.need,
        "past": lines.past,
        "received": outcome.received,
        "target": outcome.target,
        "reachable": outcome.reachable,
        "peers": outcome.peers,
        "peer_fill": outcome.peer_fill,
        **in_part,
    }


def _why(market: Market, outcome: Outcome) -> IntArray:
    """The engine's word as a position in `booking.LIMITS`; CERTIFICATE where only the proofs of
    the offers are missing, REFUSED where the suppliers that deliver there refused the line."""
    why = outcome.limit.astype(np.int64)
    barred = np.array([BARRED in code for code in market.places.code], bool)
    refused = (why == EngineLimit.REGION) & barred[market.lines.place]
    why[refused] = booking.LIMITS.index(Limit.REFUSED)
    without = np.flatnonzero(why == EngineLimit.NO_OFFER)
    if len(without):
        first = np.array([wish[0] for wish in market.wishes], np.int64)[market.lines.wish]
        unproven = {key for key, found in blocked_products().items() if found & PROOF}
        blocked = np.array([int(code) in unproven for code in market.products.code], bool)
        why[without[blocked[first[without]]]] = booking.LIMITS.index(Limit.CERTIFICATE)
    return why
