"""The ministry's admin: allocators set policies, everyone else reads."""

import datetime

import pytest
from django.urls import reverse
from django.utils.translation import override

from journal.models import Event
from orders.models import AllocationPolicy, EntityCap


READ_ONLY = ("allocationround", "order", "supplierorder")


@pytest.fixture
def ministry(make):
    return {
        "allocator": make.User(allocator=True),
        "auditor": make.User(auditor=True),
        "reviewer": make.User(reviewer=True),
    }


def address(model, page, *args):
    return reverse(f"admin:orders_{model}_{page}", args=args)


def filled(client, **more):
    """The form for a new policy as it comes, with more typed in."""
    form = client.get(address("allocationpolicy", "add")).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields}
    data = {name: "" if value is None else value for name, value in typed.items()}
    data |= {"tiers": '{"HOSPITAL": 1}', "valid_from": "2030-01-01", "legal_reference": "Law"}
    for part in ("floors", "reserves"):
        data |= {f"{part}-TOTAL_FORMS": 0, f"{part}-INITIAL_FORMS": 0}
    return data | more


def part(kind, number, **values):
    """One floor or reserve as the form sends it."""
    rows = {"position": 1, "share_pct": 10, "kinds": "", "departments": "", "regions": ""}
    return {f"{kind}-{number}-{name}": value for name, value in {**rows, **values}.items()}


def test_allocator_makes_a_new_policy_from_the_last_and_the_journal_knows(
    sign_in, market, ministry
):
    client = sign_in(ministry["allocator"])
    last = AllocationPolicy.objects.first()
    data = filled(client, **{"floors-TOTAL_FORMS": 1, "reserves-TOTAL_FORMS": 2})
    assert data["name"] == last.name
    data |= part("floors", 0, share_pct="2.5", departments="75,69")
    data |= part("reserves", 0, share_pct=60, name="hospitals", kinds="HOSPITAL")
    data |= part("reserves", 1, share_pct=40, name="south", regions="93", position=2)
    answer = client.post(address("allocationpolicy", "add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    made = AllocationPolicy.objects.first()
    assert made.floors.get().departments == ["75", "69"]
    assert [each.name for each in made.reserves.all()] == ["hospitals", "south"]
    event = Event.objects.get(verb="orders.policy_changed")
    assert (event.actor, event.subject_ref) == (ministry["allocator"], str(made.pk))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"held_back_pct": 100}, "less than 100 %"),
        ({"past_weight_pct": 0}, "above 0 %"),
        ({"past_weeks": 27}, "26"),
        ({"tiers": '{"HOSPTIAL": 1}'}, "HOSPTIAL"),
        ({"tiers": '{"HOSPITAL": 0}'}, "HOSPITAL"),
        ({"tiers": '["HOSPITAL"]'}, "HOSPITAL"),
        (part("reserves", 0, share_pct=60, name="a"), "100 %"),
        (part("reserves", 0, share_pct=101, name="a"), "100"),
        (part("reserves", 0, share_pct=0, name="a"), "0.01"),
        (part("reserves", 0, name="a", kinds="RESELLER"), "NURSING_HOME"),
        (part("reserves", 0, name="a", kinds="HOSPTIAL"), "HOSPTIAL"),
        (part("reserves", 0, name="a", departments="99"), "99"),
        (part("reserves", 0, name="a", regions="99"), "99"),
        (part("reserves", 0, name="b"), "name"),
    ],
)
def test_policy_that_makes_no_sense_is_refused_in_words(sign_in, market, ministry, typed, said):
    client = sign_in(ministry["allocator"])
    data = filled(client, **{"reserves-TOTAL_FORMS": 2})
    data |= part("reserves", 0, share_pct=10, name="a") | part(
        "reserves", 1, share_pct=50, name="b"
    )
    count = AllocationPolicy.objects.count()
    with override("en"):
        answer = client.post(address("allocationpolicy", "add"), data | typed)
    assert answer.status_code == 200
    assert said in " ".join(str(each) for each in answer.context["errors"])
    assert AllocationPolicy.objects.count() == count


def test_policy_in_force_or_used_is_not_edited(sign_in, make, market, ministry):
    client = sign_in(ministry["allocator"])
    future = make.Policy(valid_from=datetime.date(2040, 1, 1))
    used = make.Policy(valid_from=datetime.date(2040, 1, 1))
    make.Round(policy=used)
    due = {AllocationPolicy.objects.last(): 403, used: 403, future: 200}
    for policy, status in due.items():
        answer = client.post(address("allocationpolicy", "change", policy.pk), {})
        assert answer.status_code == status


def test_allocator_caps_what_an_entity_may_receive(sign_in, make, market, ministry):
    client = sign_in(ministry["allocator"])
    category = market.scarce.product.category
    data = {"entity": " 123456782 ", "category": category.pk, "max_units": 500}
    data |= {"legal_reference": "Arrêté", "valid_from": "2020-01-01"}
    answer = client.post(address("entitycap", "add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    cap = EntityCap.objects.get()
    assert (cap.entity, cap.max_units) == ("123456782", 500)
    assert Event.objects.filter(verb="orders.cap_changed").count() == 1
    # It has begun: it can be ended, and nothing else.
    client.post(address("entitycap", "change", cap.pk), data | {"max_units": 9})
    cap.refresh_from_db()
    assert cap.max_units == 500


def test_cap_on_a_shelf_without_products_is_refused(sign_in, make, market, ministry):
    data = {"category": make.Category(slug="empty").pk, "max_units": 500}
    data |= {"legal_reference": "Arrêté", "valid_from": "2020-01-01"}
    answer = sign_in(ministry["allocator"]).post(address("entitycap", "add"), data)
    assert answer.status_code == 200
    assert not EntityCap.objects.exists()


@pytest.mark.parametrize("role", ["auditor", "reviewer"])
def test_others_read_policies_only(sign_in, market, ministry, role):
    policy = AllocationPolicy.objects.first()
    client = sign_in(ministry[role])
    assert client.get(address("allocationpolicy", "changelist")).status_code == 200
    assert client.post(address("allocationpolicy", "change", policy.pk), {}).status_code == 403
    assert client.get(address("allocationpolicy", "add")).status_code == 403


@pytest.mark.parametrize("role", ["allocator", "auditor", "reviewer"])
def test_orders_and_rounds_are_read_only(sign_in, make, market, sale, shared, ministry, role):
    client = sign_in(ministry[role])
    rows = {
        "allocationround": shared.lines.get().explanations.get().round,
        "order": shared,
        "supplierorder": sale,
    }
    for model in READ_ONLY:
        assert client.get(address(model, "changelist")).status_code == 200
        assert client.get(address(model, "change", rows[model].pk)).status_code == 200
        assert client.post(address(model, "change", rows[model].pk), {}).status_code == 403
        assert client.get(address(model, "add")).status_code == 403
        assert client.post(address(model, "delete", rows[model].pk)).status_code == 403


def test_supplier_does_not_enter(sign_in, market):
    answer = sign_in(market.bob).get(address("order", "changelist"))
    assert answer.status_code in {302, 403, 404}
