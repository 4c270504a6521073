"""The exact targets by a sequence of linear programs (HiGHS), against the engine.

`python -m benchmarks.allocation.linear FOLDER`. The programs are those that judge the tests; the
engine must also find the same targets.
"""

import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.allocation.measuring import SEED, tell
from orders.allocation.files.reading import read_market
from orders.allocation.targets import fairness
from tests.allocation.reference import case_of, fair_targets


def main(folder: Path) -> None:
    """Print the seconds for the programs, for listing pairs, and the largest difference."""
    programs = listing = largest = 0.0
    for group in read_market(folder, seed=SEED).split():
        begun = time.perf_counter()
        case = case_of(group)
        listed = time.perf_counter()
        targets = fair_targets(case)
        programs += time.perf_counter() - listed
        listing += listed - begun
        largest = max(largest, float(np.abs(fairness.find_fair(group).target - targets).max()))
    tell({"programs": programs, "listing": listing, "largest difference": largest})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
