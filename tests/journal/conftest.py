import socket
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.db import connection

from journal import operations
from stopcovid.runtime.ports import free_port


class Postbox(Message):
    """Keeps what it is given; refuses recipients whose address says so."""

    def __init__(self):
        super().__init__()
        self.messages = []
        self.connections = 0
        self.seconds_per_mail = 0

    def handle_message(self, message):
        time.sleep(self.seconds_per_mail)
        self.messages.append(message)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "unknown" in address:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    @property
    def ids(self):
        return [message["Message-ID"] for message in self.messages]


@pytest.fixture
def postbox(settings):
    """A real SMTP server on loopback, and the settings that lead to it."""
    box = Postbox()

    class Counting(Controller):
        def factory(self):
            box.connections += 1
            return super().factory()

    controller = Counting(box, hostname="127.0.0.1", port=free_port(), ready_timeout=10)
    controller.start()
    # aiosmtpd's own check of readiness is the first connection
    box.connections = 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    yield box
    controller.stop()


@pytest.fixture
def mute_server(settings):
    """Accepts connections and never says a word."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(50)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
    settings.EMAIL_TIMEOUT = 1
    yield server
    server.close()


@pytest.fixture
def event_templates(tmp_path, settings):
    """Texts for the verbs of these tests; returns a function that adds one."""
    engine = {**settings.TEMPLATES[0]}
    engine["DIRS"] = [tmp_path, *engine["DIRS"]]
    settings.TEMPLATES = [engine]

    def add(verb, text):
        app, _dot, name = verb.partition(".")
        path = tmp_path / app / "events" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    add(
        "tests.happened",
        "{% load i18n %}{% translate 'English' %}: {{ payload.name }} happened\n\n"
        "{{ recipient.full_name }}, see {{ site_url }}{{ payload.url }}\n",
    )
    return add


@pytest.fixture
def record(make, event_templates):
    """Writes down that something happened to a new site, and tells `to`."""

    def _record(*, to=(), by=None, verb="tests.happened", name="A & B"):
        site = make.Site()
        payload = {"name": name, "url": "/inbox/"}
        return operations.record(
            verb, site, by=by, to=to, organisations=[site.buyer.public_id], payload=payload
        )

    return _record


@pytest.fixture
def in_thread():
    """Starts a function in a thread with a connection of its own; its error fails the test."""
    threads, errors = [], []

    def start(function, *args):
        def run():
            try:
                function(*args)
            except BaseException as error:
                errors.append(error)
                raise
            finally:
                connection.close()

        thread = threading.Thread(target=run, daemon=True)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.join(30)
    assert errors == []
