"""The law on prices is asked when an order is placed and when a line is shared out."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from buyers.enums import BuyerKind
from catalog.enums import BuyerSide, ProductKind
from catalog.models import PriceRule
from core.errors import NotEligible
from orders import operations, rounds
from orders.enums import RoundStatus, RoundTrigger
from orders.models import Allocation
from orders.rounds import steps


def decree(side=BuyerSide.END_USER, per_litre_eur=10, **fields):
    return PriceRule.objects.create(
        legal_reference="Décret d'essai",
        product_kind=ProductKind.GEL,
        buyer_side=side,
        per_litre_eur=per_litre_eur,
        tax_basis="HT",
        valid_from=timezone.localdate() - datetime.timedelta(days=1),
        **fields,
    )


@pytest.fixture
def gel(world):
    """An offer of a litre of gel at 2 €; `scarce` ones wait for a round."""

    def _gel(**more):
        return world.offer(
            product__kind=ProductKind.GEL, product__container_ml=1000, on_hand_units=500, **more
        )

    return _gel


@pytest.mark.parametrize("kind", [BuyerKind.HOSPITAL, BuyerKind.RESELLER])
@pytest.mark.parametrize("scarce", [False, True])
def test_allocation_keeps_the_rules_of_its_buyers_side(world, gel, kind, scarce):
    rules = {"RESELLER": decree(BuyerSide.RESELLER), "HOSPITAL": decree()}
    offer, place = gel(scarce=scarce), world.hospital(kind=kind)
    bystander = world.offer(scarce=scarce)
    if scarce:
        world.need(place, offer.product, 50)
        world.need(place, bystander.product, 50)
        world.run_round()
    else:
        world.picked(place, offer, 50)
        world.picked(place, bystander, 50)
    assert Allocation.objects.get(offer=offer).price_rule_ids == [rules[kind].pk]
    assert Allocation.objects.get(offer=bystander).price_rule_ids == []
    world.check()


def test_basket_filled_before_a_decree_is_refused_after_it(world, gel):
    place, offer = world.hospital(), gel()
    ask = {"product": offer.product, "offer": offer, "requested_units": 5}
    basket = world.basket(place, ask)
    decree(per_litre_eur=1)
    with pytest.raises(NotEligible):
        operations.submit(basket, by=place.manager, site=place.site)
    assert not Allocation.objects.exists()


@pytest.mark.parametrize(
    ("side", "kind", "received"),
    [
        (BuyerSide.END_USER, BuyerKind.HOSPITAL, 0),
        (BuyerSide.END_USER, BuyerKind.RESELLER, 0),
        (BuyerSide.RESELLER, BuyerKind.HOSPITAL, 50),
        (BuyerSide.RESELLER, BuyerKind.RESELLER, 0),
    ],
)
def test_decree_between_simulation_and_commit_is_obeyed(world, gel, side, kind, received):
    offer = gel(scarce=True)
    order = world.need(world.hospital(kind=kind), offer.product, 50)
    bystander = world.need(world.hospital(), world.offer(scarce=True).product, 50)
    round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)
    for step in (steps.freeze, steps.solve):
        step(round_)
        round_.refresh_from_db()
    decree(side, per_litre_eur=Decimal("1.9999"))
    assert rounds.advance(round_.pk).status == RoundStatus.COMMITTED
    assert order.lines.get().allocated_units == received
    assert bystander.lines.get().allocated_units == 50
    world.check()
