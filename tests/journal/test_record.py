"""What PostgreSQL itself refuses, and what the digest sees."""

import pytest
from django.db import Error, connection, transaction

from journal.models import Event, Seal
from journal.operations import digest_of


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("table", ["journal_event", "journal_seal", "catalog_stockmovement"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id + 1000", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
    ids=["update", "delete", "truncate"],
)
def test_written_rows_are_refused_every_change(record, make, table, statement):
    make.Offer()
    record()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL stopcovid.allow_truncate = 'off'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        Seal.objects.create(
            from_transaction=0, until_transaction=1, previous_digest="0", digest="1"
        )
        with pytest.raises(Error, match="rows are only ever added"), transaction.atomic():
            cursor.execute(statement.format(table))


def test_event_of_a_failed_act_is_not_written(record):
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "value", [1.0, 1e16, -0.0, 1e-7, 10**30, "é\u2028😀", None, [1, {"b": 2, "a": [1.5]}]]
)
def test_digest_is_the_same_after_the_database(record, value):
    event = record(name=value)
    again = Event.objects.get(pk=event.pk)
    assert digest_of(again) == again.digest == event.digest


def test_payload_that_is_not_plain_json_is_refused(record):
    with pytest.raises(TypeError):
        record(name=object())
    assert not Event.objects.exists()
