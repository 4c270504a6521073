"""Which account a server runs under: PostgreSQL refuses to be root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stopcovid.runtime.folder import Trouble


@dataclass(frozen=True)
class Account:
    """The account to start a program under; without a user id, our own."""

    uid: int | None = None
    gid: int | None = None

    def popen_options(self) -> dict[str, Any]:
        """What subprocess needs to start a program under this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this account the owner of one file or folder."""
        if self.uid is not None:
            os.chown(path, self.uid, self.gid if self.gid is not None else -1)

    def can_run(self, *argv: str | Path) -> bool:
        """Find out by trying: permissions of parent folders, mounts and ACLs all count."""
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            return not subprocess.run(
                argv, cwd="/", check=False, **quiet, **self.popen_options()
            ).returncode
        except OSError:
            return False

    def can_write(self, folder: Path) -> bool:
        """Whether a program of this account could work in the folder."""
        return self.can_run("/bin/sh", "-c", 'cd "$1" && test -w .', "sh", folder)


def for_postgres(data: Path) -> Account:
    """Our own account; under root, the owner of the data or an account the system has."""
    if os.geteuid() != 0:
        return Account()
    if data.exists() and (owner := data.stat()).st_uid:
        return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "_postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Trouble(
        "PostgreSQL cannot run as root and this system has none of the accounts postgres,"
        " _postgres and nobody. Run as an ordinary user, or set DATABASE_URL."
    )
