"""The site is started as a user starts it, or refuses with a paragraph that helps."""

import os
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from stopcovid.runtime.folder import DataFolder
from stopcovid.runtime.ports import free_port
from stopcovid.runtime.postgres import Postgres
from stopcovid.runtime.processes import Child
from tests.runtime.conftest import RUNTIME
from tests.runtime.terminal import survivors


PLAIN = {"DEMO": "0", "HTTPS": "0", "ALLOWED_HOSTS": "localhost"}


@pytest.fixture
def folder(bare_env):
    folder = DataFolder(Path(bare_env["STOPCOVID_VAR"]))
    folder.open()
    return folder


def test_site_starts_answers_and_stops(terminal, run, bare_env):
    port = str(free_port())
    window = terminal([*RUNTIME, "up", "--port", port], **PLAIN)
    window.wait_for("ready after", 120)
    family = window.family()
    assert f"http://localhost:{port}/" in window.text
    with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=5) as answer:
        assert answer.status == 200

    second = run("up", PORT=str(free_port()), **PLAIN)
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert "already running" in run("reset").stderr

    asked = run("psql", "--", "-Atc", "select count(*) > 0 from django_migrations")
    assert asked.stdout == "t\n", asked.stderr
    private = Path(bare_env["STOPCOVID_VAR"], "stack.env")
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.read_text() == run("env").stdout

    window.press_ctrl_c()
    assert window.wait() == 0
    assert "Traceback" not in window.text
    assert not survivors(family)
    assert run("stop").stdout == "Nothing was running.\n"


def test_start_refuses_a_taken_port(run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = run("up", PORT=str(port))
    assert refused.returncode == 1
    assert f"Port {port} is in use" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_start_refuses_a_folder_it_cannot_write(run, tmp_path):
    (tmp_path / "file").touch()
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    # nothing is closed to root, but nobody makes a folder inside a file
    path = tmp_path / "file" / "var" if os.geteuid() == 0 else folder
    refused = run("up", STOPCOVID_VAR=str(path))
    assert refused.returncode == 1
    assert f"The data folder {path} cannot be written" in refused.stderr


def test_start_refuses_a_half_made_database(run, folder):
    Postgres(folder).data.mkdir()
    refused = run("up", PORT=str(free_port()))
    assert refused.returncode == 1
    assert "only half there" in refused.stderr
    assert "make reset-demo" in refused.stderr


def test_start_refuses_a_database_of_another_version(run, folder):
    server = Postgres(folder)
    (server.data / "global").mkdir(parents=True)
    (server.data / "global" / "pg_control").touch()
    (server.data / "PG_VERSION").write_text("15\n")
    assert server.secret
    refused = run("up", PORT=str(free_port()))
    assert refused.returncode == 1
    assert "was made by PostgreSQL 15" in refused.stderr


def test_reset_keeps_what_is_not_ours(run, folder):
    (folder / "notes.txt").write_text("mine")
    (folder / "secret_key").write_text("ours")
    assert run("reset").returncode == 0
    assert (folder / "notes.txt").exists()
    assert not (folder / "secret_key").exists()


def test_commands_before_the_first_start_say_so(run):
    assert "Nothing has been started here yet" in run("env").stderr


def test_postgres_starts_despite_a_stale_pid_file(run, folder):
    """After a reboot the recorded pid may belong to any other process of the account."""
    server = Postgres(folder)
    server.ensure_cluster()
    stranger = subprocess.Popen(["sleep", "60"], cwd="/", **server.account.popen_options())
    try:
        pid_file = server.data / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{server.data}\n1700000000\n5432\n\n127.0.0.1\n")
        server.account.give(pid_file)
        options = {"cwd": server.home, **server.account.popen_options()}
        log = folder / "postgres.log"
        child = Child("postgres", server.argv(free_port()), server.environ(), options, log=log)
        child.start()
        try:
            server.wait_ready(child.alive, 20)
        finally:
            child.end()
    finally:
        stranger.kill()
        stranger.wait()
