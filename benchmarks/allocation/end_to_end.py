"""From orders in PostgreSQL to committed allocations with explanations, each phase timed.

`python -m benchmarks.allocation.end_to_end FOLDER`, on test servers of its own. The floor is what
the same tables cost without an engine: COPY of the lines out, COPY of the allocations in.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.allocation.measuring import SEED, Figures, forget_peak, peak_mb, seconds, tell
from benchmarks.servers import on_test_servers


if TYPE_CHECKING:
    from orders.models import AllocationRound


LINES = "COPY (SELECT * FROM orders_orderline WHERE waits_for_round) TO STDOUT (FORMAT binary)"
COLUMNS = "line_id, offer_id, units, unit_price_eur, price_rule_ids, at"
ALLOCATIONS = f"COPY (SELECT {COLUMNS} FROM orders_allocation) TO STDOUT"
AGAIN = f"COPY orders_allocation ({COLUMNS}) FROM STDIN"


def _measure(folder: Path) -> Figures:
    """The seconds of each phase, the floor, and their ratios."""
    from benchmarks.allocation.filling import Filling
    from orders import rounds
    from orders.allocation.files.reading import read_market
    from orders.enums import RoundTrigger
    from orders.rounds import steps
    from tests.orders.world import World

    world = World()
    _say("filling", lambda: Filling(read_market(folder, seed=SEED), world).fill())
    forget_peak()  # filling is no work of a worker
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)
    found = {"freeze": _say("freeze", lambda: steps.freeze(round_))}
    found["engine"] = _engine(round_)
    found["groups"] = _say("groups", lambda: steps.solve(round_))
    round_.refresh_from_db()
    if round_.failure:
        raise RuntimeError(round_.failure)
    found["commit"] = _say("commit", lambda: steps.commit(round_))
    found["news"] = _say("news", lambda: steps.tell(round_))
    found["lines_out"], found["allocations_in"] = _floor()
    whole = found["freeze"] + found["groups"] + found["commit"]
    floor = found["lines_out"] + found["allocations_in"]
    return found | {
        "whole_per_engine": whole / found["engine"],
        "engine_per_floor": found["engine"] / floor,
        "peak_mb": peak_mb(),
    }


def _engine(round_: "AllocationRound") -> float:
    """Seconds of the engine alone on the groups of the round."""
    from orders.allocation import solving
    from orders.rounds import snapshot

    markets = [snapshot.of_market(group.input) for group in round_.groups.all()]
    return _say("engine", lambda: [solving.solve_group(each) for each in markets])


def _floor() -> tuple[float, float]:
    """Seconds of COPY of the lines out, and of the allocations in, constraints checked."""
    from django.db import connection, transaction

    def out() -> None:
        with connection.cursor() as cursor:
            cursor.copy_expert(LINES, io.BytesIO())

    rows = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(ALLOCATIONS, rows)

    def back() -> None:
        rows.seek(0)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.copy_expert(AGAIN, rows)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    return _say("lines out", out), _say("allocations in", back)


def _say(name: str, work: Callable[[], object]) -> float:
    took = seconds(work)
    print(f"  {name}: {took:.2f} s", file=sys.stderr)
    return took


if __name__ == "__main__":
    on_test_servers(__spec__.name, lambda: tell(_measure(Path(sys.argv[1]))))
