"""A policy of the ministry in the engine's words: ranks, needs, the past, reserves, floors."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import numpy as np

from buyers.enums import BuyerKind
from orders.allocation.market import FloatArray, IntArray, Market, Places
from orders.allocation.policy import Floor, Policy, Reserve, Who
from orders.enums import Basis
from orders.models import AllocationPolicy
from orders.models.policies import HUNDRED, PolicyPart
from orders.rounds.facts import Facts


KINDS = tuple(BuyerKind.values)
SMALLEST_NEED, LARGEST_NEED = 0.001, 1e10
DECIMALS = 3
BARRED = "|"
"""Parts a department from the offers that may not serve there, in the code of a place."""


def apply(policy: AllocationPolicy, market: Market, facts: Facts) -> Market:
    """The market under this policy; its caps, which are law of their own, stay."""
    need = _needs(policy, market, facts)
    lines = replace(
        market.lines,
        tier=np.array([policy.tier_of(kind) for kind in KINDS], np.int64)[facts.kind],
        need=need,
        past=_past(policy, market, facts, need),
    )
    floors = policy.floors.order_by("position", "pk")
    reserves = policy.reserves.order_by("position", "pk")
    rules = Policy(
        held_back=_part(policy.held_back_pct),
        floors=tuple(
            Floor(_who(policy, each, market.places), _part(each.share_pct)) for each in floors
        ),
        reserves=tuple(
            Reserve(each.name, _part(each.share_pct), _who(policy, each, market.places))
            for each in reserves
        ),
        caps=market.policy.caps,
    )
    return replace(market, lines=lines, policy=rules)


def department(place: str) -> str:
    """The department of a place of the market."""
    return place.partition(BARRED)[0]


def _needs(policy: AllocationPolicy, market: Market, facts: Facts) -> FloatArray:
    """By line, in units. An account that asks for one product on several lines has the same need
    as on one: its lines divide it by what they ask for."""
    wanted = market.lines.wanted
    need = wanted.astype(np.float64)
    if policy.basis == Basis.NEED:
        first = np.array([wish[0] for wish in market.wishes], np.int64)[market.lines.wish]
        same = _alike(facts.account, first)
        asked = np.bincount(same, weights=wanted)[same]
        need = facts.reference_need * wanted / asked
    return np.clip(np.round(need, DECIMALS), SMALLEST_NEED, LARGEST_NEED)


def _past(policy: AllocationPolicy, market: Market, facts: Facts, need: FloatArray) -> FloatArray:
    """By line, in units: what the account was promised lately of products that the line accepts,
    discounted by age, divided over its lines that accept them in proportion to need."""
    past = np.zeros(len(market.lines))
    counted = facts.past_weeks < policy.past_weeks
    if not counted.any():
        return past
    weights = float(_part(policy.past_weight_pct)) ** facts.past_weeks[counted]
    units = facts.past_units[counted] * weights
    line, product = _accepted(market)
    asked = _alike(
        np.append(facts.account[line], facts.past_account[counted]),
        np.append(product, facts.past_product[counted]),
    )
    lines, rows = asked[: len(line)], asked[len(line) :]
    size = int(asked.max()) + 1
    received = np.bincount(rows, weights=units, minlength=size)
    needed = np.bincount(lines, weights=need[line], minlength=size)
    np.add.at(past, line, received[lines] * need[line] / needed[lines])
    return np.round(past, DECIMALS)


def _accepted(market: Market) -> tuple[IntArray, IntArray]:
    """Line positions and product keys, for each line and product that it accepts."""
    sizes = np.array([len(wish) for wish in market.wishes], np.int64)
    start = np.cumsum(sizes) - sizes
    keys = np.array(
        [int(market.products.code[each]) for wish in market.wishes for each in wish], np.int64
    )
    of_line = market.lines.wish
    line = np.repeat(np.arange(len(of_line)), sizes[of_line])
    within = np.arange(len(line)) - np.repeat(
        np.cumsum(sizes[of_line]) - sizes[of_line], sizes[of_line]
    )
    product: IntArray = keys[start[of_line[line]] + within]
    return line, product


def _alike(first: IntArray, second: IntArray) -> IntArray:
    """Numbers of equal pairs."""
    _, one = np.unique(first, return_inverse=True)
    values, two = np.unique(second, return_inverse=True)
    _, same = np.unique(one * max(len(values), 1) + two, return_inverse=True)
    numbers: IntArray = same.astype(np.int64)
    return numbers


def _who(policy: AllocationPolicy, part: PolicyPart, places: Places) -> Who:
    wanted = set(part.departments)
    return Who(
        tiers=frozenset(policy.tier_of(kind) for kind in part.kinds),
        places=frozenset(_codes(places.code, wanted)),
        regions=frozenset(part.regions),
    )


def _codes(codes: Iterable[str], departments: set[str]) -> Iterable[str]:
    return (code for code in codes if department(code) in departments)


def _part(percent: Decimal) -> Decimal:
    return percent / HUNDRED
