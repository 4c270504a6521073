"""Runs a few processes in one terminal: ordered start, prefixed output, ordered stop."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from stopcovid.runtime.folder import Trouble
from stopcovid.runtime.processes import Child, record


COLOURS = (36, 35, 33, 32, 34, 31)
BOLD = 1


class Stopped(Exception):
    """Somebody asked for the end while a step was under way."""


class Supervisor:
    """The parent of all; SIGINT, SIGTERM and SIGHUP all mean an orderly end, twice a quick one."""

    def __init__(self, record_file: Path) -> None:
        self.record_file = record_file
        self.children: list[Child] = []
        self.stop_wanted = threading.Event()
        self._hurry = False
        self._readers: list[threading.Thread] = []
        self._printing = threading.Lock()
        self._coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.stop_wanted.is_set():
            self._hurry = True
        self.stop_wanted.set()

    def say(self, line: str, name: str = "stopcovid", colour: int = BOLD) -> None:
        """One prefixed line on the terminal, if there still is a terminal."""
        head = f"{name:<9} | "
        if self._coloured:
            head = f"\033[{colour}m{head}\033[0m"
        try:
            with self._printing:
                sys.stdout.write(f"{head}{line}\n")
                sys.stdout.flush()
        except OSError:
            pass  # the terminal is gone; go on stopping the children

    def _pump(self, child: Child, colour: int) -> None:
        if child.process and child.process.stdout:
            for raw in child.process.stdout:
                if line := raw.decode(errors="replace").rstrip():
                    self.say(line, child.name, colour)

    def start(self, child: Child) -> Child:
        """Start one more process; unless it has a log, its lines appear under its name."""
        self._checkpoint()
        child.start()
        colour = COLOURS[len(self.children) % len(COLOURS)]
        self.children.append(child)
        record(self.record_file, self.children)
        if not child.log:
            reader = threading.Thread(target=self._pump, args=(child, colour), daemon=True)
            reader.start()
            self._readers.append(reader)
        return child

    def run(self, child: Child) -> None:
        """A step that must end well before the next one."""
        self.start(child)
        while child.alive():
            self.stop_wanted.wait(0.02)
            self._checkpoint()
        self._readers[-1].join(1)
        self.children.remove(child)
        record(self.record_file, self.children)
        if child.process and child.process.returncode:
            raise Trouble(f"The step “{child.name}” failed; its lines above say why.")

    def _checkpoint(self) -> None:
        if self.stop_wanted.is_set():
            raise Stopped

    def still_up(self, child: Child) -> bool:
        """For those who wait on a starting process: is there still something to wait for?"""
        self._checkpoint()
        return child.alive()

    def ended(self) -> Child | None:
        """A process that ended although nobody asked it to."""
        return next((child for child in self.children if not child.alive()), None)

    def watch(self) -> int:
        """Block until a stop is asked for (0) or a process ends by itself (1)."""
        while not self.stop_wanted.wait(0.2):
            if (child := self.ended()) and child.process:
                self.say(f"{child.name} ended by itself (code {child.process.returncode})")
                return 1
        return 0

    def stop_all(self) -> None:
        """Stop in the reverse order of the start: who uses a server goes before it."""
        if self.children:
            self.say("stopping ...")
        while self.children:
            child = self.children[-1]
            child.end(lambda: self._hurry)
            self.children.pop()
            record(self.record_file, self.children)
        for reader in self._readers:
            reader.join(1)
        self.record_file.unlink(missing_ok=True)
        self.say("all stopped")
