"""What leaves the supplier and what arrives."""

import datetime

import pytest

from core.errors import DomainError, Duplicate, NotPermitted, StaleState
from journal.models import Delivery
from orders import operations
from orders.enums import OrderStatus, SupplierOrderStatus


@pytest.fixture
def place(world):
    return world.hospital()


@pytest.fixture
def offer(world):
    return world.offer()


@pytest.fixture
def part(world, place, offer):
    """400 accepted units of an ample product."""
    return world.accept(world.picked(place, offer, 400).supplier_orders.get(), offer.clerk)


def row(part, **change):
    return {
        "line": part.lines.get(),
        "lot_number": "L1",
        "units": 400,
        "expires_on": None,
        **change,
    }


def test_ship_all_takes_the_units_out_of_stock(world, place, offer, part):
    shipment = world.ship(part, offer.clerk, tracking_number="6A123")
    part.refresh_from_db()
    offer.refresh_from_db()
    assert part.status == SupplierOrderStatus.SHIPPED
    assert (offer.on_hand_units, offer.reserved_units) == (600, 0)
    assert shipment.number == f"{part.number}-E1"
    told = Delivery.objects.filter(event__verb="orders.shipped", channel="EMAIL")
    assert place.manager in {each.recipient for each in told}
    world.check()


def test_ship_in_several_consignments_of_several_lots(world, offer, part):
    world.ship(part, offer.clerk, 100, tracking_number="1")
    part.refresh_from_db()
    assert part.status == SupplierOrderStatus.SHIPPING
    operations.ship(
        part,
        by=offer.clerk,
        carrier="La Poste",
        lines=[row(part, units=200, lot_number="L2"), row(part, units=100, lot_number="L3")],
    )
    part.refresh_from_db()
    assert part.status == SupplierOrderStatus.SHIPPED
    assert part.lines.get().shipped_units == 400
    world.check()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"units": 401}, "units"),
        ({"units": -1}, "units"),
        ({"units": 0}, "lines"),
        ({"lot_number": " "}, "lot_number"),
        ({"expires_on": datetime.date(2020, 1, 1)}, "expires_on"),
    ],
)
def test_ship_bad_row_names_its_field(world, offer, part, change, field):
    with pytest.raises(DomainError) as error:
        operations.ship(part, by=offer.clerk, carrier="La Poste", lines=[row(part, **change)])
    assert error.value.field == field
    world.check()


def test_ship_needs_carrier_and_parcels(offer, part):
    for change, field in (({"carrier": " "}, "carrier"), ({"parcels": 0}, "parcels")):
        with pytest.raises(DomainError) as error:
            operations.ship(
                part, by=offer.clerk, lines=[row(part)], **{"carrier": "La Poste", **change}
            )
        assert error.value.field == field


def test_ship_one_lot_on_two_rows_is_refused(offer, part):
    with pytest.raises(DomainError) as error:
        operations.ship(
            part,
            by=offer.clerk,
            carrier="La Poste",
            lines=[row(part, units=10), row(part, units=20)],
        )
    assert error.value.field == "lot_number"


def test_ship_line_of_another_order_is_refused(world, place, offer, part):
    other = world.accept(world.picked(place, offer, 10).supplier_orders.get(), offer.clerk)
    with pytest.raises(DomainError) as error:
        operations.ship(part, by=offer.clerk, carrier="La Poste", lines=[row(other, units=10)])
    assert error.value.field == "lines"


def test_ship_the_same_consignment_twice_sends_it_once(world, offer, part):
    world.ship(part, offer.clerk, 100)
    with pytest.raises(Duplicate, match=f"{part.number}-E1"):
        world.ship(part, offer.clerk, 100)
    world.ship(part, offer.clerk, 100, tracking_number="second pallet")
    assert part.lines.get().shipped_units == 200
    world.check()


def test_ship_before_or_after_its_time_is_stale(world, place, offer, part):
    waiting = world.picked(place, offer, 10).supplier_orders.get()
    with pytest.raises(StaleState):
        operations.ship(
            waiting, by=offer.clerk, carrier="La Poste", lines=[row(waiting, units=10)]
        )
    world.ship(part, offer.clerk)
    with pytest.raises(StaleState):
        operations.ship(part, by=offer.clerk, carrier="La Poste", lines=[row(part, units=1)])


def test_ship_by_the_wrong_person_is_refused(world, place, part):
    for person in (place.manager, world.offer().clerk):
        with pytest.raises(NotPermitted):
            world.ship(part, person)


def test_receive_all_closes_everything(world, place, offer, part):
    world.receive(world.ship(part, offer.clerk), place.requester)
    part.refresh_from_db()
    order = part.order
    order.refresh_from_db()
    assert (part.status, order.status) == (SupplierOrderStatus.CLOSED, OrderStatus.CLOSED)
    assert order.lines.get().received_units == 400
    told = Delivery.objects.filter(event__verb="orders.arrived", channel="EMAIL")
    assert [each.recipient for each in told] == [offer.clerk]
    world.check()


def test_receive_one_of_two_consignments_keeps_it_open(world, place, offer, part):
    first = world.ship(part, offer.clerk, 100)
    second = world.ship(part, offer.clerk, 300, lot="L2")
    world.receive(second, place.manager)
    part.refresh_from_db()
    assert part.status == SupplierOrderStatus.SHIPPED
    world.receive(first, place.manager)
    part.refresh_from_db()
    assert part.status == SupplierOrderStatus.CLOSED
    world.check()


def test_receive_before_all_was_sent_keeps_it_open(world, place, offer, part):
    world.receive(world.ship(part, offer.clerk, 100), place.manager)
    part.refresh_from_db()
    assert part.status == SupplierOrderStatus.SHIPPING
    world.receive(world.ship(part, offer.clerk, 300, lot="L2"), place.manager)
    part.refresh_from_db()
    assert (part.status, part.order.status) == (SupplierOrderStatus.CLOSED, OrderStatus.CLOSED)
    world.check()


def test_receive_less_ends_an_ample_line(world, place, offer, part):
    world.receive(world.ship(part, offer.clerk), place.manager, missing=30)
    line = part.order.lines.get()
    assert (line.received_units, line.shipped_units, line.canceled_units) == (370, 370, 30)
    part.order.refresh_from_db()
    assert part.order.status == OrderStatus.CLOSED
    world.check()


def test_receive_less_lets_a_scarce_line_wait_again(world, place):
    offer = world.offer(scarce=True, on_hand_units=100)
    order = world.need(place, offer.product, 100)
    world.run_round()
    part = world.accept(order.supplier_orders.get(), offer.clerk)
    world.receive(world.ship(part, offer.clerk), place.manager, missing=10)
    line = order.lines.get()
    assert (line.received_units, line.allocated_units, line.waiting_units) == (90, 90, 10)
    order.refresh_from_db()
    assert order.status == OrderStatus.IN_PROGRESS
    more = world.offer(product=offer.product, on_hand_units=50)
    world.run_round()
    second = world.accept(order.supplier_orders.get(supplier=more.supplier), more.clerk)
    world.receive(world.ship(second, more.clerk), place.manager)
    order.refresh_from_db()
    assert order.status == OrderStatus.CLOSED
    world.check()


@pytest.mark.parametrize("counted", [(401, 0), (400, 1), (-1, 0), (0, -1), None])
def test_receive_impossible_count_names_its_line(world, place, offer, part, counted):
    shipment = world.ship(part, offer.clerk)
    line = shipment.lines.get()
    with pytest.raises(DomainError) as error:
        operations.receive(shipment, by=place.manager, lines={line.pk: counted} if counted else {})
    assert error.value.field == f"line_{line.pk}"
    world.check()


def test_receive_twice_is_stale(world, place, offer, part):
    shipment = world.ship(part, offer.clerk)
    world.receive(shipment, place.manager)
    with pytest.raises(StaleState):
        world.receive(shipment, place.manager)
    world.check()


def test_receive_by_the_wrong_person_is_refused(world, offer, part):
    shipment = world.ship(part, offer.clerk)
    for person in (offer.clerk, world.hospital().manager):
        with pytest.raises(NotPermitted):
            world.receive(shipment, person)
