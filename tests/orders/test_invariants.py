"""The command that compares everything with everything finds what somebody broke."""

import io

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from catalog.models import Offer
from orders.models import (
    Allocation,
    AllocationRound,
    Explanation,
    Order,
    OrderLine,
    OrderNumber,
    SupplierOrder,
    SupplierOrderLine,
)


@pytest.fixture
def story(world):
    """One order received, one on its way, one waiting for an answer, one shared out."""
    place, offer = world.hospital(), world.offer(on_hand_units=10_000)
    for step in range(3):
        part = world.picked(place, offer, 100).supplier_orders.get()
        if step < 2:
            shipment = world.ship(world.accept(part, offer.clerk), offer.clerk)
        if step < 1:
            world.receive(shipment, place.manager, missing=10)
    scarce = world.offer(scarce=True, on_hand_units=50)
    world.need(place, scarce.product, 100)
    world.run_round()
    world.check()


def test_command_is_silent_about_a_sound_world(story):
    out = io.StringIO()
    call_command("check_invariants", stdout=out)
    assert out.getvalue().startswith("0 ")


def set_all(model, **values):
    return lambda: model.objects.update(**values)


def sql(text):
    def run():
        with connection.cursor() as cursor:
            cursor.execute(text)

    return run


CORRUPTIONS = {
    "reserved counter": set_all(Offer, reserved_units=7),
    "stock counter": set_all(Offer, on_hand_units=77_777),
    "line counter": set_all(
        OrderLine, allocated_units=0, accepted_units=0, shipped_units=0, received_units=0
    ),
    "answer of a supplier": set_all(
        SupplierOrderLine, accepted_units=1, shipped_units=0, received_units=0
    ),
    "status of a supplier order": set_all(SupplierOrder, status="REFUSED", refusal_reason="x"),
    "units of a shipment": sql("UPDATE orders_shipmentline SET units = units + 1"),
    "units of a receipt": sql("UPDATE orders_receiptline SET received_units = 1"),
    "price of an allocation": set_all(Allocation, unit_price_eur=9),
    "share of a round": set_all(AllocationRound, allocated_units=1),
    "snapshot of a round": set_all(AllocationRound, snapshot_sha256="0" * 64),
    "reason of a line": lambda: Explanation.objects.exclude(round=None).delete(),
    "reference to nothing": sql("UPDATE orders_explanation SET line_id = -line_id"),
    "order closed too early": set_all(Order, status="CLOSED"),
    "order number left out": set_all(OrderNumber, last=9),
    "order that nobody wrote down": sql(
        "UPDATE orders_order SET number = '2019-000001'"
        " WHERE id = (SELECT min(id) FROM orders_order)"
    ),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_command_finds_planted_corruption(story, corruption):
    CORRUPTIONS[corruption]()
    with pytest.raises(SystemExit) as end:
        call_command("check_invariants", stdout=io.StringIO())
    assert end.value.code == 1


@pytest.mark.parametrize("model", [OrderLine, Offer, Allocation, AllocationRound, SupplierOrder])
def test_postgresql_keeps_what_explanations_and_supplier_lines_refer_to(story, model):
    table = model._meta.db_table
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id + 1000000"):
        with pytest.raises(IntegrityError), transaction.atomic():
            sql(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE")()


@pytest.mark.parametrize(
    ("model", "child", "column"),
    [
        (OrderLine, "orders_explanation", "line_id"),
        (OrderLine, "orders_supplierorderline", "order_line_id"),
        (AllocationRound, "orders_explanation", "round_id"),
        (Offer, "orders_supplierorderline", "offer_id"),
        (Allocation, "orders_supplierorderline", "allocation_id"),
        (SupplierOrder, "orders_supplierorderline", "supplier_order_id"),
    ],
)
def test_each_reference_without_constraint_is_guarded_by_itself(story, model, child, column):
    table = model._meta.db_table
    if child == "orders_supplierorderline":
        Explanation.objects.all().delete()
    referred = f"SELECT {column} FROM {child} WHERE {column} IS NOT NULL LIMIT 1"
    with pytest.raises(IntegrityError, match=f"is referred to by {child}"), transaction.atomic():
        sql(f"UPDATE {table} SET id = 10^9 WHERE id = ({referred})")()
