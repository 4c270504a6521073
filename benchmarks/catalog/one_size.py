"""One size of the catalogue: filled, served by gunicorn with two workers, asked by 16 clients."""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.servers import on_test_servers


CLIENTS = 16
SIZES = {
    "S": (1_000, 10_000, 500),
    "M": (10_000, 100_000, 2_000),
    "L": (100_000, 1_000_000, 5_000),
}
"""Sheets, offers, suppliers."""
WARM_UP, WINDOW, ROUNDS = 5, 10, 3


def main() -> None:
    """Print the figures of the size named by the first argument as JSON."""
    on_test_servers("benchmarks.catalog.one_size", measure)


def measure() -> None:
    """On an empty test database."""
    from benchmarks.catalog import decree, plans, questions
    from benchmarks.catalog.filling import Filling

    sheets, offers, suppliers = SIZES[sys.argv[1]]
    filling = Filling(sheets=sheets, offers=offers, suppliers=suppliers)
    filling.fill()
    figures = {"sheets": sheets, "offers": offers, "filling_s": filling.seconds}
    people = questions.sessions()
    with served() as (port, server):
        figures["as_asked"] = windows(port, questions.as_asked(people, 20_000))
        figures["never_twice"] = windows(port, questions.never_twice(people, 30_000))
        figures["web_mb"] = _memory_mb(server)
    figures["decree"] = decree.measure()
    figures["plans"] = plans.of_hot_queries()
    print(json.dumps(figures))


def windows(port: int, asked: list) -> list[dict]:
    """ROUNDS windows after a warm-up, each with questions of its own."""
    from benchmarks.catalog.asking import ask

    share = len(asked) // (ROUNDS + 1)
    ask(port, CLIENTS, asked[:share], WARM_UP)
    found = []
    for turn in range(1, ROUNDS + 1):
        window = ask(port, CLIENTS, asked[turn * share : (turn + 1) * share], WINDOW)
        if window.failed:
            raise SystemExit(f"{window.failed} answers were not 200")
        found.append(window.figures)
    return found


@contextmanager
def served() -> Iterator[tuple[int, int]]:
    """The site in production's settings on the test database: its port and process."""
    from django.db import connection

    from stopcovid.runtime.ports import free_port

    given = connection.get_connection_params()
    address = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**given)
    port = free_port()
    with tempfile.TemporaryDirectory() as static:
        env = os.environ | {
            "DATABASE_URL": address,
            "TESTING": "0",
            "DEMO": "0",
            "HTTPS": "0",
            "ALLOWED_HOSTS": "127.0.0.1",
            "STATIC_ROOT": static,
        }
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(collect, env=env, check=True, stdout=sys.stderr)
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "stopcovid.wsgi",
            "--bind",
            f"127.0.0.1:{port}",
        ]
        command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        command += ["--log-level", "warning"]
        server = subprocess.Popen(
            command, env=env, cwd=Path(__file__).parents[2], stdout=sys.stderr
        )
        try:
            _wait(port)
            yield port, server.pid
        finally:
            server.terminate()
            server.wait(20)


def _memory_mb(server: int) -> int:
    """Of the web server with its workers, what they share counted once."""
    import psutil

    first = psutil.Process(server)
    family = [first, *first.children(recursive=True)]
    return sum(each.memory_full_info().pss for each in family) // 2**20


def _wait(port: int) -> None:
    for _attempt in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The web server does not answer.")


if __name__ == "__main__":
    main()
