"""What comes out of the engine, in columns: whole packs, proven targets, reasons."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from orders.allocation.market import FloatArray, IntArray


class Limit(IntEnum):
    """What kept a line from receiving all it wanted. Stored as numbers: never renumber."""

    NONE = 0  # nothing: it received all it wanted
    SUPPLY = 1  # what it can use was shared with its peers, or already spent
    TIER = 2  # what it can use went to higher tiers, all of it
    CAP = 3  # the buyer's limit on the offer
    PACK = 4  # the rest wanted is less than a pack
    MIN_ORDER = 5  # the supplier's minimum
    MIN_USEFUL = 6  # the line's own minimum
    PRICE_CEILING = 7
    REGION = 8
    LEAD_TIME = 9
    PINNED = 10  # tied to an offer that cannot serve it
    NO_OFFER = 11  # nobody offers an acceptable product
    ENTITY_CAP = 12  # the dated cap of the legal entity in this group
    PAST = 13  # it received more than its peers before


@dataclass(frozen=True, eq=False)
class Shares:
    """Units of an offer that go to a line, by ids, sorted by (line, offer); whole packs."""

    line: IntArray
    offer: IntArray
    units: IntArray

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True, eq=False)
class Flow:
    """The exact shares before packs, by ids, sorted by (line, offer): the proof of the targets.

    Units are decimals; a line's rows sum to its target, before that is rounded to thousandths.
    """

    line: IntArray
    offer: IntArray
    units: FloatArray


@dataclass(frozen=True, eq=False)
class Parts:
    """Independent parts of the market in which one level holds, one row each.

    The minimum cut behind a part is its explanation: its `lines` could take from no offer but its
    `offers`, whose `supply` (units) brought the lines of `tier` to `level` (received ÷ need);
    tiers before stand full, tiers after empty. `tier` is 0 where everybody got all they wanted.
    """

    tier: IntArray
    level: FloatArray
    lines: IntArray
    offers: IntArray
    supply: FloatArray


@dataclass(frozen=True, eq=False)
class Outcome:
    """The answer to one market. Line columns are in the order of `Market.lines`.

    `target`: units due before packs, whole thousandths. `reachable`: usable stock the line could
    draw on were it alone. `peers`: lines of its tier and group that any offer may serve, itself
    included, and `peer_fill`, their received ÷ wanted; 0 for a line that no offer can serve.
    `part`: row in `parts`, -1 for a line that no offer can serve.
    """

    shares: Shares
    line: IntArray  # ids
    target: FloatArray
    received: IntArray
    limit: NDArray[np.int8]
    reachable: IntArray
    peers: IntArray
    peer_fill: FloatArray
    part: IntArray
    parts: Parts
    flow: Flow


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """With `extra_units` more stock on `offer` the line would receive `would_receive` units."""

    offer: int
    extra_units: int
    would_receive: int
