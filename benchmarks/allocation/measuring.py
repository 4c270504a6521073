"""What every measurement shares: reading an instance, time, memory, and telling the figures."""

import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from orders.allocation.files.reading import read_market
from orders.allocation.market import IntArray, Market


Figures = dict[str, Any]
SEED = "benchmark"


def read(folder: Path) -> tuple[Market, IntArray]:
    """The market, and per line in its order when it came: `seq`, or else the order of ids."""
    market = read_market(folder, seed=SEED)
    with (folder / "lines.csv").open(encoding="utf-8", newline="") as file:
        rows = [(int(row["line_id"]), int(row.get("seq") or 0)) for row in csv.DictReader(file)]
    came = np.array(sorted(rows), np.int64).reshape(-1, 2)[:, 1]
    return market, np.argsort(np.argsort(came, kind="stable"))


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def middle(times: list[float]) -> Figures:
    """The median and every single time."""
    return {"median": median(times), "all": times}


def peak_mb(who: int = resource.RUSAGE_SELF) -> float:
    """The most memory that this process, or the largest of its children, held so far."""
    return resource.getrusage(who).ru_maxrss / 1024


def forget_peak() -> None:
    """Let `peak_mb` of this process begin again from what it holds now (Linux, proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def tell(figures: Figures) -> None:
    """Hand the figures to the process that asked for them."""
    print(json.dumps(figures))


def ask(module: str, *arguments: object) -> Figures:
    """The figures of one measurement, taken in a process of its own."""
    name = f"benchmarks.allocation.{module}"
    command = [sys.executable, "-m", name, *(str(each) for each in arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures
