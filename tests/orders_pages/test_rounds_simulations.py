"""Simulations: started from the page, laid side by side, decided by people."""

import pytest
from django.db import connection
from django.urls import reverse

from buyers.enums import BuyerKind
from orders import rounds
from orders.enums import RoundStatus
from orders.models import AllocationRound
from tests.orders_pages.conftest import _in_the_test_s_transaction, act, page, told
from tests.orders_pages.test_rounds import plain


def simulated(market, **more):
    round_ = rounds.simulate(by=market.allocator, **more)
    with connection.execute_wrapper(_in_the_test_s_transaction):
        return rounds.advance(round_.pk)


@pytest.fixture
def scene(make, market):
    """A hospital in Paris and an office in Lyon, each wanting all there is."""
    wishes = ((BuyerKind.HOSPITAL, "75"), (BuyerKind.PUBLIC_BODY, "69"))
    for kind, department in wishes:
        order = make.Order(
            placed=True,
            buyer__approved=True,
            buyer__kind=kind,
            site__department=department,
        )
        make.OrderLine(
            order=order,
            product=market.scarce.product,
            requested_units=300,
            waits_for_round=True,
        )
    market.office_first = make.Policy(
        name="Offices first",
        tiers={BuyerKind.PUBLIC_BODY: 1, BuyerKind.HOSPITAL: 2},
        held_back_pct=10,
    )
    market.first = simulated(market, policy=make.Policy(name="Care first"))
    market.second = simulated(market, base=market.first, policy=market.office_first)
    return market


def test_allocator_starts_a_simulation_from_the_list(sign_in, scene):
    client = sign_in(scene.allocator)
    form = page(client, "rounds").context["form"]
    assert scene.office_first in form.fields["policy"].queryset
    response = act(client, "simulate", policy=scene.office_first.pk)
    round_ = AllocationRound.objects.first()
    assert (round_.for_decision, round_.base, round_.opened_by) == (True, None, scene.allocator)
    assert "nothing of it is in force" in told(response)[0]


def test_and_another_on_the_same_snapshot_beside_it(sign_in, scene):
    client = sign_in(scene.allocator)
    base = page(client, "compare", scene.first.pk).context["form"]["base"].value()
    act(client, "simulate", policy=scene.office_first.pk, base=base)
    assert AllocationRound.objects.first().base == scene.first


def test_policy_that_does_not_exist_is_refused(sign_in, scene):
    response = act(sign_in(scene.allocator), "simulate", policy=999999)
    assert told(response) == ["Choose one of the policies in the list."]
    assert AllocationRound.objects.count() == 2


def test_simulation_s_page_says_that_nothing_is_in_force(sign_in, scene):
    response = page(sign_in(scene.allocator), "round", scene.second.pk)
    assert "nothing of it is in force" in response.text
    assert "Put into force" in response.text
    assert reverse("orders:compare", args=[scene.second.pk]) in response.text
    assert "Offices first" in response.text
    assert "Refresh" not in response.headers
    assert response.context["figures"].stock["held_back"] == 30
    assert "the stock went to establishments of higher priority" in plain(response)


def test_list_names_simulations_that_wait(sign_in, scene):
    response = page(sign_in(scene.allocator), "rounds")
    assert list(response.context["undecided"]) == [scene.second, scene.first]
    assert response.context["running"] is None


def test_compare_says_who_gains_and_who_loses(sign_in, scene):
    response = page(sign_in(scene.allocator), "compare", scene.second.pk)
    columns = response.context["columns"]
    assert [column.round for column in columns] == [scene.first, scene.second]
    tables = {str(caption): rows for caption, _note, rows in response.context["tables"]}
    assert figures(tables["On the whole"])["Units shared out"] == [(300, 0), (270, -30)]
    assert figures(tables["By rank"])["1"] == [(100, 0), (90, -10)]
    places = figures(tables["By department"])
    assert places["Paris (75)"] == [(100, 0), (0, -100)]
    assert places["Rhône (69)"] == [(0, 0), (90, 90)]
    assert columns[0].changes == []
    tiles = {tile.code: (tile.shade, tile.text) for tile in columns[1].changes}
    assert tiles["75"] == ("less-3", "−100")
    assert tiles["69"] == ("more-3", "+90")
    assert tiles["13"] == ("none", "")


def figures(rows):
    return {
        str(label): [(cell.value, cell.change or 0) for cell in cells]
        for label, _kind, cells in rows
    }


def test_compare_shows_three_at_most_and_those_that_are_named(sign_in, scene):
    client = sign_in(scene.allocator)
    more = [simulated(scene, base=scene.first) for _ in range(2)]
    shown = page(client, "compare", scene.first.pk).context["columns"]
    assert [each.round for each in shown] == [scene.first, *more]
    named = page(client, "compare", scene.first.pk, **{"with": [scene.second.pk, more[0].pk]})
    assert [each.round for each in named.context["columns"]] == [scene.second, more[0]]


def test_compare_asks_as_often_for_three_results_as_for_two(
    sign_in, scene, django_assert_num_queries
):
    client = sign_in(scene.allocator)
    with django_assert_num_queries(12, exact=False) as few:
        page(client, "compare", scene.first.pk)
    simulated(scene, base=scene.first)
    with django_assert_num_queries(len(few)):
        page(client, "compare", scene.first.pk)


def test_uncomputed_round_has_nothing_to_compare(sign_in, make, market):
    round_ = make.Round(status=RoundStatus.FAILED)
    answer = page(sign_in(market.allocator), "compare", round_.pk)
    assert answer["Location"] == reverse("orders:round", args=[round_.pk])


def test_allocator_reads_what_will_happen_and_puts_it_into_force(sign_in, scene):
    client = sign_in(scene.allocator)
    text = plain(page(client, "put_into_force", scene.second.pk))
    assert "270 units are promised to one order line" in text
    assert "have 24 hours to answer" in text
    response = act(client, "put_into_force", scene.second.pk)
    scene.second.refresh_from_db()
    assert (scene.second.for_decision, scene.second.decided_by) == (False, scene.allocator)
    assert response.headers["Refresh"] == "2"
    assert rounds.advance(scene.second.pk).status == RoundStatus.COMMITTED
    text = page(client, "round", scene.second.pk).text
    assert "Put into force" not in text
    assert str(scene.allocator) in text


def test_large_round_asks_for_a_second_person(sign_in, make, scene, settings):
    settings.ROUND_SECOND_PERSON_UNITS = 269
    client = sign_in(scene.allocator)
    text = plain(page(client, "put_into_force", scene.second.pk))
    assert "ask another allocator" in text
    assert "Put 270 units into force" not in text
    assert "second person" in told(act(client, "put_into_force", scene.second.pk))[0]
    other = sign_in(make.User(allocator=True))
    assert "Put 270 units into force" in plain(page(other, "put_into_force", scene.second.pk))
    act(other, "put_into_force", scene.second.pk)
    scene.second.refresh_from_db()
    assert not scene.second.for_decision


def test_policy_of_another_day_is_pointed_out(sign_in, scene):
    scene.office_first.valid_until = scene.office_first.valid_from
    scene.office_first.save()
    text = page(sign_in(scene.allocator), "put_into_force", scene.second.pk).text
    assert "not in force today" in text


def test_decided_simulation_is_not_decided_again(sign_in, scene):
    client = sign_in(scene.allocator)
    answer = act(client, "discard", scene.second.pk)
    assert "discarded" in told(answer)[0]
    address = reverse("orders:put_into_force", args=[scene.second.pk])
    assert client.get(address)["Location"] == reverse("orders:round", args=[scene.second.pk])
    assert "changed in the meantime" in told(act(client, "put_into_force", scene.second.pk))[0]
    scene.second.refresh_from_db()
    assert scene.second.status == RoundStatus.DISCARDED
    assert "Put into force" not in page(client, "round", scene.second.pk).text


def test_auditor_compares_and_decides_nothing(sign_in, make, scene):
    client = sign_in(make.User(auditor=True))
    text = page(client, "compare", scene.first.pk).text
    assert "Put into force" not in text
    assert "Discard" not in text
    assert page(client, "put_into_force", scene.first.pk).status_code == 403
    for verb in ("put_into_force", "discard"):
        assert act(client, verb, scene.first.pk).status_code == 403
    assert act(client, "simulate", policy=scene.office_first.pk).status_code == 403
    assert set(AllocationRound.objects.values_list("status", flat=True)) == {"SIMULATED"}
