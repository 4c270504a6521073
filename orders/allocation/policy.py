"""What the ministry may decide beyond tiers and need: held-back stock, floors, reserves, caps.

Everything applies to each substitution group on its own; `docs/algorithms/allocation.md` says how.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Who:
    """The lines that match every key given; an empty set does not restrict."""

    tiers: frozenset[int] = frozenset()
    places: frozenset[str] = frozenset()  # department codes
    regions: frozenset[str] = frozenset()
    buyers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Floor:
    """Each eligible line of `who` gets `fraction` (0 to 1) of what it wants before anything."""

    who: Who
    fraction: Decimal


@dataclass(frozen=True, slots=True)
class Reserve:
    """The lines of `who` share at most `share` (0 to 1) of their group's supply, in list order.

    Pathak, Sönmez, Ünver & Yenmez, "Fair allocation of vaccines, ventilators and antiviral
    treatments: leaving no ethical value behind in health care rationing" (2023).
    """

    name: str
    share: Decimal
    who: Who


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one sharing-out; the default is tiers and need alone.

    `held_back`: part of every stock kept out, 0 to below 1. `caps`: the most units that all lines
    of a buyer may receive in a group, keyed (buyer, group name).
    """

    held_back: Decimal = Decimal(0)
    floors: tuple[Floor, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    caps: Mapping[tuple[int, str], int] = field(default_factory=dict)
