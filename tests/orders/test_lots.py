"""A lot is held back although it is promised: the youngest promises give way, and are told."""

import datetime

import pytest
from django.utils import timezone, translation

from catalog import operations as catalog
from catalog.enums import LotStatus
from catalog.models import Lot
from core.errors import DomainError, NotPermitted
from journal.models import Delivery, Event
from orders import operations
from orders.enums import OrderStatus, SupplierOrderStatus as Part
from orders.models import Shortfall
from tests import factories


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def offer_in_lots(world, units=(400, 600), **fields):
    """An offer whose whole stock stands in lots A, B, …"""
    offer = world.offer(on_hand_units=sum(units), **fields)
    offer.kept = [
        catalog.receive_lot(offer, by=offer.clerk, number=number, units=count, counted=True)
        for number, count in zip("ABC", units, strict=False)
    ]
    return offer


def counters(offer):
    offer.refresh_from_db()
    return offer.on_hand_units, offer.reserved_units, offer.in_lots_units


def told(user, verb):
    return Delivery.objects.filter(recipient=user, event__verb=f"orders.{verb}").exists()


def test_quarantine_that_fits_opens_no_shortfall(world):
    offer = offer_in_lots(world)
    world.picked(world.hospital(), offer, 600)
    operations.quarantine_lot(offer.kept[0], by=offer.clerk, reason="Odd smell")
    assert counters(offer) == (600, 600, 600)
    assert not Shortfall.objects.exists()
    world.check()


def test_unanswered_order_of_the_youngest_gives_way_whole(world):
    offer = offer_in_lots(world)
    first, second = world.hospital(), world.hospital()
    old = world.picked(first, offer, 500)
    young = world.picked(second, offer, 300)
    operations.quarantine_lot(offer.kept[0], by=offer.clerk, reason="Odd smell")
    assert counters(offer) == (600, 500, 600)
    (shortfall,) = Shortfall.objects.all()
    assert (shortfall.units, shortfall.lot) == (200, offer.kept[0])
    part = young.supplier_orders.get()
    assert part.status == Part.CANCELED
    assert [(row.supplier_line, row.units) for row in shortfall.parts.all()] == [
        (part.lines.get(), 300)
    ]
    young.refresh_from_db()
    assert young.status == OrderStatus.CLOSED  # an ample line ends; the buyer orders elsewhere
    assert old.supplier_orders.get().status == Part.WAITING_ACCEPTANCE
    assert told(second.manager, "fell_short")
    assert not told(first.manager, "fell_short")
    assert told(offer.clerk, "shortfall_opened")
    assert told(world.allocator, "shortfall_opened")
    world.check()


def test_accepted_order_gives_way_by_whole_packs_and_keeps_the_rest(world):
    offer = offer_in_lots(world, pack_units=50)
    order = world.picked(world.hospital(), offer, 800)
    part = world.accept(order.supplier_orders.get(), offer.clerk)
    world.ship(part, offer.clerk, 200, lot="B")
    operations.recall_lot(offer.kept[0], by=offer.clerk, reason="Contaminated")
    # 400 in lot B are left, 600 were still to be sent
    assert counters(offer) == (400, 400, 400)
    line = part.lines.get()
    assert (line.accepted_units, line.shipped_units) == (600, 200)
    assert Shortfall.objects.get().parts.get().units == 200
    world.check()


def test_accepted_order_of_which_nothing_is_left_is_cancelled(world):
    offer = offer_in_lots(world, units=(400,))
    order = world.picked(world.hospital(), offer, 400)
    part = world.accept(order.supplier_orders.get(), offer.clerk)
    operations.quarantine_lot(offer.kept[0], by=offer.clerk, reason="Odd smell")
    part.refresh_from_db()
    assert part.status == Part.CANCELED
    assert counters(offer) == (0, 0, 0)
    world.check()


def test_partly_sent_order_of_which_nothing_is_left_counts_as_sent(world):
    offer = offer_in_lots(world, units=(400, 100))
    order = world.picked(world.hospital(), offer, 500)
    part = world.accept(order.supplier_orders.get(), offer.clerk)
    world.ship(part, offer.clerk, 100, lot="B")
    operations.quarantine_lot(offer.kept[0], by=offer.clerk, reason="Odd smell")
    part.refresh_from_db()
    assert part.status == Part.SHIPPED
    world.check()


def test_scarce_line_waits_again_and_the_next_round_repairs_it(world):
    offer = offer_in_lots(world, units=(400,), scarce=True)
    place = world.hospital()
    order = world.need(place, offer.product, 400)
    world.run_round()
    assert order.lines.get().allocated_units == 400
    operations.quarantine_lot(offer.kept[0], by=offer.clerk, reason="Odd smell")
    assert order.lines.get().waiting_units == 400
    world.check()
    spare = world.offer(product=offer.product, on_hand_units=400)
    world.run_round()
    assert order.lines.get().allocated_units == 400
    assert counters(spare)[1] == 400
    world.check()


def test_recall_tells_every_buyer_who_was_sent_units(world):
    offer = offer_in_lots(world)
    got, spared = world.hospital(), world.hospital()
    for place, lot in ((got, "A"), (spared, "B")):
        order = world.picked(place, offer, 100)
        part = world.accept(order.supplier_orders.get(), offer.clerk)
        world.ship(part, offer.clerk, lot=lot)
    operations.recall_lot(Lot.objects.get(number="A"), by=offer.clerk, reason="Contaminated")
    assert told(got.manager, "recalled")
    assert not told(spared.manager, "recalled")
    assert Event.objects.get(verb="orders.recalled").payload["units"] == 100
    assert counters(offer) == (500, 0, 500)
    world.check()


def test_lots_past_their_date_leave_at_night_and_promises_give_way(world):
    offer = offer_in_lots(world)
    order = world.picked(world.hospital(), offer, 800)
    today = timezone.localdate()
    Lot.objects.filter(number="A").update(expires_on=today)
    assert operations.expire_lots(today) == 0
    assert operations.expire_lots(today + datetime.timedelta(days=1)) == 1
    assert operations.expire_lots(today + datetime.timedelta(days=1)) == 0
    assert counters(offer) == (600, 0, 600)
    assert order.supplier_orders.get().status == Part.CANCELED
    world.check()


def test_stranger_and_silence_are_refused(world):
    offer = offer_in_lots(world)
    with pytest.raises(NotPermitted):
        operations.quarantine_lot(
            offer.kept[0], by=factories.SupplierMemberFactory().user, reason="x"
        )
    with pytest.raises(DomainError, match="Say why"):
        operations.recall_lot(offer.kept[0], by=offer.clerk, reason=" ")
    assert counters(offer) == (1000, 0, 1000)


# --- shipping out of lots ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lot", "units", "words"),
    [
        ("A", 500, "Lot A holds 400 units only"),
        ("Z", 100, "Name the lots"),
        ("B", 100, "Lot B must not be sent: in quarantine"),
    ],
)
def test_ship_from_a_lot_that_cannot_give_it(world, lot, units, words):
    offer = offer_in_lots(world, units=(400, 100, 200))
    part = world.picked(world.hospital(), offer, 500).supplier_orders.get()
    world.accept(part, offer.clerk)
    operations.quarantine_lot(offer.kept[1], by=offer.clerk, reason="Odd smell")
    with pytest.raises(DomainError, match=words):
        world.ship(part, offer.clerk, units, lot=lot)
    assert part.lines.get().shipped_units == 0
    world.check()


def test_ship_takes_units_out_of_the_lots_named(world):
    offer = offer_in_lots(world)
    part = world.picked(world.hospital(), offer, 500).supplier_orders.get()
    world.accept(part, offer.clerk)
    line = part.lines.get()
    rows = [
        {"line": line, "lot_number": lot, "units": units, "expires_on": None}
        for lot, units in (("A", 400), ("B", 100))
    ]
    operations.ship(part, by=offer.clerk, carrier="La Poste", lines=rows)
    left = dict(Lot.objects.order_by("number").values_list("number", "left_units"))
    assert left == {"A": 0, "B": 500}
    assert Lot.objects.get(number="A").status == LotStatus.EMPTY
    assert counters(offer) == (500, 0, 500)
    world.check()
