"""The ministry's view of rounds: the list, one round in figures, progress."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from buyers.enums import BuyerKind
from core.places import departments
from orders.enums import Limit, RoundStatus
from orders.models import AllocationRound, Explanation, RoundGroup
from orders.views import charts
from tests.orders_pages.conftest import act, ask, page, run_round, told


def plain(response):
    """The page's words with ordinary spaces."""
    return " ".join(response.text.replace("\u202f", ",").replace("\u00a0", " ").split())


@pytest.mark.django_db(transaction=True)
def test_allocator_runs_a_round_once(sign_in, market):
    ask(market, by=market.alice, product=market.scarce.product, offer=None, requested_units=50)
    client = sign_in(market.allocator)
    assert "Run a round now" in page(client, "rounds").text
    assert "is open" in told(act(client, "run_round"))[0]
    assert "No round was opened" in told(act(client, "run_round"))[0]
    assert AllocationRound.objects.count() == 1
    assert "is running now" in page(client, "rounds").text


def test_auditor_sees_rounds_but_runs_none(sign_in, make, market):
    client = sign_in(make.User(auditor=True))
    text = page(client, "rounds").text
    assert "Run a round now" not in text
    assert "Simulate" not in text
    assert act(client, "run_round").status_code == 403
    assert not AllocationRound.objects.exists()


def test_round_page_tells_the_round_in_figures(sign_in, market, shared):
    round_ = AllocationRound.objects.get()
    response = page(sign_in(market.allocator), "round", round_.pk)
    figures = response.context["figures"]
    assert (figures.asked, figures.received, figures.lines, figures.without) == (4000, 300, 1, 0)
    assert figures.covered_pct == 7.5
    assert [(row.key, row.received) for row in figures.ranks] == [("1", 300)]
    assert [(row.key, row.asked) for row in figures.kinds] == [(market.buyer.kind, 4000)]
    assert [(code, row.received) for code, row in figures.places.items()] == [
        (market.site.department, 300)
    ]
    text = plain(response)
    assert "300 units before the round" in text
    assert "4,000" in text
    assert market.scarce.product.category.title in text
    assert round_.result_sha256 in text
    assert round_.groups.get().input_sha256 in text
    assert "verified need" in text
    assert "Refresh" not in response.headers


def test_drawings_have_tables_that_say_the_same(sign_in, market, shared):
    response = page(sign_in(market.allocator), "round", AllocationRound.objects.get().pk)
    tiles = {tile.code: tile for tile in response.context["tiles"]}
    assert tiles.keys() == departments().keys()
    here = tiles[market.site.department]
    assert (here.text, here.shade) == ("8", "0")
    assert {tile.shade for code, tile in tiles.items() if code != here.code} == {"none"}
    (panel,) = response.context["panels"]
    assert sum(column.short for column in panel.columns) == 1
    assert sum(part.width for part in response.context["stock"]) == 1000
    assert response.text.count("The same as a table") == 2
    assert re.search(r'role="img"\s+aria-label="[^"]+"', response.text)


def test_every_department_has_one_square_of_its_own():
    codes = [code for code in charts.LAYOUT.split() if code != ".."]
    assert sorted(codes) == sorted(departments())


@pytest.mark.parametrize(
    ("share", "text", "shade"),
    [(0, "0", "0"), (0.4, "1", "0"), (20, "20", "1"), (99.6, "99", "4"), (100, "100", "5")],
)
def test_square_says_nothing_and_all_of_nothing_and_all_alone(market, share, text, shade):
    class Row:
        covered_pct = share

    tile = next(each for each in charts.fill_map({"75": Row()}) if each.code == "75")
    assert (tile.text, tile.shade) == (text, shade)


@pytest.fixture
def without(make, market, shared):
    """A second round with lines that received nothing for two reasons."""
    for kind in (BuyerKind.NURSING_HOME, BuyerKind.RESELLER):
        order = make.Order(placed=True, buyer__approved=True, buyer__kind=kind)
        make.OrderLine(order=order, product=market.scarce.product, waits_for_round=True)
    dear = make.Offer(product__scarce=True, unit_price_eur=9)
    order = make.Order(placed=True, buyer__approved=True)
    make.OrderLine(order=order, product=dear.product, waits_for_round=True, max_unit_price_eur=1)
    return run_round(market)


def test_lines_with_nothing_are_named_and_filtered_by_reason(sign_in, market, without):
    client = sign_in(market.allocator)
    response = page(client, "round", without.pk)
    reasons = {reason.word: reason.lines for reason in response.context["figures"].reasons}
    assert reasons[Limit.PRICE_CEILING] == 1
    rows = Explanation.objects.filter(round=without, received_units=0)
    assert response.context["page"].paginator.count == rows.count() == sum(reasons.values())
    dear = rows.get(limit=Limit.PRICE_CEILING).line
    narrowed = page(client, "round", without.pk, reason="PRICE_CEILING")
    assert [each.line for each in narrowed.context["page"]] == [dear]
    assert dear.order.buyer.name in narrowed.text
    everything = page(client, "round", without.pk, reason="nonsense")
    assert everything.context["page"].paginator.count == rows.count()


def test_floor_that_packs_undercut_is_said_first(sign_in, market, shared):
    group = RoundGroup.objects.get()
    figure = {"lines": 3, "below": 2, "promised": 30.0, "received": 20}
    group.summary["floors"] = {"1": figure}
    group.summary["reserves"] = {"EHPAD": {"kept": 75.5, "lines": 1, "wanted": 10, "received": 5}}
    group.save()
    text = plain(page(sign_in(market.allocator), "round", group.round_id))
    assert "2 lines received less than the floor promised to them." in text
    assert "EHPAD" in text


def test_running_round_reloads_and_says_how_far_it_is(sign_in, make, market, shared):
    done = RoundGroup.objects.get()
    round_ = make.Round(status=RoundStatus.SOLVING, lines_count=4)
    opened = timezone.now() - datetime.timedelta(seconds=10)
    AllocationRound.objects.filter(pk=round_.pk).update(opened_at=opened)
    client = sign_in(market.allocator)
    response = page(client, "round", round_.pk)
    assert response.headers["Refresh"] == "2"
    assert "The input is being frozen." in response.text
    RoundGroup.objects.filter(pk=done.pk).update(round=round_)
    RoundGroup.objects.create(
        round=round_,
        position=1,
        name="gloves",
        input=b"",
        facts=b"",
        input_sha256="0" * 64,
        lines_count=3,
        offers_count=1,
        wanted_units=10,
    )
    text = plain(page(client, "round", round_.pk))
    assert "1 of 2 groups of goods are computed, 1 of 4 lines." in text
    assert "About 30 seconds left." in text
    RoundGroup.objects.filter(name="gloves").delete()
    assert "coming into force" in page(client, "round", round_.pk).text


def test_failed_round_says_why(sign_in, make, market):
    round_ = make.Round(status=RoundStatus.FAILED, failure="Offer 7 was withdrawn.")
    response = page(sign_in(market.allocator), "round", round_.pk)
    assert "Offer 7 was withdrawn." in response.text
    assert "Refresh" not in response.headers


def test_round_page_asks_as_often_for_20_groups_and_lines_as_for_2(sign_in, make, market):
    client = sign_in(market.allocator)

    def statements(count):
        for _ in range(count):
            offer = make.Offer(product__scarce=True, on_hand_units=0)
            order = make.Order(placed=True, buyer__approved=True)
            make.OrderLine(order=order, product=offer.product, waits_for_round=True)
        round_ = run_round(market)
        with CaptureQueriesContext(connection) as captured:
            assert page(client, "round", round_.pk).status_code == 200
        return len(captured)

    few = statements(2)
    assert statements(18) == few <= 12
