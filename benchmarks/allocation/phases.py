"""Time of each phase in one process, and its memory.

`python -m benchmarks.allocation.phases FOLDER REPEATS WARM_UP`; `WARM_UP` is a small instance
that is solved first, so that no time is spent on compiling.
"""

import sys
import time
from pathlib import Path

from benchmarks.allocation.measuring import SEED, Figures, middle, peak_mb, seconds, tell
from orders.allocation import solving
from orders.allocation.files.reading import read_market
from orders.allocation.market import Market
from orders.allocation.targets import fairness


def main(folder: Path, repeats: int, warm_up: Path) -> None:
    """Print medians of reading, exact targets and the whole solve, and each group's time."""
    solving.solve(read_market(warm_up, seed=SEED))
    market = read_market(folder, seed=SEED)
    solves = [_solve(market) for _ in range(repeats)]
    memory = peak_mb()
    whole = middle([total for total, _ in solves])
    _, groups = sorted(solves, key=lambda each: each[0])[repeats // 2]
    tell(
        {
            "offers": len(market.offers),
            "lines": len(market.lines),
            "solve": whole,
            "groups": groups,
            "peak_mb": memory,
            "targets": middle([seconds(lambda: _targets(market)) for _ in range(repeats)]),
            "load": middle(
                [seconds(lambda: read_market(folder, seed=SEED)) for _ in range(repeats)]
            ),
        }
    )


def _solve(market: Market) -> tuple[float, Figures]:
    groups: Figures = {}
    begun = last = time.perf_counter()

    def note(done: int, of: int, group: str) -> None:
        nonlocal last
        now = time.perf_counter()
        groups[group], last = now - last, now
        print(f"  {done} of {of} groups: {group} {groups[group]:.2f} s", file=sys.stderr)

    solving.solve(market, progress=note)
    return time.perf_counter() - begun, groups


def _targets(market: Market) -> None:
    for group in market.split():
        fairness.find_fair(group)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
