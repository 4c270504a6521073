"""Everything about the allocation engine, measured; figures in `benchmarks/results/`.

SIZES=S,M          sizes of our own instances (XS S M L XL); all but XS unless told
INSTANCES=DIR,DIR  folders of CSV files instead
REPEATS=5          solves of which the median counts
SECONDS=20         for the integer bound, per group
"""

import os
import sys
from pathlib import Path

from benchmarks.allocation import instances, report
from benchmarks.allocation.measuring import Figures, ask


RESULTS = Path(__file__).parents[1] / "results"
SEED = 1
FEW_LINES = 2_500


def main() -> None:
    """Measure every instance, show the tables, keep the figures."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / ".gitignore").write_text("*\n")
    facts, results = report.machine(), {}
    warm_up = _make("XS")
    for folder in _folders():
        results[folder.name] = _measure(folder, warm_up)
        report.save(RESULTS / "allocation.json", facts, results)
    print(facts)
    for table in (report.speed, report.database, report.quality, report.programs):
        print(f"\n{table(results)}", end="")
    print(f"\nAll figures: {RESULTS / 'allocation.json'}")


def _folders() -> list[Path]:
    named = os.environ.get("INSTANCES")
    if named:
        return [Path(each) for each in named.split(",")]
    return [_make(size) for size in os.environ.get("SIZES", "S,M,L,XL").split(",")]


def _make(size: str) -> Path:
    return instances.make(size, SEED, RESULTS / "instances" / f"{size}-{SEED}")


def _measure(folder: Path, warm_up: Path) -> Figures:
    with (folder / "lines.csv").open("rb") as file:
        lines = sum(1 for _ in file) - 1
    repeats = int(os.environ.get("REPEATS", "5"))
    found = {
        "phases": _ask("phases", folder, repeats, warm_up),
        "quality": _ask("quality", folder, warm_up),
    }
    if lines > FEW_LINES:
        found["workers"] = _ask("workers", folder, repeats, warm_up)
        found["end_to_end"] = _ask("end_to_end", folder)
    else:
        found["linear"] = _ask("linear", folder)
        found["bound"] = _ask("bound", folder, os.environ.get("SECONDS", "20"))
    return found


def _ask(measurement: str, folder: Path, *more: object) -> Figures:
    print(f"{folder.name}: {measurement}", file=sys.stderr)
    return ask(measurement, folder, *more)


if __name__ == "__main__":
    main()
