"""What a line costs follows its quantity, at once and in a round (docs/adr/0014)."""

from decimal import Decimal

import pytest

from buyers.enums import BuyerKind
from catalog.enums import BuyerSide, ProductKind, TaxBasis
from catalog.models import PriceRule, PriceTier
from core.errors import NotEligible
from orders.models import Allocation
from orders.operations.amounts import estimate_eur
from orders.views.amounts import estimate


def tiered(offer, *rows):
    for units, price in rows:
        PriceTier.objects.create(offer=offer, from_units=units, unit_price_eur=price)
    return offer


@pytest.mark.parametrize(
    ("units", "price"), [(99, "2.0000"), (100, "1.8000"), (499, "1.8000"), (500, "1.5000")]
)
def test_picked_line_costs_the_tier_it_reaches(world, units, price):
    offer = tiered(world.offer(unit_price_eur=2), (100, "1.8"), (500, "1.5"))
    place = world.hospital()
    ask = {"product": offer.product, "offer": offer, "requested_units": units}
    (line,) = world.basket(place, ask).lines.all()
    amount = Decimal(price) * units
    assert estimate_eur([line]) == estimate([line])["excluding_eur"] == amount
    order = world.order(place)
    (sold,) = order.supplier_orders.get().lines.all()
    assert (sold.unit_price_eur, sold.amount_eur) == (Decimal(price), amount)
    world.check()


def test_price_stays_when_the_supplier_accepts_less(world):
    offer = tiered(world.offer(unit_price_eur=2), (100, "1.8"))
    part = world.picked(world.hospital(), offer, 100).supplier_orders.get()
    world.accept(part, offer.clerk, units=40)
    assert part.lines.get().unit_price_eur == Decimal("1.8")
    world.check()


def test_limit_of_a_requester_counts_the_price_of_the_quantity(world):
    offer = tiered(world.offer(unit_price_eur=2), (100, "1.8"))
    place = world.hospital(limit=Decimal(180))
    ask = {"product": offer.product, "offer": offer, "requested_units": 100}
    assert world.order(place, ask, by=place.requester).number
    assert world.order(place, ask, by=place.requester).supplier_orders.count() == 1


def test_round_gives_each_allocation_the_price_of_its_own_units(world):
    offer = tiered(world.offer(scarce=True, unit_price_eur=2, on_hand_units=700), (200, "1.5"))
    large = world.need(world.hospital(), offer.product, 600)
    small = world.need(world.hospital(), offer.product, 100)
    world.run_round()
    prices = {
        each.line.order_id: (each.units, each.unit_price_eur)
        for each in Allocation.objects.select_related("line").order_by("pk")
    }
    assert prices[small.pk] == (100, Decimal(2))
    assert prices[large.pk] == (600, Decimal("1.5"))
    world.check()


def test_round_compares_the_offers_own_price(world):
    """A ceiling between the tier and the own price keeps the offer away, whatever the quantity."""
    offer = tiered(world.offer(scarce=True, unit_price_eur=2, on_hand_units=1000), (200, "1.5"))
    world.need(world.hospital(), offer.product, 600, max_unit_price_eur=Decimal("1.9"))
    world.run_round()
    assert not Allocation.objects.exists()


def test_reseller_buys_at_the_tier_that_the_wholesale_ceiling_allows(world):
    PriceRule.objects.create(
        product_kind=ProductKind.MASK_EN14683,
        buyer_side=BuyerSide.RESELLER,
        per_unit_eur="1.8",
        tax_basis=TaxBasis.EXCLUDING,
        legal_reference="Test",
        valid_from="2020-01-01",
    )
    offer = world.offer(unit_price_eur=2, product__kind=ProductKind.MASK_EN14683)
    tiered(offer, (100, "1.8"))
    trader = world.hospital(kind=BuyerKind.RESELLER)
    with pytest.raises(NotEligible):
        world.picked(trader, offer, 99)
    assert world.picked(trader, offer, 100).supplier_orders.count() == 1
