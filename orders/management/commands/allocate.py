from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from orders.allocation import checking
from orders.allocation.checking import Rule
from orders.allocation.errors import InvalidMarket
from orders.allocation.files import writing
from orders.allocation.files.reading import read_market
from orders.allocation.input.notices import notices
from orders.allocation.solving import solve


WRONG, REFUSED = 1, 2
# Promises about whole packs: told when missed, but no reason to withhold the answer.
PROMISES = frozenset({Rule.WASTE, Rule.PRIORITY, Rule.FAIRNESS})
BAR = 30
CLEAR = "\r\x1b[K"
WRITERS = {
    "out": writing.allocations,
    "targets": writing.targets,
    "fractional": writing.fractional,
    "reasons": writing.reasons,
}


class Command(BaseCommand):
    help = (
        "Share out the instance in a folder of CSV files, without a database. "
        "Exit code 0: done, all files written. 2: the input or an option is refused, the message "
        "names file, line and column. 1: the answer failed its check, or a defect. "
        "Unless it is 0 no file is written or changed."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, metavar="DIR", help="the instance")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="allocations")
        parser.add_argument("--targets", type=Path, metavar="FILE", help="due before packs")
        parser.add_argument("--fractional", type=Path, metavar="FILE", help="proof of the targets")
        parser.add_argument("--reasons", type=Path, metavar="FILE", help="what limited each line")
        parser.add_argument("--policy", type=Path, metavar="FILE", help="rules, JSON")
        parser.add_argument("--seed", default="1", metavar="TEXT", help="decides ties; default 1")

    def handle(self, *args, **options):
        files = {name: options[name] for name in WRITERS if options[name]}
        try:
            _refuse_places(list(files.values()))
            self._phase(f"reading {options['folder']}")
            market = read_market(
                options["folder"], seed=options["seed"], policy_file=options["policy"]
            )
            for notice in notices(market):
                self._phase(f"note: {notice}")
            self._phase(f"sharing out {len(market.offers)} offers to {len(market.lines)} lines")
            outcome = solve(market, progress=self._progress)
        except InvalidMarket as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        self._check(market, outcome)
        self._phase("writing")
        try:
            writing.write_all({path: WRITERS[name](outcome) for name, path in files.items()})
        except OSError as error:
            raise CommandError(f"cannot write: {error}", returncode=REFUSED) from error
        self.stdout.write(
            f"{outcome.received.sum()} of {market.lines.wanted.sum()} units to "
            f"{(outcome.received > 0).sum()} of {len(market.lines)} lines"
        )

    def _check(self, market, outcome):
        self._phase("checking")
        found = checking.verify(market, outcome)
        for each in found:
            self._phase(f"{each.rule}: line {each.line}, offer {each.offer}: {each.detail}")
        if any(each.rule not in PROMISES for each in found):
            raise CommandError("the answer broke a rule; nothing is written", returncode=WRONG)

    def _phase(self, text):
        self.stderr.write(text, style_func=str)

    def _progress(self, done, groups, name):
        """A bar on a terminal; silence elsewhere, where a log wants no moving picture."""
        if not self.stderr.isatty():
            return
        bar = "#" * (BAR * done // groups)
        line = f"{CLEAR}[{bar:<{BAR}}] {done} of {groups} groups: {name}"
        self.stderr.write(line if done < groups else CLEAR, style_func=str, ending="")
        self.stderr.flush()


def _refuse_places(paths):
    """Whether the answer has somewhere to go is asked before the work, not after."""
    for path in paths:
        if not path.parent.is_dir() or (path.exists() and not path.is_file()):
            raise CommandError(f"{path}: no such place for a file", returncode=REFUSED)
        if [each.resolve() for each in paths].count(path.resolve()) > 1:
            raise CommandError(f"{path}: named for two answers", returncode=REFUSED)
