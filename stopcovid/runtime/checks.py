"""`make test` and `make check`: each step named, timed, and summed up."""

import difflib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stopcovid.runtime.folder import ROOT, Trouble
from stopcovid.runtime.servers import TestServers


PYTHON = sys.executable
BIN = Path(PYTHON).parent
PYTEST = (PYTHON, "-m", "pytest")
SCHEMA = "docs/openapi.yaml"
COMPOSE = {
    "POSTGRES_PASSWORD": "x",
    "ALLOWED_HOSTS": "example.org",
    "SITE_URL": "https://example.org",
    "EMAIL_URL": "smtp://mail.example.org:25",
    "DEFAULT_FROM_EMAIL": "site@example.org",
}


@dataclass
class Step:
    """One thing to find out, by a command or by a function that returns what is wrong."""

    name: str
    command: tuple[str, ...] = ()
    function: Callable[[dict[str, str]], str] | None = None


def manage(*words: str) -> tuple[str, ...]:
    """A command of manage.py."""
    return (PYTHON, "manage.py", *words)


def tool(name: str, *words: str) -> tuple[str, ...]:
    """A program of the developers' lock."""
    return (str(BIN / name), *words)


def deployable(env: dict[str, str]) -> str:
    """Django's own list of dangers, under the settings of production."""
    laptop = {"TESTING", "DEMO", "DEBUG"}
    strong = {"SECRET_KEY": secrets.token_urlsafe(60), "ALLOWED_HOSTS": "example.org"}
    production = {key: value for key, value in env.items() if key not in laptop} | strong
    return run(manage("check", "--deploy", "--fail-level", "WARNING"), production)


def schema(env: dict[str, str]) -> str:
    """The committed API description is the one the code makes."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "openapi.yaml"
        wrong = run(
            manage("spectacular", "--validate", "--fail-on-warn", "--file", str(made)), env
        )
        if wrong:
            return wrong
        committed = (ROOT / SCHEMA).read_text() if (ROOT / SCHEMA).exists() else ""
        now = made.read_text()
    lines = difflib.unified_diff(
        committed.splitlines(), now.splitlines(), SCHEMA, "now", lineterm="", n=1
    )
    return "\n".join(list(lines)[:60])


CHECK = (
    Step("ruff", tool("ruff", "check", ".")),
    Step("format", tool("ruff", "format", "--check", ".")),
    Step("types", tool("mypy")),
    Step("templates: format", tool("djlint", "templates", "--check")),
    Step("templates: lint", tool("djlint", "templates", "--lint")),
    Step("layers", tool("lint-imports")),
    Step("migrations", manage("makemigrations", "--check", "--dry-run")),
    Step("deployment", function=deployable),
    Step("translations", manage("check_messages")),
    Step("API schema", function=schema),
    Step("Dockerfile", tool("hadolint", "Dockerfile")),
    Step("docker-compose.yml", tool("docker-compose", "config", "-q")),
)


def run(command: tuple[str, ...], env: dict[str, str]) -> str:
    """What a failing command has said; nothing if it ended well."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return (done.stdout.strip() or f"code {done.returncode}") if done.returncode else ""


def check() -> bool:
    """Every step, even after one has failed; only failures are shown in full."""
    failed = []
    with TestServers() as servers:
        env = COMPOSE | os.environ | servers.env
        for step in CHECK:
            begin = time.monotonic()
            wrong = step.function(env) if step.function else run(step.command, env)
            took = time.monotonic() - begin
            print(f"{'FAILED' if wrong else 'ok':<7}{step.name:<24}{took:5.1f} s", flush=True)
            if wrong:
                failed.append(step.name)
                print(f"\n{wrong}\n", flush=True)
    print(f"make check: {'FAILED: ' + ', '.join(failed) if failed else 'all is well'}")
    return not failed


def test() -> bool:
    """The bulk of the tests on two processes, those that need the servers alone, the browser's.

    Apart, because a long transaction of a neighbour holds the seals back, and because Playwright's
    event loop stays in the test process for good. The engine's loops are compiled before, lest
    that happens inside a test's transaction, which PostgreSQL breaks off after a minute.
    """
    if wrong := run((PYTHON, "-m", "orders.allocation.warming"), dict(os.environ)):
        print(wrong)
        return False
    results = {
        "side by side": pytest_run("-m", "not browser and not serial", "-n", "2"),
        "one by one": pytest_run("-m", "serial and not browser"),
        "in the browser": pytest_run("-m", "browser", "-rs"),
    }
    for name, good in results.items():
        print(f"make test: {name}: {'passed' if good else 'FAILED'}", flush=True)
    return all(results.values())


def pytest_run(*options: str) -> bool:
    """One run of pytest on the terminal."""
    return not subprocess.call((*PYTEST, *options), cwd=ROOT)


if __name__ == "__main__":
    try:
        sys.exit(not {"check": check, "test": test}[sys.argv[1]]())
    except Trouble as trouble:
        sys.exit(str(trouble))
    except KeyboardInterrupt:
        sys.exit(130)
