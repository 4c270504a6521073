"""Markets and outcomes as canonical bytes: what is stored, hashed and compared.

Equal values give equal bytes on any machine; the digest of a market is what is published before
it is solved.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orders.allocation.errors import InvalidMarket
from orders.allocation.input import columnar
from orders.allocation.input.admission import check_structure, typed
from orders.allocation.market import (
    NO_LIMIT,
    NONE,
    Lines,
    Market,
    Offers,
    Places,
    Products,
)
from orders.allocation.outcome import Flow, Outcome, Parts, Shares
from orders.allocation.policy import Floor, Policy, Reserve, Who


MARKET, OUTCOME = "market 1", "outcome 1"
UNLIMITED = frozenset({"offers.max_per_buyer", "lines.need_days", "lines.ceiling_micro"})
TABLES = {"shares": Shares, "parts": Parts, "flow": Flow}

Columns = dict[str, NDArray[Any]]


def digest(value: Market | Outcome) -> str:
    """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
    return hashlib.sha256(to_bytes(value)).hexdigest()


def to_bytes(value: Market | Outcome) -> bytes:
    """Canonical bytes, not compressed."""
    return _market_bytes(value) if isinstance(value, Market) else _outcome_bytes(value)


def from_bytes(data: bytes) -> Market:
    """The market behind `to_bytes`, row for row; raises `InvalidMarket` on other bytes."""
    head, columns = columnar.load(MARKET, data)
    for name in UNLIMITED & columns.keys():
        columns[name][columns[name] == NONE] = NO_LIMIT
    try:
        market = _market(head, columns)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise InvalidMarket("bytes", MARKET, f"cannot be read: {error!r}") from error
    market = typed(market)
    check_structure(market)
    return market


def outcome_from_bytes(data: bytes) -> Outcome:
    """The outcome behind `to_bytes`; raises `InvalidMarket` on other bytes."""
    _, columns = columnar.load(OUTCOME, data)
    try:
        parts: dict[str, Any] = {name: columns[f"lines.{name}"] for name in _line_columns()}
        parts["limit"] = parts["limit"].astype(np.int8)
        parts |= {name: _table(kind, name, columns) for name, kind in TABLES.items()}
    except KeyError as error:
        raise InvalidMarket("bytes", OUTCOME, f"lack the column {error}") from error
    return Outcome(**parts)


def _outcome_bytes(outcome: Outcome) -> bytes:
    columns = {f"lines.{name}": getattr(outcome, name) for name in _line_columns()}
    for name in TABLES:
        columns |= _columns(name, getattr(outcome, name))
    return columnar.dump(OUTCOME, {}, columns)


def _line_columns() -> list[str]:
    return [each.name for each in fields(Outcome) if each.name not in TABLES]


def _market_bytes(market: Market) -> bytes:
    columns = _columns("offers", market.offers) | _columns("lines", market.lines)
    for name in UNLIMITED:
        columns[name] = np.where(columns[name] == NO_LIMIT, NONE, columns[name])
    columns |= {
        "products.group": market.products.group,
        "products.freight_micro": market.products.freight_micro,
        "places.lat": market.places.lat,
        "places.lon": market.places.lon,
        "areas": np.packbits(market.areas, axis=None).astype(np.int64),
    }
    head = {
        "seed": market.seed,
        "groups": market.groups,
        "products": market.products.code,
        "places": market.places.code,
        "regions": market.places.region,
        "areas": len(market.areas),
        "wishes": market.wishes,
        "policy": _policy_head(market.policy),
    }
    return columnar.dump(MARKET, head, columns)


def _market(head: Mapping[str, Any], columns: Columns) -> Market:
    places = tuple(head["places"])
    shape = (head["areas"], len(places))
    bits = np.unpackbits(columns["areas"].astype(np.uint8))
    cells = shape[0] * shape[1]
    if len(bits) != -(-cells // 8) * 8:
        raise ValueError(f"areas of {len(bits)} bits")
    return Market(
        offers=_table(Offers, "offers", columns),
        lines=_table(Lines, "lines", columns),
        products=Products(
            tuple(head["products"]), columns["products.group"], columns["products.freight_micro"]
        ),
        groups=tuple(head["groups"]),
        places=Places(
            places, tuple(head["regions"]), columns["places.lat"], columns["places.lon"]
        ),
        areas=bits[:cells].reshape(shape).astype(bool),
        wishes=tuple(tuple(map(index, wish)) for wish in head["wishes"]),
        seed=str(head["seed"]),
        policy=_policy(head["policy"]),
    )


def _columns(table: str, rows: Offers | Lines | Shares | Parts | Flow) -> Columns:
    return {f"{table}.{each.name}": getattr(rows, each.name) for each in fields(rows)}


def _table(kind: Any, table: str, columns: Columns) -> Any:  # noqa: ANN401 - one of five tables
    return kind(**{each.name: columns[f"{table}.{each.name}"] for each in fields(kind)})


def _policy_head(policy: Policy) -> dict[str, Any]:
    return {
        "held_back": _text(policy.held_back),
        "floors": [[_who_head(each.who), _text(each.fraction)] for each in policy.floors],
        "reserves": [
            [each.name, _text(each.share), _who_head(each.who)] for each in policy.reserves
        ],
        "caps": [[buyer, group, units] for (buyer, group), units in sorted(policy.caps.items())],
    }


def _policy(head: Mapping[str, Any]) -> Policy:
    return Policy(
        held_back=Decimal(head["held_back"]),
        floors=tuple(Floor(_who(who), Decimal(part)) for who, part in head["floors"]),
        reserves=tuple(
            Reserve(name, Decimal(share), _who(who)) for name, share, who in head["reserves"]
        ),
        caps={(buyer, group): units for buyer, group, units in head["caps"]},
    )


def _text(value: Decimal) -> str:
    """One text per value: 0.50 and 0.5 are the same policy."""
    return format(value.normalize(), "f")


def _who_head(who: Who) -> list[list[int] | list[str]]:
    return [sorted(who.tiers), sorted(who.places), sorted(who.regions), sorted(who.buyers)]


def _who(sets: list[list[Any]]) -> Who:
    tiers, places, regions, buyers = map(frozenset, sets)
    return Who(tiers=tiers, places=places, regions=regions, buyers=buyers)
