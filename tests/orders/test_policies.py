"""What the ministry may decide beyond ranks: held-back stock, floors, reserves, the past, caps."""

import datetime

import pytest
from django.utils import timezone

from buyers.enums import BuyerKind
from buyers.models import Buyer
from catalog import stock
from orders import operations
from orders.enums import Limit, RoundStatus
from orders.models import (
    AllocationPolicy,
    EntityCap,
    PolicyFloor,
    PolicyReserve,
    SupplierOrder,
)
from tests import factories


def got(order):
    return order.lines.get().allocated_units


def why(order):
    return order.lines.get().explanations.first()


def cap(offer, units, entity="", begun_days_ago=30):
    first = timezone.localdate() - datetime.timedelta(days=begun_days_ago)
    return EntityCap.objects.create(
        entity=entity,
        category=offer.product.category,
        max_units=units,
        legal_reference="Arrêté",
        valid_from=first,
    )


# --- the policy -----------------------------------------------------------------------------


def test_held_back_part_stays_in_stock(world):
    AllocationPolicy.objects.update(held_back_pct=10)
    offer = world.offer(scarce=True, on_hand_units=100)
    order = world.need(world.hospital(), offer.product, 100)
    world.run_round()
    assert got(order) == 90
    world.check()


def test_reserve_serves_its_buyers_whatever_their_rank(world):
    policy = AllocationPolicy.objects.get()
    PolicyReserve.objects.create(
        policy=policy, name="offices", share_pct=25, kinds=[BuyerKind.PUBLIC_BODY]
    )
    offer = world.offer(scarce=True, on_hand_units=100)
    care = world.need(world.hospital(), offer.product, 100)
    office = world.need(world.hospital(kind=BuyerKind.PUBLIC_BODY), offer.product, 100)
    world.run_round()
    assert (got(care), got(office)) == (75, 25)


def test_reserve_of_a_region(world):
    policy = AllocationPolicy.objects.get()
    PolicyReserve.objects.create(policy=policy, name="south", share_pct=50, regions=["93"])
    offer = world.offer(scarce=True, on_hand_units=100)
    paris = world.need(world.hospital(beds=900), offer.product, 100)
    nice = world.need(world.hospital(beds=100, department="06"), offer.product, 100)
    world.run_round()
    assert (got(paris), got(nice)) == (50, 50)


def test_floor_comes_first(world):
    policy = AllocationPolicy.objects.get()
    PolicyFloor.objects.create(policy=policy, share_pct=30, departments=["06"])
    offer = world.offer(scarce=True, on_hand_units=100)
    care = world.need(world.hospital(), offer.product, 100)
    office = world.hospital(kind=BuyerKind.PUBLIC_BODY, department="06")
    nice = world.need(office, offer.product, 100)
    world.run_round()
    assert (got(care), got(nice)) == (70, 30)


def test_floors_above_supply_fail_the_round_and_say_what_is_possible(world):
    PolicyFloor.objects.create(policy=AllocationPolicy.objects.get(), share_pct=100)
    offer = world.offer(scarce=True, on_hand_units=50)
    world.need(world.hospital(), offer.product, 100)
    failed = world.run_round()
    assert failed.status == RoundStatus.FAILED
    assert "0.5" in failed.failure


def test_past_service_counts_as_far_as_the_policy_says(world):
    offer = world.offer(scarce=True, on_hand_units=40)
    served, other = world.hospital(), world.hospital()
    first = world.need(served, offer.product, 100)
    world.run_round()
    assert got(first) == 40
    week_ago = timezone.now() - datetime.timedelta(days=8)
    SupplierOrder.objects.update(created_at=week_ago)
    AllocationPolicy.objects.update(past_weeks=2, past_weight_pct=50)
    late = world.need(other, offer.product, 100)
    stock.declare(offer.pk, 100, cause="count", by=None)
    world.run_round()
    assert (got(first) - 40, got(late)) == (40, 60)  # 40 units of a week ago count 20
    assert why(first).past_units == 20
    world.check()


def test_past_that_was_given_back_does_not_count(world):
    AllocationPolicy.objects.update(past_weeks=2)
    offer = world.offer(scarce=True, on_hand_units=40)
    order = world.need(world.hospital(), offer.product, 100)
    world.run_round()
    operations.refuse(order.supplier_orders.get(), by=offer.clerk, reason="Machine down")
    world.run_round()
    assert why(order).past_units == 0


# --- caps per legal entity ------------------------------------------------------------------


def test_cap_of_a_legal_entity_binds_all_its_accounts_together(world):
    offer = world.offer(scarce=True, on_hand_units=1000)
    accounts = [world.hospital() for _ in range(3)]
    siren = accounts[0].buyer.siret[:9]
    for number, account in enumerate(accounts[1:]):
        Buyer.objects.filter(pk=account.buyer.pk).update(siret=f"{siren}0000{number}")
    other = world.need(world.hospital(), offer.product, 100)
    orders = [world.need(account, offer.product, 100) for account in accounts]
    cap(offer, 120, entity=siren)
    world.run_round()
    assert sum(got(order) for order in orders) == 120
    assert got(other) == 100
    assert why(orders[0]).limit == Limit.ENTITY_CAP


def test_cap_for_everyone_counts_what_was_promised_since_it_began(world):
    offer = world.offer(scarce=True, on_hand_units=1000)
    place = world.hospital()
    first = world.need(place, offer.product, 60)
    world.run_round()
    cap(offer, 100)
    second = world.need(place, offer.product, 60)
    world.run_round()
    assert (got(first), got(second)) == (60, 40)
    world.check()


def test_cap_that_began_later_does_not_count_what_was_before(world):
    offer = world.offer(scarce=True, on_hand_units=1000)
    place = world.hospital()
    world.need(place, offer.product, 60)
    world.run_round()
    SupplierOrder.objects.update(created_at=timezone.now() - datetime.timedelta(days=9))
    cap(offer, 100, begun_days_ago=5)
    second = world.need(place, offer.product, 120)
    world.run_round()
    assert got(second) == 100


def test_cap_of_a_hospital_group(world):
    offer = world.offer(scarce=True, on_hand_units=1000)
    places = [world.hospital(), world.hospital()]
    Buyer.objects.filter(pk=places[0].buyer.pk).update(group="GHT du  Nord")
    Buyer.objects.filter(pk=places[1].buyer.pk).update(group="ght du nord")
    orders = [world.need(place, offer.product, 100) for place in places]
    cap(offer, 150, entity="GHT du Nord")
    world.run_round()
    assert sum(got(order) for order in orders) == 150


def test_maximum_per_buyer_of_an_offer_binds_a_legal_entity(world):
    offer = world.offer(scarce=True, on_hand_units=1000, max_per_buyer_units=100)
    places = [world.hospital() for _ in range(2)]
    Buyer.objects.filter(pk__in=[place.buyer.pk for place in places]).update(
        legal_entity_finess="750000001"
    )
    orders = [world.need(place, offer.product, 100) for place in places]
    world.run_round()
    assert sum(got(order) for order in orders) == 100


# --- groups ---------------------------------------------------------------------------------


def shelf(slug):
    return factories.CategoryFactory(slug=slug)


def groups_of(world):
    return [(each.name, each.lines_count) for each in world.run_round().groups.all()]


def test_each_category_is_a_group_the_largest_first(world):
    masks = world.offer(scarce=True, product__category=shelf("masks"))
    gloves = world.offer(scarce=True, product__category=shelf("gloves"))
    world.need(world.hospital(), gloves.product, 10)
    for _ in range(2):
        world.need(world.hospital(), masks.product, 10)
    assert groups_of(world) == [("masks", 2), ("gloves", 1)]
    world.check()


def test_categories_that_a_wish_crosses_are_one_group(world):
    masks = world.offer(scarce=True, product__category=shelf("masks"), on_hand_units=10)
    fabric = world.offer(scarce=True, product__category=shelf("fabric"))
    gowns = world.offer(scarce=True, product__category=shelf("gowns"))
    world.need(world.hospital(), gowns.product, 10)
    world.need(world.hospital(), fabric.product, 10)
    order = world.need(world.hospital(), masks.product, 30, substitutes=[fabric.product])
    assert groups_of(world) == [("fabric", 2), ("gowns", 1)]
    assert got(order) == 30


# --- refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["refuse", "expire"])
def test_offer_that_was_refused_is_not_proposed_to_the_line_again(world, end):
    offer = world.offer(scarce=True, on_hand_units=100)
    order, later = world.need(world.hospital(), offer.product, 100), None
    world.run_round()
    if end == "refuse":
        operations.refuse(order.supplier_orders.get(), by=offer.clerk, reason="No lorry")
    else:
        SupplierOrder.objects.update(accept_by=timezone.now())
        operations.expire_due()
    later = world.need(world.hospital(), offer.product, 50)
    world.run_round()
    assert (got(order), got(later)) == (0, 50)
    assert why(order).limit == Limit.REFUSED
    world.check()
