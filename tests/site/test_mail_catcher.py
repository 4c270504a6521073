"""The demonstration's letter box: what was really sent, and nothing outside demo mode."""

import mailbox
from email.message import EmailMessage

import pytest
from django.urls import reverse


pytestmark = pytest.mark.django_db


@pytest.fixture
def maildir(tmp_path):
    """One plain letter, one with an attempt at markup, newest last."""
    box = mailbox.Maildir(str(tmp_path / "mail"), factory=None)
    for subject, body in (
        ("Votre commande", "Voir http://localhost:8000/orders/2020-000001/ maintenant"),
        ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>"),
    ):
        message = EmailMessage()
        message["Subject"], message["To"] = subject, "alice@example.org"
        message["Date"] = "Thu, 02 Apr 2020 12:00:00 +0000"
        message.set_content(body)
        box.add(message)
    return tmp_path / "mail"


@pytest.fixture
def catcher(settings, maildir):
    settings.DEMO, settings.MAIL_CATCHER_DIR = True, str(maildir)


def test_mails_are_listed_and_read_as_plain_text(client, catcher):
    page = client.get(reverse("demo_mails"))
    assert "Votre commande" in page.text
    assert "<script>alert" not in page.text
    subjects = {mail["subject"]: mail["key"] for mail in page.context["mails"]}
    letter = client.get(reverse("demo_mail", args=[subjects["Votre commande"]])).text
    assert 'href="http://localhost:8000/orders/2020-000001/"' in letter
    strange = client.get(reverse("demo_mail", args=[subjects["<script>alert(1)</script>"]])).text
    assert "<img" not in strange


def test_mails_of_a_box_not_there_yet_are_none(client, settings, tmp_path):
    settings.DEMO, settings.MAIL_CATCHER_DIR = True, str(tmp_path / "later")
    assert client.get(reverse("demo_mails")).status_code == 200


def test_mail_that_is_not_there_is_not_found(client, catcher):
    for key in ("nothing", "..", "%2e%2e"):
        assert client.get(f"/demo/mail/{key}/").status_code == 404


@pytest.mark.parametrize(("demo", "folder"), [(False, True), (True, False)])
def test_mails_are_hidden_outside_the_demo(client, settings, maildir, demo, folder):
    settings.DEMO, settings.MAIL_CATCHER_DIR = demo, str(maildir) if folder else ""
    assert client.get(reverse("demo_mails")).status_code == 404
