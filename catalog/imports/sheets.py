"""Excel files, unpacked into CSV by a process that may be lost (`catalog.imports.unpacking`)."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _, gettext_lazy

from core.errors import DomainError


PROGRAM = Path(__file__).with_name("unpacking.py")
SECONDS = 120
ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
REASONS = {
    "PASSWORD": gettext_lazy(
        "This file is protected by a password. Save it without one, then hand it in again."
    ),
    "OLD_FORMAT": gettext_lazy(
        "This is the old Excel format (.xls). Save it as .xlsx or as “CSV UTF-8”."
    ),
    "OTHER_FORMAT": gettext_lazy("This is no Excel file. Save it as .xlsx or as “CSV UTF-8”."),
    "MACROS": gettext_lazy("This file contains macros. Save it as .xlsx, which has none."),
    "NO_SHEET": gettext_lazy("No sheet of this file is visible. Show the sheet and save again."),
    "BROKEN": gettext_lazy(
        "This Excel file is damaged. Open it, save it again as .xlsx, and hand that in."
    ),
    "TOO_LARGE": gettext_lazy(
        "Unpacked, this file is far larger than a list of offers. Copy the rows into the "
        "template, or save them as “CSV UTF-8”."
    ),
}


def is_sheet(file: BinaryIO) -> bool:
    """Whether the first bytes are those of an office file; the name proves nothing."""
    file.seek(0)
    return file.read(4) in {ZIP, OLD_OFFICE}


@contextmanager
def unpacked(file: BinaryIO) -> Iterator[BinaryIO]:
    """The first visible sheet as CSV, numbered as in the spreadsheet, gone afterwards.

    Formulas count with the value that they had. Raises DomainError saying what to do instead.
    """
    file.seek(0)
    with tempfile.TemporaryFile() as out:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, no shell
                [sys.executable, "-I", str(PROGRAM)],
                stdin=file,
                stdout=out,
                stderr=subprocess.PIPE,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DomainError(str(REASONS["TOO_LARGE"])) from None
        if done.returncode:
            raise _refusal(done.returncode, done.stderr.decode(errors="replace"))
        yield out


def _refusal(code: int, said: str) -> DomainError:
    word, *facts = (said.split("\n")[-2:][0] if said.endswith("\n") else "").split() or [""]
    if word == "MERGED":
        return DomainError(
            _("Cells are merged in row %(row)s: unmerge them, one row per offer.")
            % {"row": facts[0]}
        )
    if word == "TOO_WIDE":
        return DomainError(
            _(
                "This sheet reaches to row %(rows)s and column %(columns)s. Delete what lies "
                "outside the list, or copy the list into the template."
            )
            % {"rows": facts[0], "columns": facts[1]}
        )
    lost = code < 0 or word not in REASONS  # killed by its limits
    return DomainError(str(REASONS["TOO_LARGE" if lost else word]))
