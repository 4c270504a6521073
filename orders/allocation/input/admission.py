"""What the engine admits: every row is looked at before anything is solved.

Unusable is not invalid: an offer whose pack or minimum exceeds its stock, or a line that no offer
may serve, is admitted and simply stays out of the sharing-out. Refused is what means nothing.
"""

from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np

from orders.allocation.errors import InvalidMarket
from orders.allocation.input.policy_admission import check_policy
from orders.allocation.market import (
    NO_LIMIT,
    NONE,
    BoolArray,
    FloatArray,
    IntArray,
    Lines,
    Market,
    Offers,
    Places,
    Products,
)


LARGEST_ID = 10**15
LARGEST_UNITS = 10**12
LARGEST_SUM = 10**15  # per group: flows are counted in thousandths, in 64 bits
LARGEST_PRICE_MICRO = 10**12
LARGEST_TIER = 1000
SMALLEST_NEED, LARGEST_NEED = 1e-6, 10**15
DECIMALS = frozenset({"lat", "lon", "need", "past"})

Table = TypeVar("Table", Offers, Lines, Places, Products)


class Rows(NamedTuple):
    """The rows of one table as an error names them: "line 7"."""

    kind: str
    id: IntArray | tuple[str, ...]

    def refuse(
        self, field: str, bad: BoolArray, problem: str, values: IntArray | FloatArray | None = None
    ) -> None:
        """Raise `InvalidMarket` for the bad row of least id, with its value from `values`."""
        if bad.any():
            row = min(np.flatnonzero(bad), key=lambda row: self.id[row])
            found = "" if values is None else f", not {values[row]}"
            raise InvalidMarket(f"{self.kind} {self.id[row]}", field, problem + found)

    def within(self, field: str, values: IntArray | FloatArray, least: float, most: float) -> None:
        """Refuse NaN and values outside of `least` to `most`, both included."""
        bad = ~((values >= least) & (values <= most))
        self.refuse(field, bad, f"must be from {least:,} to {most:,}", values)

    def distinct(self, field: str) -> None:
        """Refuse an id that appears twice."""
        ordered = np.sort(np.array(self.id))
        for twice in ordered[1:][ordered[1:] == ordered[:-1]][:1]:
            problem = "appears twice; give each row an id of its own"
            raise InvalidMarket(f"{self.kind} {twice}", field, problem)


def typed(market: Market) -> Market:
    """The same market, its columns of equal length and of 64 bits, without -0.0.

    Raises `InvalidMarket` on what is no number.
    """
    return replace(
        market,
        offers=_typed(market.offers, "offer", market.offers.id),
        lines=_typed(market.lines, "line", market.lines.id),
        places=_typed(market.places, "place", market.places.code),
        products=_typed(market.products, "product", market.products.code),
    )


def _typed(table: Table, kind: str, ids: IntArray | tuple[str, ...]) -> Table:
    columns: dict[str, Any] = {}
    for each in fields(table):
        values = getattr(table, each.name)
        if len(values) != len(ids):
            problem = f"has {len(values)} rows where the table has {len(ids)}"
            raise InvalidMarket(f"{kind}s", each.name, problem)
        if isinstance(values, tuple):
            continue
        number = float if each.name in DECIMALS else int
        columns[each.name] = _numbers(Rows(kind, ids), each.name, np.asarray(values), number)
    return replace(table, **columns)


def _numbers(rows: Rows, field: str, values: Any, number: type) -> Any:  # noqa: ANN401
    target, kinds = (np.float64, "fi") if number is float else (np.int64, "i")
    if values.dtype.kind not in kinds and values.size:
        allowed = (int, float) if number is float else (int,)
        what = "number" if number is float else "whole number of 64 bits"
        for row, value in enumerate(values.tolist()):
            fine = isinstance(value, allowed) and not isinstance(value, bool)
            if not fine or abs(value) >= 1 << 63:
                problem = f"must be a {what}, not {value!r}"
                raise InvalidMarket(f"{rows.kind} {rows.id[row]}", field, problem)
    numbers = values.astype(target)
    return np.where(np.isnan(numbers), np.nan, numbers + 0.0) if number is float else numbers


def check(market: Market) -> None:
    """Raise `InvalidMarket` naming the first row and field that mean nothing."""
    if not isinstance(market.seed, str):
        raise InvalidMarket("market", "seed", "must be a text")
    check_structure(market)
    _check_offers(market.offers)
    _check_lines(market.lines)
    _check_references(market)
    _check_sums(market)
    check_policy(market)


def check_structure(market: Market) -> None:
    """Raise `InvalidMarket` on a bad code or where a column points at a row that is not there."""
    _check_codes(market)
    _check_positions(market)
    _check_wishes(market)


def _check_positions(market: Market) -> None:
    offers, lines = Rows("offer", market.offers.id), Rows("line", market.lines.id)
    areas, places = market.areas.shape
    if places != len(market.places.code):
        raise InvalidMarket("areas", "place", f"have {places} places, not those of the market")
    products = Rows("product", market.products.code)
    for rows, field, values, size in (
        (products, "group", market.products.group, len(market.groups)),
        (offers, "product", market.offers.product, len(market.products.code)),
        (offers, "area", market.offers.area, areas),
        (lines, "place", market.lines.place, places),
        (lines, "wish", market.lines.wish, len(market.wishes)),
    ):
        rows.refuse(field, (values < 0) | (values >= size), f"unknown {field}")
    origin = market.offers.origin
    offers.refuse("origin", (origin < NONE) | (origin >= places), "unknown place")


def _check_codes(market: Market) -> None:
    for kind, codes in (
        ("group", market.groups),
        ("place", market.places.code),
        ("product", market.products.code),
    ):
        for code in codes:
            if not isinstance(code, str) or not code:
                raise InvalidMarket(f"{kind} {code!r}", "code", "must be a text, not empty")
        Rows(kind, codes).distinct("code")
    places = Rows("place", market.places.code)
    for field, most in (("lat", 90), ("lon", 180)):
        degrees = np.nan_to_num(getattr(market.places, field), nan=0.0)
        places.within(field, degrees, -most, most)
    products = Rows("product", market.products.code)
    products.within("freight_micro", market.products.freight_micro, 0, LARGEST_PRICE_MICRO)


def _check_offers(offers: Offers) -> None:
    rows = Rows("offer", offers.id)
    rows.within("id", offers.id, 0, LARGEST_ID)
    rows.distinct("id")
    rows.within("stock", offers.stock, 0, LARGEST_UNITS)
    rows.within("pack", offers.pack, 1, LARGEST_UNITS)
    rows.within("min_order", offers.min_order, 0, LARGEST_UNITS)
    limit = offers.max_per_buyer
    rows.within("max_per_buyer", np.where(limit == NO_LIMIT, 0, limit), 0, LARGEST_UNITS)
    rows.within("price_micro", offers.price_micro, 0, LARGEST_PRICE_MICRO)
    rows.within("lead_days", offers.lead_days, 0, NO_LIMIT - 1)


def _check_lines(lines: Lines) -> None:
    rows = Rows("line", lines.id)
    rows.within("id", lines.id, 0, LARGEST_ID)
    rows.distinct("id")
    rows.within("buyer", lines.buyer, 0, LARGEST_ID)
    rows.within("tier", lines.tier, 1, LARGEST_TIER)
    rows.within("wanted", lines.wanted, 1, LARGEST_UNITS)
    rows.within("min_useful", lines.min_useful, 0, LARGEST_UNITS)
    more = lines.min_useful > lines.wanted
    rows.refuse("min_useful", more, "is more than the line wants; lower it or raise wanted")
    rows.within("need_days", lines.need_days, 0, NO_LIMIT)
    rows.within("ceiling_micro", lines.ceiling_micro, 0, NO_LIMIT)
    rows.within("need", lines.need, SMALLEST_NEED, LARGEST_NEED)
    rows.within("past", lines.past, 0, LARGEST_SUM)


def _check_references(market: Market) -> None:
    lines = market.lines
    for field in ("pinned", "preferred"):
        named = getattr(lines, field)
        unknown = (named != NONE) & ~np.isin(named, market.offers.id)
        Rows("line", lines.id).refuse(field, unknown, "unknown offer; name one or none")


def _check_wishes(market: Market) -> None:
    def refuse(bad: list[bool], problem: str) -> None:
        Rows("line", market.lines.id).refuse(
            "wish", np.array(bad, bool)[market.lines.wish], problem
        )

    if not len(market.lines):
        return
    group, known = market.products.group, range(len(market.products.code))
    wishes = market.wishes
    refuse([not wish for wish in wishes], "must name at least one product")
    refuse([any(p not in known for p in wish) for wish in wishes], "unknown product")
    refuse([len(set(wish)) < len(wish) for wish in wishes], "names a product twice")
    mixed = [len({int(group[p]) for p in wish if p in known}) > 1 for wish in wishes]
    refuse(mixed, "mixes products of several groups; split the line, one group each")


def _check_sums(market: Market) -> None:
    for field, of_group, units in (
        ("stock", market.offer_group, market.offers.stock),
        ("wanted", market.line_group, market.lines.wanted),
    ):
        sums = np.bincount(of_group, weights=units, minlength=len(market.groups))
        for group in np.flatnonzero(sums > LARGEST_SUM)[:1]:
            problem = f"sums to {sums[group]:,.0f} units, more than {LARGEST_SUM:,}"
            raise InvalidMarket(f"group {market.groups[group]}", field, problem)
