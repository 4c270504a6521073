"""An outcome in the figures that people read, small enough to keep beside it.

Plain dicts, lists and numbers, ready for JSON. All but `least` are sums, so the figures of
several groups are those of each added up: `combine`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from orders.allocation.market import NONE, BoolArray, FloatArray, IntArray, Market
from orders.allocation.outcome import Limit, Outcome
from orders.allocation.targets.fairness import belongs


Figures = dict[str, Any]

STEPS = 20
"""Columns of a distribution between nothing and the whole need."""
BINS = STEPS + 2
"""And one for nothing at all, one for more than the need."""


def summarise(
    market: Market,
    outcome: Outcome,
    also: Mapping[str, tuple[Sequence[str], IntArray]] | None = None,
) -> Figures:
    """The figures of an outcome. `also`: further breakdowns, a name to codes and line positions.

    Every breakdown (`tiers`, `places`, those of `also`) is keyed by code and holds `lines`, those
    `served` at all and in `full`, and units `wanted`, `received` and due (`target`). A tier holds
    besides, of lines that any offer may serve: their number (`open`), the `least` of their levels,
    and how the levels are spread: `short` counts lines that could have used more, `satisfied` the
    others, by `BINS`. `compared` counts the short lines of groups in which they have anything,
    `even` is Jain's index of their levels times that. Money is in euros, stock in units.
    """
    rows = _columns(market, outcome)
    lines = market.lines
    numbers, tier = np.unique(lines.tier, return_inverse=True)
    figures: Figures = {
        **_totals(rows),
        "split": int((np.bincount(np.searchsorted(lines.id, outcome.shares.line)) > 1).sum()),
        "distance": round(float(np.abs(outcome.received - outcome.target).sum()), 3),
        "cost_eur": _cost(market, outcome),
        "stock": _stock(market, outcome),
        "nothing": _nothing(outcome),
        "tiers": _by([str(number) for number in numbers], tier, rows),
        "places": _by(market.places.code, lines.place, rows),
        "floors": _floors(market, outcome),
        "reserves": _reserves(market, outcome),
    }
    for number, found in _levels(market, outcome, tier, len(numbers)):
        figures["tiers"][str(numbers[number])] |= found
    for name, (codes, of_line) in (also or {}).items():
        figures[name] = _by(codes, of_line, rows)
    return figures


def combine(summaries: Iterable[Figures]) -> Figures:
    """The figures of several groups together; {} of none."""
    return reduce(_added, summaries, {})


def evenness(tier: Figures) -> float | None:
    """How equal the lines of a tier are that could have used more, 1 where their levels are equal.

    The mean over groups, weighted by lines, of Jain's index of the levels; a level beyond the
    whole need counts as that. None where there is nothing to compare. Jain, Chiu & Hawe, "A
    quantitative measure of fairness and discrimination" (1984).
    """
    return tier["even"] / tier["compared"] if tier["compared"] else None


def _columns(market: Market, outcome: Outcome) -> dict[str, FloatArray | IntArray | BoolArray]:
    received, wanted = outcome.received, market.lines.wanted
    return {
        "lines": np.ones(len(wanted), np.int64),
        "served": received > 0,
        "full": received >= wanted,
        "wanted": wanted,
        "received": received,
        "target": outcome.target,
    }


def _totals(rows: Mapping[str, Any]) -> Figures:
    return {name: _plain(name, column.sum()) for name, column in rows.items()}


def _by(codes: Sequence[str], of_line: IntArray, rows: Mapping[str, Any]) -> Figures:
    sums = {name: np.bincount(of_line, column, len(codes)) for name, column in rows.items()}
    return {
        codes[row]: {name: _plain(name, column[row]) for name, column in sums.items()}
        for row in np.unique(of_line)
    }


def _plain(name: str, value: float) -> int | float:
    return round(float(value), 3) if name == "target" else int(value)


def _cost(market: Market, outcome: Outcome) -> float:
    shares = outcome.shares
    offer = np.searchsorted(market.offers.id, shares.offer)
    place = market.lines.place[np.searchsorted(market.lines.id, shares.line)]
    micro = market.unit_cost(offer, place).astype(np.float64) * shares.units
    return round(float(micro.sum()) / 1_000_000, 6)


def _stock(market: Market, outcome: Outcome) -> Figures:
    """`before` = `held_back` + `unsellable` (less than a pack or minimum) + `shared` + `left`."""
    offers = market.offers
    packed = offers.stock // offers.pack * offers.pack
    sold = market.usable * market.on_sale
    shared = int(outcome.shares.units.sum())
    return {
        "offers": len(offers),
        "before": int(offers.stock.sum()),
        "held_back": int((packed - market.usable).sum()),
        "unsellable": int((offers.stock - packed).sum() + market.usable.sum() - sold.sum()),
        "shared": shared,
        "left": int(sold.sum()) - shared,
    }


def _nothing(outcome: Outcome) -> Figures:
    """Lines that received nothing, by what kept them from it."""
    limits = outcome.limit[outcome.received == 0]
    return {Limit(each).name: int(count) for each, count in _counts(limits)}


def _counts(values: Any) -> Iterable[tuple[int, int]]:  # noqa: ANN401 - any array of numbers
    return zip(*(each.tolist() for each in np.unique(values, return_counts=True)), strict=True)


def _levels(
    market: Market, outcome: Outcome, tier: IntArray, tiers: int
) -> Iterable[tuple[int, Figures]]:
    lines = market.lines
    opened = outcome.part != NONE
    level = (lines.past + outcome.received) / lines.need
    bins = np.clip(np.ceil(np.round(level * STEPS, 6)), 0, BINS - 1).astype(np.int64)
    satisfied = outcome.received >= lines.wanted
    for number in range(tiers):
        own = opened & (tier == number)
        found = level[own]
        yield (
            number,
            {
                "open": int(own.sum()),
                "least": float(found.min()) if len(found) else None,
                **_compared(np.minimum(level[own & ~satisfied], 1.0)),
                "short": np.bincount(bins[own & ~satisfied], minlength=BINS).tolist(),
                "satisfied": np.bincount(bins[own & satisfied], minlength=BINS).tolist(),
            },
        )


def _compared(level: FloatArray) -> Figures:
    squares = float((level**2).sum())
    if not squares:
        return {"compared": 0, "even": 0.0}
    return {"compared": len(level), "even": float(level.sum()) ** 2 / squares}


def _floors(market: Market, outcome: Outcome) -> Figures:
    """By position from 1: lines that a floor is for, and those that whole packs left below it."""
    found = {}
    for position, floor in enumerate(market.policy.floors, 1):
        own = belongs(market, floor.who) & (outcome.part != NONE)
        promised = float(floor.fraction) * market.lines.wanted
        below = own & (outcome.received < np.floor(promised))
        found[str(position)] = {
            "lines": int(own.sum()),
            "below": int(below.sum()),
            "promised": round(float(promised[own].sum()), 3),
            "received": int(outcome.received[own].sum()),
        }
    return found


def _reserves(market: Market, outcome: Outcome) -> Figures:
    """By name: what was kept for the lines of a reserve, and all that they received."""
    supply = int((market.usable * market.on_sale).sum())
    found = {}
    for reserve in market.policy.reserves:
        own = belongs(market, reserve.who)
        found[reserve.name] = {
            "kept": round(float(reserve.share) * supply, 3),
            "lines": int(own.sum()),
            "wanted": int(market.lines.wanted[own].sum()),
            "received": int(outcome.received[own].sum()),
        }
    return found


def _added(one: Any, other: Any, name: str = "") -> Any:  # noqa: ANN401 - any of JSON's values
    if isinstance(one, dict):
        both = one.keys() & other.keys()
        return {**one, **other, **{key: _added(one[key], other[key], key) for key in both}}
    if isinstance(one, list):
        return [first + second for first, second in zip(one, other, strict=True)]
    if name == "least":
        return min((each for each in (one, other) if each is not None), default=None)
    return one + other
