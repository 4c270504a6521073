"""Why a line got what it got, and the ministry's view of rounds."""

import pytest
from django.utils.html import escape
from django.utils.translation import override

from orders.enums import Limit, RoundStatus
from orders.models import AllocationRound, Explanation
from tests.orders_pages.conftest import act, ask, page, told


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
            **changes,
        }
    )


def test_why_says_it_in_one_sentence(sign_in, market, shared):
    told_ = Explanation.objects.get()
    told_.received_units, told_.peer_fill_pct = 1250, 31
    told_.extra_units, told_.would_receive_units = 1200, 1550
    told_.save()
    text = page(sign_in(market.alice), "why", shared.number, 1).text.replace("\u202f", ",")
    text = " ".join(text.split())
    assert (
        "You asked for 4,000, you receive 1,250: "
        "the stock covered 31% of what your rank asked for."
    ) in text
    assert "With 1,200 more units you would have received 300 more." in text
    assert "<svg" in text
    assert "The same as a table" in text


@pytest.mark.parametrize(
    ("limit", "received", "said"),
    [
        (Limit.NONE, 4000, "receive all of it"),
        (Limit.TIER, 0, "nothing this time: the stock went to establishments of higher priority"),
        (Limit.PACK, 3990, "you receive 3,990: only whole packs can be delivered."),
    ],
)
def test_why_names_the_limit(sign_in, market, shared, limit, received, said):
    Explanation.objects.update(limit=limit, received_units=received)
    text = page(sign_in(market.alice), "why", shared.number, 1).text
    assert said in " ".join(text.replace("\u202f", ",").split())


@pytest.mark.parametrize("limit", sorted(set(Limit) - {Limit.NONE, Limit.SUPPLY}))
@pytest.mark.parametrize("received", [0, 1250])
def test_why_tells_every_other_limit_in_its_words(sign_in, market, shared, limit, received):
    Explanation.objects.update(limit=limit, received_units=received)
    text = page(sign_in(market.alice), "why", shared.number, 1).text.replace("\u202f", ",")
    got = "you receive 1,250" if received else "you receive nothing this time"
    with override("en"):
        sentence = f"You asked for 4,000, {got}: {Limit(limit).label}."
    assert escape(sentence) in " ".join(text.split())


def test_why_of_a_line_served_at_once(sign_in, market, order):
    text = page(sign_in(market.alice), "why", order.number, 1).text
    assert "Served at once: the offer held enough." in text


def test_why_before_the_first_round(sign_in, market):
    order = ask(
        market, by=market.alice, product=market.scarce.product, offer=None, requested_units=10
    )
    assert "waits for its first round" in page(sign_in(market.alice), "why", order.number, 1).text


def test_strip_marks_mine_among_many_without_names(sign_in, make, market, shared):
    round_ = AllocationRound.objects.get()
    for number in range(30):
        line = make.OrderLine(order__placed=True, product=market.scarce.product)
        explanation(line, round=round_, received_units=number * 100).save()
    response = page(sign_in(market.alice), "why", shared.number, 1)
    strip = response.context["strip"]
    assert strip.lines == 31
    assert sum(column.lines for column in strip.columns) == 31
    assert [column.is_mine for column in strip.columns].count(True) == 1
    assert line.order.buyer.name not in response.text


@pytest.mark.django_db(transaction=True)
def test_allocator_runs_a_round_once(sign_in, market):
    ask(market, by=market.alice, product=market.scarce.product, offer=None, requested_units=50)
    client = sign_in(market.allocator)
    assert "Run a round now" in page(client, "rounds").text
    assert "is open" in told(act(client, "run_round"))[0]
    assert "No round was opened" in told(act(client, "run_round"))[0]
    assert AllocationRound.objects.count() == 1


def test_auditor_sees_rounds_but_runs_none(sign_in, make, market):
    client = sign_in(make.User(auditor=True))
    assert "Run a round now" not in page(client, "rounds").text
    assert act(client, "run_round").status_code == 403
    assert not AllocationRound.objects.exists()


def test_round_page_shows_fill_reasons_and_fingerprints(sign_in, make, market, shared):
    round_ = AllocationRound.objects.get()
    line = make.OrderLine(order__placed=True, product=market.scarce.product)
    explanation(line, round=round_, received_units=0, limit=Limit.TIER, tier=3).save()
    response = page(sign_in(market.allocator), "round", round_.pk)
    assert response.context["by_tier"][0]["received"] == 300
    assert line.order.buyer.name in response.text
    assert "higher priority" in response.text
    assert round_.result_sha256 in response.text
    assert "Refresh" not in response.headers


def test_live_round_reloads_and_failed_round_says_why(sign_in, make, market):
    round_ = make.Round(status=RoundStatus.SOLVING)
    client = sign_in(market.allocator)
    assert page(client, "round", round_.pk).headers["Refresh"] == "2"
    AllocationRound.objects.update(status=RoundStatus.FAILED, failure="Offer 7 was withdrawn.")
    assert "Offer 7 was withdrawn." in page(client, "round", round_.pk).text
