import os
import subprocess
import sys

import pytest

from stopcovid.runtime.folder import ROOT
from tests.runtime.terminal import Terminal


OF_THE_TEST_RUN = (
    *("DATABASE_URL", "REDIS_URL", "BROKER_URL", "CACHE_URL", "EMAIL_URL", "MEDIA_ROOT"),
    *("SECRET_KEY", "TESTING", "DEMO", "DEBUG", "PORT", "STOPCOVID_TEST_SERVERS"),
)
RUNTIME = (sys.executable, "-m", "stopcovid.runtime")


@pytest.fixture
def bare_env(tmp_path):
    """The environment of a newcomer, with a data folder of this test's own."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in OF_THE_TEST_RUN and not key.startswith(("PYTEST_", "COV_"))
    }
    return kept | {"STOPCOVID_VAR": str(tmp_path / "var"), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def run(bare_env, tmp_path):
    """Runs a command to its end: `run("up", PORT="8001")`."""

    def _run(*words, argv=RUNTIME, **env):
        return subprocess.run(
            [*argv, *words],
            env=bare_env | env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    yield _run
    for name in ("var", "var/test", "other", "other/test"):
        if (tmp_path / name).is_dir():  # under root, some of it lies outside tmp_path
            _run("reset", STOPCOVID_VAR=str(tmp_path / name))


@pytest.fixture
def terminal(bare_env):
    """Starts a command in a terminal: `terminal(argv, KEY="value")`."""
    opened = []

    def _terminal(argv, **env):
        opened.append(Terminal(argv, bare_env | env))
        return opened[-1]

    yield _terminal
    for window in opened:
        window.destroy()
