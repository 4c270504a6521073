"""Figures as tables for people, and as JSON with facts about the machine."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from math import log
from pathlib import Path

from benchmarks.allocation.measuring import Figures


SPEED = "instance|offers|lines|load s|targets s|solve s|peak MB|two workers ÷ one"
QUALITY = (
    "within one step|L1|wasted|overtaken|Jain of fill|Jain of level|least fill|served|split lines|"
    "units|cost per unit|seconds"
)
DATABASE = {
    "freeze s": "freeze",
    "groups s": "groups",
    "commit s": "commit",
    "news s": "news",
    "engine s": "engine",
    "lines out s": "lines_out",
    "allocations in s": "allocations_in",
    "to commit ÷ engine": "whole_per_engine",
    "engine ÷ COPY": "engine_per_floor",
    "peak MB": "peak_mb",
}
PROGRAMS = "instance|LPs s|solve s|LPs ÷ solve|L1 of the engine|L1 best found|L1 bound"


def speed(results: Mapping[str, Figures]) -> str:
    """Time and memory, an instance per row, and how time grows with lines."""
    rows = []
    for name, found in results.items():
        phases = found["phases"]
        medians = [phases[phase]["median"] for phase in ("load", "targets", "solve")]
        ratio = found.get("workers", {}).get("ratio", "")
        rows.append([name, phases["offers"], phases["lines"], *medians, phases["peak_mb"], ratio])
    return _table(SPEED.split("|"), rows) + _growth(results)


def _growth(results: Mapping[str, Figures]) -> str:
    """The exponent of lines in the solve's time, from 20,000 lines to the largest instance."""
    sizes = sorted(
        (found["phases"]["lines"], found["phases"]["solve"]["median"])
        for found in results.values()
        if found["phases"]["lines"] >= 20_000
    )
    if len(sizes) < 2 or sizes[0][0] == sizes[-1][0]:
        return ""
    (few, fast), (many, slow) = sizes[0], sizes[-1]
    return (
        f"time grows as lines ^ {log(slow / fast) / log(many / few):.3f} ({few:,} to {many:,})\n"
    )


def quality(results: Mapping[str, Figures]) -> str:
    """Nearness to targets, order of tiers, evenness and cost, a way to share per row."""
    names = QUALITY.split("|")
    rows = [
        [instance, way, *(figures[name] for name in names)]
        for instance, found in results.items()
        for way, figures in found["quality"].items()
    ]
    return _table(["instance", "way", *names], rows)


def programs(results: Mapping[str, Figures]) -> str:
    """The engine beside linear programs, and beside the integer bound."""
    rows = []
    for name, found in results.items():
        if "linear" in found:
            lps, solve = found["linear"]["programs"], found["phases"]["solve"]["median"]
            bound = found["bound"]
            nearness = [bound["engine"], bound["best found"], bound["bound"]]
            rows.append([name, lps, solve, lps / solve, *nearness])
    return _table(PROGRAMS.split("|"), rows)


def database(results: Mapping[str, Figures]) -> str:
    """From orders in PostgreSQL to committed allocations, an instance per row."""
    rows = [
        [name, *(found["end_to_end"][key] for key in DATABASE.values())]
        for name, found in results.items()
        if "end_to_end" in found
    ]
    return _table(["instance", *DATABASE], rows)


def machine() -> Figures:
    """What the figures depend on."""
    cpu = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "processor": cpu[0].partition(":")[2].strip() if cpu else platform.processor(),
        "cores": os.cpu_count(),
        "memory": memory[0].partition(":")[2].strip() if memory else "",
        "load before": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
    } | {name: version(name) for name in ("numpy", "numba", "ortools", "scipy")}


def save(path: Path, facts: Figures, results: Mapping[str, Figures]) -> None:
    """Write everything, beyond what the tables show."""
    path.write_text(json.dumps({"machine": facts, "instances": results}, indent=1) + "\n")


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    width = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(text.rjust(wide) for text, wide in zip(row, width, strict=True)) for row in cells
    ]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if value < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
