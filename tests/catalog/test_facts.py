"""What the search keeps of sheets and offers is what a slow look at them says."""

import datetime
import random
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.availability import blockers
from catalog.enums import SHORT_OF_STOCK, BuyerSide, OfferStatus, ProductKind
from catalog.models import Offer, PriceTier, Product, SheetFacts, SheetTerms, ShelfVersion
from catalog.models.shelf import TERMS
from catalog.prices import RuleBook
from catalog.search.terms import with_terms
from core.places import departments
from suppliers.models import Supplier


pytestmark = pytest.mark.django_db
PLACES = ("", "75", "13", "59", "974")
DAY = datetime.timedelta(days=1)


def random_change(make, dice, shop):
    """One of the things that happen on a market."""
    gel, today = dice.random() < 0.5, timezone.localdate()
    if len(shop) < 8 or dice.random() < 0.1:
        kind = ProductKind.GEL if gel else ProductKind.OTHER
        shop.append(make.Product(kind=kind, container_ml=dice.choice([100, 500]) if gel else None))
    if dice.random() < 0.5:
        make.Offer(
            product=dice.choice(shop),
            supplier=make.Supplier(approved=True, department=dice.choice(PLACES[1:])),
            unit_price_eur=Decimal(dice.choice(["0", "1.45", "2.2", "9.5", "60"])),
            departments=dice.choice([[], ["75"], ["13", "59"], ["974"]]),
            lead_time_days=dice.randrange(1, 20),
            on_hand_units=dice.choice([0, 5, 1000]),
            pack_units=dice.choice([1, 10]),
            status=dice.choice([OfferStatus.ON_SALE, OfferStatus.ON_SALE, OfferStatus.DRAFT]),
        )
    elif offers := list(Offer.objects.order_by("pk")):
        offer = dice.choice(offers)
        change = dice.choice(
            [
                {"on_hand_units": dice.choice([0, 700]), "reserved_units": 0},
                {"unit_price_eur": Decimal(dice.choice(["0", "3.3"]))},
                {"departments": dice.choice([[], ["59"]])},
                {"status": dice.choice(OfferStatus.values)},
                {"available_from": dice.choice([None, today, today + DAY])},
                {"available_from": None, "available_until": dice.choice([None, today])},
            ]
        )
        Offer.objects.filter(pk=offer.pk).update(**change)
        if dice.random() < 0.15:
            prices = {"unit_price_eur": Decimal(dice.choice(["0.4", "1.3"]))}
            PriceTier.objects.update_or_create(offer=offer, from_units=100, defaults=prices)
        if dice.random() < 0.2:
            Supplier.objects.filter(pk=offer.supplier_id).update(department="59")
        if dice.random() < 0.1:
            Product.objects.filter(pk=offer.product_id).update(is_active=dice.random() < 0.5)


def looked_at(product, selling, place, side, rules):
    """The same, one offer at a time."""
    ceiling = rules.ceiling(product, side)
    offers = []
    for offer in selling:
        open_to_side = side == BuyerSide.END_USER or (
            not ceiling or offer.lowest_price_eur <= ceiling.max_unit_price_eur
        )
        if offer.product == product and open_to_side and (not place or offer.serves(place)):
            offers.append(offer)
    ready = [each for each in offers if each.available_units >= each.smallest_order_units]
    prices = [each.unit_price_eur for each in ready]
    lowest = min(prices, default=None)
    litres = Decimal(product.container_ml or 1000) / 1000
    return {
        "offers": len(offers),
        "ready_offers": len(ready),
        "lowest_eur": lowest,
        "highest_eur": max(prices, default=None),
        "comparable_eur": None if lowest is None else round(lowest / litres, 4),
        "lead_time_days": min((each.lead_time_days for each in ready), default=None),
        "donation": any(price == 0 for price in prices),
        "origins": sorted({each.supplier.department for each in ready}),
    }


@pytest.mark.parametrize("seed", [3, 5])
def test_facts_are_what_a_slow_look_says_after_random_changes(make, exercise, settle, seed):
    dice, shop, rules = random.Random(seed), [], RuleBook(timezone.localdate())
    seen_for_resale = 0
    for _round in range(4):
        for _each in range(12):
            random_change(make, dice, shop)
        settle()
        selling = [
            offer
            for offer in Offer.objects.for_listing().with_tiers().order_by("pk")
            if set(blockers(offer, day=rules.day, rules=rules)) <= SHORT_OF_STOCK
        ]
        for side in BuyerSide:
            for place in PLACES:
                kept = with_terms(SheetFacts.objects.all(), place=place, side=side)
                kept = {row["pk"]: row for row in kept.order_by("pk").values("pk", *TERMS)}
                for product in shop:
                    row = kept[product.pk]
                    assert row.pop("pk") == product.pk
                    assert row == looked_at(product, selling, place, side, rules), (
                        product.pk,
                        place,
                        side,
                    )
        seen_for_resale += SheetTerms.objects.filter(side=BuyerSide.RESELLER).count()
    assert seen_for_resale
    assert SheetFacts.objects.count() == Product.objects.count()


def test_stock_that_falls_leaves_the_shelf_as_it_is(make, settle):
    offer = make.Offer(on_hand_units=900)
    settle()
    before = ShelfVersion.objects.get().number
    Offer.objects.filter(pk=offer.pk).update(on_hand_units=880)
    settle()
    assert ShelfVersion.objects.get().number == before
    Offer.objects.filter(pk=offer.pk).update(on_hand_units=0)
    settle()
    assert ShelfVersion.objects.get().number != before


def test_a_price_leaves_the_shelf_of_strangers_as_it_is(make, settle):
    """Who may not see prices must not learn from a slow answer that one has moved."""

    def numbers():
        settle()
        return ShelfVersion.objects.values_list("public_number", "number").get()

    offer = make.Offer(unit_price_eur=2)
    before = numbers()
    Offer.objects.filter(pk=offer.pk).update(unit_price_eur=3, on_hand_units=0)
    dearer = numbers()
    assert dearer[0] == before[0]
    assert dearer[1] != before[1]
    Offer.objects.filter(pk=offer.pk).update(status=OfferStatus.WITHDRAWN)
    assert numbers()[0] != before[0]


def test_bottles_are_compared_by_the_piece_and_gel_by_the_litre(exercise, make, settle):
    for slug in ("gel-500-ml", "flacon-500-ml"):
        make.Offer(product=Product.objects.get(slug=slug), unit_price_eur=2)
    settle()
    compared = dict(
        SheetTerms.objects.filter(place="", ready_offers__gt=0)
        .order_by("pk")
        .values_list("sheet__product__slug", "comparable_eur")
    )
    assert compared == {"gel-500-ml": Decimal(4), "flacon-500-ml": Decimal(2)}


def test_rows_of_a_department_go_with_the_last_offer_that_names_it(make, settle):
    offer = make.Offer(departments=["75"])
    settle()
    assert set(SheetTerms.objects.values_list("place", flat=True)) == {"", "FR", "75"}
    Offer.objects.filter(pk=offer.pk).update(departments=[])
    settle()
    assert set(SheetTerms.objects.values_list("place", flat=True)) == {"", "FR"}
    assert set(PLACES[1:]) <= set(departments())


def test_lower_price_of_a_quantity_opens_an_offer_to_resellers(exercise, make, settle):
    sheet = Product.objects.get(slug="gel-500-ml")
    ceiling = RuleBook(timezone.localdate()).ceiling(sheet, BuyerSide.RESELLER).max_unit_price_eur
    offer = make.Offer(product=sheet, unit_price_eur=ceiling + Decimal("0.01"))

    def offers():
        settle()
        kept = with_terms(SheetFacts.objects.all(), place="75", side=BuyerSide.RESELLER)
        return kept.get(pk=sheet.pk).offers

    assert offers() == 0
    tier = PriceTier.objects.create(offer=offer, from_units=100, unit_price_eur=ceiling)
    assert offers() == 1
    tier.delete()
    assert offers() == 0
