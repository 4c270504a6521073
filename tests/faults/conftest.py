"""A real broker and real workers on the test database, to be killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import redis
from django.conf import settings as project
from django.db import connection

from tests.orders.world import World


WORKER = "worker to be killed"


@pytest.fixture
def world(transactional_db):
    return World()


@pytest.fixture
def broker():
    """The broker's own database, empty."""
    client = redis.Redis.from_url(project.CELERY_BROKER_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def workers(broker, tmp_path):
    """Starts Celery workers; kills what is left of them."""
    env = environment()
    command = (sys.executable, "-m", "celery", "-A", "stopcovid", "worker", "--concurrency=2")
    command += ("--without-mingle", "--without-gossip", "--without-heartbeat")
    log = tmp_path / "worker.log"
    started = []

    def start():
        with log.open("ab") as file:
            process = subprocess.Popen(
                command, cwd=project.BASE_DIR, env=env, stdout=file, stderr=file
            )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)
    until_all_are_forgotten()
    sys.stdout.write(log.read_text()[-3000:])  # shown if the test failed


def environment():
    """What a process needs that is to work on the test database and its broker."""
    address = "{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    return os.environ | {
        "DATABASE_URL": f"postgresql://{address}",
        "BROKER_URL": project.CELERY_BROKER_URL,
        "PGAPPNAME": WORKER,
    }


def children(process):
    return psutil.Process(process.pid).children(recursive=True)


def kill(process):
    """-9 to the worker and to its children, which would otherwise finish their task."""
    if process.poll() is not None:
        return
    family = children(process)
    process.kill()
    for child in family:
        _kill_if_alive(child.pid)
    process.wait(10)


def until_all_are_forgotten():
    """The server notices that workers are dead by and by; until then their statements run on."""

    def forgotten():
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_stat_activity WHERE application_name = %s", [WORKER])
            return not cursor.fetchall()

    wait_for(forgotten)


def kill_children(process):
    """-9 to the processes that do the work; the worker makes new ones."""
    for child in children(process):
        _kill_if_alive(child.pid)


def _kill_if_alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def wait_for(condition, seconds=30):
    """Until `condition()` is true; how long it took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() < begin + seconds, "nothing happened in time"
        time.sleep(0.002)
    return time.monotonic() - begin
