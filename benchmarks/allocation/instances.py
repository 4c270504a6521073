"""Seeded instances of a national market for protective goods, as folders of CSV files.

Thirty products in twenty groups, 101 departments, buyers of log-normal size, offers that serve
everywhere, a region or a few departments, stocks that cover part of what is wanted. Invented
numbers; the formats are those of `orders.allocation.files.reading`.
"""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


SIZES = {
    "XS": (40, 300),
    "S": (200, 2_000),
    "M": (2_000, 20_000),
    "L": (5_000, 100_000),
    "XL": (20_000, 1_000_000),
}
MAINLAND = [f"{n:02d}" for n in range(1, 96) if n != 20] + ["2A", "2B"]
OVERSEAS = {
    "971": (16.2, -61.5),
    "972": (14.6, -61.0),
    "973": (4.0, -53.1),
    "974": (-21.1, 55.5),
    "976": (-12.8, 45.2),
}
REGIONS = 13
GROUPS = [3, 2, 2, 2, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1, 1, 1]  # products in each
PACKS = np.array([1, 5, 10, 20, 50, 100, 500])
TIERS = np.array([0.08, 0.27, 0.45, 0.20])
LEADS, DATES = np.array([1, 3, 5, 8, 15, 30]), np.array([2, 4, 7, 14, 30, 60])


class Goods(NamedTuple):
    """Per product: group, usual price (thousandths of a euro), usual pack, part of the market."""

    group: np.ndarray
    price: np.ndarray
    pack: np.ndarray
    part: np.ndarray


class Buyers(NamedTuple):
    """Per buyer: beds or staff, department, tier and how much need weighs."""

    size: np.ndarray
    place: np.ndarray
    tier: np.ndarray
    weight: np.ndarray


def make(size: str, seed: int, folder: Path) -> Path:
    """Write the instance once; the same size and seed give the same files."""
    if (folder / "lines.csv").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    offers, lines = SIZES[size]
    rng = np.random.default_rng([seed, offers, lines])
    regions = _places(rng, folder)
    goods = _products(rng, folder)
    wanted = _lines(rng, folder, lines, goods)
    _offers(rng, folder, offers, goods, regions, wanted)
    return folder


def _places(rng: np.random.Generator, folder: Path) -> list[str]:
    """Departments strewn over a country; the region is that of the nearest of 13 towns."""
    points = rng.uniform((42.5, -4.5), (51.0, 8.0), (len(MAINLAND), 2)).round(1)
    towns = rng.uniform((43.0, -3.5), (50.5, 7.0), (REGIONS, 2))
    nearest = np.argmin(((points[:, None] - towns) ** 2).sum(axis=2), axis=1)
    regions = [f"R{10 + town}" for town in nearest] + [f"R{code}" for code in OVERSEAS]
    points = np.concatenate([points, list(OVERSEAS.values())])
    codes = [*MAINLAND, *OVERSEAS]
    _write(folder / "depts.csv", "dept,region,lat,lon", (codes, regions, *points.T))
    return regions


def _products(rng: np.random.Generator, folder: Path) -> Goods:
    group = np.repeat(np.arange(len(GROUPS)), GROUPS)
    price = np.exp(rng.normal(6.5, 1.8, len(group))).round().astype(int) + 20
    freight = (price ** rng.uniform(0.6, 0.9, len(group))).astype(int)
    codes, names = _codes("P", np.arange(len(group))), _codes("G", group)
    _write(folder / "products.csv", "product,group,freight_micro", (codes, names, freight))
    return Goods(group, price, rng.choice(PACKS, len(group)), _parts(rng, len(group)))


def _parts(rng: np.random.Generator, count: int) -> np.ndarray:
    """Uneven parts of a whole."""
    weight = np.exp(rng.normal(0, 0.7, count))
    return weight / weight.sum()


def _buyers(rng: np.random.Generator, count: int) -> Buyers:
    places = len(MAINLAND) + len(OVERSEAS)
    return Buyers(
        size=np.exp(rng.normal(3.7, 1.2, count)).clip(2, 5_000),
        place=rng.choice(places, count, p=_parts(rng, places)),
        tier=rng.choice(4, count, p=TIERS) + 1,
        weight=np.exp(rng.normal(0, 0.4, count)).clip(0.3, 4).round(3),
    )


def _lines(rng: np.random.Generator, folder: Path, count: int, goods: Goods) -> np.ndarray:
    """Write the lines; returns units wanted per product."""
    buyers = _buyers(rng, max(20, count // 8))
    buyer = rng.integers(0, len(buyers.size), count)
    product = rng.choice(len(goods.group), count, p=goods.part)
    days = rng.choice([3, 7, 14, 30], count)
    wanted = (
        np.exp(rng.normal(0, 0.4, count)) * buyers.size[buyer] * days * goods.pack[product] / 40
    )
    wanted = _typed(wanted)
    useful = np.where(rng.random(count) < 0.2, (wanted * rng.uniform(0.1, 0.5, count)), 0)
    ceiling = goods.price[product] * rng.choice(
        [1.1, 1.3, 1.6, 0], count, p=[0.3, 0.35, 0.2, 0.15]
    )
    columns = (
        np.arange(count),
        buyer,
        np.array([*MAINLAND, *OVERSEAS])[buyers.place[buyer]],
        np.maximum(1, buyers.tier[buyer] - (rng.random(count) < 0.05)),
        _wishes(rng, product, goods),
        wanted,
        useful.astype(int),
        rng.choice(DATES, count),
        ceiling.astype(int),
        buyers.weight[buyer],
        [""] * count,
        [""] * count,
        rng.permutation(count),
    )
    header = (
        "line_id,buyer_id,dept,tier,products,wanted,min_useful,need_days,ceiling_milli,"
        "weight,pinned_offer,preferred_offer,seq"
    )
    _write(folder / "lines.csv", header, columns)
    return np.bincount(product, wanted, len(goods.group))


def _wishes(rng: np.random.Generator, product: np.ndarray, goods: Goods) -> list[str]:
    """The product asked for; two buyers of five take any other of its group instead."""
    sisters = [
        ";".join(f"P{q:02d}" for q in [p, *np.flatnonzero(goods.group == group)] if q != p)
        for p, group in enumerate(goods.group)
    ]
    flexible = rng.random(len(product)) < 0.4
    return [
        f"P{p:02d};{sisters[p]}" if open_ and sisters[p] else f"P{p:02d}"
        for p, open_ in zip(product.tolist(), flexible.tolist(), strict=True)
    ]


def _offers(
    rng: np.random.Generator,
    folder: Path,
    count: int,
    goods: Goods,
    regions: Sequence[str],
    wanted: np.ndarray,
) -> None:
    kinds = len(goods.group)
    product = np.concatenate(
        [np.arange(kinds), rng.choice(kinds, max(0, count - kinds), p=goods.part)]
    )
    product = product[:count]
    share = np.exp(rng.normal(0, 1, count))
    supply = wanted * rng.uniform(0.2, 0.7, kinds)
    supply[rng.integers(0, kinds, 2)] = wanted.max() * 0.1
    units = share / np.bincount(product, share, kinds)[product] * supply[product]
    pack = np.minimum(goods.pack[product] * rng.choice([1, 1, 2, 10], count), units // 8 + 1)
    pack = pack.astype(int)
    stock = (units // pack + 1).astype(int) * pack + (rng.random(count) < 0.1)
    least = pack * rng.choice([0, 0, 0, 2, 5, 20], count)
    least = np.where(least * 4 < stock, least, 0)
    limit = np.maximum(stock * rng.uniform(0.03, 0.2, count) // pack, 1).astype(int) * pack
    limit = np.where(rng.random(count) < 0.12, np.maximum(limit, least), 0)
    price = (goods.price[product] * np.exp(rng.normal(0, 0.25, count))).astype(int) + 1
    origin = rng.integers(0, len(regions), count)
    codes = [*MAINLAND, *OVERSEAS]
    columns = (
        np.arange(count),
        rng.integers(0, max(5, count // 4), count),
        _codes("P", product),
        stock,
        pack,
        least,
        limit,
        price,
        rng.choice(LEADS, count),
        [codes[place] for place in origin],
        _served(rng, origin, regions, codes),
    )
    header = (
        "offer_id,supplier_id,product,stock,pack,moq,max_per_buyer,price_milli,lead_days,"
        "origin_dept,served"
    )
    _write(folder / "offers.csv", header, columns)


def _served(
    rng: np.random.Generator, origin: np.ndarray, regions: Sequence[str], codes: Sequence[str]
) -> list[str]:
    """Everywhere, the own region, that and another, or a few departments of the own region."""
    served = []
    for place, reach in zip(origin.tolist(), rng.random(len(origin)).tolist(), strict=True):
        home = regions[place]
        if reach < 0.35:
            served.append("*")
        elif reach < 0.7:
            served.append(home)
        elif reach < 0.85:
            served.append(";".join(sorted({home, regions[int(rng.integers(len(regions)))]})))
        else:
            near = [code for code, region in zip(codes, regions, strict=True) if region == home]
            some = rng.choice(near, min(len(near), int(rng.integers(1, 5))), replace=False)
            served.append(";".join(sorted(some)))
    return served


def _typed(units: np.ndarray) -> np.ndarray:
    """Rounded as people type quantities: two leading digits."""
    step = 10 ** np.maximum(0, np.floor(np.log10(np.maximum(units, 1))) - 1)
    return np.maximum(1, np.round(units / step) * step).astype(int)


def _codes(letter: str, numbers: np.ndarray) -> list[str]:
    return [f"{letter}{number:02d}" for number in numbers.tolist()]


def _write(path: Path, header: str, columns: Iterable[Any]) -> None:
    plain = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(zip(*plain, strict=True))
