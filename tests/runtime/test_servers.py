"""Test servers: apart for two data folders, one after the other for the same."""

import subprocess
import sys

from tests.runtime.conftest import RUNTIME


ASK = """
import os, psycopg2, redis
cursor = psycopg2.connect(os.environ["DATABASE_URL"]).cursor()
cursor.execute("select current_setting('stopcovid.allow_truncate'), current_setting('fsync')")
print(*cursor.fetchone(), redis.from_url(os.environ["REDIS_URL"]).ping(), os.environ["DEMO"])
"""


def test_with_servers_runs_a_command(run):
    done = run("with-servers", "--", sys.executable, "-c", ASK)
    assert done.stdout == "on off True 0\n", done.stderr


def test_second_run_in_the_same_folder_waits_and_says_so(run, bare_env, tmp_path):
    first = subprocess.Popen(
        [*RUNTIME, "with-servers", "--", sys.executable, "-c", "print('up', flush=True); input()"],
        env=bare_env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout.readline() == "up\n"
    second = subprocess.Popen(
        [*RUNTIME, "with-servers", "--", "true"], env=bare_env, stderr=subprocess.PIPE, text=True
    )
    assert "Another test run uses" in second.stderr.readline()
    other_folder = run("with-servers", "--", "true", STOPCOVID_VAR=str(tmp_path / "other"))
    assert other_folder.returncode == 0
    assert second.poll() is None
    first.communicate("\n")
    second.communicate(timeout=30)
    assert (first.returncode, second.returncode) == (0, 0)
