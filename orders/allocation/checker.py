"""An independent judge of the engine's answers.

It shares no code with the solver, only the data in `model.py`: a mistake there cannot hide here.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from orders.allocation.book import Book, least_units, mismatch
from orders.allocation.model import Line, Offer, Reason, Result, Snapshot


class Rule(StrEnum):
    """What an answer must keep to. The first nine are hard; the others are the promise."""

    UNKNOWN = "unknown"  # a row names a line or an offer that does not exist
    DUPLICATE = "duplicate"  # one row per line and offer
    ELIGIBILITY = "eligibility"  # product, place, date, price, pin
    PACK = "pack"  # a positive number of whole packs
    MIN_ORDER = "min_order"  # the offer's minimum
    STOCK = "stock"  # not more than there is
    CAP = "cap"  # not more of an offer than one buyer may take
    WANTED = "wanted"  # not more than asked for
    MIN_USEFUL = "min_useful"  # nothing, or enough to be of use
    WASTE = "waste"  # no unsold step that a line could take
    PRIORITY = "priority"  # no step held by a lower tier that a line could take
    FAIRNESS = "fairness"  # no step above target that a peer misses to its own
    TARGET = "target"  # levels agree among lines with the same offers, higher tiers first
    REASON = "reason"  # one reason per line, its numbers those of the shares


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule; `line` and `offer` are ids, None where the rule is about neither."""

    rule: Rule
    line: int | None
    offer: int | None
    detail: str


# Units; targets are rounded to thousandths.
TOLERANCE = 0.01


def verify(snapshot: Snapshot, result: Result) -> list[Violation]:
    """The broken rules; judged in turn until one breaks: hard rules, targets, reasons, promises.

    WASTE, PRIORITY and FAIRNESS look one step and one offer at a time. TARGET is necessary for
    exact targets, not sufficient: it looks at each offer, and at lines with the same offers.
    """
    known, found = _known_rows(snapshot, result)
    book = Book(snapshot, known)
    found += [*_row_rules(book), *_sum_rules(book)]
    for judge in (_target_rules, _reason_rules, _promises):
        if not found:
            found += judge(book, result)
    return found


def _known_rows(
    snapshot: Snapshot, result: Result
) -> tuple[dict[tuple[int, int], int], list[Violation]]:
    lines = {line.id for line in snapshot.lines}
    offers = {offer.id for offer in snapshot.offers}
    rows: dict[tuple[int, int], int] = {}
    found: list[Violation] = []
    for share in result.shares:
        pair = share.line, share.offer
        if share.line not in lines or share.offer not in offers:
            found.append(Violation(Rule.UNKNOWN, *pair, "no such line or offer"))
        elif pair in rows:
            found.append(Violation(Rule.DUPLICATE, *pair, "this pair has two rows"))
            rows[pair] += share.units
        else:
            rows[pair] = share.units
    return rows, found


def _row_rules(book: Book) -> Iterator[Violation]:
    for (line_id, offer_id), units in book.rows.items():
        line, offer = book.lines[line_id], book.offers[offer_id]
        if fault := mismatch(line, offer):
            yield Violation(Rule.ELIGIBILITY, line_id, offer_id, fault)
        if units <= 0 or units % offer.pack:
            detail = f"{units} units in packs of {offer.pack}"
            yield Violation(Rule.PACK, line_id, offer_id, detail)
        if units < offer.min_order:
            detail = f"{units} units, minimum {offer.min_order}"
            yield Violation(Rule.MIN_ORDER, line_id, offer_id, detail)


def _sum_rules(book: Book) -> Iterator[Violation]:
    for offer_id, sold in book.sold.items():
        if sold > (stock := book.offers[offer_id].stock):
            yield Violation(Rule.STOCK, None, offer_id, f"{sold} units of {stock}")
    for (buyer, offer_id), bought in book.bought.items():
        if 0 < (cap := book.offers[offer_id].max_per_buyer) < bought:
            detail = f"buyer {buyer}: {bought} units, limit {cap}"
            yield Violation(Rule.CAP, None, offer_id, detail)
    for line_id, got in book.got.items():
        line = book.lines[line_id]
        if got > line.wanted:
            yield Violation(Rule.WANTED, line_id, None, f"{got} units, {line.wanted} wanted")
        if got < line.min_useful:
            detail = f"{got} units, useful from {line.min_useful}"
            yield Violation(Rule.MIN_USEFUL, line_id, None, detail)


def _target_rules(book: Book, result: Result) -> Iterator[Violation]:
    for stray in sorted(result.targets.keys() ^ book.lines.keys()):
        yield Violation(Rule.TARGET, stray, None, "one target per line, no other")
        return
    alike: dict[frozenset[int], list[Line]] = defaultdict(list)
    for line in book.lines.values():
        target, offers = result.targets[line.id], book.choices(line)
        if not 0 <= target <= line.wanted or (target and not offers):
            yield Violation(Rule.TARGET, line.id, None, f"{target} of {line.wanted} wanted")
        alike[frozenset(offer.id for offer in offers)].append(line)
    yield from _spent(book, alike, result.targets)
    for ids, lines in alike.items():
        if not any(book.offers[key].max_per_buyer for key in ids):
            yield from _same_water(lines, result.targets)


def _spent(
    book: Book, alike: dict[frozenset[int], list[Line]], targets: dict[int, float]
) -> Iterator[Violation]:
    """An uncapped offer that a short line could draw on is due to somebody, all of it.

    And lines with the same offers are not due more than these hold.
    """
    due: dict[int, float] = defaultdict(float)
    short: dict[int, Line] = {}
    for ids, lines in alike.items():
        together = sum(targets[line.id] for line in lines)
        if together > sum(book.usable(key) for key in ids) + TOLERANCE * len(lines):
            yield Violation(Rule.TARGET, lines[0].id, None, f"{together} units due, not there")
        for line in lines:
            for key in ids:
                due[key] += targets[line.id]
                if targets[line.id] < line.wanted - TOLERANCE:
                    short[key] = line
    for key, line in short.items():
        slack = TOLERANCE * len(book.lines)
        if not book.offers[key].max_per_buyer and due[key] < book.usable(key) - slack:
            yield Violation(Rule.TARGET, line.id, key, "short though the offer is not all due")


def _same_water(lines: list[Line], targets: dict[int, float]) -> Iterator[Violation]:
    """Lines with the same offers: nobody stands above one that is not full, tiers first."""
    short = [line for line in lines if targets[line.id] < line.wanted - TOLERANCE]
    if not short:
        return
    last = min(short, key=lambda line: (line.tier, targets[line.id] / line.need))
    level = targets[last.id] / last.need
    for line in lines:
        fair = level * line.need if line.tier == last.tier else 0.0
        slack = TOLERANCE * (1 + line.need / last.need)
        if line.tier >= last.tier and targets[line.id] > fair + slack:
            detail = f"target {targets[line.id]} while line {last.id} stands lower"
            yield Violation(Rule.TARGET, line.id, None, detail)


def _reason_rules(book: Book, result: Result) -> Iterator[Violation]:
    if sorted(reason.line for reason in result.reasons) != sorted(book.lines):
        yield Violation(Rule.REASON, None, None, "one reason per line, no other")
        return
    for reason in result.reasons:
        if wrong := _wrong_number(book, result, reason):
            yield Violation(Rule.REASON, reason.line, None, f"wrong {wrong}")


def _wrong_number(book: Book, result: Result, reason: Reason) -> str:
    line, got = book.lines[reason.line], book.got[reason.line]
    expected = {
        "asked": (reason.asked, line.wanted),
        "need": (reason.need, line.need),
        "received": (reason.received, got),
        "target": (reason.target, result.targets[line.id]),
        "level": (reason.level, got / line.need),
        "limit": (reason.limit == "none", got == line.wanted),
    }
    return next((name for name, (said, true) in expected.items() if said != true), "")


def _promises(book: Book, result: Result) -> Iterator[Violation]:
    for line in book.lines.values():
        if book.got[line.id] == line.wanted:
            continue
        for offer in book.choices(line):
            step = book.step(line, offer)
            if step <= line.wanted - book.got[line.id]:
                yield from _promises_on(book, result, line, offer)


def _promises_on(book: Book, result: Result, line: Line, offer: Offer) -> Iterator[Violation]:
    step, left, room = book.step(line, offer), book.left(offer), book.cap_room(line, offer)
    if step <= min(left, room):
        yield Violation(Rule.WASTE, line.id, offer.id, f"{left} units unsold, step {step}")
        return
    lower = [key for key in book.holders[offer.id] if book.lines[key].tier > line.tier]
    held = sum(book.rows[key, offer.id] for key in lower)
    own = sum(book.rows[key, offer.id] for key in lower if book.lines[key].buyer == line.buyer)
    if lower and step <= min(left + held, room + own):
        detail = f"lower tiers hold {held} units, step {step}"
        yield Violation(Rule.PRIORITY, line.id, offer.id, detail)
    if result.targets[line.id] - book.got[line.id] > step:
        for key in book.holders[offer.id]:
            if _should_give(book, result, line, offer, book.lines[key]):
                detail = f"line {key} holds a step above its target, this one misses one"
                yield Violation(Rule.FAIRNESS, line.id, offer.id, detail)


def _should_give(book: Book, result: Result, line: Line, offer: Offer, other: Line) -> bool:
    """Whether a peer more than a step above its target could hand over what the line lacks."""
    step = book.step(line, offer)
    units = max(0, step - book.left(offer))
    rest = book.rows[other.id, offer.id] - units
    total = book.got[other.id] - units
    freed = units if other.buyer == line.buyer else 0
    return (
        other.tier == line.tier
        and book.got[other.id] - result.targets[other.id] > step
        and (rest == 0 or rest >= least_units(offer))
        and (total == 0 or total >= other.min_useful)
        and step <= book.cap_room(line, offer) + freed
    )
