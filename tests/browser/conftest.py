"""A real browser against a live server, with a real worker, broker and mail conversation."""

import email.policy
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.db import connection

from stopcovid.runtime.ports import free_port


HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def _browser_at_hand() -> bool:
    if CHROMIUM:
        return True
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def pytest_collection_modifyitems(items):
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    if ours and not _browser_at_hand():
        if os.environ.get("CI"):
            pytest.exit("CI must have Chromium for the browser tests", returncode=2)
        for item in ours:
            item.add_marker(
                pytest.mark.skip(reason="NO BROWSER: install Chromium to run the browser tests")
            )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    own = {"executable_path": CHROMIUM} if CHROMIUM else {}
    return {**browser_type_launch_args, **own, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "locale": "fr-FR",
        "viewport": {"width": 1280, "height": 900},
        "timezone_id": "Europe/Paris",
    }


@dataclass
class Mailbox:
    """Every message that reached the SMTP server, oldest first."""

    messages: list = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append((envelope.rcpt_tos, message))
        return "250 OK"

    def to(self, address: str) -> list:
        return [message for rcpts, message in self.messages if address in rcpts]

    def last_link(self, address: str) -> str:
        body = self.to(address)[-1].get_content()
        return re.findall(r"https?://\S+", body)[0]


@pytest.fixture
def mailbox(settings):
    """A real SMTP server on loopback; this process and the worker send through it."""
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    box.url = f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


@pytest.fixture
def worker(live_server, mailbox, tmp_path):
    """A Celery worker with its clock, on the test database, as `make run` starts them."""
    database = django_settings.DATABASES["default"]
    url = (
        f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:"
        f"{database['PORT']}/{connection.settings_dict['NAME']}"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "EMAIL_URL": mailbox.url,
        "SITE_URL": live_server.url,
        "ROUND_EVERY_SECONDS": "2",
    }
    command = [sys.executable, "-m", "celery", "-A", "stopcovid", "worker", "-B", "-c", "2"]
    command += ["-s", str(tmp_path / "beat"), "-l", "WARNING", "--without-gossip"]
    log = (tmp_path / "worker.log").open("wb")
    process = subprocess.Popen(
        command, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    yield process
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
