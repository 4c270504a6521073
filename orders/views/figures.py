"""A round in figures, from what its groups kept of their results."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from buyers.enums import BuyerKind
from catalog.models import Category
from core.places import departments
from orders.allocation.summary import combine, evenness
from orders.enums import GroupStatus, Limit
from orders.models import RoundGroup
from orders.rounds.rules import department


@dataclass(frozen=True)
class Row:
    """One part of a breakdown: lines, units asked for and received."""

    key: str
    label: Any
    lines: int
    served: int
    asked: int
    received: int

    @property
    def without(self):
        """Lines that received nothing."""
        return self.lines - self.served

    @property
    def covered_pct(self):
        return pct(self.received, self.asked)


@dataclass(frozen=True)
class Rank(Row):
    """One rank, with how evenly its lines came out among themselves."""

    least_pct: Decimal | None
    even_pct: Decimal | None
    short: list[int]
    satisfied: list[int]


@dataclass(frozen=True)
class Reason:
    """How many lines received nothing for one reason."""

    word: str
    label: Any
    lines: int


@dataclass(frozen=True)
class Figures:
    """A computed round. Stock in units; `rest` is what could have been sold and was not wanted."""

    asked: int
    received: int
    lines: int
    served: int
    full: int
    split: int
    cost_eur: Decimal
    off_pct: Decimal
    stock: dict[str, int]
    ranks: list[Rank]
    kinds: list[Row]
    places: dict[str, Row]
    reasons: list[Reason]
    floors: dict[str, dict[str, Any]]
    reserves: dict[str, dict[str, Any]]

    @property
    def without(self):
        return self.lines - self.served

    @property
    def covered_pct(self):
        return pct(self.received, self.asked)

    @property
    def unit_cost_eur(self):
        return round(self.cost_eur / self.received, 4) if self.received else None

    @property
    def below_floor(self):
        """Lines that received less than a floor promised."""
        return sum(floor["below"] for floor in self.floors.values())


def pct(part, whole):
    """Per cent with one decimal; 0 of 0 is 0; 100 and 0 are said of all and nothing alone."""
    if not whole:
        return Decimal(0)
    share = round(Decimal(part) * 100 / Decimal(whole), 1)
    if 0 < part < whole:
        return min(max(share, Decimal("0.1")), Decimal("99.9"))
    return share


def groups_of(rounds):
    """The groups of these rounds, without the large columns, by round."""
    found = {round_.pk: [] for round_ in rounds}
    rows = RoundGroup.objects.filter(round__in=found).order_by("round_id", "position")
    for group in rows.defer("input", "facts", "outcome"):
        found[group.round_id].append(group)
    return found


def figures_of(groups):
    """What these solved groups gave together; None before the first is solved."""
    solved = [group for group in groups if group.status == GroupStatus.SOLVED]
    found = combine(group.summary for group in solved)
    return _figures(found) if found else None


def goods(groups):
    """The groups under the names of their categories."""
    names = Category.objects.in_bulk([group.name for group in groups], field_name="slug")
    return [
        (names[group.name].title if group.name in names else group.name, group) for group in groups
    ]


def _figures(found):
    known = departments()
    places = combine({department(code): row} for code, row in sorted(found["places"].items()))
    limits = dict(Limit.choices)
    reasons = [Reason(word, limits[word], lines) for word, lines in found["nothing"].items()]
    return Figures(
        asked=found["wanted"],
        received=found["received"],
        lines=found["lines"],
        served=found["served"],
        full=found["full"],
        split=found["split"],
        cost_eur=Decimal(str(found["cost_eur"])),
        off_pct=pct(found["distance"], found["target"]),
        stock=found["stock"],
        ranks=[_rank(tier, row) for tier, row in sorted(found["tiers"].items(), key=_number)],
        kinds=[
            _row(kind, label, found["kinds"][kind])
            for kind, label in BuyerKind.choices
            if kind in found["kinds"]
        ],
        places={code: _row(code, known[code], row) for code, row in places.items()},
        reasons=sorted(reasons, key=lambda reason: (-reason.lines, reason.word)),
        floors=found["floors"],
        reserves=found["reserves"],
    )


def _number(item):
    return int(item[0])


def _row(key, label, row):
    return Row(key, label, row["lines"], row["served"], row["wanted"], row["received"])


def _rank(tier, row):
    even = evenness(row)
    return Rank(
        key=tier,
        label=tier,
        lines=row["lines"],
        served=row["served"],
        asked=row["wanted"],
        received=row["received"],
        least_pct=None if row["least"] is None else _level(row["least"]),
        even_pct=None if even is None else _level(even),
        short=row["short"],
        satisfied=row["satisfied"],
    )


def _level(value):
    return round(Decimal(str(value)) * 100, 1)
