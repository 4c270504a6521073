"""The ministry's admin: allocators set policies, everyone else reads."""

import pytest
from django.urls import reverse

from journal.models import Event
from orders.models import AllocationPolicy


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


def test_allocator_changes_a_policy_and_the_journal_knows(sign_in, market, ministry):
    policy = AllocationPolicy.objects.first()
    client = sign_in(ministry["allocator"])
    form = client.get(address("allocationpolicy", "change", policy.pk)).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields}
    data["tiers"] = '{"HOSPITAL": 1}'
    data["name"] = "Hospitals first"
    answer = client.post(address("allocationpolicy", "change", policy.pk), data)
    assert answer.status_code == 302, answer.context["errors"]
    policy.refresh_from_db()
    assert policy.name == "Hospitals first"
    event = Event.objects.get(verb="orders.policy_changed")
    assert event.actor == ministry["allocator"]
    assert event.payload["changed"] == ["name", "tiers"]


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
