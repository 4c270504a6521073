"""The whole site in one terminal: servers, preparation, web, worker, scheduler."""

import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus

from stopcovid.runtime.folder import ROOT, DataFolder, Trouble
from stopcovid.runtime.health import status
from stopcovid.runtime.ports import LOOPBACK, answers, free_port, require_free
from stopcovid.runtime.postgres import Postgres
from stopcovid.runtime.processes import Child, sweep
from stopcovid.runtime.supervisor import Stopped, Supervisor
from stopcovid.runtime.valkey import Valkey


PYTHON = sys.executable
TRUE = {"1", "true", "on", "ok", "y", "yes"}  # as the settings read it
LONELY = ("--without-gossip", "--without-mingle")  # there is no other worker to talk to
FOR_SECOND_TERMINAL = (
    *("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "DEMO", "DEBUG", "SITE_URL"),
    *("MAIL_CATCHER_DIR", "MEDIA_ROOT", "STATIC_ROOT"),
)


@dataclass
class Options:
    """What `up` was asked for."""

    host: str
    port: int
    dev: bool


class Stack:
    """One run of the site; `env` is what its processes see."""

    def __init__(self, folder: DataFolder, options: Options) -> None:
        self.folder = folder
        self.options = options
        self.supervisor = Supervisor(folder / "run.json")
        self.ports = self._known_ports()
        self.embedded_broker = "REDIS_URL" not in os.environ
        self.env = self._environment()

    def _known_ports(self) -> dict[str, int]:
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((self.folder / "ports.json").read_text()))
        return {}

    def _environment(self) -> dict[str, str]:
        defaults = {
            "DEMO": "1",
            "DEBUG": "1" if self.options.dev else "0",
            "SITE_URL": f"http://localhost:{self.options.port}",
            "MEDIA_ROOT": str(self.folder.private("media")),
            "STATIC_ROOT": str(self.folder / "static"),
            "STOPCOVID_VAR": str(self.folder.path),
            "DJANGO_SETTINGS_MODULE": "stopcovid.settings",
            "PYTHONUNBUFFERED": "1",
        }
        if sys.platform == "darwin":  # forked workers crash in Objective-C code otherwise
            defaults |= {"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES", "no_proxy": "*"}
        env = defaults | os.environ
        if not env.get("SECRET_KEY"):
            env["SECRET_KEY"] = self.folder.secret("secret_key", 60)
        return env

    def _port(self, name: str) -> int:
        self.ports[name] = free_port(self.ports.get(name))
        return self.ports[name]

    def start_servers(self) -> None:
        """Whatever the environment does not name is started here."""
        mail = None if "EMAIL_URL" in self.env else self._start_mail()
        if "DATABASE_URL" not in self.env:
            self._start_postgres()
        if self.embedded_broker:
            self._start_valkey()
        while mail and not answers(self.ports["mail"]) and self.supervisor.still_up(mail):
            time.sleep(0.05)
        self.folder.write("ports.json", json.dumps(self.ports))
        self.folder.write_env(
            {key: self.env[key] for key in FOR_SECOND_TERMINAL if key in self.env}
        )

    def _start_postgres(self) -> None:
        server = Postgres(self.folder)
        if server.stop_leftover():
            self.supervisor.say("shut down a PostgreSQL left by a killed run")
        if server.ensure_cluster():
            self.supervisor.say("made a new, empty database")
        argv = server.argv(self._port("postgres"))
        options = {"cwd": server.home, **server.account.popen_options()}
        patience = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0))
        log = self.folder / "postgres.log"
        child = Child("postgres", argv, server.environ(), options, patience, log)
        self.supervisor.start(child)
        server.wait_ready(lambda: self.supervisor.still_up(child))
        server.ensure_database()
        self.env["DATABASE_URL"] = server.url

    def _start_valkey(self) -> None:
        server = Valkey(self.folder)
        argv, log = server.argv(self._port("valkey")), self.folder / "valkey.log"
        child = Child("valkey", argv, stop=((signal.SIGTERM, 15),), log=log)
        self.supervisor.start(child)
        server.wait_ready(lambda: self.supervisor.still_up(child))
        self.env["REDIS_URL"] = server.url

    def _start_mail(self) -> Child:
        maildir, port = self.folder.private("mail") / "box", self._port("mail")
        module = [PYTHON, "-m", "stopcovid.runtime.mail", str(port), str(maildir)]
        self.env["EMAIL_URL"] = f"smtp://{LOOPBACK}:{port}"
        self.env["MAIL_CATCHER_DIR"] = str(maildir)
        return self.supervisor.start(Child("mail", module, self.env, {"cwd": ROOT}))

    def prepare(self) -> None:
        """Translations, migrations, static files, demo data, unfinished tasks."""
        argv = [PYTHON, "-m", "stopcovid.runtime.prepare"]
        argv += [] if self.options.dev else ["--static"]
        argv += ["--demo"] if self.env["DEMO"].lower() in TRUE else []
        argv += ["--requeue"] if self.embedded_broker else []
        self.supervisor.run(Child("prepare", argv, self.env, {"cwd": ROOT}))

    def start_site(self) -> None:
        """The three processes that are the project itself."""
        web = Child("web", self._web())
        worker = Child("worker", self._celery("worker", "-c", "2", *LONELY))
        beat = Child("beat", self._celery("beat", "--pidfile=", "-s", str(self.folder / "beat")))
        # TERM: finish the running tasks; QUIT: give them back and go
        worker.stop = ((signal.SIGTERM, 15), (signal.SIGQUIT, 5))
        # where root is all there is (a container), Celery's advice against it is of no use
        hush = {"PYTHONWARNINGS": "ignore:You're running the worker:UserWarning"}
        for child, extra in ((web, {}), (worker, hush), (beat, {})):
            child.env, child.options = self.env | extra, {"cwd": ROOT}
            self.supervisor.start(child)

    def _web(self) -> list[str]:
        listen = f"{self.options.host}:{self.options.port}"
        if self.options.dev:
            return [PYTHON, "manage.py", "runserver", listen]
        argv = [PYTHON, "-m", "gunicorn", "stopcovid.wsgi", "--bind", listen]
        argv += ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        argv += ["--graceful-timeout", "8", "--no-control-socket", "--log-level", "warning"]
        if os.access("/dev/shm", os.W_OK):
            argv += ["--worker-tmp-dir", "/dev/shm"]
        return argv

    def _celery(self, command: str, *options: str) -> list[str]:
        level = "INFO" if self.options.dev else "WARNING"
        argv = [PYTHON, "-m", "celery", "--quiet", "--app", "stopcovid", command, *options]
        return [*argv, "--loglevel", level]

    def wait_answer(self) -> bool:
        """True once the site answers; False if a process ended instead."""
        host = LOOPBACK if self.options.host == "0.0.0.0" else self.options.host
        while not self.supervisor.ended():
            if answer := status(host, self.options.port):
                if answer != HTTPStatus.OK:
                    raise Trouble(f"The site answers {answer}; its lines above say why.")
                return True
            if self.supervisor.stop_wanted.wait(0.1):
                raise Stopped
        return False


def up(folder: DataFolder, options: Options) -> int:
    """Run until Ctrl-C (0) or until something ends by itself (1)."""
    begin = time.monotonic()
    with folder.lock_or_complain():
        swept = sweep(folder / "run.json")
        require_free(options.host, options.port)
        stack = Stack(folder, options)
        supervisor = stack.supervisor
        if swept:
            supervisor.say(f"ended what a killed run had left: {', '.join(swept)}")
        try:
            stack.start_servers()
            stack.prepare()
            stack.start_site()
            if stack.wait_answer():
                took = time.monotonic() - begin
                supervisor.say(
                    f"ready after {took:.1f} s: http://localhost:{options.port}/  (Ctrl-C stops)"
                )
            return supervisor.watch()
        except Stopped:
            return 0
        finally:
            supervisor.stop_wanted.set()
            supervisor.stop_all()
