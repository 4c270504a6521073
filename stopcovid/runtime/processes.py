"""One child process, the record of all of them, and ending what a killed run left."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil


@dataclass
class Child:
    """A process to run; `stop` are the signals tried in turn with the seconds each gets."""

    name: str
    argv: list[str]
    env: dict[str, str] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    stop: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 10),)
    log: Path | None = None  # where its lines go; without one, to whoever starts it
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start in a session of its own, so that the terminal's Ctrl-C does not reach it."""
        with (
            self.log.open("wb") if self.log else contextlib.nullcontext(subprocess.PIPE) as output
        ):
            self.process = subprocess.Popen(
                self.argv,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.options,
            )

    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def end(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Stop it, politely first, and whatever it has started itself."""
        if self.process is None:
            return
        for number, patience in self.stop:
            if self.alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.process.pid, number)
                self._await(patience, hurry)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _await(self, patience: float, hurry: Callable[[], bool]) -> None:
        end = time.monotonic() + patience
        while self.alive() and time.monotonic() < end:
            if hurry():
                end = min(end, time.monotonic() + 1)
            time.sleep(0.02)


def record(path: Path, children: Iterable[Child]) -> None:
    """Note who runs, so that the next start can end what a killed run left."""
    rows = []
    for child in children:
        if child.process is not None:
            with contextlib.suppress(psutil.Error):
                born = psutil.Process(child.process.pid).create_time()
                rows.append({"name": child.name, "pid": child.process.pid, "born": born})
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps({"supervisor": os.getpid(), "children": rows}))
    fresh.replace(path)


def sweep(path: Path, patience: float = 4) -> list[str]:
    """End the recorded processes and all of their sessions; return their names.

    PostgreSQL is left out: it has rules of its own (Postgres.stop_leftover). A worker is not
    given the time to finish: its tasks are acknowledged late and go back to the queue.
    """
    try:
        rows = json.loads(path.read_text())["children"]
    except (OSError, ValueError, KeyError):
        return []
    born = {row["pid"]: row["born"] for row in rows if row["name"] != "postgres"}
    mates = [mate for mate in psutil.process_iter() if _in_session_of(mate, born)]
    swept = set()
    for mate in mates:
        with contextlib.suppress(psutil.Error, OSError):
            swept.add(os.getsid(mate.pid))
            mate.terminate()
    _, stubborn = psutil.wait_procs(mates, timeout=patience)
    for mate in stubborn:
        with contextlib.suppress(psutil.Error):
            mate.kill()
    psutil.wait_procs(stubborn, timeout=5)
    return [row["name"] for row in rows if row["pid"] in swept]


def _in_session_of(process: psutil.Process, born: dict[int, float]) -> bool:
    # our children lead their sessions, so the number of the session is the recorded pid
    try:
        leader = os.getsid(process.pid)
        mate = leader in born and process.create_time() >= born[leader] - 1
        return mate and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False
