"""Whole packs: hard rules, nothing wasted, nobody overtaken, near the targets."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from orders.allocation.input.rows import Line, Offer, market_of
from orders.allocation.packs import holdings
from orders.allocation.packs.assignment import assign
from orders.allocation.packs.ground import survey
from orders.allocation.packs.improving import fresh_trail, improve
from orders.allocation.packs.packing import share_out
from orders.allocation.packs.sweeping import sweep
from orders.allocation.policy import Policy
from orders.allocation.targets.fairness import find_fair
from tests.allocation import rules
from tests.allocation.markets import EURO, Book, equals_book, random_book


SEEDS = range(60)


def shares_of(market):
    return share_out(market, find_fair(market))


def received(market):
    """Units per line, in the order of the lines."""
    shares = shares_of(market)
    return [int(shares.units[shares.line == line].sum()) for line in market.lines.id]


def next_steps(market, shares):
    """(line, offer, units, in stock) for each step that a line could still use, rules kept."""
    lines, held, got, sold, bought, entity = market.lines, *[Counter() for _ in range(5)]
    for line, offer, units in zip(*positions(market, shares), shares.units, strict=True):
        buyer = lines.buyer[line]
        held[line, offer] += units
        got[line] += units
        sold[offer] += units
        bought[buyer, offer] += units
        entity[buyer] += units
    for line, offer in rules.eligible_pairs(market):
        pack, buyer = int(market.offers.pack[offer]), lines.buyer[line]
        units = pack if held[line, offer] else rules.first_step(market, offer)
        if not got[line]:
            units = max(units, -(-int(lines.min_useful[line]) // pack) * pack)
        cap = market.policy.caps.get((int(buyer), "masks"), float("inf"))
        if (
            got[line] + units <= lines.wanted[line]
            and bought[buyer, offer] + units <= rules.limit(market, offer)
            and entity[buyer] + units <= cap
        ):
            yield line, offer, units, rules.usable(market, offer) - sold[offer]


def positions(market, shares):
    return (
        np.searchsorted(market.lines.id, shares.line),
        np.searchsorted(market.offers.id, shares.offer),
    )


def held_below(market, shares, line, offer):
    """Units of the offer that lines of later tiers than the line's hold."""
    holders, offers = positions(market, shares)
    below = market.lines.tier[holders] > market.lines.tier[line]
    return int(shares.units[below & (offers == offer)].sum())


@pytest.mark.parametrize("with_policy", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_hard_rule_holds_and_nothing_usable_is_left(seed, with_policy):
    market = feasible(random_book(seed, with_policy=with_policy))

    shares = shares_of(market)

    assert rules.breaches(market, shares) == []
    assert [step for step in next_steps(market, shares) if step[2] <= step[3]] == []


@pytest.mark.parametrize("seed", range(150))
def test_no_lower_tier_holds_what_a_higher_one_could_take(seed):
    market = random_book(seed, offers=4, lines=30).market()

    shares = shares_of(market)

    for line, offer, units, left in next_steps(market, shares):
        assert units > left
        below = held_below(market, shares, line, offer)
        assert not below or below + left < units, (line, offer)


def feasible(book):
    """The book's market, without the floors, which may ask for more than there is."""
    return replace(book, policy=replace(book.policy, floors=())).market()


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_rows_does_not_matter(seed):
    book = random_book(seed, lines=40)
    turned = replace(book, offers=book.offers[::-1], lines=book.lines[::-1])

    one, other = shares_of(book.market()), shares_of(turned.market())

    assert one.line.tolist() == other.line.tolist()
    assert one.offer.tolist() == other.offer.tolist()
    assert one.units.tolist() == other.units.tolist()


def test_the_lot_decides_among_equals():
    winners = {tuple(received(equals_book(seed).market())) for seed in range(8)}

    assert len(winners) > 1
    assert {sum(each) for each in winners} == {110}


def test_largest_remainders_take_the_packs_left_over():
    book = Book(
        offers=(Offer(1, 100, pack=10),),
        lines=(Line(1, 26, need=26), Line(2, 37, need=37), Line(3, 37, need=37)),
    )

    assert received(book.market()) == [20, 30, 30]
    assert received(book.with_line(1, wanted=30).market()) == [30, 30, 30]


@pytest.mark.parametrize(
    ("useful", "aim", "given"), [(20, 50, 50), (60, 60, 60), (100, 100, 100), (101, 0, 0)]
)
def test_a_target_below_the_useful_minimum_is_rounded_to_it_or_to_nothing(useful, aim, given):
    market = Book(
        offers=(Offer(1, 100, pack=1),),
        lines=(Line(1, 200, min_useful=useful), Line(2, 200)),
    ).market()

    assert survey(market, find_fair(market)).lines["due"].tolist() == [aim, 50]
    assert received(market) == [given, 100 - given]


def test_a_useful_minimum_out_of_reach_leaves_the_stock_to_others():
    book = Book(
        offers=(Offer(1, 60, pack=5),),
        lines=(Line(1, 100, min_useful=90), Line(2, 100)),
    )

    assert received(book.market()) == [0, 60]


def test_large_packs_go_to_those_whose_target_fits_them():
    small = [Line(id, 200, need=40, place="75") for id in range(2, 12)]
    book = Book(
        offers=(
            Offer(1, 400, pack=100, price_micro=EURO, origin="75"),
            Offer(2, 400, pack=10, price_micro=EURO, origin="29"),
            Offer(3, 100, price_micro=EURO + 20_000),
        ),
        lines=(Line(1, 400, place="29"), *small, Line(12, 100, pinned=3)),
    )
    market = book.market()
    fair = find_fair(market)

    pieces = assign(market, fair, survey(market, fair))

    assert pieces.offer.tolist() == [0, *[1] * 10, 2]


def test_a_line_draws_from_the_cheapest_and_nearest():
    book = Book(
        offers=(
            Offer(1, 100, pack=10, price_micro=9, origin="75"),
            Offer(2, 100, pack=10, price_micro=9, origin="29"),
        ),
        lines=(Line(1, 100, place="29"), Line(2, 100, place="75")),
    )

    shares = shares_of(book.market())

    assert shares.offer.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("products", "preferred", "offer"),
    [("AB", 4, 4), ("AB", 1, 1), ("BA", 2, 2), ("BA", 3, 3), ("BA", 1, 1)],
)
def test_the_preferred_product_and_offer_decide_between_equal_costs(products, preferred, offer):
    offers = [Offer(id, 50, product=product) for id, product in enumerate("ABBA", 1)]
    wish = Line(1, 50, products=tuple(products), preferred=preferred)

    assert shares_of(Book(tuple(offers), (wish,)).market()).offer.tolist() == [offer]


def test_a_cap_of_the_entity_binds_its_lines_together():
    book = Book(
        offers=(Offer(1, 100, pack=5),),
        lines=(Line(1, 40, buyer=7), Line(2, 40, buyer=7), Line(3, 40, buyer=8)),
        policy=Policy(caps={(7, "masks"): 35}),
    )

    one, other, free = received(book.market())

    assert (one + other, free) == (35, 40)
    assert abs(one - other) <= 5


def test_a_book_grows_with_its_pieces():
    market = Book(
        offers=(Offer(1, 1500, pack=5),), lines=tuple(Line(id, 10) for id in range(1, 301))
    ).market()
    ground = survey(market, find_fair(market))

    improved = improve(ground, holdings.blank(ground, market.usable, 0), fresh_trail(ground))
    swept = sweep(ground, holdings.blank(ground, market.usable, 0))

    assert holdings.pieces(improved)[2].tolist() == [5] * 300
    assert holdings.pieces(swept)[2].tolist() == [5] * 300


def test_a_line_served_at_last_can_use_what_was_too_little_before():
    market = Book(
        offers=(Offer(1, 20, pack=10), Offer(2, 50, pack=10)),
        lines=(Line(1, 70, min_useful=50),),
    ).market()
    ground = survey(market, find_fair(market))

    book = sweep(ground, holdings.blank(ground, market.usable, 0))

    assert holdings.pieces(book)[2].tolist() == [20, 50]


def test_nothing_on_sale_gives_nothing():
    market = market_of([Offer(id=1, stock=4, pack=10)], [Line(id=4, wanted=10)])

    assert len(shares_of(market)) == 0


def test_shares_stay_near_the_targets():
    market = random_book(11, offers=40, lines=400).market()
    fair = find_fair(market)

    shares = share_out(market, fair)

    units = np.bincount(
        np.searchsorted(market.lines.id, shares.line), shares.units, len(market.lines)
    )
    assert np.abs(units - fair.target).sum() <= 0.12 * fair.target.sum()
