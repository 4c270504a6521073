from django.core.management.base import BaseCommand, CommandError

from journal import sealing
from journal.models import Event, Seal


class Command(BaseCommand):
    """Compares the journal with its seals and names each event that was changed since."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--head",
            default="",
            help="a digest that journal_head printed earlier: shows a tail that was cut off",
        )

    def handle(self, *args, **options):
        faults = list(sealing.inspect(options["head"]))
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} fault(s) in the journal.")
        self.stdout.write(
            f"{Event.objects.count()} events under {Seal.objects.count()} seals: intact."
        )
