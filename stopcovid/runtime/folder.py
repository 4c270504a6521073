"""The data folder: everything a run on this machine leaves behind lives in it."""

import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import IO


ROOT = Path(__file__).resolve().parents[2]
KNOWN = (
    "pg",
    "pg.secret",
    "postgres.log",
    "valkey.log",
    "valkey",
    "mail",
    "media",
    "static",
    "static.stamp",
    "secret_key",
    "stack.env",
    "ports.json",
    "run.json",
)


class Trouble(Exception):
    """Something the person at the keyboard can mend; the text is shown as it is."""


class DataFolder:
    """A folder of ours, its lock, its secrets and the addresses of the servers in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of_this_project(cls) -> "DataFolder":
        """The folder named by STOPCOVID_VAR, or .var beside manage.py."""
        return cls(Path(os.environ.get("STOPCOVID_VAR") or ROOT / ".var").resolve())

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def open(self) -> None:
        """Make the folder if need be and prove that it can be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise Trouble(
                f"The data folder {self.path} cannot be written ({error.strerror}). Give this"
                " user write access to it (an earlier run as root leaves files of root's), or"
                " choose another folder with STOPCOVID_VAR=/some/folder."
            ) from error

    def lock(self) -> IO[str] | None:
        """Take the folder for this process; None if another process has it.

        The kernel gives the lock back when the process ends, however it ends.
        """
        try:
            handle = (self / "lock").open("a+")
        except OSError as error:
            raise Trouble(f"{self / 'lock'} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return None
        return handle

    def lock_or_complain(self) -> IO[str]:
        """Take the folder, or say that the site already runs."""
        self.open()
        handle = self.lock()
        if handle is None:
            raise Trouble(
                f"StopCOVID is already running with the data folder {self.path}. Use it, stop it"
                " with Ctrl-C in its terminal or `make stop`, or start a second one with another"
                " PORT and another STOPCOVID_VAR."
            )
        return handle

    def write(self, name: str, text: str) -> None:
        """Write a private file whole or not at all."""
        path = self / name
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(text)
        fresh.replace(path)

    def secret(self, name: str, size: int = 24) -> str:
        """A random secret, made on first use and kept in a file of mode 600."""
        path = self / name
        if not path.exists():
            self.write(name, secrets.token_urlsafe(size))
        return path.read_text()

    def private(self, name: str) -> Path:
        """A sub-folder that only this user may enter."""
        path = self / name
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        return path

    def write_env(self, values: dict[str, str]) -> None:
        """Tell `manage.py` in a second terminal where the servers are (read by settings)."""
        self.write("stack.env", "".join(f"{key}={value}\n" for key, value in values.items()))

    def read_env(self) -> dict[str, str]:
        """What the last start wrote with write_env."""
        try:
            lines = (self / "stack.env").read_text().splitlines()
        except FileNotFoundError as error:
            raise Trouble("Nothing has been started here yet: `make run` first.") from error
        return dict(line.split("=", 1) for line in lines)

    def drop(self) -> None:
        """Delete what runs left here; anything else in the folder is not ours to touch."""
        for path in [*(self / name for name in KNOWN), *self.path.glob("beat*")]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
