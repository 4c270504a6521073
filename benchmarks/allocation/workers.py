"""Two worker processes against one, over the groups of an instance, largest first.

`python -m benchmarks.allocation.workers FOLDER REPEATS WARM_UP`.
"""

import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.allocation.measuring import SEED, middle, peak_mb, seconds, tell
from orders.allocation import solving
from orders.allocation.files.reading import read_market
from orders.allocation.market import Market
from orders.allocation.outcome import Outcome


GROUPS: list[Market] = []  # what the workers inherit


def main(folder: Path, repeats: int, warm_up: Path) -> None:
    """Print the time of all groups with one worker and with two."""
    solving.solve(read_market(warm_up, seed=SEED))
    market = read_market(folder, seed=SEED)
    GROUPS.extend(sorted(market.split(), key=lambda group: -len(group.lines)))
    times = {
        count: [seconds(lambda count=count: _solve(count)) for _ in range(repeats)]
        for count in (1, 2)
    }
    one, two = middle(times[1]), middle(times[2])
    tell(
        {
            "one": one,
            "two": two,
            "ratio": two["median"] / one["median"],
            "peak_mb": peak_mb(resource.RUSAGE_CHILDREN),
        }
    )


def _solve(workers: int) -> None:
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        list(pool.map(_solve_one, range(len(GROUPS))))


def _solve_one(group: int) -> Outcome:
    return solving.solve_group(GROUPS[group])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
