"""What must hold of every answer: each function returns the violations it finds, as sentences.

They look at the engine through its one door and state the promises of
`docs/algorithms/allocation.md`; `test_properties.py` shows that each can fail.
"""

import itertools
import os
import random
import subprocess
import sys
from dataclasses import replace

from orders.allocation import solving
from orders.allocation.input import frozen
from orders.allocation.policy import Policy
from tests.allocation import rules


NOTHING = 0.02  # units: flows count in thousandths
PIECES = 10


def targets(book):
    """Units due per line id."""
    outcome = solving.solve(book.market())
    return dict(zip(outcome.line.tolist(), outcome.target.tolist(), strict=True))


def breaks_a_rule(book):
    """The shares keep every hard rule and add up to what the lines are said to receive."""
    market = book.market()
    outcome = solving.solve(market)
    found = rules.breaches(market, outcome.shares)
    for line, received in zip(outcome.line, outcome.received, strict=True):
        if outcome.shares.units[outcome.shares.line == line].sum() != received:
            found.append(f"line {line}: does not receive {received}")
    return found


def breaks_a_pack(book):
    """Every share is whole packs and at least the supplier's minimum."""
    offers = {each.id: each for each in book.offers}
    shares = solving.solve(book.market()).shares
    return [
        f"line {line} at offer {offer}: {units} units"
        for line, offer, units in zip(shares.line, shares.offer, shares.units, strict=True)
        if units % offers[offer].pack or units < max(1, offers[offer].min_order)
    ]


def depends_on_row_order(book):
    """The same rows in another order give the same bytes."""
    rng = random.Random(len(book.lines))
    shuffled = replace(
        book,
        offers=tuple(rng.sample(book.offers, len(book.offers))),
        lines=tuple(rng.sample(book.lines, len(book.lines))),
    )
    before, after = (frozen.digest(solving.solve(each.market())) for each in (book, shuffled))
    return [] if before == after else [f"{before}; shuffled {after}"]


def depends_on_the_process(seeds, bug="pass"):
    """A process with other hash values gives the same bytes; `bug` is run in it first."""
    program = f"""
from orders.allocation import market, solving
from orders.allocation.input import frozen
from tests.allocation.markets import equals_book, random_book
{bug}
for seed in {list(seeds)}:
    for book in random_book(seed, one_group=False), equals_book(seed):
        print(frozen.digest(solving.solve(book.market())))
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    pairs = zip(*(run.split() for run in runs), strict=True)
    return [f"{one} and {other}" for one, other in pairs if one != other]


def takes_when_stock_rises(book, offer, extra):
    """No target falls when one stock rises; holds where the policy sets no shares of it."""
    before = targets(book)
    stock = next(each.stock for each in book.offers if each.id == offer)
    after = targets(book.with_offer(offer, stock=stock + extra))
    return [
        f"line {line}: due {due}, then {after[line]}"
        for line, due in before.items()
        if after[line] < due - NOTHING
    ]


def depends_on_lower_tiers(book, tier):
    """Targets down to `tier` are the same without the lines below it."""
    upper = tuple(line for line in book.lines if line.tier <= tier)
    before, after = targets(book), targets(replace(book, lines=upper))
    return [
        f"line {line.id}: due {before[line.id]}, alone {after[line.id]}"
        for line in upper
        if abs(before[line.id] - after[line.id]) > NOTHING
    ]


def rewards_splitting(book, line):
    """Ten accounts that share the line's need and claim are due no more than the line alone.

    Holds with and without a cap of the buyer, as long as each account reaches the same offers and
    what was received before is divided like the need.
    """
    whole = next(each for each in book.lines if each.id == line)
    claims = _pieces(whole.wanted)
    needs = [(whole.need or whole.wanted) / PIECES] * PIECES
    pasts = [whole.past / PIECES] * PIECES
    return _gains(book, whole, zip(claims, needs, pasts, strict=True), targets(book)[line])


def exceeds_the_cap_by_cloning(book, line, cap):
    """Ten accounts that each claim the whole need are due no more than their buyer's cap."""
    whole = next(each for each in book.lines if each.id == line)
    alone = replace(whole, buyer=77)
    book = replace(book, policy=Policy(caps={(77, "masks"): cap}))
    clones = [(whole.wanted, whole.need or whole.wanted, whole.past)] * PIECES
    return _gains(book.with_line(line, buyer=77), alone, clones, cap)


def _pieces(wanted):
    """Ten uneven parts of a claim."""
    cuts = [wanted * part * (part + 1) // (PIECES * (PIECES + 1)) for part in range(PIECES + 1)]
    return [high - low for low, high in itertools.pairwise(cuts)]


def _gains(book, whole, pieces, most):
    others = tuple(each for each in book.lines if each.id != whole.id)
    accounts = tuple(
        replace(whole, id=whole.id + row, wanted=wanted, need=need, past=past, min_useful=0)
        for row, (wanted, need, past) in enumerate(pieces)
        if wanted
    )
    due = targets(replace(book, lines=others + accounts))
    total = sum(due[account.id] for account in accounts)
    return [f"line {whole.id}: due {most}, split {total}"] if total > most + NOTHING else []


def rewards_a_false_claim(book, line, claim):
    """With need fixed, no claim brings a line more that it can use.

    Nor does it change any target, as long as it stays above what the line is due. Holds where no
    floor, and for the other lines no cap of the same buyer, hangs on claims.
    """
    honest = next(each for each in book.lines if each.id == line)
    false = book.with_line(line, wanted=claim, need=honest.need or honest.wanted, min_useful=0)
    before, after = targets(book), targets(false)
    if min(after[line], honest.wanted) > before[line] + NOTHING:
        return [f"line {line}: due {before[line]}, with a claim of {claim} {after[line]}"]
    capped = any(buyer == honest.buyer for buyer, _ in book.policy.caps)
    if capped or before[line] > min(claim, honest.wanted) - 1:
        return []
    return [
        f"line {each}: due {units}, after the claim of line {line} {after[each]}"
        for each, units in before.items()
        if abs(after[each] - units) > NOTHING
    ]


def claims_untruly(book):
    """Counterfactuals that do not come true exactly when the market is changed and solved."""
    market = book.market()
    received = dict(zip(market.lines.id, solving.solve(market).received, strict=True))
    found = []
    for line in market.lines.id.tolist():
        promise = solving.counterfactual(market, line)
        if promise is None:
            continue
        stock = next(each.stock for each in book.offers if each.id == promise.offer)
        changed = book.with_offer(promise.offer, stock=stock + promise.extra_units).market()
        outcome = solving.solve(changed)
        would = int(outcome.received[outcome.line == line][0])
        if not received[line] < promise.would_receive == would:
            found.append(f"line {line}: {promise}, but it receives {would}")
    return found
