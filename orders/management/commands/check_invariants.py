import sys

from django.core.management.base import BaseCommand

from orders.invariants import violations


class Command(BaseCommand):
    help = "Compare ledger, counters, reservations and counts; exit 1 on any difference."

    def handle(self, *args, **options):
        found = list(violations())
        for each in found:
            self.stdout.write(each)
        self.stdout.write(f"{len(found)} difference(s)")
        if found:
            sys.exit(1)
