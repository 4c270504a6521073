"""Turns events into words and posts them.

A delivery is claimed by a lease in the database (its next attempt moves ahead), sent outside any
transaction, then marked. A worker that dies in between lets the lease run out and the mail goes
out again under the same Message-ID; this is the only way in which a mail can be doubled.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.template import Context, Engine, TemplateDoesNotExist
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from journal.enums import Channel, DeliveryStatus
from journal.models import Delivery, Event


logger = logging.getLogger(__name__)

BACK_OFF_MINUTES = (1, 5, 15, 60, 240, 480, 720)
"""Waiting time after each failed attempt: a mail is tried for a day."""
MAX_ATTEMPTS = len(BACK_OFF_MINUTES) + 1
LEASE = timedelta(minutes=2)
"""Longer than a conversation in which every answer comes just within EMAIL_TIMEOUT."""
PAUSE = timedelta(seconds=30)
"""After a failed connection nobody tries the mail server for this long."""


class MailServerDown(Exception):
    """The mail server cannot be reached or hung up: no fault of the message in hand."""


def render(
    event: Event, language: str | None = None, recipient: User | None = None
) -> tuple[str, str]:
    """The event's headline (one line) and body in `language`, or in the one that is active.

    Plain text, not escaped: a page that shows it escapes it. Raises TemplateDoesNotExist.
    """
    app, _dot, name = event.verb.partition(".")
    template = Engine.get_default().get_template(f"{app}/events/{name}.txt")
    context = Context(
        {
            "event": event,
            "payload": event.payload,
            "site_url": settings.SITE_URL,
            "recipient": recipient,
        },
        autoescape=False,
    )
    with translation.override(language or translation.get_language()):
        first, _newline, rest = template.render(context).strip().partition("\n")
    return " ".join(first.split()), rest.strip() + "\n"


def headline(event: Event) -> str:
    """One line for lists; an event of a kind that exists no more shows its bare verb."""
    try:
        return render(event)[0]
    except TemplateDoesNotExist:
        return event.verb


def message_id(delivery: Delivery) -> str:
    """The same for every attempt, so that a mail sent twice can be told."""
    host = urlsplit(settings.SITE_URL).hostname
    return f"<delivery-{delivery.pk}.{delivery.event.uid}@{host}>"


def compose(delivery: Delivery) -> EmailMessage:
    """The mail in its reader's language."""
    subject, body = render(delivery.event, delivery.recipient.language, delivery.recipient)
    return EmailMessage(
        subject,
        body,
        to=[delivery.recipient.email],
        headers={"Message-ID": message_id(delivery), "Auto-Submitted": "auto-generated"},
    )


def deliver_pending(limit: int = 100) -> int:
    """Send at most `limit` mails that are due; return how many. Two at a time do no harm."""
    _give_up_on_the_gone()
    mailer = get_connection()
    sent = 0
    try:
        for _turn in range(limit):
            delivery = _claim()
            if delivery is None:
                break
            sent += _attempt(delivery, mailer)
    except MailServerDown as error:
        logger.warning("mail server down, pause of %s: %s", PAUSE, error)
        _pause()
    finally:
        _hang_up(mailer)
    return sent


def retry(deliveries: QuerySet[Delivery], *, by: User) -> int:
    """Given up → pending, due at once, with all attempts anew; return how many."""
    count = deliveries.filter(status=DeliveryStatus.DEAD, recipient__is_active=True).update(
        status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=Now()
    )
    logger.info("retry deliveries=%s by=%s", count, by.pk)
    return count


def _due() -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        channel=Channel.EMAIL, status=DeliveryStatus.PENDING, next_attempt_at__lte=Now()
    )


def _claim() -> Delivery | None:
    # The attempt is counted before it begins: a mail that kills its worker ends as dead, too.
    with transaction.atomic():
        row = _due().select_for_update(skip_locked=True, of=("self",), no_key=True)
        delivery = row.order_by("next_attempt_at", "pk").first()
        if delivery is None:
            return None
        delivery.attempts += 1
        Delivery.objects.filter(pk=delivery.pk).update(
            attempts=delivery.attempts, next_attempt_at=Now() + LEASE
        )
    return Delivery.objects.select_related("event", "recipient").get(pk=delivery.pk)


def _attempt(delivery: Delivery, mailer: BaseEmailBackend) -> bool:
    try:
        _send(compose(delivery), mailer)
    except MailServerDown as error:
        _note_failure(delivery, error)
        raise
    except Exception as error:
        logger.exception("delivery=%s event=%s failed", delivery.pk, delivery.event_id)
        _note_failure(delivery, error)
        return False
    Delivery.objects.filter(pk=delivery.pk).update(
        status=DeliveryStatus.SENT, sent_at=Now(), last_error=""
    )
    return True


def _send(message: EmailMessage, mailer: BaseEmailBackend) -> None:
    try:
        mailer.open()
    except (OSError, SMTPException) as error:
        raise MailServerDown(repr(error)) from error
    try:
        mailer.send_messages([message])
    except (SMTPRecipientsRefused, SMTPResponseException):
        raise
    except (OSError, SMTPException) as error:
        raise MailServerDown(repr(error)) from error


def _note_failure(delivery: Delivery, error: Exception) -> None:
    row = Delivery.objects.filter(pk=delivery.pk, status=DeliveryStatus.PENDING)
    if delivery.attempts >= MAX_ATTEMPTS:
        row.update(status=DeliveryStatus.DEAD, last_error=str(error))
        logger.error("delivery=%s given up", delivery.pk)
        return
    wait = timedelta(minutes=BACK_OFF_MINUTES[delivery.attempts - 1])
    row.update(next_attempt_at=Now() + wait, last_error=str(error))


def _pause() -> None:
    with transaction.atomic():
        _free(_due()).update(next_attempt_at=Now() + PAUSE)


def _give_up_on_the_gone() -> None:
    closed = _("The recipient's account is closed.")
    with transaction.atomic():
        gone = _free(_due().filter(recipient__is_active=False))
        gone.update(status=DeliveryStatus.DEAD, last_error=closed)


def _free(due: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those that no other worker has in hand; two workers would wait for each other's."""
    rows = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return Delivery.objects.filter(pk__in=rows.order_by().values("pk"))


def _hang_up(mailer: BaseEmailBackend) -> None:
    try:
        mailer.close()
    except (OSError, SMTPException) as error:
        logger.info("mail server did not say goodbye: %s", error)
