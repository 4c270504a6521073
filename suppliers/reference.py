"""The proofs that the ministry asks for at the start; the reviewers change them in the admin."""

import csv
from pathlib import Path

from suppliers.models import Requirement


def load() -> int:
    """Add the requirements of data/requirements.csv that do not exist yet; return how many.

    What reviewers have changed since stays as it is.
    """
    path = Path(__file__).parent / "data" / "requirements.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Requirement(**{**row, "activities": row["activities"].split()})
            for row in csv.DictReader(file)
        ]
    known = set(Requirement.objects.values_list("code", flat=True))
    new = [row for row in rows if row.code not in known]
    Requirement.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)
