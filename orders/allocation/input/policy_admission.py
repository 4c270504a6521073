"""Whether a policy makes sense for a market: shares of a whole, known places, known groups."""

from collections.abc import Collection, Iterable
from decimal import Decimal

from orders.allocation.errors import InvalidMarket
from orders.allocation.market import Market
from orders.allocation.policy import Policy, Who


LARGEST_CAP = 10**15
MOST_DECIMALS = 24  # sums stay exact in 28 digits


def check_policy(market: Market) -> None:
    """Raise `InvalidMarket` on row "policy"; `field` is the path to the value.

    A tier or buyer that has no line today is fine: a policy outlives a round.
    """
    policy = market.policy
    _check_held_back(policy.held_back)
    for number, floor in enumerate(policy.floors):
        _check_part(f"floors[{number}].fraction", floor.fraction)
        _check_who(f"floors[{number}].who", floor.who, market)
    for number, reserve in enumerate(policy.reserves):
        _check_part(f"reserves[{number}].share", reserve.share)
        _check_who(f"reserves[{number}].who", reserve.who, market)
    _check_reserves(policy)
    for (buyer, group), units in policy.caps.items():
        path = f"caps[{buyer}, {group}]"
        if group not in market.groups:
            _refuse(path, f"unknown group; known are {_some(market.groups)}")
        if not 0 <= units <= LARGEST_CAP:
            _refuse(path, f"must be from 0 to {LARGEST_CAP:,} units, not {units}")


def _check_held_back(held_back: Decimal) -> None:
    _check_part("held_back", held_back)
    if held_back == 1:
        _refuse("held_back", "must be below 1, otherwise nothing is left to share out")


def _check_part(path: str, value: Decimal) -> None:
    if not isinstance(value, Decimal) or not value.is_finite():
        _refuse(path, f"must be a finite decimal, not {value!r}")
    if not 0 <= value <= 1:
        _refuse(path, f"must be from 0 to 1, not {value}")
    if round(value, MOST_DECIMALS) != value:
        _refuse(path, f"{value} has too many decimals; round it to {MOST_DECIMALS}")


def _check_reserves(policy: Policy) -> None:
    total = sum(reserve.share for reserve in policy.reserves)
    if total > 1:
        _refuse("reserves", f"shares add up to {total}, more than the whole; lower them to 1")
    names = [reserve.name for reserve in policy.reserves]
    for number, name in enumerate(names):
        if not isinstance(name, str) or not name or name in names[:number]:
            _refuse(f"reserves[{number}].name", f"must be a text of its own, not {name!r}")


def _check_who(path: str, who: Who, market: Market) -> None:
    _check_known(f"{path}.dept", who.places, market.places.code)
    _check_known(f"{path}.region", who.regions, sorted(set(market.places.region)))
    _check_least(f"{path}.tier", who.tiers, 1)
    _check_least(f"{path}.buyer_id", who.buyers, 0)


def _check_known(path: str, named: Iterable[str], known: Collection[str]) -> None:
    for unknown in sorted(set(named) - set(known))[:1]:
        _refuse(path, f"unknown {unknown!r}; known are {_some(known)}")


def _check_least(path: str, values: Iterable[int], least: int) -> None:
    for value in sorted(values):
        if value < least:
            _refuse(path, f"must be whole numbers from {least}, not {value}")


def _some(known: Collection[str]) -> str:
    names = sorted(known)
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "") or "none"


def _refuse(path: str, problem: str) -> None:
    raise InvalidMarket("policy", path, problem)
