"""Rounds: what is shared out to whom, why, and what happens when the ground shifts."""

import datetime
import hashlib
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.organisations import OrganisationStatus
from buyers.enums import BuyerKind
from buyers.models import Buyer
from catalog import stock
from catalog.enums import BuyerSide, OfferStatus, ProductKind, TaxBasis
from catalog.models import Offer, PriceRule
from core.errors import DomainError, NotPermitted
from journal.models import Delivery, Event
from orders import rounds
from orders.enums import Basis, Limit, RoundStatus, RoundTrigger
from orders.models import Allocation, AllocationPolicy, AllocationRound, Explanation
from orders.rounds import groups


def open_round(world):
    return rounds.open_round(trigger=RoundTrigger.MINISTRY, by=world.allocator)


def got(order):
    return order.lines.get().allocated_units


def why(order):
    return order.lines.get().explanations.first()


# --- opening --------------------------------------------------------------------------------


def test_open_round_nothing_waits(world):
    assert open_round(world) is None


def test_open_round_one_at_a_time(world):
    world.need(world.hospital(), world.offer(scarce=True).product, 10)
    assert open_round(world)
    assert open_round(world) is None


def test_open_round_for_the_ministry_takes_an_allocator(world, make):
    world.need(world.hospital(), world.offer(scarce=True).product, 10)
    for person in (make.User(reviewer=True), make.User(auditor=True), make.User(), None):
        with pytest.raises(NotPermitted):
            rounds.open_round(trigger=RoundTrigger.MINISTRY, by=person)


def test_open_round_needs_a_policy_in_force(world):
    world.need(world.hospital(), world.offer(scarce=True).product, 10)
    AllocationPolicy.objects.update(valid_until=timezone.localdate() - datetime.timedelta(days=1))
    with pytest.raises(DomainError):
        open_round(world)


def scheduled():
    return rounds.open_round(trigger=RoundTrigger.SCHEDULE, by=None)


def test_clock_opens_a_round_only_when_something_has_changed(world):
    place, offer = world.hospital(), world.offer(scarce=True, on_hand_units=50)
    world.need(place, offer.product, 100)
    rounds.advance(scheduled().pk)
    rounds.advance(scheduled().pk)  # what the first one left
    assert scheduled() is None
    stock.declare(offer.pk, 10, cause="count", by=None)
    assert rounds.advance(scheduled().pk).allocated_units == 10


def test_clock_tries_a_failed_round_again_only_after_a_while(world, monkeypatch):
    world.need(world.hospital(), world.offer(scarce=True).product, 100)
    monkeypatch.setattr(groups, "verify", lambda *_: ["broken"])
    assert rounds.advance(scheduled().pk).status == RoundStatus.FAILED
    assert scheduled() is None
    AllocationRound.objects.update(opened_at=timezone.now() - datetime.timedelta(hours=2))
    assert scheduled()


# --- sharing out ----------------------------------------------------------------------------


def test_round_shares_by_need_not_by_claim(world):
    offer = world.offer(scarce=True, on_hand_units=300, pack_units=10)
    small = world.need(world.hospital(beds=100), offer.product, 1_000_000)
    large = world.need(world.hospital(beds=200), offer.product, 2000)
    done = world.run_round()
    assert (done.status, done.allocated_units, done.lines_count) == (RoundStatus.COMMITTED, 300, 2)
    assert (got(small), got(large)) == (100, 200)
    reason = why(large)
    assert (reason.limit, reason.peers, reason.need_units) == (Limit.SUPPLY, 2, 2000)
    assert (reason.received_units, reason.asked_units, reason.tier) == (200, 2000, 1)
    assert small.supplier_orders.get().lines.get().vat_rate_pct == 20
    world.check()


def test_round_by_claim_where_the_policy_says_so(world):
    AllocationPolicy.objects.update(basis=Basis.CLAIM)
    offer = world.offer(scarce=True, on_hand_units=300)
    first = world.need(world.hospital(beds=500), offer.product, 400)
    second = world.need(world.hospital(beds=1), offer.product, 200)
    world.run_round()
    assert (got(first), got(second)) == (200, 100)


def test_round_splitting_a_wish_over_many_orders_brings_no_more(world):
    offer = world.offer(scarce=True, on_hand_units=400)
    splitter, honest = world.hospital(beds=100), world.hospital(beds=100)
    parts = [world.need(splitter, offer.product, 100) for _ in range(4)]
    whole = world.need(honest, offer.product, 400)
    world.run_round()
    assert got(whole) == 200
    assert sum(got(part) for part in parts) == 200


def test_round_serves_higher_ranks_first(world):
    offer = world.offer(scarce=True, on_hand_units=100)
    care = world.need(world.hospital(), offer.product, 100)
    office = world.need(world.hospital(kind=BuyerKind.PUBLIC_BODY), offer.product, 100)
    world.run_round()
    assert (got(care), got(office)) == (100, 0)
    assert (why(office).limit, why(office).tier) == (Limit.TIER, 3)


def test_round_kind_that_the_policy_does_not_name_comes_last(world):
    AllocationPolicy.objects.update(tiers={BuyerKind.RESELLER: 8})
    offer = world.offer(scarce=True, on_hand_units=100)
    named = world.need(world.hospital(kind=BuyerKind.RESELLER), offer.product, 100)
    other = world.need(world.hospital(), offer.product, 100)
    world.run_round()
    assert (got(named), got(other)) == (100, 0)


def test_round_takes_substitutes_in_the_buyers_order(world):
    wanted, instead = world.offer(scarce=True, on_hand_units=30), world.offer(scarce=True)
    order = world.need(world.hospital(), wanted.product, 100, substitutes=[instead.product])
    world.run_round()
    shares = dict(Allocation.objects.values_list("offer", "units"))
    assert shares == {wanted.pk: 30, instead.pk: 70}
    assert order.supplier_orders.count() == 2
    world.check()


def test_round_each_supplier_hears_of_its_part_and_each_buyer_of_its_share(world):
    offer = world.offer(scarce=True, on_hand_units=100)
    served, unserved = world.hospital(), world.hospital(kind=BuyerKind.PUBLIC_BODY)
    order = world.need(served, offer.product, 100)
    world.need(unserved, offer.product, 100)
    world.run_round()
    told = Delivery.objects.filter(event__verb="orders.shared_out", channel="EMAIL")
    payloads = {each.recipient: each.event.payload for each in told}
    assert payloads[served.manager]["units"] == 100
    assert payloads[served.manager]["lines"] == [1]
    assert payloads[unserved.manager]["units"] == 0
    asked = Event.objects.get(verb="orders.to_answer")
    assert asked.subject_ref == order.supplier_orders.get().number
    assert asked.payload["units"] == 100


def test_round_tells_a_buyer_that_gets_nothing_only_once(world):
    world.offer(scarce=True)
    empty = world.offer(scarce=True, on_hand_units=0)
    world.need(world.hospital(), empty.product, 100)
    for _ in range(3):
        world.run_round()
    assert Event.objects.filter(verb="orders.shared_out").count() == 1
    assert Explanation.objects.count() == 3


def test_round_fingerprint_of_the_input_is_in_the_journal_before_the_result(world):
    world.need(world.hospital(), world.offer(scarce=True).product, 10)
    done = world.run_round()
    frozen, committed = Event.objects.filter(
        verb__in=["orders.round_frozen", "orders.round_committed"]
    ).order_by("pk")
    assert frozen.payload["sha256"] == done.snapshot_sha256
    assert committed.payload["sha256"] == done.result_sha256
    assert frozen.payload["groups"] == 1
    assert frozen.payload["seed_sha256"] == hashlib.sha256(done.seed.encode()).hexdigest()
    assert committed.payload["seed"] == done.seed
    assert all(rounds.replay(group) for group in done.groups.all())


# --- why not --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "ask", "limit"),
    [
        ({}, {}, Limit.NONE),
        ({"on_hand_units": 0}, {}, Limit.SUPPLY),
        ({"departments": ["13"]}, {}, Limit.REGION),
        ({"lead_time_days": 9}, {"needed_by": 2}, Limit.LEAD_TIME),
        (
            {"unit_price_eur": Decimal(3)},
            {"max_unit_price_eur": Decimal("2.9999")},
            Limit.PRICE_CEILING,
        ),
        ({"pack_units": 200}, {}, Limit.PACK),
        ({"min_order_units": 200}, {}, Limit.MIN_ORDER),
        ({"on_hand_units": 40}, {"min_useful_units": 50}, Limit.MIN_USEFUL),
        ({"max_per_buyer_units": 40}, {}, Limit.CAP),
        ({"max_per_buyer_units": 5, "pack_units": 10}, {}, Limit.CAP),
        ({"product__standard": "EN_14683"}, {}, Limit.CERTIFICATE),
        ({"status": OfferStatus.WITHDRAWN}, {}, Limit.NO_OFFER),
    ],
)
def test_round_names_what_limited_the_line(world, fields, ask, limit):
    offer = world.offer(scarce=True, **fields)
    if "needed_by" in ask:
        ask["needed_by"] = timezone.localdate() + datetime.timedelta(days=ask["needed_by"])
    order = world.need(world.hospital(), offer.product, 100, **ask)
    assert world.run_round().status == RoundStatus.COMMITTED
    assert why(order).limit == limit
    if limit == Limit.CAP:
        assert got(order) == (40 if fields["max_per_buyer_units"] == 40 else 0)
    world.check()


def test_round_pinned_offer_that_was_withdrawn_serves_nobody(world):
    place, offer = world.hospital(), world.offer(scarce=True)
    world.offer(product=offer.product)
    order = world.need(place, offer.product, 100, offer=offer)
    Offer.objects.filter(pk=offer.pk).update(status=OfferStatus.WITHDRAWN)
    world.run_round()
    assert got(order) == 0
    assert why(order).limit == Limit.SUPPLY


def test_round_reseller_gets_nothing_above_the_wholesale_ceiling(world):
    PriceRule.objects.create(
        product_kind=ProductKind.MASK_EN14683,
        buyer_side=BuyerSide.RESELLER,
        per_unit_eur="0.80",
        tax_basis=TaxBasis.EXCLUDING,
        legal_reference="Décret",
        valid_from=datetime.date(2020, 1, 1),
    )
    offer = world.offer(
        scarce=True, product__kind=ProductKind.MASK_EN14683, unit_price_eur=Decimal("0.8001")
    )
    trade = world.need(world.hospital(kind=BuyerKind.RESELLER), offer.product, 100)
    care = world.need(world.hospital(), offer.product, 100)
    world.run_round()
    assert (got(trade), got(care)) == (0, 100)
    assert why(trade).limit == Limit.PRICE_CEILING


def test_round_offer_that_became_illegal_serves_nobody(world):
    offer = world.offer(scarce=True, product__kind=ProductKind.MASK_EN14683)
    order = world.need(world.hospital(), offer.product, 100)
    PriceRule.objects.create(
        product_kind=ProductKind.MASK_EN14683,
        buyer_side=BuyerSide.END_USER,
        per_unit_eur="0.95",
        tax_basis=TaxBasis.INCLUDING,
        legal_reference="Décret",
        valid_from=datetime.date(2020, 1, 1),
    )
    world.run_round()
    assert got(order) == 0


def test_round_leaves_out_buyers_that_may_not_trade(world):
    offer, place = world.offer(scarce=True, on_hand_units=100), world.hospital()
    barred = world.need(place, offer.product, 100)
    other = world.need(world.hospital(), offer.product, 100)
    Buyer.objects.filter(pk=place.buyer.pk).update(status=OrganisationStatus.TERMINATED)
    world.run_round()
    assert (got(barred), got(other)) == (0, 100)


def test_round_extreme_figures_do_not_stop_it(world):
    """A price of millions or a need beyond measure is the line's business, not the round's."""
    dear = world.offer(scarce=True, unit_price_eur=Decimal("99999999.9999"))
    order = world.need(
        world.hospital(), dear.product, 10, max_unit_price_eur=Decimal("99999999.9998")
    )
    giant = world.hospital(beds=2_000_000_000)
    offer = world.offer(scarce=True, product__weekly_units_per_bed=Decimal("99999"))
    big = world.need(giant, offer.product, 1_000_000_000)
    assert world.run_round().status == RoundStatus.COMMITTED
    assert (got(order), got(big)) == (0, 1000)
