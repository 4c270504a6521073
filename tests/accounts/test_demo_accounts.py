"""The demonstration's accounts: one click away in demo mode, unknown to anybody otherwise."""

import html
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.urls import reverse

from accounts.enums import MinistryRole
from accounts.models import User
from stopcovid.demo.accounts import DEMO_ACCOUNTS, Seat
from stopcovid.demo.second_factor import demo_code


pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    settings.MFA_TOTP_TOLERANCE = 1


@pytest.fixture
def reviewer():
    """The demo's reviewer, as the seed makes them."""
    account = next(each for each in DEMO_ACCOUNTS if each.seat == Seat.REVIEWER)
    user = User.objects.create_user(
        account.email,
        account.password,
        full_name=account.name,
        ministry_role=MinistryRole.REVIEWER,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    TOTP.activate(user, account.totp_secret)
    return user


def hidden_fields(page, action):
    """What the forms that post to `action` carry along, one dict each."""
    forms = re.findall(rf'<form method="post" action="{action}">(.*?)</form>', page, re.DOTALL)
    return [
        {
            name: html.unescape(value)
            for name, value in re.findall(
                r'<input type="hidden" name="(\w+)" value="([^"]*)"', form
            )
        }
        for form in forms
    ]


def test_sign_in_page_lists_no_demo_account_in_production(client):
    page = client.get(reverse("account_login")).text
    assert "demo.example" not in page
    assert DEMO_ACCOUNTS[0].password not in page


def test_second_factor_page_shows_no_code_in_production(client, reviewer, log_in):
    log_in(client, reviewer, password=DEMO_ACCOUNTS[0].password)
    page = client.get(reverse("mfa_authenticate")).text
    assert not re.search(r"\b\d{6}\b", page)
    assert demo_code(reviewer) is None


def test_sign_in_page_lists_every_demo_account(client, demo):
    page = client.get(reverse("account_login")).text
    listed = [form["login"] for form in hidden_fields(page, reverse("account_login"))]
    assert listed == [account.email for account in DEMO_ACCOUNTS]


def test_demo_account_signs_in_by_clicks_alone(client, demo, reviewer):
    page = client.get(reverse("account_login")).text
    forms = hidden_fields(page, reverse("account_login"))
    form = next(each for each in forms if each["login"] == reviewer.email)
    second = client.post(reverse("account_login"), form, follow=True)
    [code_form] = hidden_fields(second.text, reverse("mfa_authenticate"))
    client.post(reverse("mfa_authenticate"), code_form)
    assert client.get(reverse("journal:inbox")).status_code == 200


def test_demo_codes_work_once_each_then_the_page_says_how_long_to_wait(client, demo, reviewer):
    authenticator = TOTP(reviewer.authenticator_set.get())
    first, second = demo_code(reviewer), None
    assert authenticator.validate_code(first.code)
    assert not authenticator.validate_code(first.code)
    second = demo_code(reviewer)
    assert second.code != first.code
    assert authenticator.validate_code(second.code)
    third = demo_code(reviewer)
    assert third.code == ""
    assert 0 < third.wait_seconds <= 30


def test_demo_code_is_for_demo_accounts_only(demo, make):
    assert demo_code(make.User(reviewer=True)) is None
