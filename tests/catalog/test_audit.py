"""The audit finds what constraints and triggers would have refused, had they been on."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog import audit, operations, stock


pytestmark = pytest.mark.django_db

OFF = """
    ALTER TABLE catalog_stockmovement DISABLE TRIGGER USER;
    ALTER TABLE catalog_offer DISABLE TRIGGER USER;
    DO $$ DECLARE each record; BEGIN
        FOR each IN SELECT conname FROM pg_constraint
            WHERE contype = 'f' AND conrelid = 'catalog_stockmovement'::regclass
        LOOP
            EXECUTE format('ALTER TABLE catalog_stockmovement DROP CONSTRAINT %I', each.conname);
        END LOOP;
    END $$;
    ALTER TABLE catalog_stockmovement DROP CONSTRAINT movement_booked_once,
        DROP CONSTRAINT movement_reason_known, DROP CONSTRAINT movement_names_its_lot;
    ALTER TABLE catalog_offer DROP CONSTRAINT offer_reserved_within_stock,
        DROP CONSTRAINT offer_lots_within_stock,
        DROP CONSTRAINT catalog_offer_on_hand_units_check,
        DROP CONSTRAINT catalog_offer_reserved_units_check;
    ALTER TABLE catalog_lot DROP CONSTRAINT lot_empty_when_nothing_is_left,
        DROP CONSTRAINT lot_left_within_received;
"""
COPY = """
    INSERT INTO catalog_stockmovement (offer_id, lot_id, delta_on_hand_units,
        delta_reserved_units, delta_lot_units, reason, cause, at)
"""
PLANTED = {
    "on hand is off": (
        "UPDATE catalog_offer SET on_hand_units = on_hand_units + 1 WHERE id = {offer}",
        "on hand 1401, ledger 1400",
    ),
    "reserved is off": (
        "UPDATE catalog_offer SET reserved_units = 7 WHERE id = {offer}",
        "reserved 7, ledger 10",
    ),
    "a movement is missing": (
        "DELETE FROM catalog_stockmovement WHERE offer_id = {offer} AND reason = 'DECLARED'",
        "on hand 1400, ledger 400",
    ),
    "a movement was changed": (
        "UPDATE catalog_stockmovement SET delta_reserved_units = 3 WHERE reason = 'RESERVED'",
        "reserved 10, ledger 3",
    ),
    "an act is booked twice, counters and all": (
        COPY
        + """SELECT offer_id, lot_id, 0, delta_reserved_units, 0, reason, cause, at
             FROM catalog_stockmovement WHERE reason = 'RESERVED';
             UPDATE catalog_offer SET reserved_units = 20 WHERE id = {offer}""",
        "RESERVED order-line:1 is booked 2 times",
    ),
    "a counter is negative, and so is the ledger": (
        COPY
        + """VALUES ({other}, NULL, -5, 0, 0, 'DECLARED', 'hand', now());
             UPDATE catalog_offer SET on_hand_units = -5 WHERE id = {other}""",
        "-5 on hand, 0 reserved, 0 in lots cannot be",
    ),
    "more is promised than there is, in the ledger too": (
        COPY
        + """VALUES ({other}, NULL, 0, 9, 0, 'RESERVED', 'hand', now());
             UPDATE catalog_offer SET reserved_units = 9 WHERE id = {other}""",
        "0 on hand, 9 reserved, 0 in lots cannot be",
    ),
    "what a lot holds is off": (
        "UPDATE catalog_lot SET left_units = 399 WHERE id = {lot}",
        "399 units left, ledger 400",
    ),
    "the sum of the lots is off": (
        "UPDATE catalog_offer SET in_lots_units = 300 WHERE id = {offer}",
        "300 units in lots, its available lots hold 400",
    ),
    "a lot was set apart by hand": (
        """UPDATE catalog_lot SET status = 'QUARANTINED', status_reason = 'x'
           WHERE id = {lot}""",
        "400 units in lots, its available lots hold 0",
    ),
    "a used-up lot holds units": (
        "UPDATE catalog_lot SET status = 'EMPTY' WHERE id = {lot}",
        "EMPTY with 400 of 400 units left cannot be",
    ),
    "a movement names a lot of another offer": (
        COPY + "VALUES ({other}, {lot}, 0, 1, 0, 'LOT_IN', 'hand', now())",
        "belongs to another offer",
    ),
    "a movement has a reason of its own": (
        "UPDATE catalog_stockmovement SET reason = 'GIFT' WHERE reason = 'RESERVED'",
        "nobody knows the reason GIFT",
    ),
    "a movement belongs to no offer": (
        COPY + "VALUES (999999, NULL, 1, 0, 0, 'DECLARED', 'hand', now())",
        "there is no offer 999999",
    ),
}


@pytest.fixture
def books(make, shop):
    """An offer with 1,400 units, 400 of them in a lot, 10 promised; and an empty one."""
    offer = make.Offer(supplier=shop.supplier, on_hand_units=1000)
    lot = operations.receive_lot(offer, by=shop.user, number="L1", units=400)
    stock.reserve(offer.pk, 10, cause="order-line:1", by=None)
    other = make.Offer(supplier=shop.supplier, on_hand_units=0)
    return {"offer": offer.pk, "lot": lot.pk, "other": other.pk}


def test_true_books_have_no_fault(books):
    assert list(audit.faults()) == []


@pytest.mark.parametrize("kind", PLANTED)
def test_audit_finds_each_kind_of_corruption(books, kind, capsys):
    sql, words = PLANTED[kind]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(OFF)
        cursor.execute(sql.format(**books))
    with pytest.raises(CommandError):
        call_command("check_stock")
    assert words in capsys.readouterr().err
