"""docker-compose.yml under the real Compose, and its commands rehearsed without an engine."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest

from stopcovid.runtime.folder import ROOT
from stopcovid.runtime.ports import free_port


BIN = Path(sys.executable).parent
FILE = ROOT / "docker-compose.yml"
SECRETS = {
    "POSTGRES_PASSWORD": "x",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "stopcovid.example.org",
    "SITE_URL": "https://stopcovid.example.org",
    "EMAIL_URL": "smtp://mail.example.org:25",
    "DEFAULT_FROM_EMAIL": "site@example.org",
}


def compose(file, *words, **env):
    return subprocess.run(
        [BIN / "docker-compose", "--env-file", os.devnull, "-f", file, *words],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_compose_file_is_valid():
    done = compose(FILE, "config", "-q", **SECRETS)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("secret", SECRETS)
def test_compose_refuses_to_start_without(secret):
    rest = {key: value for key, value in SECRETS.items() if key != secret}
    done = compose(FILE, "config", "-q", **rest)
    assert done.returncode
    assert f"set {secret} in .env" in done.stderr


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("stop_grace_period: 11m", "stop_grace_perod: 11m"),
        ("db: {condition: service_healthy}", "database: {condition: service_healthy}"),
        ("condition: service_completed_successfully", "condition: done"),
    ],
)
def test_compose_refuses_a_broken_file(tmp_path, good, bad):
    broken = tmp_path / "docker-compose.yml"
    text = FILE.read_text()
    assert good in text
    broken.write_text(text.replace(good, bad))
    assert compose(broken, "config", "-q", **SECRETS).returncode


@pytest.fixture(scope="module")
def services():
    done = compose(FILE, "config", "--format", "json", **SECRETS)
    return json.loads(done.stdout)["services"]


def test_compose_services_can_be_multiplied_and_hold_no_privilege(services):
    assert not any("container_name" in service for service in services.values())
    for name in ("web", "worker", "beat", "migrate"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
    published = {name for name, service in services.items() if service.get("ports")}
    assert published == {"web"}
    assert services["web"]["ports"][0]["host_ip"] == "127.0.0.1"


def test_compose_broker_keeps_messages_and_cache_forgets(services):
    broker, cache = services["broker"]["command"], services["cache"]["command"]
    assert broker[broker.index("--appendonly") + 1] == "yes"
    assert broker[broker.index("--maxmemory-policy") + 1] == "noeviction"
    assert cache[cache.index("--maxmemory-policy") + 1] == "allkeys-lru"


@pytest.fixture
def database():
    """An empty database of the test server."""
    name = f"rehearsal_{uuid.uuid4().hex}"
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"create database {name}")
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        cursor.execute(f"drop database {name} with (force)")
    connection.close()


class Rehearsal:
    """The services' own commands and environment, against the servers of the test run."""

    def __init__(self, services, database, folder):
        self.services = services
        self.folder = folder
        self.port = str(free_port())
        redis = os.environ["REDIS_URL"]
        self.addresses = {
            "DATABASE_URL": database,
            "BROKER_URL": os.environ.get("BROKER_URL", f"{redis}/0"),
            "CACHE_URL": os.environ.get("CACHE_URL", f"{redis}/2"),
            "PATH": f"{BIN}:/usr/bin:/bin",
            "HOSTNAME": socket.gethostname(),
            "MEDIA_ROOT": str(folder),
            "STATIC_ROOT": str(folder),
        }
        self.running = {}

    def here(self, words):
        """The command with this machine's port and folder for the container's."""
        places = {"0.0.0.0:8000": f"127.0.0.1:{self.port}", "8000": self.port}
        return [places.get(word, word).replace("/tmp", str(self.folder)) for word in words]

    def env(self, name):
        return self.services[name]["environment"] | self.addresses

    def command(self, name):
        return subprocess.Popen(
            self.here(self.services[name]["command"]),
            env=self.env(name),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{name}.log").open("wb"),
        )

    def is_healthy(self, name):
        kind, *words = self.services[name]["healthcheck"]["test"]
        argv = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        argv = [word.replace("$$", "$") for word in self.here(argv)]
        done = subprocess.run(argv, env=self.env(name), cwd=ROOT, capture_output=True, check=False)
        return done.returncode == 0

    def becomes_healthy(self, name, limit=40):
        end = time.monotonic() + limit
        while time.monotonic() < end and self.running[name].poll() is None:
            if self.is_healthy(name):
                return True
            time.sleep(0.3)
        return False

    def said(self, name):
        return (self.folder / f"{name}.log").read_text()


@pytest.fixture
def rehearsal(services, database, tmp_path):
    rehearsal = Rehearsal(services, database, tmp_path)
    yield rehearsal
    for process in rehearsal.running.values():
        process.terminate()
    for process in rehearsal.running.values():
        process.wait(30)


def test_compose_services_run_and_their_health_checks_pass(rehearsal):
    """Migrate ends well; web, worker and beat answer the checks that Compose would make."""
    migrate = rehearsal.command("migrate")
    assert migrate.wait(120) == 0, rehearsal.said("migrate")
    assert not rehearsal.is_healthy("web"), "the check must fail while nothing runs"
    rehearsal.running = {name: rehearsal.command(name) for name in ("web", "worker", "beat")}
    for name in rehearsal.running:
        assert rehearsal.becomes_healthy(name), rehearsal.said(name)
    assert all(process.poll() is None for process in rehearsal.running.values())
