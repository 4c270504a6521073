"""A real worker is killed and a real broker emptied while mails are on their way."""

import contextlib
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import psutil
import pytest
import redis
from django.conf import settings as project
from django.utils import timezone

from journal import operations
from journal.enums import Channel, DeliveryStatus
from journal.models import Delivery
from journal.notifications import LEASE, message_id
from stopcovid.celery import app
from tests.faults.conftest import environment, until_all_are_forgotten


logger = logging.getLogger(__name__)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]
KILLS = 20
WORKER_KILLS = 3  # the whole worker, each of which takes seconds to start again
MAILS = 160


def mails():
    return Delivery.objects.filter(channel=Channel.EMAIL).order_by("pk")


def unsent():
    return mails().exclude(status=DeliveryStatus.SENT)


def wait_for(condition, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened in time"
        time.sleep(0.01)


def wait_for_mails(letters, count):
    wait_for(lambda: len(letters.messages) >= count)


def tick():
    """What the beat does every two seconds."""
    app.send_task("journal.tasks.deliver_pending")


def end_leases(killed_at):
    """As if two minutes had passed for those who were killed, and for no one else."""
    held = unsent().filter(attempts__gt=0, next_attempt_at__lte=killed_at + LEASE)
    held.update(next_attempt_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def broker():
    """The broker's own database, empty."""
    client = redis.Redis.from_url(project.CELERY_BROKER_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def letters(make, postbox):
    """Many pending mails on a slow mail server."""
    people = [make.User() for _each in range(MAILS)]
    operations.record(
        "buyers.approved", make.Site(), by=None, to=people, payload={"url": "/", "name": "A"}
    )
    postbox.seconds_per_mail = 0.01
    return postbox


@pytest.fixture
def workers(tmp_path, settings):
    """Starts Celery workers on the test database; kills what is left of them."""
    env = environment() | {"EMAIL_URL": f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"}
    command = (sys.executable, "-m", "celery", "-A", "stopcovid", "worker", "--concurrency=3")
    command += ("--without-mingle", "--without-gossip", "--without-heartbeat")
    started = []

    def start():
        with (tmp_path / "worker.log").open("ab") as file:
            process = subprocess.Popen(
                command, cwd=project.BASE_DIR, env=env, stdout=file, stderr=file
            )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)
    until_all_are_forgotten()
    sys.stdout.write((tmp_path / "worker.log").read_text()[-2000:])  # shown if the test failed


def senders(process, port):
    """The processes of a worker that are talking to the mail server."""
    return [each for each in psutil.Process(process.pid).children() if _talks_to(each, port)]


def _talks_to(process, port):
    try:
        return any(each.raddr and each.raddr.port == port for each in process.net_connections())
    except psutil.Error:  # it has just ended
        return False


def kill(process, port=0):
    """-9 to the worker and to its children, which would otherwise finish their mail."""
    if process.poll() is not None:
        return 0
    busy = len(senders(process, port))
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    for each in family:
        _kill_if_alive(each.pid)
    process.wait(10)
    return busy


def kill_senders(process, port):
    """-9 to those that are sending; the worker has other processes, and makes new ones."""
    busy = senders(process, port)
    for child in busy:
        _kill_if_alive(child.pid)
    return len(busy)


def _kill_if_alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def test_killed_worker_loses_nothing_and_doubles_only_the_mail_in_hand(
    letters, broker, workers, settings
):
    dice = random.Random(19)
    worker, killed = workers(), 0
    for number in range(KILLS):
        tick()
        wait_for_mails(letters, len(letters.messages) + 2)
        time.sleep(dice.random() / 50)
        assert unsent().exists(), "all mails are out: the rest of the kills would prove nothing"
        killed_at = timezone.now()
        if number < WORKER_KILLS:
            killed += kill(worker, settings.EMAIL_PORT)
            worker = workers()
        else:
            killed += kill_senders(worker, settings.EMAIL_PORT)
        end_leases(killed_at)
    killed += kill(worker, settings.EMAIL_PORT)
    end_leases(timezone.now())  # those claimed in the instant before a kill
    workers()
    wait_for(lambda: _kick() or not unsent().exists())
    sent = Counter(letters.ids)
    assert set(sent) == {message_id(each) for each in mails().select_related("event")}
    doubled = sum(count - 1 for count in sent.values())
    assert killed >= KILLS - WORKER_KILLS
    assert doubled <= killed
    assert max(sent.values()) <= 2
    logger.info("%s kills, %s mails: 0 lost, %s doubled", killed, MAILS, doubled)


def _kick():
    tick()
    time.sleep(0.3)


def test_emptied_broker_loses_nothing_and_doubles_nothing(letters, broker, workers):
    for _each in range(5):
        tick()
    assert broker.dbsize()
    broker.flushdb()
    workers()
    time.sleep(1)
    assert letters.messages == []
    tick()
    wait_for_mails(letters, 20)
    broker.flushdb()
    wait_for_mails(letters, 100)
    for _each in range(3):
        tick()
    wait_for(lambda: not unsent().exists())
    assert len(letters.ids) == len(set(letters.ids)) == MAILS


def test_two_workers_at_once_double_nothing(letters, broker, workers):
    workers()
    workers()
    for _each in range(10):
        tick()
    wait_for(lambda: not unsent().exists())
    assert len(letters.ids) == len(set(letters.ids)) == MAILS
