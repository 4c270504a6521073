"""French departments and regions (INSEE official geographic code; see data/README.md)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Department:
    """One department: `code` as INSEE writes it ("01", "2A", "974")."""

    code: str
    name: str
    region_code: str
    region: str

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


@cache
def departments() -> dict[str, Department]:
    """Every department by code, in the order of the codes."""
    path = Path(__file__).parent / "data" / "departments.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Department(**row) for row in csv.DictReader(file)]
    return {row.code: row for row in rows}


@cache
def department_tiles() -> dict[str, tuple[int, int]]:
    """Column and row of each department on a map of equal squares (ADR 13)."""
    path = Path(__file__).parent / "data" / "department_tiles.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["code"]: (int(row["column"]), int(row["row"])) for row in rows}


def department_choices() -> list[tuple[str, str]]:
    """For select fields: code and "Name (code)"."""
    return [(code, str(place)) for code, place in departments().items()]


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
