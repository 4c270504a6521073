"""The public register of health establishments: looked up at sign-up, loaded from its extract."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from buyers.models import RegisterEntry
from core.identifiers import clean_finess, clean_siret
from core.places import department_of_postcode


COLUMNS = (
    "nofinesset",
    "nofinessej",
    "rs_courte",
    "rs_longue",
    "departement_code",
    "ville_cp",
    "categorie_libelle",
    "statut_juridique_lib",
    "siret",
)
FIELDS = [
    "legal_entity_finess",
    "short_name",
    "name",
    "department",
    "postcode",
    "city",
    "category",
    "legal_status",
    "siret",
]
BATCH = 1000


def lookup(number: str) -> RegisterEntry | None:
    """The establishment of this clean FINESS number, or the only one of this clean SIRET."""
    if len(number) == 9:
        return RegisterEntry.objects.filter(finess=number).first()
    found = list(RegisterEntry.objects.filter(siret=number)[:2]) if number else []
    return found[0] if len(found) == 1 else None


def is_shared(siret: str) -> bool:
    """Several establishments of the register have this SIRET."""
    return RegisterEntry.objects.filter(siret=siret).count() > 1


@dataclass(frozen=True)
class RowError:
    """One row of a file that was left out; `row` counts from the header, which is row 1."""

    row: int
    column: str
    value: str
    remedy: str


@dataclass
class Report:
    """What an import did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Rows looked at."""
        return self.new + self.changed + self.unchanged + len(self.errors)


def load(
    rows: Iterable[Mapping[str, str]], *, progress: Callable[[Report], None] = lambda report: None
) -> Report:
    """Bring the register up to date with `rows`; the same rows twice change nothing.

    Rows that are right are loaded, the others listed in the report; nothing is ever deleted.
    Written in batches of BATCH rows, each whole or not at all, so an interrupted import is simply
    run again.
    """
    report = Report()
    seen: set[str] = set()
    numbered = enumerate(rows, start=2)
    while batch := list(islice(numbered, BATCH)):
        entries = []
        for number, row in batch:
            entry = _entry(number, row, seen)
            if isinstance(entry, RowError):
                report.errors.append(entry)
            else:
                seen.add(entry.finess)
                entries.append(entry)
        _write(entries, report)
        progress(report)
    return report


@transaction.atomic
def _write(entries: list[RegisterEntry], report: Report) -> None:
    old = RegisterEntry.objects.in_bulk([entry.finess for entry in entries])
    due = []
    for entry in entries:
        known = old.get(entry.finess)
        if known is None:
            report.new += 1
        elif all(getattr(known, name) == getattr(entry, name) for name in FIELDS):
            report.unchanged += 1
            continue
        else:
            report.changed += 1
        due.append(entry)
    RegisterEntry.objects.bulk_create(
        due,
        update_conflicts=True,
        unique_fields=["finess"],
        update_fields=[*FIELDS, "imported_at"],
    )


def _entry(number: int, row: Mapping[str, str], seen: set[str]) -> RegisterEntry | RowError:
    """The row as an entry, or what is wrong with its first wrong column."""
    values = {name: " ".join((row.get(name) or "").split()) for name in COLUMNS}
    column = "nofinesset"
    try:
        finess = clean_finess(values[column])
        if finess in seen:
            raise ValidationError(_("This establishment stands in the file twice."))
        column = "nofinessej"
        legal_entity = clean_finess(values[column])
        column = "siret"
        siret = clean_siret(values[column]) if values[column] else ""
        column = "ville_cp"
        postcode, city = _place(values[column])
        column = "departement_code"
        department = _department(values[column], postcode)
        column = "rs_courte"
        name = values["rs_longue"] or values["rs_courte"]
        if not name:
            raise ValidationError(_("The establishment has no name."))
    except ValidationError as error:
        return RowError(number, column, values[column], error.messages[0])
    return RegisterEntry(
        finess=finess,
        legal_entity_finess=legal_entity,
        short_name=values["rs_courte"][:100],
        name=name[:200],
        department=department,
        postcode=postcode,
        city=city[:100],
        category=values["categorie_libelle"][:100],
        legal_status=values["statut_juridique_lib"][:100],
        siret=siret,
        imported_at=timezone.now(),
    )


def _place(text: str) -> tuple[str, str]:
    """ "01440 VIRIAT" → postcode and town. Raises ValidationError."""
    match = re.fullmatch(r"([0-9]{5}) (.+)", text)
    if not match:
        raise ValidationError(_("Write postcode and town, for example: 01440 VIRIAT."))
    return match[1], match[2]


def _department(code: str, postcode: str) -> str:
    """The register's own code (9A for Guadeloupe, 9B …) → INSEE's. Raises ValidationError."""
    expected = department_of_postcode(postcode)
    if code == expected or re.fullmatch("9[A-J]", code):
        return expected
    raise ValidationError(
        _("The postcode %(postcode)s lies in department %(expected)s."),
        params={"postcode": postcode, "expected": expected},
    )
