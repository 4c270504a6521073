"""The proofs that the ministry asks for at the start; the reviewers change them in the admin."""

import csv
from pathlib import Path

from suppliers.models import NotifiedBody, Requirement


DATA = Path(__file__).parent / "data"


def load() -> int:
    """Add the requirements and notified bodies of data/ that do not exist yet; return how many.

    What reviewers have changed since stays as it is.
    """
    return _load_requirements() + _load_bodies()


def _load_bodies() -> int:
    known = set(NotifiedBody.objects.values_list("number", flat=True))
    new = [
        NotifiedBody(**{**row, "notified_for": row["notified_for"].split()})
        for row in _rows("notified_bodies.csv")
        if row["number"] not in known
    ]
    NotifiedBody.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _load_requirements() -> int:
    rows = [
        Requirement(**{**row, "activities": row["activities"].split()})
        for row in _rows("requirements.csv")
    ]
    known = set(Requirement.objects.values_list("code", flat=True))
    new = [row for row in rows if row.code not in known]
    Requirement.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
