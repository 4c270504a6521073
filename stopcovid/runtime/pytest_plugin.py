"""Gives a test run its own servers; loaded with `-p stopcovid.runtime.pytest_plugin`.

It must come with -p: pytest-django reads the settings before any conftest.py. Under xdist
only the controller starts servers; its workers inherit the addresses, and each gets
databases of its own in Valkey, so that one may clear its cache without the other noticing.
"""

import os

import pytest

from stopcovid.runtime.servers import TestServers


_servers: list[TestServers] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one hook that runs as soon as a plugin is loaded, before settings are read."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        if "STOPCOVID_TEST_SERVERS" in os.environ:
            _separate(int(worker.removeprefix("gw")))
        return
    servers = TestServers()
    servers.start()
    _servers.append(servers)
    os.environ.update(servers.env)


def _separate(worker: int) -> None:
    redis, media = os.environ["REDIS_URL"], os.environ["MEDIA_ROOT"]
    for offset, key in enumerate(("BROKER_URL", "CACHE_URL")):
        os.environ[key] = f"{redis}/{3 + 2 * worker + offset}"
    os.environ["MEDIA_ROOT"] = os.path.join(media, str(worker))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Last of all: pytest-django has dropped its databases by now."""
    while _servers:
        _servers.pop().stop()
