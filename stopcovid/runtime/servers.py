"""A PostgreSQL and a Valkey of their own for tests and checks; fast, and not durable."""

import os
import secrets
import signal
import sys
import time
from types import TracebackType
from typing import IO

from stopcovid.runtime.folder import DataFolder
from stopcovid.runtime.messages import compile_catalogues
from stopcovid.runtime.ports import free_port
from stopcovid.runtime.postgres import Postgres
from stopcovid.runtime.processes import Child, record, sweep
from stopcovid.runtime.valkey import Valkey


# Test data may be lost in a power cut. The append-only triggers let the test runner
# empty their tables where this setting is on.
TEST_OPTIONS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_wal_size=256MB",
    "stopcovid.allow_truncate=on",
)


class TestServers:
    """Servers in <data folder>/test; `env` is how the project finds them.

    A second run with the same folder waits for the first; one with another STOPCOVID_VAR
    does not notice it.
    """

    __test__ = False  # not a test class, whatever its name

    def __init__(self) -> None:
        self.folder = DataFolder(DataFolder.of_this_project() / "test")
        self.children: list[Child] = []
        self.env: dict[str, str] = {}

    def __enter__(self) -> "TestServers":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start what the environment does not name."""
        self.folder.open()
        self._lock = self._wait_for_lock()
        sweep(self.folder / "run.json")
        compile_catalogues()
        self.env = {
            "TESTING": "1",
            "DEMO": "0",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "MEDIA_ROOT": str(self.folder.private("media")),
            "STOPCOVID_TEST_SERVERS": "1",
        }
        try:
            if "DATABASE_URL" not in os.environ:
                self._start_postgres()
            if "REDIS_URL" not in os.environ:
                self._start_valkey()
        except BaseException:
            self.stop()
            raise

    def _wait_for_lock(self) -> IO[str]:
        told = False
        while (handle := self.folder.lock()) is None:
            if not told:
                print(
                    f"Another test run uses {self.folder.path}: waiting for its end"
                    " (give this run a STOPCOVID_VAR of its own not to wait) ...",
                    file=sys.stderr,
                    flush=True,
                )
                told = True
            time.sleep(0.2)
        return handle

    def _run(self, child: Child) -> Child:
        child.log = self.folder / f"{child.name}.log"
        child.start()
        self.children.append(child)
        record(self.folder / "run.json", self.children)
        return child

    def _start_postgres(self) -> None:
        server = Postgres(self.folder)
        server.stop_leftover()
        server.ensure_cluster()
        argv = server.argv(free_port(), *TEST_OPTIONS)
        options = {"cwd": server.home, **server.account.popen_options()}
        child = Child("postgres", argv, server.environ(), options, ((signal.SIGINT, 20),))
        server.wait_ready(self._run(child).alive)
        server.ensure_database()
        self.env["DATABASE_URL"] = server.url

    def _start_valkey(self) -> None:
        server = Valkey(self.folder)
        child = Child("valkey", server.argv(free_port(), durable=False))
        server.wait_ready(self._run(child).alive)
        self.env["REDIS_URL"] = server.url

    def stop(self) -> None:
        """Stop them and let the next run in."""
        for child in reversed(self.children):
            child.end()
        self.children.clear()
        (self.folder / "run.json").unlink(missing_ok=True)
        self._lock.close()
