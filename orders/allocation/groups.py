"""Independent sub-problems: the connected parts of the eligibility graph, as arrays."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orders.allocation import eligibility
from orders.allocation.model import Line, Offer, Snapshot


IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Lines and offers that compete, directly or through others; positions are local.

    Pairs are sorted by line, each line's in its order of preference; those of line i are
    `start[i]:start[i + 1]`. `draw` decides ties: it follows from the seed and the line's id.
    """

    offers: tuple[Offer, ...]
    lines: tuple[Line, ...]
    pair_line: IntArray
    pair_offer: IntArray
    start: IntArray
    usable: IntArray  # units in whole packs
    cap: IntArray  # units per buyer in whole packs
    buyer: IntArray
    tier: IntArray
    wanted: IntArray
    need: FloatArray
    draw: tuple[int, ...]


def split(snapshot: Snapshot) -> list[Group]:
    """The groups of a snapshot, by their first line; lines without an offer are in none."""
    pair_line, pair_offer = eligibility.list_pairs(snapshot.lines, snapshot.offers)
    label = _labels(pair_line, pair_offer, len(snapshot.lines), len(snapshot.offers))
    pair_label = label[pair_line]
    order = np.argsort(pair_label, kind="stable")
    bounds = np.flatnonzero(np.diff(pair_label[order])) + 1
    parts = np.split(order, bounds) if len(order) else []
    return [_group(snapshot, pair_line[part], pair_offer[part]) for part in parts]


def draw(seed: str, line_id: int) -> int:
    """The lot a line draws: 64 bits that nobody can choose once the seed is published."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{line_id}".encode()).digest()[:8], "big")


def _labels(pair_line: IntArray, pair_offer: IntArray, lines: int, offers: int) -> IntArray:
    """Per line, the least line position of its connected part."""
    label = np.arange(lines, dtype=np.int64)
    while True:
        of_offer = np.full(offers, lines, np.int64)
        np.minimum.at(of_offer, pair_offer, label[pair_line])
        fresh = label.copy()
        np.minimum.at(fresh, pair_line, of_offer[pair_offer])
        if np.array_equal(fresh, label):
            return label
        label = fresh


def _group(snapshot: Snapshot, pair_line: IntArray, pair_offer: IntArray) -> Group:
    which_lines, local_line = np.unique(pair_line, return_inverse=True)
    which_offers, local_offer = np.unique(pair_offer, return_inverse=True)
    lines = tuple(snapshot.lines[i] for i in which_lines)
    offers = tuple(snapshot.offers[j] for j in which_offers)
    _, buyer = np.unique([line.buyer for line in lines], return_inverse=True)
    return Group(
        offers=offers,
        lines=lines,
        pair_line=local_line.astype(np.int64),
        pair_offer=local_offer.astype(np.int64),
        start=np.searchsorted(local_line, np.arange(len(lines) + 1)).astype(np.int64),
        usable=np.array([eligibility.usable_stock(offer) for offer in offers], np.int64),
        cap=np.array([eligibility.usable_cap(offer) for offer in offers], np.int64),
        buyer=buyer.astype(np.int64),
        tier=np.array([line.tier for line in lines], np.int64),
        wanted=np.array([line.wanted for line in lines], np.int64),
        need=np.array([line.need for line in lines], np.float64),
        draw=tuple(draw(snapshot.seed, line.id) for line in lines),
    )
