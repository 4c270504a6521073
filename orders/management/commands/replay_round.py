import sys

from django.core.management.base import BaseCommand, CommandError

from orders import rounds
from orders.enums import GroupStatus
from orders.models import AllocationRound, RoundGroup


class Command(BaseCommand):
    help = (
        "Solve rounds again from their stored inputs and compare the fingerprints; nothing is "
        "changed. Exit 0: all equal, 1: a difference, 2: no such round, or nothing solved yet."
    )

    def add_arguments(self, parser):
        parser.add_argument("round", type=int, nargs="*")
        parser.add_argument("--all", action="store_true", help="every round that was solved")

    def handle(self, *args, **options):
        solved = RoundGroup.objects.filter(status=GroupStatus.SOLVED)
        known = solved.order_by("round").values_list("round", flat=True).distinct()
        wanted = list(known) if options["all"] else options["round"]
        if missing := set(wanted) - set(known):
            raise CommandError(f"nothing was solved in round {min(missing)}", returncode=2)
        if not wanted:
            raise CommandError("name a round, or --all", returncode=2)
        unequal = [round_ for round_ in wanted if not self._replay(round_)]
        if unequal:
            sys.exit(1)

    def _replay(self, number):
        round_ = AllocationRound.objects.get(pk=number)
        equal = True
        for group in round_.groups.filter(status=GroupStatus.SOLVED).iterator(chunk_size=1):
            same = rounds.replay(group)
            self.stdout.write(f"{'equal' if same else 'UNEQUAL'}: {group}")
            equal &= same
        self.stdout.write(f"round {number}: {'equal' if equal else 'UNEQUAL'}")
        return equal
