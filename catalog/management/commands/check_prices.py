from argparse import RawDescriptionHelpFormatter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from catalog import reference
from catalog.price_vectors import BadRows, judge_file


REFUSED = 2


class Command(BaseCommand):
    help = """\
Hold the prices in a CSV file against the law of the day in each row; nothing is stored.

Columns, in any order, further ones are kept:
  date           2020-03-10 or 10/03/2020
  product_kind   GEL, MASK_EN14683, MASK_EN149, MASK_UNS or OTHER
  container_ml   volume of one container; may be empty for all but gel
  dispenser      empty or none, elbow_lever, sachet, pharmacy, pharmacy_bulk
  buyer_role     END_USER (a hospital, too) or RESELLER
  price_eur      price of one unit or container, comma or point before the decimals
  tax_basis      TTC (including VAT) or HT (excluding VAT)
Comma, semicolon or tab between cells; UTF-8 or Windows-1252.

Written to the standard output: the same rows with verdict (PASS or FAIL), max_price_eur (the
highest legal price on the row's own tax basis; empty where the law sets none; a point before the
decimals) and rule (the legal texts).

The rules are those of 2020 in catalog/data: no database is needed. --database takes the rules
that the ministry keeps in the admin instead; it only reads.

Exit code 0: every row was judged, whatever the verdicts. 2: the file or a row cannot be read;
each row and column is named, and nothing is written."""
    requires_system_checks = []

    def create_parser(self, prog_name, subcommand, **kwargs):
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write it here as well")
        parser.add_argument(
            "--database", action="store_true", help="judge by the rules in the database"
        )

    def handle(self, *args, **options):
        written = None if options["database"] else reference.written_law()
        try:
            table = judge_file(options["file"].read_bytes(), written=written)
            if options["out"]:
                options["out"].write_text(table, encoding="utf-8", newline="")
        except (BadRows, OSError) as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        except OperationalError as error:
            raise CommandError(
                f"the database cannot be read ({error}); leave --database out to judge by the law "
                "of 2020",
                returncode=REFUSED,
            ) from error
        self.stdout.write(table, ending="")
