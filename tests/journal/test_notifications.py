"""Deliveries over a real SMTP conversation: what is sent, what waits, what is given up."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from journal import notifications
from journal.enums import Channel, DeliveryStatus
from journal.models import Delivery
from journal.tasks import deliver_pending as task


pytestmark = pytest.mark.django_db(transaction=True)


def mails():
    return Delivery.objects.filter(channel=Channel.EMAIL).order_by("pk")


def make_due():
    """As if the waiting time had passed."""
    mails().update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_mail_says_what_happened_in_the_readers_language(make, record, postbox):
    alice = make.User(email="alice@example.org", full_name="Alice", language="fr")
    event = record(to=[alice], name="Gants & <masques>")
    assert notifications.deliver_pending() == 1
    (message,) = postbox.messages
    delivery = mails().get()
    assert message["To"] == "alice@example.org"
    assert message["Subject"] == "Anglais: Gants & <masques> happened"
    assert message["Message-ID"] == f"<delivery-{delivery.pk}.{event.uid}@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_payload().strip() == "Alice, see http://localhost:8000/inbox/"
    assert delivery.status == DeliveryStatus.SENT
    assert delivery.attempts == 1
    assert delivery.sent_at


def test_headline_is_one_plain_line(make, record):
    event = record(name="two\nlines & <b>")
    headline, body = notifications.render(event, "en")
    assert headline == "English: two"
    assert type(headline) is str
    assert type(body) is str


def test_headline_of_a_forgotten_verb_is_the_verb(record):
    assert notifications.headline(record(verb="tests.forgotten")) == "tests.forgotten"


def test_one_connection_carries_a_batch(make, record, postbox):
    record(to=[make.User() for _each in range(5)])
    assert notifications.deliver_pending(limit=4) == 4
    assert postbox.connections == 1
    assert notifications.deliver_pending() == 1
    assert notifications.deliver_pending() == 0
    assert len(set(postbox.ids)) == len(postbox.ids) == 5


def test_actor_service_account_and_deactivated_get_no_mail(make, record, postbox):
    alice, gone = make.User(), make.User()
    event = record(by=alice, to=[alice, gone, make.User(is_service=True)])
    gone.is_active = False
    gone.save()
    assert notifications.deliver_pending() == 0
    assert postbox.messages == []
    assert mails().get().status == DeliveryStatus.DEAD
    assert mails().get().last_error
    in_app = event.deliveries.filter(channel=Channel.IN_APP)
    assert set(in_app.values_list("recipient", flat=True)) == {alice.pk, gone.pk}


def test_refused_recipient_waits_longer_each_time_and_is_given_up(make, record, postbox):
    record(to=[make.User(email="unknown@example.org")])
    waits = []
    for _attempt in range(notifications.MAX_ATTEMPTS):
        before = timezone.now()
        assert notifications.deliver_pending() == 0
        delivery = mails().get()
        waits.append(round((delivery.next_attempt_at - before).total_seconds() / 60))
        make_due()
    assert waits[:-1] == list(notifications.BACK_OFF_MINUTES)
    assert delivery.status == DeliveryStatus.DEAD
    assert delivery.attempts == notifications.MAX_ATTEMPTS == 8
    assert "no such person" in delivery.last_error
    assert notifications.deliver_pending() == 0


def test_refused_recipient_does_not_hold_up_the_others(make, record, postbox):
    record(to=[make.User(email="unknown@example.org"), make.User()])
    assert notifications.deliver_pending() == 1


def test_broken_text_does_not_hold_up_the_others(make, record, postbox, event_templates):
    event_templates("tests.broken", "{% broken %}")
    record(to=[make.User()], verb="tests.broken")
    record(to=[make.User()])
    assert notifications.deliver_pending() == 1
    assert mails().first().status == DeliveryStatus.PENDING
    assert mails().first().last_error


def test_mute_server_costs_one_time_out_and_doubles_nothing(make, record, mute_server, settings):
    record(to=[make.User() for _each in range(5)])
    begin = time.monotonic()
    assert notifications.deliver_pending() == 0
    assert time.monotonic() - begin < settings.EMAIL_TIMEOUT + 2
    assert sorted(mails().values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    begin = time.monotonic()
    assert notifications.deliver_pending() == 0, "the others wait for the pause to end"
    assert time.monotonic() - begin < 0.5
    assert set(mails().values_list("status", flat=True)) == {DeliveryStatus.PENDING}


def test_after_a_mute_server_everything_goes_out_once(make, record, mute_server, request):
    record(to=[make.User() for _each in range(5)])
    notifications.deliver_pending()
    postbox = request.getfixturevalue("postbox")
    make_due()
    assert notifications.deliver_pending() == 5
    assert len(set(postbox.ids)) == len(postbox.ids) == 5


def test_a_dead_server_does_not_make_workers_wait_for_each_other(
    make, record, mute_server, in_thread
):
    """Each put off all mails, in an order of its own: two workers met in a deadlock."""
    people = [make.User() for _each in range(4)]
    record(to=people)
    people[0].is_active = False
    people[0].save()
    held = mails().filter(recipient__in=[people[0].pk, people[3].pk])
    with transaction.atomic():
        assert len(held.select_for_update(of=("self",))) == 2
        in_thread(notifications.deliver_pending).join(10)
        in_thread(notifications.deliver_pending).join(10)
        attempts = dict(mails().values_list("recipient", "attempts"))
        due = (
            mails().filter(next_attempt_at__lte=timezone.now()).values_list("recipient", flat=True)
        )
        assert set(due) == {people[0].pk, people[3].pk}
        assert sum(attempts.values()) == 1
    assert set(mails().values_list("status", flat=True)) == {DeliveryStatus.PENDING}


def test_no_transaction_is_open_while_a_mail_is_sent(make, record, postbox, monkeypatch):
    seen = []
    send = notifications._send

    def watched(*args):
        seen.append(connection.in_atomic_block)
        return send(*args)

    monkeypatch.setattr(notifications, "_send", watched)
    record(to=[make.User()])
    assert notifications.deliver_pending() == 1
    assert seen == [False]


def test_claimed_mail_is_left_alone_until_its_lease_ends(make, record, postbox):
    record(to=[make.User()])
    assert notifications._claim()
    assert notifications.deliver_pending() == 0
    make_due()
    assert notifications.deliver_pending() == 1


def test_task_delivers(make, record, postbox):
    record(to=[make.User()])
    task()
    assert len(postbox.messages) == 1


@pytest.mark.parametrize("who", ["superuser", "allocator"])
def test_given_up_mail_is_tried_again_from_the_admin(make, record, postbox, sign_in, who):
    traits = {"allocator": True} if who == "allocator" else {"is_superuser": True}
    officer = make.User(**traits)
    if not officer.ministry_role:
        TOTP.activate(officer, "JBSWY3DPEHPK3PXP")
    record(to=[make.User(email="unknown@example.org")])
    mails().update(status=DeliveryStatus.DEAD, attempts=8)
    page = sign_in(officer).get(reverse("admin:journal_delivery_changelist"))
    assert page.status_code == 200
    response = sign_in(officer).post(
        reverse("admin:journal_delivery_changelist"),
        {"action": "try_again", "_selected_action": [mails().get().pk]},
    )
    assert response.status_code == 302
    assert mails().get().status == DeliveryStatus.PENDING
    assert mails().get().attempts == 0


def test_reviewer_does_not_see_the_post(make, sign_in):
    page = sign_in(make.User(reviewer=True)).get(reverse("admin:journal_delivery_changelist"))
    assert page.status_code == 403
