"""How near to the targets whole packs can come at all: an integer program per group (HiGHS).

`python -m benchmarks.allocation.bound FOLDER SECONDS`. Minimises the sum of |received - target|
under all hard rules; what it has proved within the seconds per group is a lower bound for
anybody. It may leave packs unsold and overtake a tier to come near: the engine may not.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, diags_array, hstack

from benchmarks.allocation.measuring import SEED, tell
from orders.allocation import solving
from orders.allocation.files.reading import read_market
from orders.allocation.market import NO_LIMIT, FloatArray, IntArray, Market


class Found(NamedTuple):
    """Sums of |received - target| in units: the engine's, the program's best, and its bound."""

    engine: float
    best: float
    bound: float


def main(folder: Path, limit: float) -> None:
    """Print the sums over all groups, as shares of all targets."""
    market = read_market(folder, seed=SEED)
    found, due = [], 0.0
    for done, group in enumerate(market.split(), 1):
        outcome = solving.solve_group(group)
        engine = float(np.abs(outcome.received - outcome.target).sum())
        best, bound = _program(group, outcome.target, limit)
        found.append(Found(engine, best, bound))
        due += float(outcome.target.sum())
        print(f"  {done} of {len(market.groups)} groups: {found[-1]}", file=sys.stderr)
    engine, best, bound = (sum(column) / due for column in zip(*found, strict=True))
    tell({"engine": engine, "best found": best, "bound": bound, "seconds a group": limit})


def _program(market: Market, target: FloatArray, limit: float) -> tuple[float, float]:
    """Best sum found and proved bound. Columns: packs and whether used per pair, whether served
    and distance per line."""
    lines, offers = len(market.lines), len(market.offers)
    line, offer = (each.ravel() for each in np.indices((lines, offers)))
    fine = market.eligible(line, offer)
    line, offer = line[fine], offer[fine]
    if not len(line):
        return float(target.sum()), float(target.sum())
    pairs = len(line)
    pack = market.offers.pack[offer].astype(float)
    most = np.minimum(market.lines.wanted[line], market.usable[offer]) // pack
    least = market.first_step[offer] / pack
    units, of_offer = _sums(line, lines, pack), _sums(offer, offers, pack)
    of_buyer, limits = _buyers(market, line, offer, pack)
    one, idle = diags_array(np.ones(pairs)), csr_array((pairs, 2 * lines))
    far, blank = diags_array(np.ones(lines)), csr_array((lines, lines))
    wanted, useful = (
        diags_array(column.astype(float))
        for column in (market.lines.wanted, market.lines.min_useful)
    )
    unused = csr_array((lines, pairs))
    rows = [
        (hstack([one, diags_array(-most), idle]), -np.inf, 0),
        (hstack([one, diags_array(-least), idle]), 0, np.inf),
        (hstack([of_offer, csr_array((offers, pairs + 2 * lines))]), -np.inf, market.usable),
        (hstack([of_buyer, csr_array((len(limits), pairs + 2 * lines))]), -np.inf, limits),
        (hstack([units, unused, -wanted, blank]), -np.inf, 0),
        (hstack([units, unused, -useful, blank]), 0, np.inf),
        (hstack([units, unused, blank, -far]), -np.inf, target),
        (hstack([units, unused, blank, far]), target, np.inf),
    ]
    answer = milp(
        np.concatenate([np.zeros(2 * pairs + lines), np.ones(lines)]),
        constraints=[LinearConstraint(matrix.tocsr(), low, high) for matrix, low, high in rows],
        integrality=np.concatenate([np.ones(2 * pairs + lines), np.zeros(lines)]),
        bounds=Bounds(0, np.concatenate([most, np.ones(pairs + lines), np.full(lines, np.inf)])),
        options={"time_limit": limit},
    )
    best = float(answer.fun) if answer.x is not None else float("inf")
    return best, float(answer.mip_dual_bound)


def _sums(row: IntArray, rows: int, weight: FloatArray) -> csr_array:
    return csr_array((weight, (row, np.arange(len(row)))), (rows, len(row)))


def _buyers(
    market: Market, line: IntArray, offer: IntArray, pack: FloatArray
) -> tuple[csr_array, IntArray]:
    """The rows of buyers' limits on offers, and the limits."""
    some = np.flatnonzero(market.buyer_limit[offer] < NO_LIMIT)
    key = market.lines.buyer[line[some]] * len(market.offers) + offer[some]
    keys, row = np.unique(key, return_inverse=True)
    matrix = csr_array((pack[some], (row, some)), (len(keys), len(line)))
    return matrix, market.buyer_limit[keys % len(market.offers)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
