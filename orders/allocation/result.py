"""What comes out of the engine: shares in whole packs, targets, and the reason of each line."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from orders.allocation import canonical


class Limit(StrEnum):
    """What kept a line from receiving all it wanted."""

    NONE = "none"  # nothing: it received all it wanted
    SUPPLY = "supply"  # what it can use was shared with its peers, or already spent
    TIER = "tier"  # what it can use went to higher tiers, all of it
    CAP = "cap"  # the buyer's limit on the offer
    PACK = "pack"  # the rest wanted is less than a pack
    MIN_ORDER = "min_order"  # the supplier's minimum
    MIN_USEFUL = "min_useful"  # the line's own minimum
    PRICE_CEILING = "price_ceiling"
    REGION = "region"
    LEAD_TIME = "lead_time"
    PINNED = "pinned"  # tied to an offer that cannot serve it
    NO_OFFER = "no_offer"  # nobody offers an acceptable product


@dataclass(frozen=True, slots=True)
class Share:
    """`units` of one offer go to one line; always whole packs."""

    line: int
    offer: int
    units: int


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """With `extra_units` more stock on `offer` the line would receive `would_receive` units."""

    offer: int
    extra_units: int
    would_receive: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one line received what it did. Quantities in units.

    `eligible_units`: usable stock the line could draw on, were it alone. `level`: received ÷
    need. `tier_fill`: received ÷ wanted over the `peers`, the lines of its tier and group (it
    is one of them); 0 peers for a line that no offer can serve.
    """

    line: int
    asked: int
    need: float
    received: int
    target: float
    eligible_units: int
    limit: Limit
    level: float
    tier_fill: float
    peers: int
    counterfactual: Counterfactual | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one snapshot, rows sorted by id. `targets`: units due before packs."""

    shares: tuple[Share, ...]
    targets: dict[int, float]
    reasons: tuple[Reason, ...]

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal results give equal bytes."""
        return canonical.dump(
            {
                "reasons": [asdict(reason) for reason in self.reasons],
                "shares": [[share.line, share.offer, share.units] for share in self.shares],
                "targets": [[line, target] for line, target in sorted(self.targets.items())],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Result":
        """Inverse of `to_bytes`; raises ValueError, KeyError or TypeError on anything else."""
        value = canonical.load(data)
        return cls(
            tuple(Share(*row) for row in value["shares"]),
            dict(value["targets"]),
            tuple(_reason(row) for row in value["reasons"]),
        )

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        return canonical.digest(self.to_bytes())


def _reason(row: dict[str, Any]) -> Reason:
    extra = row["counterfactual"]
    changed = {
        "limit": Limit(row["limit"]),
        "counterfactual": Counterfactual(**extra) if extra else None,
    }
    return Reason(**row | changed)
