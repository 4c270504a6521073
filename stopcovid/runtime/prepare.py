"""What must be done between the servers and the site, in one process to start fast."""

import argparse
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from stopcovid.runtime.folder import DataFolder
from stopcovid.runtime.messages import compile_catalogues
from stopcovid.runtime.requeue import requeue


def collect_static(folder: DataFolder) -> None:
    """`collectstatic`, unless no file has changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders

    files = [(storage, path) for finder in get_finders() for path, storage in finder.list([])]
    marks = sorted((path, Path(storage.path(path)).stat()) for storage, path in files)
    seen = [(path, stat.st_size, stat.st_mtime_ns) for path, stat in marks]
    stamp = hashlib.sha256(repr((str(settings.STATIC_ROOT), seen)).encode()).hexdigest()
    stamp_file = folder / "static.stamp"
    if stamp_file.exists() and stamp_file.read_text() == stamp and settings.STATIC_ROOT.exists():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    folder.write("static.stamp", stamp)


def step(title: str, action: Callable[[], object]) -> None:
    """Do it, and say so when it took long enough to be wondered about."""
    begin = time.monotonic()
    action()
    if (took := time.monotonic() - begin) > 1:
        print(f"{title}: {took:.1f} s", flush=True)


def main() -> None:
    """`python -m stopcovid.runtime.prepare [--static] [--demo] [--requeue]`."""
    parser = argparse.ArgumentParser(prog="stopcovid.runtime.prepare", description=__doc__)
    for option in ("--static", "--demo", "--requeue"):
        parser.add_argument(option, action="store_true")
    args = parser.parse_args()
    step("translations compiled", compile_catalogues)
    django.setup()
    step(
        "database brought up to date",
        lambda: call_command("migrate", interactive=False, verbosity=0),
    )
    if args.static:
        step("static files collected", lambda: collect_static(DataFolder.of_this_project()))
    if args.demo:
        step("demo data made", lambda: call_command("seed_demo"))
    if args.requeue and (count := requeue()):
        print(f"{count} unfinished task(s) of an earlier run put back in the queue")


if __name__ == "__main__":
    main()
