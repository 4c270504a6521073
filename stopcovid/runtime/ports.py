"""Finding a free port on the loopback address, and saying early when one is taken."""

import errno
import socket

from stopcovid.runtime.folder import Trouble


LOOPBACK = "127.0.0.1"


def _bind(host: str, port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def free_port(preferred: int | None = None) -> int:
    """The preferred port if it is free, else any other."""
    if preferred:
        try:
            return _bind(LOOPBACK, preferred)
        except OSError:
            pass
    return _bind(LOOPBACK, 0)


def answers(port: int) -> bool:
    """Whether a program listens there."""
    try:
        # by name: a browser would also reach a program that listens on IPv6 only
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True


def require_free(host: str, port: int) -> None:
    """Complain unless the site can listen there."""
    try:
        _bind(host, port)
        taken = answers(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Trouble(
                f"The site cannot listen on {host}:{port} ({error.strerror}). Choose another"
                " port, for example PORT=8080 make run."
            ) from error
        taken = True
    if taken:
        raise Trouble(
            f"Port {port} is in use by another program. Stop that program, or choose another"
            f" port: PORT={port + 1} make run."
        )
