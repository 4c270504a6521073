from django.core.management.base import BaseCommand, CommandError

from catalog import stock


class Command(BaseCommand):
    help = "Compares the stock counters of every offer with its ledger; repairs nothing."

    def handle(self, *args, **options):
        found = stock.differences()
        for difference in found:
            self.stderr.write(str(difference))
        if found:
            raise CommandError(f"{len(found)} offers whose ledger and counters disagree")
        self.stdout.write("Every ledger sums up to its counters.")
