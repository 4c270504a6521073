"""Measurements on PostgreSQL and Valkey: test servers of their own, and an empty database."""

import os
import subprocess
import sys
from collections.abc import Callable


SERVERS = "STOPCOVID_TEST_SERVERS"


def on_test_servers(module: str, work: Callable[[], object]) -> None:
    """Do the work on an empty test database; the module runs again below servers of its own."""
    if SERVERS not in os.environ:
        command = [sys.executable, "-m", "stopcovid.runtime", "with-servers", "--", sys.executable]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "stopcovid.settings"}
        sys.exit(subprocess.call([*command, "-m", module, *sys.argv[1:]], env=environment))
    import django

    django.setup()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        work()
    finally:
        connection.creation.destroy_test_db(":memory:", verbosity=0)
