"""Asks the site whether it is alive; run as a file (standard library only) by health checks."""

import http.client
import os
import sys


def status(host: str, port: int, path: str = "/healthz", timeout: float = 3) -> int | None:
    """What the site answers, asked under a name that it allows; None if it does not."""
    names = os.environ.get("ALLOWED_HOSTS") or "localhost"
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": names.split(",")[0].strip().lstrip(".")})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(status("127.0.0.1", int(sys.argv[1])) != http.client.OK)
