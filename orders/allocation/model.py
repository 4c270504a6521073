"""What goes into the engine: offers, order lines and the snapshot that holds them.

Quantities are single units (never packs), prices are thousandths of a euro excluding tax,
durations are days. What comes out is in `result.py` and re-exported here.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from orders.allocation import canonical
from orders.allocation.result import (
    Counterfactual as Counterfactual,
    Limit as Limit,
    Reason as Reason,
    Result as Result,
    Share as Share,
)


# Sums of stocks, in thousandths of a unit, must fit 64 bits.
LARGEST_UNITS = 10**10
SMALLEST_NEED = 0.001


class InvalidSnapshot(ValueError):
    """A row that the engine refuses; `row` and `field` name it ("line 7", "wanted")."""

    def __init__(self, row: str, field: str, problem: str) -> None:
        super().__init__(f"{row}, {field}: {problem}")
        self.row = row
        self.field = field


@dataclass(frozen=True, slots=True)
class Offer:
    """Stock that one supplier can deliver from, on one product sheet.

    A withdrawn offer stays in the snapshot with a stock of 0 while a line is pinned to it.
    """

    id: int
    product: int
    stock: int
    pack: int
    price_milli: int
    lead_days: int
    min_order: int = 0
    max_per_buyer: int = 0  # 0: no limit
    departments: frozenset[str] = frozenset()  # empty: delivers everywhere


@dataclass(frozen=True, slots=True)
class Line:
    """One buyer's wish for one product or its substitutes.

    `need` is the verified need in units, decimals allowed; a line's level is received ÷ need.
    `wanted` is the claim and only ever a ceiling. The line receives 0 or at least `min_useful`.
    """

    id: int
    buyer: int
    department: str
    tier: int  # 1 is served first
    products: tuple[int, ...]  # acceptable, the preferred one first
    wanted: int
    need: float
    min_useful: int = 0
    need_days: int | None = None  # None: no date
    ceiling_milli: int = 0  # 0: no ceiling
    pinned_offer: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the engine knows. Rows are kept sorted by id, so their order never matters.

    `seed` decides ties between equals; publish it. Raises `InvalidSnapshot` on a bad row.
    """

    offers: tuple[Offer, ...]
    lines: tuple[Line, ...]
    seed: str

    def __post_init__(self) -> None:
        if not isinstance(self.seed, str):
            raise InvalidSnapshot("snapshot", "seed", "must be a text")
        _check_offers(self.offers)
        _check_lines(self.lines, {offer.id for offer in self.offers})
        object.__setattr__(self, "offers", tuple(sorted(self.offers, key=lambda row: row.id)))
        object.__setattr__(self, "lines", tuple(sorted(self.lines, key=lambda row: row.id)))

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal snapshots give equal bytes."""
        return canonical.dump(
            {
                "lines": [asdict(line) | {"need": float(line.need)} for line in self.lines],
                "offers": [
                    asdict(offer) | {"departments": sorted(offer.departments)}
                    for offer in self.offers
                ],
                "seed": self.seed,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Snapshot":
        """Inverse of `to_bytes`; raises `InvalidSnapshot` on anything else."""
        try:
            value = canonical.load(data)
            offers, lines, seed = value["offers"], value["lines"], value["seed"]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidSnapshot("snapshot", "bytes", str(error)) from error
        return cls(
            tuple(_row(Offer, "offer", raw, "departments", frozenset) for raw in offers),
            tuple(_row(Line, "line", raw, "products", tuple) for raw in lines),
            seed,
        )

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal."""
        return canonical.digest(self.to_bytes())


Row = TypeVar("Row", Offer, Line)


def _row(
    kind: type[Row], label: str, raw: dict[str, Any], several: str, build: Callable[[Any], Any]
) -> Row:
    name = f"{label} {raw.get('id')}"
    for unknown in sorted(raw.keys() - {field.name for field in fields(kind)}):
        raise InvalidSnapshot(name, unknown, "unknown field")
    try:
        return kind(**raw | {several: build(raw.get(several, ()))})
    except TypeError as error:
        raise InvalidSnapshot(name, "fields", str(error)) from error


def _check_offers(offers: tuple[Offer, ...]) -> None:
    _check_ids("offer", offers)
    for offer in offers:
        row = f"offer {offer.id}"
        _check_whole(row, "product", offer.product, -LARGEST_UNITS)
        _check_whole(row, "pack", offer.pack, 1)
        for field in ("stock", "price_milli", "lead_days", "min_order", "max_per_buyer"):
            _check_whole(row, field, getattr(offer, field), 0)
        if not all(isinstance(code, str) and code for code in offer.departments):
            raise InvalidSnapshot(row, "departments", "must be department codes")


def _check_lines(lines: tuple[Line, ...], offer_ids: set[int]) -> None:
    _check_ids("line", lines)
    for line in lines:
        row = f"line {line.id}"
        _check_whole(row, "buyer", line.buyer, -LARGEST_UNITS)
        _check_whole(row, "tier", line.tier, 1)
        _check_whole(row, "wanted", line.wanted, 1)
        _check_whole(row, "min_useful", line.min_useful, 0, line.wanted)
        _check_whole(row, "ceiling_milli", line.ceiling_milli, 0)
        if line.need_days is not None:
            _check_whole(row, "need_days", line.need_days, 0)
        _check_need(row, line.need)
        _check_references(row, line, offer_ids)


def _check_ids(label: str, rows: tuple[Offer, ...] | tuple[Line, ...]) -> None:
    seen: set[int] = set()
    for row in rows:
        _check_whole(f"{label} {row.id}", "id", row.id, -LARGEST_UNITS)
        if row.id in seen:
            raise InvalidSnapshot(f"{label} {row.id}", "id", "appears twice")
        seen.add(row.id)


def _check_whole(
    row: str, field: str, value: object, least: int, most: int = LARGEST_UNITS
) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidSnapshot(row, field, f"must be a whole number, not {value!r}")
    if not least <= value <= most:
        raise InvalidSnapshot(row, field, f"must be from {least} to {most}, not {value}")


def _check_need(row: str, need: object) -> None:
    if isinstance(need, bool) or not isinstance(need, int | float) or not math.isfinite(need):
        raise InvalidSnapshot(row, "need", f"must be a number, not {need!r}")
    if not SMALLEST_NEED <= need <= LARGEST_UNITS:
        raise InvalidSnapshot(
            row, "need", f"must be from {SMALLEST_NEED} to {LARGEST_UNITS}, not {need}"
        )


def _check_references(row: str, line: Line, offer_ids: set[int]) -> None:
    if not line.products or len(set(line.products)) < len(line.products):
        raise InvalidSnapshot(row, "products", "must be at least one product, none twice")
    if not isinstance(line.department, str) or not line.department:
        raise InvalidSnapshot(row, "department", "must be a department code")
    if line.pinned_offer is not None and line.pinned_offer not in offer_ids:
        raise InvalidSnapshot(row, "pinned_offer", f"unknown offer {line.pinned_offer}")
