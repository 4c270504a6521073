import pytest
from hypothesis import given, settings

from orders.allocation import eligibility
from orders.allocation.model import Limit
from tests.allocation.instances import line, offer, snapshots


SUITS = {"wanted": 30, "need_days": 5, "ceiling_milli": 700}


@pytest.mark.parametrize(
    ("of_line", "of_offer", "expected"),
    [
        ({}, {}, None),
        ({"products": (2,)}, {}, Limit.NO_OFFER),
        ({"pinned_offer": 2}, {}, Limit.PINNED),
        ({"pinned_offer": 1}, {}, None),
        ({}, {"departments": frozenset({"29"})}, Limit.REGION),
        ({}, {"departments": frozenset({"29", "69"})}, None),
        ({}, {"lead_days": 6}, Limit.LEAD_TIME),
        ({"need_days": None}, {"lead_days": 6}, None),
        ({}, {"price_milli": 701}, Limit.PRICE_CEILING),
        ({"ceiling_milli": 0}, {"price_milli": 701}, None),
        ({}, {"pack": 31}, Limit.PACK),
        ({}, {"pack": 10, "min_order": 31}, Limit.MIN_ORDER),
        ({}, {"pack": 10, "min_order": 21}, None),
        ({}, {"pack": 10, "max_per_buyer": 9}, Limit.CAP),
        ({}, {"pack": 10, "stock": 9}, Limit.SUPPLY),
    ],
)
def test_obstacle_names_what_is_in_the_way(of_line, of_offer, expected):
    one = line(1, **SUITS | of_line)
    assert eligibility.obstacle(one, offer(1, **{"stock": 50} | of_offer)) == expected


def test_why_none_tells_what_stopped_the_nearest_offer():
    offers = [offer(1, 50, product=2), offer(2, 50, price_milli=900), offer(3, 50, lead_days=9)]
    assert eligibility.why_none(line(1, **SUITS), offers) == Limit.PRICE_CEILING
    assert eligibility.why_none(line(1, **SUITS), offers[:1]) == Limit.NO_OFFER
    assert eligibility.why_none(line(1, **SUITS), []) == Limit.NO_OFFER


def test_eligible_offers_come_by_product_then_price_then_id():
    offers = [
        offer(1, 50, price_milli=3),
        offer(2, 50, product=2, price_milli=1),
        offer(4, 50, price_milli=2),
        offer(3, 50, price_milli=2),
    ]
    found = eligibility.eligible_offers(line(1, 30, products=(1, 2)), offers)
    assert [one.id for one in found] == [3, 4, 1, 2]


@given(snapshots())
@settings(max_examples=100, deadline=None, database=None)
def test_list_pairs_agrees_with_obstacle_on_every_pair(snapshot):
    pairs = eligibility.list_pairs(snapshot.lines, snapshot.offers)
    listed = [(snapshot.lines[i].id, snapshot.offers[j].id) for i, j in zip(*pairs, strict=True)]
    assert listed == [
        (one.id, other.id)
        for one in snapshot.lines
        for other in eligibility.eligible_offers(one, snapshot.offers)
    ]
