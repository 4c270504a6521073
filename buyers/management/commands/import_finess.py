import csv
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from buyers.register import COLUMNS, load


class Command(BaseCommand):
    """Load an extract of the FINESS register (CSV in UTF-8, comma or semicolon, Licence Ouverte).

    Every row that is right is loaded; the others are listed with row, column, value and remedy on
    the error output, and the exit code is 1. The same file twice changes nothing.
    """

    help = "Load an extract of the public register of health establishments (FINESS)."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, help="CSV with the columns " + ", ".join(COLUMNS))

    def handle(self, *args, **options):
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file:
                report = load(self._rows(file), progress=self._progress)
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be read: %(reason)s.")
                % {"file": options["file"], "reason": error.strerror}
            ) from None
        except UnicodeDecodeError:
            raise CommandError(
                _("This file is not in UTF-8: save it again as “CSV UTF-8”.")
            ) from None
        self._end_progress()
        for error in report.errors:
            self.stderr.write(_("row %(row)s, %(column)s “%(value)s”: %(remedy)s") % vars(error))
        self.stdout.write(
            _("%(new)s new, %(changed)s changed, %(unchanged)s unchanged, %(refused)s refused")
            % {**vars(report), "refused": len(report.errors)}
        )
        if report.errors:
            raise CommandError(
                _("%(count)s rows were left out, the others loaded. Correct them and run again.")
                % {"count": len(report.errors)}
            )

    def _rows(self, file):
        header = file.readline()
        file.seek(0)
        rows = csv.DictReader(file, delimiter=";" if ";" in header else ",")
        absent = [name for name in COLUMNS if name not in (rows.fieldnames or [])]
        if absent:
            raise CommandError(
                _("These columns are missing: %(names)s.") % {"names": ", ".join(absent)}
            )
        return rows

    def _progress(self, report):
        if self.stderr.isatty():
            self.stderr.write("\r" + _("%(count)s rows read") % {"count": report.read}, ending="")

    def _end_progress(self):
        if self.stderr.isatty():
            self.stderr.write("")
