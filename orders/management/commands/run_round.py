from django.core.management.base import BaseCommand

from orders import rounds
from orders.enums import RoundTrigger


class Command(BaseCommand):
    help = "Open an allocation round as the clock would, and carry it through."

    def handle(self, *args, **options):
        round_ = rounds.open_round(trigger=RoundTrigger.SCHEDULE, by=None)
        if round_ is None:
            self.stdout.write("nothing to share out")
            return
        done = rounds.advance(round_.pk)
        self.stdout.write(
            f"round {done.pk}: {done.status}, {done.allocated_units} of {done.wanted_units} units"
        )
