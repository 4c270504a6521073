"""French departments and regions (INSEE official geographic code; see data/README.md)."""

import csv
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unicodedata import normalize

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


EARTH_RADIUS_KM = 6371


@dataclass(frozen=True)
class Department:
    """One department: `code` as INSEE writes it ("01", "2A", "974")."""

    code: str
    name: str
    region_code: str
    region: str
    longitude: float
    """Of its middle, in degrees, to 0.1."""
    latitude: float

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


@cache
def departments() -> dict[str, Department]:
    """Every department by code, in the order of the codes."""
    path = Path(__file__).parent / "data" / "departments.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Department(
                row["code"],
                row["name"],
                row["region_code"],
                row["region"],
                float(row["longitude"]),
                float(row["latitude"]),
            )
            for row in csv.DictReader(file)
        ]
    return {row.code: row for row in rows}


@cache
def regions() -> dict[str, list[Department]]:
    """The departments of each region by its code, regions in the order of their names."""
    found: dict[str, list[Department]] = {}
    for place in sorted(departments().values(), key=lambda place: plain(place.region)):
        found.setdefault(place.region_code, []).append(place)
    return found


def plain(name: str) -> str:
    """Without accents, to sort by: Île-de-France stands among the I."""
    return normalize("NFKD", name).encode("ascii", "ignore").decode()


@cache
def department_tiles() -> dict[str, tuple[int, int]]:
    """Column and row of each department on a map of equal squares (ADR 13)."""
    path = Path(__file__).parent / "data" / "department_tiles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["code"]: (int(row["column"]), int(row["row"])) for row in rows}


@cache
def department_choices() -> list[tuple[str, str]]:
    """For select fields: code and "Name (code)"."""
    return [(code, str(place)) for code, place in departments().items()]


@cache
def distances_km(code: str) -> dict[str, int]:
    """From the middle of a department to that of every other, as the crow flies; 0 to itself."""
    here = departments()[code]
    return {other.code: _distance_km(here, other) for other in departments().values()}


def _distance_km(one: Department, other: Department) -> int:
    north, east = math.radians(one.latitude), math.radians(one.longitude)
    north_too, east_too = math.radians(other.latitude), math.radians(other.longitude)
    half = math.sin((north_too - north) / 2) ** 2
    half += math.cos(north) * math.cos(north_too) * math.sin((east_too - east) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(half)))


def validate_department(code: str) -> None:
    """Raise ValidationError unless `code` is a department of today."""
    if code not in departments():
        raise ValidationError(
            _("“%(code)s” is not a French department code. Example: 75, 2A or 974."),
            params={"code": code},
            code="unknown_department",
        )


def department_of_postcode(postcode: str) -> str:
    """The department of a five-digit postcode; Corsica is split by its postal ranges."""
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:3] if postcode.startswith(("97", "98")) else postcode[:2]
