from django.core.management.base import BaseCommand, CommandError

from catalog import audit


class Command(BaseCommand):
    help = "Compares the stock counters and lots of every offer with its ledger; repairs nothing."

    def handle(self, *args, **options):
        found = list(audit.faults())
        for fault in found:
            self.stderr.write(fault)
        if found:
            raise CommandError(f"{len(found)} faults between ledger, counters and lots")
        self.stdout.write("Every ledger sums up to its counters and lots.")
