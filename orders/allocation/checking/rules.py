"""What an answer must keep to, and how a breach is told."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from orders.allocation.market import IntArray


class Rule(StrEnum):
    """The first ten are hard, and TARGET is proved; the last three are promises on whole packs."""

    UNKNOWN = "unknown"  # a row names a line or an offer that does not exist
    DUPLICATE = "duplicate"  # one row per line and offer
    ELIGIBILITY = "eligibility"  # product, place, price, date, pin
    PACK = "pack"  # a positive number of whole packs
    MIN_ORDER = "min_order"  # the offer's minimum
    STOCK = "stock"  # not more than there is, after what is held back
    CAP = "cap"  # not more of an offer than one buyer may take
    ENTITY_CAP = "entity_cap"  # not more of a group than the policy lets one buyer take
    WANTED = "wanted"  # not more than asked for
    MIN_USEFUL = "min_useful"  # nothing, or enough to be of use
    TARGET = "target"  # the exact shares are feasible, and no exchange would be fairer
    REASON = "reason"  # the numbers of each line are those of the shares and the market
    WASTE = "waste"  # no unsold step that a line could take
    PRIORITY = "priority"  # no step held by a lower tier that a line could take
    FAIRNESS = "fairness"  # no step above target that a peer misses to its own


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule; `line` and `offer` are ids, None where the rule is about neither."""

    rule: Rule
    line: int | None
    offer: int | None
    detail: str


Place = tuple[int | None, int | None, str]

SHOWN = 20


class Findings:
    """Breaches by rule: the first `SHOWN` of each in words, the others counted."""

    def __init__(self) -> None:
        self._told: list[Violation] = []
        self._count: Counter[Rule] = Counter()

    def __len__(self) -> int:
        return self._count.total()

    def add(self, rule: Rule, rows: IntArray, tell: Callable[[int], Place]) -> None:
        """Each of `rows` breaks the rule; `tell` gives line id, offer id and detail of a row."""
        room = max(0, SHOWN - self._count[rule])
        self._told += [Violation(rule, *tell(int(row))) for row in rows[:room]]
        self._count[rule] += len(rows)

    def listed(self) -> list[Violation]:
        """In the order of `Rule`; a last row says how many of a rule are not shown."""
        more = [
            Violation(rule, None, None, f"and {count - SHOWN} more of {count}")
            for rule, count in self._count.items()
            if count > SHOWN
        ]
        order = list(Rule)
        return sorted(self._told + more, key=lambda each: order.index(each.rule))
