"""The demo's mail catcher: shows what the local SMTP server was really sent."""

import email.policy
import mailbox
from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render


SHOWN = 200


def _messages() -> mailbox.Maildir:
    if not (settings.DEMO and settings.MAIL_CATCHER_DIR):
        raise Http404
    return mailbox.Maildir(settings.MAIL_CATCHER_DIR, factory=None)


def _read(maildir: mailbox.Maildir, key: str) -> dict[str, Any]:
    message = email.message_from_bytes(maildir.get_bytes(key), policy=email.policy.default)
    if not isinstance(message, EmailMessage):
        raise Http404
    body = message.get_body(("plain",))
    return {
        "key": key,
        "to": message["to"],
        "subject": message["subject"],
        "date": message["date"].datetime if message["date"] else None,
        "body": body.get_content() if body else "",
    }


@login_not_required
def mails(request: HttpRequest) -> HttpResponse:
    maildir = _messages()
    newest = sorted(maildir.keys(), reverse=True)[:SHOWN]
    rows = [_read(maildir, key) for key in newest]
    return render(request, "stopcovid/mails.html", {"mails": rows})


@login_not_required
def mail(request: HttpRequest, key: str) -> HttpResponse:
    maildir = _messages()
    if key not in maildir:
        raise Http404
    return render(request, "stopcovid/mail.html", {"mail": _read(maildir, key)})
