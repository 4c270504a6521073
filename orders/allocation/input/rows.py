"""Offers and lines as rows with codes: the comfortable way to build a small market."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orders.allocation.errors import InvalidMarket
from orders.allocation.input.building import build
from orders.allocation.market import (
    NO_LIMIT,
    NONE,
    BoolArray,
    Lines,
    Market,
    Offers,
    Places,
    Products,
)
from orders.allocation.policy import Policy


Code = int | str


@dataclass(frozen=True, slots=True)
class Offer:
    """Stock that one supplier can deliver from; units, micro-euros and days as in `Offers`."""

    id: int
    stock: int
    product: Code = "A"
    pack: int = 1
    min_order: int = 0
    max_per_buyer: int | None = None  # None: no limit
    price_micro: int = 0
    lead_days: int = 0
    origin: str | None = None  # None: unknown, no freight
    places: frozenset[str] | None = None  # department codes; None: delivers everywhere


@dataclass(frozen=True, slots=True)
class Line:
    """One buyer's wish; a line without a buyer is a buyer of its own, without a need its claim."""

    id: int
    wanted: int
    products: Code | tuple[Code, ...] = "A"  # the preferred one first
    need: float | None = None  # None: as much as wanted
    tier: int = 1
    buyer: int | None = None  # None: the line's id
    place: str = "75"
    min_useful: int = 0
    need_days: int | None = None  # None: no date
    ceiling_micro: int | None = None  # None: no ceiling
    past: float = 0.0
    pinned: int | None = None
    preferred: int | None = None

    @property
    def wish(self) -> tuple[str, ...]:
        """Codes of the acceptable products, as text."""
        several = self.products if isinstance(self.products, tuple) else (self.products,)
        return tuple(str(product) for product in several)


@dataclass(frozen=True, slots=True)
class Place:
    """A department; NaN coordinates are unknown and cost no freight."""

    region: str = ""
    lat: float = float("nan")
    lon: float = float("nan")


def market_of(
    offers: Iterable[Offer],
    lines: Iterable[Line],
    *,
    seed: str = "",
    policy: Policy | None = None,
    places: Mapping[str, Place] | None = None,
    groups: Mapping[Code, str] | None = None,
    freight_micro: Mapping[Code, int] | None = None,
) -> Market:
    """The checked market of these rows; raises `InvalidMarket`.

    Without `places` every code that a row names is one, without a region. `groups` gives the
    substitution group per product; without it products that share a line share a group, named
    after its first product. `freight_micro` per product: to carry one unit over 100 km.
    """
    offers, lines = list(offers), list(lines)
    known = places if places is not None else dict.fromkeys(_codes(offers, lines), Place())
    place_of = {code: row for row, code in enumerate(known)}
    group_of = {str(code): name for code, name in (groups or {}).items()}
    if groups is None:
        group_of = _connected(offers, lines)
    names = tuple(sorted(set(group_of.values())))
    freight = {str(code): micro for code, micro in (freight_micro or {}).items()}
    product_of = {code: row for row, code in enumerate(group_of)}
    wishes = sorted({line.wish for line in lines})
    return build(
        Market(
            offers=_offers(offers, product_of, place_of),
            lines=_lines(lines, wishes, place_of),
            products=Products(
                code=tuple(group_of),
                group=_column(names.index(name) for name in group_of.values()),
                freight_micro=_column(freight.get(code, 0) for code in group_of),
            ),
            groups=names,
            places=Places(
                code=tuple(known),
                region=tuple(place.region for place in known.values()),
                lat=_column(place.lat for place in known.values()),
                lon=_column(place.lon for place in known.values()),
            ),
            areas=_areas(offers, list(known)),
            wishes=tuple(tuple(product_of.get(p, NONE) for p in wish) for wish in wishes),
            seed=seed,
            policy=policy or Policy(),
        )
    )


def _offers(offers: Sequence[Offer], product: dict[str, int], place: dict[str, int]) -> Offers:
    unknown = len(place)
    return Offers(
        **_plain(offers, "id", "stock", "pack", "min_order", "price_micro", "lead_days"),
        product=_column(product.get(str(offer.product), NONE) for offer in offers),
        max_per_buyer=_optional(offers, "max_per_buyer", NO_LIMIT),
        origin=_column(
            NONE if offer.origin is None else place.get(offer.origin, unknown) for offer in offers
        ),
        area=np.arange(len(offers)),
    )


def _lines(
    lines: Sequence[Line], wishes: Sequence[tuple[str, ...]], place: dict[str, int]
) -> Lines:
    wish = {products: row for row, products in enumerate(wishes)}
    return Lines(
        **_plain(lines, "id", "tier", "wanted", "min_useful", "past"),
        buyer=_column(line.id if line.buyer is None else line.buyer for line in lines),
        place=_column(place.get(line.place, NONE) for line in lines),
        wish=_column(wish[line.wish] for line in lines),
        need=_column(line.wanted if line.need is None else line.need for line in lines),
        need_days=_optional(lines, "need_days", NO_LIMIT),
        ceiling_micro=_optional(lines, "ceiling_micro", NO_LIMIT),
        pinned=_optional(lines, "pinned", NONE),
        preferred=_optional(lines, "preferred", NONE),
    )


def _column(values: Iterable[Any]) -> Any:  # noqa: ANN401 - `build` judges the type
    return np.array(list(values))


def _plain(rows: Sequence[Any], *names: str) -> dict[str, Any]:
    return {name: _column(getattr(row, name) for row in rows) for name in names}


def _optional(rows: Sequence[Any], name: str, absent: int) -> Any:  # noqa: ANN401
    values = (getattr(row, name) for row in rows)
    return _column(absent if value is None else value for value in values)


def _areas(offers: Sequence[Offer], codes: Sequence[str]) -> BoolArray:
    """One area per offer: `build` merges equal ones."""
    everywhere = frozenset(codes)
    areas = np.zeros((len(offers), len(codes)), bool)
    for row, offer in enumerate(offers):
        served = everywhere if offer.places is None else offer.places
        for unknown in sorted(served - everywhere):
            raise InvalidMarket(f"offer {offer.id}", "places", f"unknown place {unknown}")
        areas[row] = [code in served for code in codes]
    return areas


def _codes(offers: Iterable[Offer], lines: Iterable[Line]) -> list[str]:
    named = {line.place for line in lines}
    for offer in offers:
        named |= (offer.places or frozenset()) | ({offer.origin} if offer.origin else set())
    return sorted(named)


def _connected(offers: Iterable[Offer], lines: Iterable[Line]) -> dict[str, str]:
    """Per product the name of its group: the least of the products it is linked to by wishes."""
    name = {str(offer.product): str(offer.product) for offer in offers}
    for line in lines:
        name |= {product: product for product in line.wish if product not in name}
    for line in lines:
        joined = {name[product] for product in line.wish}
        name = {code: min(joined) if old in joined else old for code, old in name.items()}
    return name
