"""The buyer's page: why a line got what it got, in words to be read aloud."""

import pytest
from django.utils import translation
from django.utils.html import escape

from buyers.enums import BuyerKind
from orders.enums import Basis, Limit
from orders.models import AllocationPolicy, AllocationRound, Explanation
from orders.views.strip import strip_of
from tests.orders_pages.conftest import act, ask, page
from tests.orders_pages.test_rounds import plain


def explanation(line, **changes):
    return Explanation(
        **{
            "line": line,
            "limit": Limit.SUPPLY,
            "tier": 1,
            "asked_units": 4000,
            "need_units": 4000,
            "received_units": 1250,
            "target_units": 1250,
            "reachable_units": 5000,
            "peers": 4,
            "peer_fill_pct": 31,
            "part_tier": 1,
            "part_level": 0.31,
            "part_lines": 2310,
            "part_offers": 14,
            "part_supply_units": 98000,
            **changes,
        }
    )


def tell(**changes):
    """Change the only explanation."""
    told = explanation(None, **changes)
    fields = {
        field.attname: getattr(told, field.attname)
        for field in Explanation._meta.concrete_fields
        if field.name not in {"id", "line", "round", "at"}
    }
    Explanation.objects.update(**fields)


def why(client, order):
    return page(client, "why", order.number, 1)


def test_says_it_in_sentences(sign_in, market, shared):
    tell(extra_units=1200, would_receive_units=1550, past_units=200)
    response = why(sign_in(market.alice), shared)
    text = plain(response)
    assert (
        "You asked for 4,000, you receive 1,250. There was enough for 31% of what your rank "
        "needs in a week: everyone got that share, or all they asked for where that was less. "
        "With 1,200 more units within your reach, shared out by the same rule, you would have "
        "received 300 more."
    ) in text
    assert (
        "2,310 requests, yours among them, could be served by 14 offers only: 98,000 units in all."
    ) in text
    assert "that counts for 200 units here" in text
    assert "verified need" in text
    assert "<svg" in response.text
    assert "What would have changed this?" not in text


def test_says_it_in_french(sign_in, market, shared, client):
    tell(extra_units=1200, would_receive_units=1550)
    reader = sign_in(market.alice)
    reader.cookies["django_language"] = "fr"
    with translation.override("fr"):
        text = " ".join(why(reader, shared).text.replace("\u202f", " ").split())
    assert "Vous demandiez 4 000, vous recevez 1 250." in text
    assert "Avec 1 200 unités de plus à votre portée, partagées selon la même règle, " in text


def test_by_claim_nothing_is_said_of_need(sign_in, market, shared):
    AllocationPolicy.objects.update(basis=Basis.CLAIM)
    tell()
    text = plain(why(sign_in(market.alice), shared))
    assert "The stock covered 31% of what your rank asked for." in text
    assert "a week" not in text


@pytest.mark.parametrize(
    ("limit", "received", "said"),
    [
        (Limit.NONE, 4000, "You asked for 4,000 and receive all of it."),
        (Limit.TIER, 0, "You asked for 4,000, you receive nothing this time. The reason: "),
        (Limit.PACK, 3990, "you receive 3,990. The reason: only whole packs can be delivered."),
    ],
)
def test_names_the_limit(sign_in, market, shared, limit, received, said):
    tell(limit=limit, received_units=received)
    assert said in plain(why(sign_in(market.alice), shared))


@pytest.mark.parametrize("limit", sorted(set(Limit) - {Limit.NONE, Limit.SUPPLY}))
def test_tells_every_other_limit_in_its_words_and_what_to_do(sign_in, market, shared, limit):
    tell(limit=limit)
    response = why(sign_in(market.alice), shared)
    with translation.override("en"):
        assert escape(f"The reason: {Limit(limit).label}.") in plain(response)
        assert escape(str(response.context["remedy"])) in plain(response)


def test_rank_that_was_not_reached_is_told_which_was(sign_in, market, shared):
    tell(limit=Limit.TIER, tier=3, received_units=0)
    text = plain(why(sign_in(market.alice), shared))
    assert "It was used up in rank 1; you are in rank 3" in text


def test_served_at_once(sign_in, market, order):
    response = why(sign_in(market.alice), order)
    assert "Served at once: the offer held enough." in response.text
    assert "<svg viewBox" not in response.text.partition("<main")[2]


def test_before_the_first_round(sign_in, market):
    order = ask(
        market, by=market.alice, product=market.scarce.product, offer=None, requested_units=10
    )
    assert "waits for its first round" in why(sign_in(market.alice), order).text


# --- what would have changed it ------------------------------------------------------------------


def test_more_stock_is_tried_when_asked_and_kept(sign_in, market, shared):
    client = sign_in(market.alice)
    assert "What would have changed this?" in why(client, shared).text
    answer = act(client, "what_if", shared.number, 1)
    told = Explanation.objects.get()
    assert told.would_receive_units == 300 + told.extra_units > 300
    more = (
        f"With {told.extra_units} more units within your reach, shared out by the same rule, you"
    )
    assert more in plain(answer)
    assert more in plain(act(client, "what_if", shared.number, 1))
    assert Explanation.objects.get().extra_units == told.extra_units


def test_nothing_is_tried_where_stock_is_not_what_lacks(sign_in, market, shared):
    Explanation.objects.update(limit=Limit.PRICE_CEILING)
    client = sign_in(market.alice)
    assert "What would have changed this?" not in why(client, shared).text
    act(client, "what_if", shared.number, 1)
    assert Explanation.objects.get().extra_units is None


def test_stock_that_would_not_have_helped_is_said(sign_in, market, shared):
    tell(extra_units=0, would_receive_units=1250)
    text = why(sign_in(market.alice), shared).text
    assert "More stock alone would not have brought you more." in text


def test_ministry_reads_it_and_a_stranger_finds_nothing(sign_in, market, shared):
    client = sign_in(market.allocator)
    assert "What would have changed this?" not in why(client, shared).text
    for person in (market.allocator, market.other_buyer, market.bob):
        assert act(sign_in(person), "what_if", shared.number, 1).status_code == 404
    assert Explanation.objects.get().extra_units is None


# --- the strip -----------------------------------------------------------------------------------


@pytest.fixture
def peers(make, market, shared):
    """31 lines of one rank: every third has all it asked for."""
    tell()
    round_ = AllocationRound.objects.get()
    for number in range(30):
        order = make.Order(placed=True, buyer__kind=BuyerKind.HOSPITAL)
        line = make.OrderLine(order=order, product=market.scarce.product)
        limit = Limit.SUPPLY if number % 3 else Limit.NONE
        explanation(line, round=round_, received_units=number * 100, limit=limit).save()
    return round_


def test_strip_marks_mine_among_many_without_names(sign_in, market, shared, peers):
    response = why(sign_in(market.alice), shared)
    strip = response.context["strip"]
    assert strip.lines == 31
    assert sum(column.lines for column in strip.columns) == 31
    assert sum(column.satisfied for column in strip.columns) == 10
    assert [column.is_mine for column in strip.columns].count(True) == 1
    assert len(strip.dots) == 30
    assert sum(dot.is_hollow for dot in strip.dots) == 20
    for other in Explanation.objects.exclude(line__order=shared).select_related(
        "line__order__buyer"
    ):
        assert other.line.order.buyer.name not in response.text


def test_strip_leaves_out_other_ranks_rounds_and_lines_that_no_offer_may_serve(
    make, market, shared, peers
):
    mine = Explanation.objects.get(line__order=shared)
    others = Explanation.objects.exclude(pk=mine.pk)
    others.update(tier=2)
    assert strip_of(mine).lines == 1
    others.update(tier=1, peers=0)
    assert strip_of(mine).lines == 1


@pytest.mark.parametrize(
    ("received", "past", "end", "own"), [(1250, 0, 100, 31), (6000, 2000, 200, 200)]
)
def test_strip_reaches_as_far_as_the_line_stands(shared, received, past, end, own):
    tell(received_units=received, past_units=past)
    strip = strip_of(Explanation.objects.get())
    assert (strip.end_pct, round(strip.own_pct)) == (end, own)


def test_strip_stands_for_many_with_few_dots(shared, peers):
    Explanation.objects.update(received_units=1250, limit=Limit.SUPPLY)
    strip = strip_of(Explanation.objects.get(line__order=shared))
    assert strip.lines_per_dot == 4
    assert len(strip.dots) + 1 == 8
    assert [column.lines for column in strip.columns] == [31]
