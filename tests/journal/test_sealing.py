"""Seals under concurrency, and five ways of tampering that the inspection names by row."""

import io
import json
import random
import threading
import time
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from journal import sealing
from journal.models import Event, Seal
from journal.tasks import seal as task


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]


@pytest.fixture
def sealed(record):
    """Nine events under three seals; returns the events' ids."""
    for number in range(9):
        record(name=f"event {number}")
        if number % 3 == 2:
            assert sealing.seal()
    return list(Event.objects.order_by("pk").values_list("pk", flat=True))


TABLES = ("journal_event", "journal_seal")


@contextmanager
def tampering():
    """As the owner of the tables can: with their triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def verify(*args):
    """What the command prints, and whether it ended well."""
    out = io.StringIO()
    try:
        call_command("verify_journal", *args, stdout=out)
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


def faults(head=""):
    return [(fault.event, fault.seal) for fault in sealing.inspect(head)]


def test_untouched_journal_is_intact(sealed, record):
    record()
    text, good = verify("--head", sealing.head()[1])
    assert good
    assert "10 events under 3 seals: intact." in text


def test_edited_event_is_named(sealed):
    with tampering() as cursor:
        cursor.execute(
            "UPDATE journal_event SET payload = jsonb_set(payload, '{name}', '\"forged\"')"
            " WHERE id = %s",
            [sealed[4]],
        )
    assert faults() == [(sealed[4], None)]
    text, good = verify()
    assert not good
    assert f"Event {sealed[4]} was changed" in text


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "actor_id = NULL",
        "verb = 'tests.other'",
        "subject_ref = 'x'",
        "subject_type = 'x'",
        "organisations = '{}'",
        "uid = gen_random_uuid()",
    ],
)
def test_every_column_of_an_event_is_under_the_seal(record, make, change):
    event = record(by=make.User())
    sealing.seal()
    with tampering() as cursor:
        cursor.execute(f"UPDATE journal_event SET {change} WHERE id = %s", [event.pk])
    assert faults() == [(event.pk, None)]


def test_edited_event_with_a_fresh_digest_is_named(sealed):
    with tampering() as cursor:
        cursor.execute("UPDATE journal_event SET verb = 'tests.x' WHERE id = %s", [sealed[4]])
        digest = sealing.digest_of(Event.objects.get(pk=sealed[4]))
        cursor.execute("UPDATE journal_event SET digest = %s WHERE id = %s", [digest, sealed[4]])
    assert faults() == [(sealed[4], None)]


def test_edited_event_that_is_not_sealed_yet_is_named(sealed, record):
    event = record()
    with tampering() as cursor:
        cursor.execute("UPDATE journal_event SET verb = 'tests.x' WHERE id = %s", [event.pk])
    assert faults() == [(event.pk, None)]


def test_deleted_event_is_named(sealed):
    with tampering() as cursor:
        cursor.execute("DELETE FROM journal_event WHERE id = %s", [sealed[2]])
    assert faults() == [(sealed[2], None)]
    assert f"Event {sealed[2]} was removed" in verify()[0]


def test_inserted_event_is_named(sealed, record):
    event = record(name="slipped in")
    with tampering() as cursor:
        cursor.execute(
            "UPDATE journal_event SET transaction_id = "
            "(SELECT transaction_id FROM journal_event WHERE id = %s) WHERE id = %s",
            [sealed[1], event.pk],
        )
    assert faults() == [(event.pk, None)]
    assert f"Event {event.pk} was added" in verify()[0]


def test_swapped_events_are_named(sealed):
    columns = "at, payload, subject_ref, organisations, digest"
    with tampering() as cursor:
        cursor.execute(
            f"UPDATE journal_event AS one SET ({columns}) = (SELECT {columns}"
            " FROM journal_event AS two WHERE two.id = %s + %s - one.id) WHERE id IN (%s, %s)",
            [sealed[0], sealed[1], sealed[0], sealed[1]],
        )
    assert faults() == [(sealed[0], None), (sealed[1], None)]


def test_events_with_swapped_ids_are_named(sealed):
    first, second = sealed[0], sealed[1]
    with tampering() as cursor:
        for old, new in ((first, -1), (second, first), (-1, second)):
            cursor.execute("UPDATE journal_event SET id = %s WHERE id = %s", [new, old])
    assert faults() == [(first, None), (second, None)]
    assert f"Event {first} holds what event {second} said: they were swapped" in verify()[0]


def test_cut_tail_is_found_with_the_published_head(sealed):
    count, head = sealing.head()
    assert count == 3
    with tampering() as cursor:
        cursor.execute("DELETE FROM journal_event WHERE id >= %s", [sealed[6]])
        cursor.execute("DELETE FROM journal_seal WHERE digest = %s", [head])
    assert verify()[1], "nothing inside the database shows it"
    text, good = verify("--head", head)
    assert not good
    assert "tail was cut off or rewritten" in text


def test_rewritten_tail_is_found_with_the_published_head(sealed):
    _count, head = sealing.head()
    with tampering() as cursor:
        last = Seal.objects.order_by("-pk").first()
        last.entries[0][1] = "f" * 64
        digest = sealing.chained_digest(last.previous_digest, last.entries)
        cursor.execute(
            "UPDATE journal_seal SET entries = %s, digest = %s WHERE id = %s",
            [json.dumps(last.entries), digest, last.pk],
        )
        cursor.execute("DELETE FROM journal_event WHERE id = %s", [sealed[6]])
    assert None in {event for event, _seal in faults(head)}


@pytest.mark.parametrize(
    "statement", ["UPDATE journal_seal SET entries = '[]'", "DELETE FROM journal_seal"]
)
def test_changed_or_removed_seal_is_named(sealed, statement):
    _first, second, third = Seal.objects.order_by("pk")
    with tampering() as cursor:
        cursor.execute(f"{statement} WHERE id = %s", [second.pk])
    named = second if statement.startswith("UPDATE") else third
    assert (None, named.pk) in faults()


def test_journal_head_prints_count_and_digest(sealed):
    out = io.StringIO()
    call_command("journal_head", stdout=out)
    assert out.getvalue() == f"3 {Seal.objects.order_by('-pk').first().digest}\n"


def test_nothing_to_seal_makes_no_seal(sealed):
    assert sealing.seal() is None
    task()
    assert Seal.objects.count() == 3


def test_open_transaction_is_neither_waited_for_nor_sealed(record, in_thread):
    begun, finish = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            record(name="slow")
            begun.set()
            finish.wait(10)

    thread = in_thread(slow)
    begun.wait(10)
    quick = record(name="quick")
    begin = time.monotonic()
    assert sealing.seal() is None, "an older transaction is still open"
    assert time.monotonic() - begin < 1
    finish.set()
    thread.join()
    assert sealing.seal()
    assert len(Seal.objects.get().entries) == 2
    assert quick.pk in {pk for pk, _digest in Seal.objects.get().entries}
    assert faults() == []


def test_transactions_that_commit_out_of_order_are_all_sealed_once(record, in_thread):
    done = threading.Event()

    def sealer():
        while not done.is_set():
            sealing.seal()

    def writer(seed):
        dice = random.Random(seed)
        for _each in range(15):
            with transaction.atomic():
                record()
                time.sleep(dice.random() / 100)
                record()

    writers = [in_thread(writer, seed) for seed in range(8)]
    sealers = [in_thread(sealer) for _each in range(2)]
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    sealing.seal()
    sealed = [pk for seal in Seal.objects.order_by("pk") for pk, _digest in seal.entries]
    assert len(sealed) == len(set(sealed)) == 8 * 15 * 2
    assert set(sealed) == set(Event.objects.values_list("pk", flat=True))
    assert sealed != sorted(sealed), "no transaction committed out of order: the test is void"
    assert faults() == []
