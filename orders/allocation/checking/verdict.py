"""The whole judgement, rule by rule."""

import numpy as np

from orders.allocation.checking.accounts import Expected, judge_reasons, misshapen
from orders.allocation.checking.certificate import judge_targets
from orders.allocation.checking.claims import Claims
from orders.allocation.checking.group import groups_of
from orders.allocation.checking.hard import judge_shares
from orders.allocation.checking.promises import judge_promises
from orders.allocation.checking.rules import Findings, Place, Rule, Violation
from orders.allocation.checking.terms import Rows, Terms, located, terms_of
from orders.allocation.market import Market
from orders.allocation.outcome import Outcome


# Units between the flow of a line and its target, which is told in whole thousandths.
TOLD = 0.0015


def verify(market: Market, outcome: Outcome) -> list[Violation]:
    """The broken rules; judged in turn until one breaks: hard rules, targets, reasons, promises.

    At most 20 violations of a rule are told, then how many more there are.
    """
    found = Findings()
    if misshapen(market, outcome):
        found.add(
            Rule.REASON, np.zeros(1, np.int64), lambda _: (None, None, "not the lines asked")
        )
        return found.listed()
    terms = terms_of(market)
    rows = judge_shares(terms, outcome.shares, found)
    flow = _flow(terms, outcome, found)
    if not found:
        _judge_groups(terms, outcome, rows, flow, found)
    return found.listed()


def _flow(terms: Terms, outcome: Outcome, found: Findings) -> Rows[np.float64]:
    """The flow by position; lines whose target is not what flows to them are named."""
    lines, offers, flow = terms.market.lines.id, terms.market.offers.id, outcome.flow
    line, line_there = located(lines, flow.line)
    offer, offer_there = located(offers, flow.offer)

    def stranger(at: int) -> Place:
        return int(flow.line[at]), int(flow.offer[at]), "flow of no such line or offer"

    fine = line_there & offer_there
    found.add(Rule.TARGET, np.flatnonzero(~fine), stranger)
    rows = Rows(line[fine], offer[fine], flow.units[fine])
    total = np.bincount(rows.line, weights=rows.units, minlength=len(lines))

    def differing(at: int) -> Place:
        return int(lines[at]), None, f"target {outcome.target[at]}, flow of {total[at]:.4f}"

    wrong = ~(np.abs(total - outcome.target) <= TOLD)
    found.add(Rule.TARGET, np.flatnonzero(wrong), differing)
    return rows


def _judge_groups(
    terms: Terms, outcome: Outcome, rows: Rows[np.int64], flow: Rows[np.float64], found: Findings
) -> None:
    """Targets, then reasons, then promises."""
    expected = Expected(terms.market, rows)
    groups = [(group, Claims(group, expected.count(group))) for group in groups_of(terms)]
    for group, claims in groups:
        judge_targets(group, claims, group.rows_of(flow), found)
    if not found:
        judge_reasons(terms.market, outcome, expected, found)
    if not found:
        for group, claims in groups:
            target = outcome.target[group.lines]
            judge_promises(group, claims, group.rows_of(rows), target, found)
