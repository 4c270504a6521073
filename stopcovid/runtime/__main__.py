"""python -m stopcovid.runtime up | stop | env | psql | reset | with-servers."""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys

from stopcovid.runtime.folder import ROOT, DataFolder, Trouble
from stopcovid.runtime.postgres import Postgres
from stopcovid.runtime.processes import sweep


def up(folder: DataFolder, args: argparse.Namespace) -> int:
    """Start everything and stay until Ctrl-C."""
    from stopcovid.runtime.stack import Options, up as run

    return run(folder, Options(args.host, args.port, args.dev))


def stop(folder: DataFolder, args: argparse.Namespace) -> int:
    """End the site that runs in another terminal, or what is left of it."""
    folder.open()
    if handle := folder.lock():
        with handle:
            swept = sweep(folder / "run.json")
            if (folder / "pg.secret").exists() and Postgres(folder).stop_leftover():
                swept.append("postgres")
            print(
                f"Ended what a killed run had left: {', '.join(swept)}."
                if swept
                else "Nothing was running."
            )
            return 0
    try:
        os.kill(json.loads((folder / "run.json").read_text())["supervisor"], signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError) as error:
        raise Trouble("The site is just starting or ending; try again in a moment.") from error
    with (folder / "lock").open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
    print("Stopped.")
    return 0


def env(folder: DataFolder, args: argparse.Namespace) -> int:
    """Print the addresses of the servers as KEY=VALUE lines."""
    for key, value in folder.read_env().items():
        print(f"{key}={value}")
    return 0


def psql(folder: DataFolder, args: argparse.Namespace) -> int:
    """Open PostgreSQL's own shell on the site's database; options for it go after --."""
    program = str(Postgres(folder).bin / "psql")
    os.execv(program, [program, folder.read_env()["DATABASE_URL"], *args.rest])


def reset(folder: DataFolder, args: argparse.Namespace) -> int:
    """Delete the database, the queue, mails, uploads and secrets of this machine."""
    with folder.lock_or_complain():
        sweep(folder / "run.json")
        Postgres(folder).drop()
        folder.drop()
    print(f"Everything in {folder.path} is gone; the next `make run` starts afresh.")
    return 0


def with_servers(folder: DataFolder, args: argparse.Namespace) -> int:
    """Run a command with test servers: with-servers -- COMMAND ..."""
    from stopcovid.runtime.servers import TestServers

    with TestServers() as servers:
        return subprocess.call(args.rest, env=os.environ | servers.env)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m stopcovid.runtime", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for action in (up, stop, env, psql, reset, with_servers):
        name = action.__name__.replace("_", "-")
        command = commands.add_parser(name, help=action.__doc__, description=action.__doc__)
        command.set_defaults(action=action)
        if action is up:
            command.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000)
            command.add_argument("--host", default="127.0.0.1", help="0.0.0.0: all addresses")
            command.add_argument("--dev", action="store_true", help="reloading server, DEBUG on")
        if action in {psql, with_servers}:
            command.add_argument("rest", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if getattr(args, "rest", [])[:1] == ["--"]:
        args.rest = args.rest[1:]
    return args


def main() -> int:
    """Run one command; trouble is told in a paragraph, without a traceback."""
    args = parse()
    os.chdir(ROOT)
    try:
        return int(args.action(DataFolder.of_this_project(), args))
    except Trouble as trouble:
        print(f"\n{trouble}\n", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
