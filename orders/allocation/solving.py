"""The engine's one door: a market in; whole packs, exact targets and reasons out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from orders.allocation.errors import InfeasibleFloors
from orders.allocation.market import NO_LIMIT, NONE, IntArray, Market
from orders.allocation.outcome import Counterfactual, Flow, Limit, Outcome, Parts, Shares
from orders.allocation.packs import packing
from orders.allocation.reasons import explaining
from orders.allocation.targets import fairness


Progress = Callable[[int, int, str], None]

# A counterfactual is tried with at most this many amounts of further stock.
TRIES = 5
SCARCE = (Limit.SUPPLY, Limit.TIER, Limit.PAST)


def solve(market: Market, progress: Progress | None = None) -> Outcome:
    """Share the market's stock: whole packs near the fair targets, with reasons.

    Deterministic: equal markets give equal outcomes. `progress(done, all, group)` is called after
    each substitution group. Raises `InfeasibleFloors`.
    """
    groups = list(market.split())
    outcomes: list[Outcome] = []
    factors: dict[str, float] = {}
    for done, group in enumerate(groups, 1):
        try:
            outcomes.append(solve_group(group))
        except InfeasibleFloors as error:
            factors |= error.factors
        if progress:
            progress(done, len(groups), group.groups[group.line_group[0]])
    if factors:
        raise InfeasibleFloors(factors)
    return merge(outcomes)


def solve_group(market: Market, before: Outcome | None = None) -> Outcome:
    """The same for a market of one group, as `Market.split` gives it.

    After a withdrawal, a refusal or a cancellation, `before` is the outcome until then: the
    targets are found anew and exactly, and of the packs only those move that have to.
    """
    fair = fairness.find_fair(market)
    return explaining.explain(market, fair, packing.share_out(market, fair, before))


def merge(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome of a whole market from those of its groups, in the groups' order."""
    found = list(outcomes)
    if not found:
        return _nothing()
    first_part = np.cumsum([0] + [len(each.parts.tier) for each in found])
    part = np.concatenate(
        [
            np.where(each.part == NONE, NONE, each.part + first)
            for each, first in zip(found, first_part, strict=False)
        ]
    )
    order = np.argsort(np.concatenate([each.line for each in found]), kind="stable")
    columns = {
        name: np.concatenate([getattr(each, name) for each in found])[order]
        for name in ("line", "target", "received", "limit", "reachable", "peers", "peer_fill")
    }
    return Outcome(
        shares=_by_line(Shares, [each.shares for each in found]),
        part=part[order],
        parts=Parts(**_joined([each.parts for each in found])),
        flow=_by_line(Flow, [each.flow for each in found]),
        **columns,
    )


def _joined(tables: Sequence[Shares | Flow | Parts]) -> dict[str, Any]:
    return {
        each.name: np.concatenate([getattr(table, each.name) for table in tables])
        for each in fields(tables[0])
    }


Rows = TypeVar("Rows", Shares, Flow)


def _by_line(kind: type[Rows], tables: Sequence[Rows]) -> Rows:
    columns = _joined(tables)
    order = np.lexsort((columns["offer"], columns["line"]))
    return kind(**{name: column[order] for name, column in columns.items()})


def _nothing() -> Outcome:
    whole, decimal = np.zeros(0, np.int64), np.zeros(0)
    return Outcome(
        shares=Shares(whole, whole, whole),
        line=whole,
        target=decimal,
        received=whole,
        limit=np.zeros(0, np.int8),
        reachable=whole,
        peers=whole,
        peer_fill=decimal,
        part=whole,
        parts=Parts(whole, decimal, whole, whole, decimal),
        flow=Flow(whole, whole, decimal),
    )


def counterfactual(
    market: Market, line_id: int, outcome: Outcome | None = None
) -> Counterfactual | None:
    """How much more stock of the line's first choice would have brought it more, and how much.

    True because it is tried: the line's group is solved again with more of that one offer.
    `outcome`, if at hand, is that group's. None if the line lacks nothing, if supply is not its
    limit, or if no amount tried brought more.
    """
    group = next((each for each in market.split() if line_id in each.lines.id), None)
    if group is None:
        return None
    before = outcome or solve_group(group)
    line = int(np.searchsorted(group.lines.id, line_id))
    offer = _first_choice(group, line)
    if offer == NONE or before.limit[line] not in SCARCE:
        return None
    received = int(before.received[line])
    for extra in _amounts(group, before, line, offer):
        would = int(solve_group(with_more(group, offer, extra)).received[line])
        if would > received:
            return Counterfactual(int(group.offers.id[offer]), extra, would)
    return None


def with_more(market: Market, offer: int, extra: int) -> Market:
    """The same market with `extra` more units in stock of the offer at this position."""
    stock = market.offers.stock.copy()
    stock[offer] += extra
    return replace(market, offers=replace(market.offers, stock=stock))


def _first_choice(market: Market, line: int) -> int:
    """The eligible offer that the line likes best: by its wish, then cost, then id; or NONE."""
    offers = np.arange(len(market.offers))
    fine = offers[market.eligible(np.full(len(offers), line), offers)]
    if not len(fine):
        return NONE
    wish = market.wishes[market.lines.wish[line]]
    liking = np.array([wish.index(product) for product in market.offers.product[fine]])
    limited = market.buyer_limit[fine] < NO_LIMIT
    cost = market.unit_cost(fine, np.full(len(fine), market.lines.place[line]))
    return int(fine[np.lexsort((fine, cost, limited, liking))[0]])


def _amounts(market: Market, before: Outcome, line: int, offer: int) -> Iterable[int]:
    """Stocks to try: a step for the line alone, then what its peers would share as well."""
    step, pack = int(market.first_step[offer]), int(market.offers.pack[offer])
    peers = np.flatnonzero(
        (before.part == before.part[line])
        & (market.lines.tier == market.lines.tier[line])
        & (before.received < market.lines.wanted)
    )
    shared = step * float(market.lines.need[peers].sum() / market.lines.need[line])
    fair = max(step, -int(-shared // pack) * pack)
    amounts: IntArray = np.unique([step, -(-fair // (2 * pack)) * pack, fair, 2 * fair, 4 * fair])
    return (int(amount) for amount in amounts[:TRIES])
