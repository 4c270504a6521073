"""Whole packs, seen from the pharmacist's side: who gets the odd pack, and who gives way."""

import pytest

from orders.allocation import engine
from orders.allocation.checker import verify
from orders.allocation.model import Share, Snapshot
from tests.allocation.instances import line, offer


def shared(offers, lines, seed="s"):
    snapshot = Snapshot(tuple(offers), tuple(lines), seed)
    result = engine.solve(snapshot)
    assert verify(snapshot, result) == []
    return {(share.line, share.offer): share.units for share in result.shares}


def test_odd_packs_go_to_the_largest_remainders():
    lines = [line(1, 26), line(2, 27), line(3, 47)]  # due 18.2, 18.9, 32.9
    assert shared([offer(1, 70, pack=10)], lines) == {(1, 1): 20, (2, 1): 20, (3, 1): 30}


def test_stock_beyond_the_last_whole_pack_is_not_sold():
    assert shared([offer(1, 39, pack=10)], [line(1, 90)]) == {(1, 1): 30}


def test_minimum_order_leaves_the_offer_to_those_who_can_reach_it():
    lines = [line(1, 60, need=20), line(2, 60, need=50)]  # due 14.3, 35.7
    assert shared([offer(1, 50, pack=10, min_order=30)], lines) == {(2, 1): 50}


def test_line_gets_nothing_rather_than_less_than_is_useful():
    lines = [line(1, 40, min_useful=40), line(2, 60)]  # due 20, 30
    assert shared([offer(1, 50)], lines) == {(2, 1): 50}


def test_useful_quantity_may_come_from_two_offers():
    offers = [offer(1, 20), offer(2, 20)]
    assert shared(offers, [line(1, 40, min_useful=40)]) == {(1, 1): 20, (1, 2): 20}


def test_higher_tier_takes_the_pack_that_rounding_gave_to_a_lower_one():
    lines = [line(1, 12, tier=1), line(2, 15, tier=1), line(3, 50, tier=3)]
    found = shared([offer(1, 30, pack=5)], lines)
    assert found == {(1, 1): 10, (2, 1): 15, (3, 1): 5}


@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_equals_differ_by_one_pack_at_most(seed):
    lines = [line(id, 40) for id in range(1, 8)]
    units = shared([offer(1, 100, pack=10)], lines, seed).values()
    assert sum(units) == 100
    assert max(units) - min(units) == 10


def test_preferred_product_is_taken_first_from_what_is_over():
    offers = [offer(1, 50, product=2, price_milli=1), offer(2, 50, product=1)]
    snapshot = Snapshot(tuple(offers), (line(1, 100, products=(1, 2)),), "s")
    assert engine.solve(snapshot).shares == (Share(1, 1, 50), Share(1, 2, 50))
