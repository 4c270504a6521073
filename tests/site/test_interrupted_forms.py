"""A session that ends while somebody types costs them nothing, and shows nobody else a thing."""

import pytest
from django.urls import reverse

from stopcovid.middleware import owner_token
from tests.factories import PASSWORD


pytestmark = pytest.mark.django_db

SIGN_IN = "account_login"


@pytest.fixture
def where():
    return reverse("account")


@pytest.fixture
def interrupted(client, make, where):
    """Alice sends her account form after her session has ended."""
    alice = make.User(full_name="Alice")

    def _send(**more):
        return client.post(
            where,
            {
                "full_name": "Alice Typed",
                "language": "fr",
                "form_owner": owner_token(alice.pk),
                **more,
            },
        )

    return alice, _send


def sign_in(client, user):
    return client.post(reverse(SIGN_IN), {"login": user.email, "password": PASSWORD})


def test_form_sent_too_late_comes_back_to_its_author(client, interrupted, where):
    alice, send = interrupted
    assert send().url == f"{reverse(SIGN_IN)}?next={where}"
    sign_in(client, alice)
    shown = client.get(where).text
    assert 'value="Alice Typed"' in shown
    alice.refresh_from_db()
    assert alice.full_name == "Alice"
    assert 'value="Alice Typed"' not in client.get(where).text


def test_form_sent_too_late_does_not_come_to_another_person(client, make, interrupted, where):
    _alice, send = interrupted
    bob = make.User(full_name="Bob")
    send()
    sign_in(client, bob)
    assert "Alice Typed" not in client.get(where).text


@pytest.mark.parametrize("owner", ["", "1:forged"])
def test_form_of_nobody_in_particular_is_not_kept(client, interrupted, where, owner):
    alice, send = interrupted
    send(form_owner=owner)
    sign_in(client, alice)
    assert "Alice Typed" not in client.get(where).text


def test_form_keeps_no_password(client, interrupted):
    _alice, send = interrupted
    send(password1="very secret")
    assert "very secret" not in str(dict(client.session.items()))


def test_form_of_unreasonable_size_is_not_kept(client, interrupted):
    _alice, send = interrupted
    send(full_name="x" * 30_000)
    assert "interrupted_form" not in client.session


def test_form_posted_elsewhere_returns_to_the_page_where_it_stood(client, interrupted, make):
    alice, _send = interrupted
    make.BuyerMember(user=alice)
    product = make.Product()
    stood = reverse("catalog:product", args=[product.slug])
    answer = client.post(
        reverse("orders:add_line"),
        {"requested_units": "4321", "form_owner": owner_token(alice.pk)},
        headers={"referer": f"http://testserver{stood}?from=search"},
    )
    assert answer.url == f"{reverse(SIGN_IN)}?next={stood}%3Ffrom%3Dsearch"
    sign_in(client, alice)
    assert client.session["interrupted_form"]["path"] == stood


def test_button_pressed_too_late_returns_to_its_page_not_to_a_dead_end(client, make):
    answer = client.post(
        reverse("journal:read_all"), headers={"referer": "http://testserver/inbox/?page=2"}
    )
    assert answer.url == f"{reverse(SIGN_IN)}?next=/inbox/%3Fpage%3D2"


def test_foreign_referer_is_not_followed(client):
    answer = client.post(
        reverse("journal:read_all"), headers={"referer": "https://evil.example/inbox/"}
    )
    assert "evil" not in answer.url
