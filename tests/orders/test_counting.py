"""A count is held against the book: each difference has a reason, no promise is broken unsaid."""

import itertools

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts.organisations import DecisionReason, OrganisationStatus
from catalog import audit, operations as catalog
from catalog.enums import COUNT_REASONS, LotStatus, StockReason
from catalog.models import Lot, StockMovement
from catalog.operations import Counted
from core.errors import DomainError, Duplicate, NotEligible, NotPermitted, StaleState
from journal.models import Delivery, Event
from journal.notifications import render
from orders import operations
from orders.enums import SupplierOrderStatus as Part
from orders.models import Shortfall
from suppliers.models import Supplier
from tests import factories
from tests.orders.test_lots import counters, offer_in_lots, told


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def count(offer, *places, **more):
    return operations.count_stock(
        offer, by=more.pop("by", offer.clerk), places=[Counted(*each) for each in places], **more
    )


def test_difference_is_booked_with_its_reason(world):
    offer = world.offer(on_hand_units=1000)
    count(offer, (940, 1000, None, StockReason.DAMAGED))
    assert counters(offer) == (940, 0, 0)
    movement = offer.movements.first()
    assert (movement.delta_on_hand_units, movement.reason) == (-60, "DAMAGED")
    assert movement.by == offer.clerk
    event = Event.objects.get(verb="catalog.stock_counted")
    assert event.payload["places"] == [
        {"lot": "", "before": 1000, "counted": 940, "why": "DAMAGED"}
    ]
    for language in ("en", "fr"):
        headline, body = render(event, language)
        assert offer.product.name in headline
        assert "{" not in headline + body
    world.check()


def test_count_that_agrees_books_nothing(world):
    offer = world.offer(on_hand_units=1000)
    count(offer, (1000, 1000))
    assert offer.movements.count() == 1
    assert counters(offer) == (1000, 0, 0)


def test_lots_are_counted_each_on_its_own(world):
    offer = offer_in_lots(world, units=(400, 600))
    first, second = offer.kept
    count(
        offer,
        (390, 400, first, StockReason.LOST),
        (615, 600, second, StockReason.MISCOUNT),
        (5, 0, None, StockReason.FOUND),
    )
    assert counters(offer) == (1010, 0, 1005)
    second.refresh_from_db()
    assert (second.left_units, second.received_units) == (615, 615)
    assert {each.lot_id for each in offer.movements.all()[:3]} == {first.pk, second.pk, None}
    assert list(audit.faults()) == []


def test_lot_of_which_nothing_is_found_is_empty(world):
    offer = offer_in_lots(world)
    count(offer, (0, 400, offer.kept[0], StockReason.STOLEN))
    assert Lot.objects.get(number="A").status == LotStatus.EMPTY
    assert counters(offer) == (600, 0, 600)
    assert list(audit.faults()) == []


@pytest.mark.parametrize(("found", "status"), [(390, "QUARANTINED"), (0, "EMPTY")])
def test_lot_in_quarantine_is_counted_without_touching_the_stock(world, found, status):
    offer = offer_in_lots(world)
    lot = operations.quarantine_lot(offer.kept[0], by=offer.clerk, reason="Odd smell")
    count(offer, (found, 400, lot, StockReason.SAMPLED))
    lot.refresh_from_db()
    assert (lot.left_units, lot.status) == (found, status)
    assert counters(offer) == (600, 0, 600)
    assert list(audit.faults()) == []


def test_what_moved_meanwhile_is_said_and_not_overwritten(world):
    offer = world.offer(on_hand_units=1000)
    part = world.picked(world.hospital(), offer, 100).supplier_orders.get()
    world.ship(world.accept(part, offer.clerk), offer.clerk)
    with pytest.raises(StaleState, match="The book says 900 now") as refused:
        count(offer, (990, 1000, None, StockReason.LOST))
    assert refused.value.field == "places.0.counted_units"
    assert counters(offer) == (900, 0, 0)


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (990, None),
        (990, StockReason.FOUND),
        (990, StockReason.DECLARED),
        (1010, StockReason.STOLEN),
        (1010, None),
    ],
)
def test_reason_has_to_explain_the_difference(world, counted, reason):
    offer = world.offer(on_hand_units=1000)
    with pytest.raises(DomainError, match=r"[+-]10 units: choose a reason") as refused:
        count(offer, (counted, 1000, None, reason))
    assert refused.value.field == "places.0.reason"
    assert offer.movements.count() == 1


def test_one_wrong_place_keeps_all_from_being_booked(world):
    offer = offer_in_lots(world)
    with pytest.raises(DomainError):
        count(offer, (390, 400, offer.kept[0], StockReason.LOST), (590, 600, offer.kept[1]))
    assert counters(offer) == (1000, 0, 1000)


def test_place_that_cannot_be_is_named(world):
    offer, other = offer_in_lots(world), offer_in_lots(world)
    first = offer.kept[0]
    with pytest.raises(Duplicate):
        count(offer, (400, 400, first), (400, 400, first))
    with pytest.raises(StaleState, match="no longer in the warehouse") as refused:
        count(offer, (400, 400, other.kept[0]))
    assert refused.value.field == "places.0.lot"
    with pytest.raises(DomainError, match="billion"):
        count(offer, (-1, 400, first, StockReason.LOST))


def test_found_units_make_up_for_those_lost_elsewhere(world):
    """All is promised: the loss alone would break a promise, the count as a whole does not."""
    offer = offer_in_lots(world)
    world.picked(world.hospital(), offer, 1000)
    count(
        offer,
        (300, 400, offer.kept[0], StockReason.MISCOUNT),
        (700, 600, offer.kept[1], StockReason.MISCOUNT),
    )
    assert counters(offer) == (1000, 1000, 1000)
    assert not Shortfall.objects.exists()


def test_less_than_promised_names_the_promises_and_changes_nothing(world):
    offer = world.offer(on_hand_units=1000)
    old = world.picked(world.hospital(), offer, 500).supplier_orders.get()
    young = world.picked(world.hospital(), offer, 300).supplier_orders.get()
    with pytest.raises(DomainError, match="100 promised units would be missing") as refused:
        count(offer, (700, 1000, None, StockReason.DAMAGED))
    assert young.number in str(refused.value)
    assert old.number not in str(refused.value)
    assert refused.value.field == "give_way"
    assert counters(offer) == (1000, 800, 0)


def test_promises_give_way_where_the_supplier_agrees(world):
    offer = world.offer(on_hand_units=1000, pack_units=50)
    first, second = world.hospital(), world.hospital()
    old = world.picked(first, offer, 500).supplier_orders.get()
    young = world.picked(second, offer, 300).supplier_orders.get()
    world.accept(young, offer.clerk)
    count(offer, (730, 1000, None, StockReason.DAMAGED), give_way=True)
    shortfall = Shortfall.objects.get()
    assert (shortfall.units, shortfall.lot) == (70, None)
    assert [part.units for part in shortfall.parts.all()] == [100]
    assert counters(offer) == (730, 700, 0)
    assert young.lines.get().accepted_units == 200
    old.refresh_from_db()
    assert old.status == Part.WAITING_ACCEPTANCE
    assert told(second.manager, "fell_short")
    assert not told(first.manager, "fell_short")
    delivery = Delivery.objects.filter(event__verb="orders.shortfall_opened").first()
    assert "70" in render(delivery.event, "en")[1]
    world.check()


def test_refused_count_takes_no_promise_back(world):
    offer = world.offer(on_hand_units=1000)
    world.picked(world.hospital(), offer, 800)
    with pytest.raises(DomainError):
        count(offer, (700, 1000, None, StockReason.FOUND), give_way=True)
    assert counters(offer) == (1000, 800, 0)
    assert not Shortfall.objects.exists()


def test_promises_at_risk_are_those_that_give_way(world):
    """What the page says beforehand is what happens."""
    offer = world.offer(on_hand_units=1000, pack_units=50)
    parts = [world.picked(world.hospital(), offer, 300).supplier_orders.get() for _ in range(3)]
    world.accept(parts[2], offer.clerk)
    said = operations.at_risk({offer.pk: 350})[offer.pk]
    count(offer, (550, 1000, None, StockReason.STOLEN), give_way=True)
    taken = Shortfall.objects.get().parts.all()
    assert [(row.part.pk, row.units) for row in said] == [
        (each.supplier_line.supplier_order_id, each.units) for each in taken
    ]
    assert [row.units for row in said] == [300, 300]


def test_stranger_and_suspended_are_refused(world):
    offer = world.offer(on_hand_units=1000)
    with pytest.raises(NotPermitted):
        count(offer, (1000, 1000), by=factories.SupplierMemberFactory().user)
    Supplier.objects.filter(pk=offer.supplier_id).update(
        status=OrganisationStatus.SUSPENDED, reason_code=DecisionReason.OTHER
    )
    with pytest.raises(NotEligible):
        count(offer, (1000, 1000))


@pytest.mark.parametrize(
    ("reason", "delta"), list(itertools.product(COUNT_REASONS, (-1, 1))), ids=str
)
def test_ledger_takes_only_what_the_reason_can_explain(make, reason, delta):
    fits = reason in catalog.reasons_for(delta)
    row = StockMovement(
        offer=make.Offer(), delta_on_hand_units=delta, delta_reserved_units=0, reason=reason
    )
    if fits:
        return row.save()
    with pytest.raises(IntegrityError, match="movement_"), transaction.atomic():
        row.save()
    return None
