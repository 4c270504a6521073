"""How near the answer comes to the targets, beside first come, first served.

`python -m benchmarks.allocation.quality FOLDER WARM_UP`. Lines that no offer suits are left out.
A line is within a step of its target if it is off by less than its largest piece could be: the
larger of pack and minimum among its offers, or the smallest first step if it got nothing, or its
useful minimum.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.allocation import first_come, judging
from benchmarks.allocation.measuring import Figures, read, tell
from benchmarks.allocation.pairs import Pairs, lay_out, shares_of
from orders.allocation import solving
from orders.allocation.market import FloatArray, IntArray, Market
from orders.allocation.outcome import Shares


Answer = Callable[[Market, Pairs], Shares]


def main(folder: Path, warm_up: Path) -> None:
    """Print the quality of three ways to share the instance."""
    _ways(warm_up)
    tell(_ways(folder))


def _ways(folder: Path) -> Figures:
    market, arrival = read(folder)
    groups = [(group, lay_out(group)) for group in market.split()]
    targets = []

    def fairly(group: Market, _: Pairs) -> Shares:
        outcome = solving.solve_group(group)
        targets.append(outcome.target)
        return outcome.shares

    def in_turn(by_tier: bool) -> Answer:
        def answer(group: Market, pairs: Pairs) -> Shares:
            turn = arrival[np.searchsorted(market.lines.id, group.lines.id)]
            return shares_of(group, first_come.serve(pairs, turn, by_tier))

        return answer

    ways = {"fair": fairly, "first come": in_turn(False), "tier, first come": in_turn(True)}
    return {name: _judge(groups, targets, answer) for name, answer in ways.items()}


def _judge(
    groups: Sequence[tuple[Market, Pairs]], targets: Sequence[FloatArray], answer: Answer
) -> Figures:
    begun = time.perf_counter()
    answers = [answer(market, pairs) for market, pairs in groups]
    taken = time.perf_counter() - begun
    tables = [
        _look(market, pairs, shares, target)
        for (market, pairs), shares, target in zip(groups, answers, targets, strict=True)
    ]
    rows = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
    return {"seconds": taken} | _figures(rows)


def _look(
    market: Market, pairs: Pairs, shares: Shares, target: FloatArray
) -> dict[str, FloatArray | IntArray]:
    """Per line that any offer suits, what the figures are made of."""
    line = np.searchsorted(market.lines.id, shares.line)
    offer = np.searchsorted(market.offers.id, shares.offer)
    held = judging.hold(pairs, line, offer, shares.units)
    seen = judging.still_open(pairs, held)
    cost = np.zeros(len(market.lines))
    np.add.at(cost, line, market.unit_cost(offer, market.lines.place[line]) * shares.units / 1e6)
    largest = np.zeros(len(market.lines), np.int64)
    np.maximum.at(largest, line, np.maximum(pairs.pack, market.offers.min_order)[offer])
    step = np.where(held.got > 0, largest, seen.least)
    return {
        name: column[seen.able]
        for name, column in {
            "got": held.got,
            "target": target,
            "wanted": market.lines.wanted,
            "need": market.lines.need,
            "step": np.maximum(step, market.lines.min_useful),
            "wasted": seen.wasted,
            "overtaken": seen.overtaken,
            "pieces": np.bincount(line, minlength=len(market.lines)),
            "cost": cost,
        }.items()
    }


def _figures(rows: dict[str, np.ndarray]) -> Figures:
    got, off = rows["got"], np.abs(rows["got"] - rows["target"])
    fill = got / rows["wanted"]
    return {
        "lines": len(got),
        "units": int(got.sum()),
        "within one step": float((off < rows["step"] + 1e-6).mean()),
        "L1": float(off.sum() / rows["target"].sum()),
        "wasted": int(rows["wasted"].sum()),
        "overtaken": int(rows["overtaken"].sum()),
        "Jain of fill": _jain(fill),
        "Jain of level": _jain(got / rows["need"]),
        "least fill": float(fill.min()),
        "served": int((got > 0).sum()),
        "split lines": int((rows["pieces"] > 1).sum()),
        "cost per unit": float(rows["cost"].sum() / max(1, got.sum())),
    }


def _jain(values: FloatArray) -> float:
    """1 where all are equal, 1/n where one has everything (Jain, Chiu & Hawe 1984)."""
    squares = float((values**2).sum())
    return float(values.sum() ** 2 / (len(values) * squares)) if squares else 0.0


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
