"""Search with facets over 10 k, 100 k and 1 M offers; figures in `benchmarks/results/`.

SIZES=S,M,L  S: 1,000 sheets with 10,000 offers; M: ten times, L: a hundred times as much
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.allocation import report


RESULTS = Path(__file__).parents[1] / "results"
MIXES = {"as_asked": "questions that come back", "never_twice": "no question twice"}


def main() -> None:
    """Measure every size in turn, show the growth, keep the figures."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / ".gitignore").write_text("*\n")
    facts, sizes = report.machine(), {}
    for size in os.environ.get("SIZES", "S,M,L").split(","):
        print(f"{size}: filling, serving, asking", file=sys.stderr)
        command = [sys.executable, "-m", "benchmarks.catalog.one_size", size]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        sizes[size] = json.loads(answer.stdout.splitlines()[-1])
        found = {"machine": facts, "sizes": sizes}
        (RESULTS / "catalog.json").write_text(json.dumps(found, indent=1, ensure_ascii=False))
    print(facts)
    for mix, title in MIXES.items():
        print(f"\n{_table(sizes, mix, title)}")
    for figures in sizes.values():
        print(
            f"{figures['offers']:>9,} offers: web server with two workers {figures['web_mb']} MB"
        )
    print(f"\n{_decrees(sizes)}")
    print(f"\nAll figures and plans: {RESULTS / 'catalog.json'}")


def _table(sizes: dict[str, dict], mix: str, title: str) -> str:
    lines = [f"{title}: offers, pages/s, p50 ms, p95 ms, p99 ms (medians of the windows)"]
    p95 = {}
    for figures in sizes.values():
        middle = {
            name: median(window[name] for window in figures[mix])
            for name in ("per_second", "p50_ms", "p95_ms", "p99_ms")
        }
        p95[figures["offers"]] = middle["p95_ms"]
        lines.append(
            f"{figures['offers']:>9,} " + " ".join(f"{each:>8}" for each in middle.values())
        )
    for small, large in zip(list(p95)[:-1], list(p95)[1:], strict=True):
        ratio = p95[large] / p95[small]
        exponent = math.log(ratio) / math.log(large / small)
        lines.append(f"p95 {large:,} / {small:,}: {ratio:.2f} (exponent {exponent:.2f})")
    return "\n".join(lines)


def _decrees(sizes: dict[str, dict]) -> str:
    lines = ["a decree: all offers judged s, offers under a new ceiling, judged s"]
    for figures in sizes.values():
        found = figures["decree"]
        shown = (found["every_offer_s"], found["ceiling_offers"], found["ceiling_s"])
        lines.append(f"{figures['offers']:>9,} " + " ".join(f"{each:>9,}" for each in shown))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
