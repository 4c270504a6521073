import mailbox
import smtplib
import subprocess
import sys
import time
from email.message import EmailMessage

import pytest

from stopcovid.runtime.ports import free_port


@pytest.fixture
def catcher(tmp_path, bare_env):
    """A running mail catcher: its port and its maildir."""
    port, maildir = free_port(), tmp_path / "box"
    argv = [sys.executable, "-m", "stopcovid.runtime.mail", str(port), str(maildir)]
    process = subprocess.Popen(argv, env=bare_env)
    yield port, maildir
    process.terminate()
    assert process.wait(10) == 0


def connect(port):
    for _ in range(200):
        try:
            return smtplib.SMTP("127.0.0.1", port, timeout=5)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("the mail catcher does not answer")


def test_mail_catcher_stores_a_message(catcher):
    port, maildir = catcher
    message = EmailMessage()
    message["Subject"] = "Commande expédiée"
    message["From"], message["To"] = "site@example.org", "pharmacie@example.org"
    message.set_content("Vos masques sont en route : 1 200 unités.")
    with connect(port) as smtp:
        assert smtp.send_message(message) == {}

    (stored,) = mailbox.Maildir(maildir, create=False)
    assert stored["X-RcptTo"] == "pharmacie@example.org"
    assert "exp" in stored["Subject"]
    assert "1 200 unités" in stored.get_payload(decode=True).decode()


def test_mail_catcher_keeps_every_message_of_one_conversation(catcher):
    port, maildir = catcher
    with connect(port) as smtp:
        for number in range(3):
            smtp.sendmail("a@example.org", ["b@example.org"], f"Subject: {number}\r\n\r\nhello")
    subjects = {message["Subject"] for message in mailbox.Maildir(maildir, create=False)}
    assert subjects == {"0", "1", "2"}
