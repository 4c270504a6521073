"""Workers killed in the middle of large rounds: is anything lost or doubled, and how soon does
somebody take the work up again?

`python -m benchmarks.allocation.kills FOLDER KILLS`, on test servers of its own, with real workers
and a real beat on the leases of production. Fails at the first difference.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.allocation.measuring import SEED, Figures, tell
from benchmarks.servers import on_test_servers


if TYPE_CHECKING:
    from orders.models import AllocationRound
    from tests.orders.world import World


SHARE = 40  # a round hands out one part in so many of the stock, so that all lines go on waiting
KILLS_PER_STATE = 2  # a third death at one place is taken for a fault of the round: it fails
WHOLE = 0.2  # how often the worker dies with its children, not the children alone
LONGEST = 120.0  # seconds until somebody has to be back


def _measure(folder: Path, kills: int) -> Figures:
    """How often workers were killed, in which state, and the seconds until work went on."""
    from benchmarks.allocation.filling import Filling
    from orders.allocation.files.reading import read_market
    from orders.invariants import violations
    from tests.orders.world import World

    market = read_market(folder, seed=SEED)
    parcel = np.maximum(market.offers.stock // SHARE, market.first_step)
    world = World()
    Filling(replace(market, offers=replace(market.offers, stock=parcel)), world).fill()
    filled = set(violations())  # orders that were copied in have no history
    dice, pauses, states, rounds = random.Random(kills), [], Counter(), 0
    with Staff() as staff:
        while len(pauses) < kills:
            round_ = _open(world, rounds, parcel)
            rounds += 1
            killed: Counter[str] = Counter()
            while not _is_over(round_):
                time.sleep(dice.random() * 12)
                state = _state(round_)
                if killed[state] == KILLS_PER_STATE or _is_over(round_):
                    continue
                killed[state] += 1
                pauses.append(staff.kill(round_, whole=dice.random() < WHOLE))
                print(f"  {len(pauses)} of {kills}: {pauses[-1]:.1f} s", file=sys.stderr)
            states += killed
            _finish(round_)
    found = [each for each in violations() if each not in filled]
    if found:
        raise RuntimeError("\n".join(found[:20]))
    return {
        "lines": len(market.lines),
        "rounds": rounds,
        "kills": len(pauses),
        "states": dict(states),
        "back_median": float(np.median(pauses)),
        "back_worst": max(pauses),
    }


class Staff:
    """A worker and the beat, as processes of their own."""

    def __enter__(self) -> "Staff":
        self.folder = tempfile.TemporaryDirectory()
        self.beat = self._start("beat", "-s", f"{self.folder.name}/beat")
        self.worker = self._start_worker()
        return self

    def __exit__(self, *_error: object) -> None:
        from tests.faults.conftest import kill

        kill(self.worker)
        kill(self.beat)
        self.folder.cleanup()

    def kill(self, round_: "AllocationRound", *, whole: bool) -> float:
        """-9; the seconds until the round goes on. A worker that is dead is started again."""
        from tests.faults.conftest import kill, kill_children

        if whole:
            kill(self.worker)
            self.worker = self._start_worker()
        else:
            kill_children(self.worker)
        before, begun = _trace(round_), time.monotonic()
        while _trace(round_) == before:
            if time.monotonic() > begun + LONGEST:
                raise RuntimeError(f"round {round_.pk}: nobody takes it up")
            time.sleep(0.1)
        return time.monotonic() - begun

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", "--concurrency=2", "--without-mingle", "--without-gossip")

    def _start(self, *what: str) -> subprocess.Popen[bytes]:
        from tests.faults.conftest import environment

        command = [sys.executable, "-m", "celery", "-A", "stopcovid", *what, "--loglevel=ERROR"]
        return subprocess.Popen(command, env=environment())


def _open(world: "World", turn: int, parcel: "np.ndarray") -> "AllocationRound":
    """New stock for every offer but the first time, and a round, told to a worker."""
    from benchmarks.allocation.filling import FIRST
    from catalog import stock
    from orders import rounds
    from orders.enums import RoundTrigger
    from orders.models import AllocationRound
    from stopcovid.celery import app

    if turn:
        for row, units in enumerate(parcel.tolist()):
            stock.declare(FIRST + row, units, cause=f"delivery:{turn}", by=None)
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)
    if round_ is None:  # the clock was faster
        return AllocationRound.objects.live().get(for_decision=False)
    app.send_task("orders.tasks.advance_round", [round_.pk])
    return round_


def _trace(round_: "AllocationRound") -> list[object]:
    """Changes as soon as somebody takes the round or one of its groups up, or has moved it on."""
    from orders.models import AllocationRound

    own = AllocationRound.objects.filter(pk=round_.pk)
    return [
        *own.values_list("status", "lease_token", "news_pending"),
        *round_.groups.order_by("pk").values_list("pk", "status", "lease_token"),
    ]


def _state(round_: "AllocationRound") -> str:
    from orders.models import AllocationRound

    return str(AllocationRound.objects.values_list("status", flat=True).get(pk=round_.pk))


def _is_over(round_: "AllocationRound") -> bool:
    from orders.models import AllocationRound

    return not AllocationRound.objects.unfinished().filter(pk=round_.pk).exists()


def _finish(round_: "AllocationRound") -> None:
    """Wait for the end, and compare what was computed, promised, booked and told."""
    from django.db.models import Sum

    from catalog.models import StockMovement
    from journal.models import Event
    from orders.models import Allocation, AllocationRound, Explanation, SupplierOrder

    while not _is_over(round_):
        time.sleep(0.5)
    done = AllocationRound.objects.get(pk=round_.pk)
    promised = Allocation.objects.filter(round=done).aggregate(units=Sum("units"))["units"]
    moved = StockMovement.objects.filter(cause=f"round:{done.pk}")
    booked = moved.aggregate(units=Sum("delta_reserved_units"))["units"]
    told = Event.objects.filter(verb="orders.to_answer").count()
    figures = {
        "status": (done.status, "COMMITTED"),
        "units": (promised, done.allocated_units),
        "stock": (booked, done.allocated_units),
        "reasons": (Explanation.objects.filter(round=done).count(), done.lines_count),
        "suppliers told": (told, SupplierOrder.objects.count()),
    }
    for name, (seen, due) in figures.items():
        if seen != due:
            raise RuntimeError(f"round {done.pk}: {name}: {seen}, not {due} {done.failure}")


if __name__ == "__main__":
    on_test_servers(__spec__.name, lambda: tell(_measure(Path(sys.argv[1]), int(sys.argv[2]))))
