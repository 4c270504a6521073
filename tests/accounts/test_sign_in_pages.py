"""Each page of allauth wears the site's look, in both languages, within the CSP."""

import re

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core import mail
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD


pytestmark = pytest.mark.django_db

ANONYMOUS = [
    "account_login",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_email_verification_sent",
    "account_inactive",
]
SIGNED_IN = [
    "account_logout",
    "account_change_password",
    "account_email",
    "account_reauthenticate",
    "mfa_index",
    "mfa_activate_totp",
]
SECOND_FACTOR_SET_UP = [
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
]
LANGUAGES = pytest.mark.parametrize("language", ["fr", "en"])


def show_password_again(client):
    """Pages that change how one signs in ask for the password once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def check_page(response, language):
    """A whole page in the site's frame and in its language; the guards look at inline code."""
    assert response.status_code == 200
    assert "script-src 'self'" in response["Content-Security-Policy"]
    page = response.text
    assert f'<html lang="{language}">' in page
    assert 'href="#content"' in page
    assert len(re.findall(r"<h1", page)) == 1
    assert "css/site.css" in page
    assert re.search(r"<title>\s*\S", page)


@LANGUAGES
@pytest.mark.parametrize("name", ANONYMOUS)
def test_page_renders_anonymous(client, name, language):
    response = client.get(reverse(name), headers={"accept-language": language})
    check_page(response, language)


@LANGUAGES
@pytest.mark.parametrize("name", SIGNED_IN)
def test_page_renders_signed_in(client, make, log_in, name, language):
    log_in(client, make.User())
    show_password_again(client)
    response = client.get(reverse(name), headers={"accept-language": language})
    check_page(response, language)


@LANGUAGES
@pytest.mark.parametrize("name", SECOND_FACTOR_SET_UP)
def test_page_renders_with_second_factor(client, make, log_in, code_of, name, language):
    log_in(client, make.User(reviewer=True))
    client.post(reverse("mfa_authenticate"), {"code": code_of("JBSWY3DPEHPK3PXP")})
    show_password_again(client)
    response = client.get(reverse(name), headers={"accept-language": language})
    check_page(response, language)


@LANGUAGES
def test_second_factor_page_renders(client, make, log_in, language):
    log_in(client, make.User(reviewer=True))
    response = client.get(reverse("mfa_authenticate"), headers={"accept-language": language})
    check_page(response, language)


def test_recovery_codes_render_after_generating(client, make, log_in, code_of):
    log_in(client, make.User(reviewer=True))
    client.post(reverse("mfa_authenticate"), {"code": code_of("JBSWY3DPEHPK3PXP")})
    show_password_again(client)
    response = client.post(reverse("mfa_generate_recovery_codes"), follow=True)
    check_page(response, "fr")
    assert len(re.findall(r"\b\d{8}\b", response.text)) == 10


@LANGUAGES
@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_empty_form_names_its_fields_on_top(client, name, language):
    response = client.post(reverse(name), {}, headers={"accept-language": language})
    check_page(response, language)
    assert 'id="form-errors"' in response.text
    assert re.search(r'<a href="#id_\w+">', response.text)


@LANGUAGES
def test_broken_links_say_so(client, language):
    for url in (
        reverse("account_confirm_email", args=["nothing"]),
        reverse("account_reset_password_from_key", args=["1", "nothing-0"]),
    ):
        check_page(client.get(url, headers={"accept-language": language}), language)


def test_password_is_reset_by_mail(client, make, log_in):
    user = make.User()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    page = client.get(link, follow=True)
    check_page(page, "fr")
    new = "another long sentence 7"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)


def test_password_is_not_reset_by_a_used_link(client, make):
    user = make.User()
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    user.set_password("changed in the meantime")
    user.save()
    url = reverse("account_reset_password_from_key", args=key.split("-", 1))
    response = client.get(url, follow=True)
    assert "password1" not in response.text


def test_person_signs_up_and_confirms_the_address(client):
    password = "a rather long sentence 1"
    response = client.post(
        reverse("account_signup"),
        {
            "email": "New@Example.org",
            "full_name": "Nadia Neuve",
            "password1": password,
            "password2": password,
        },
        headers={"accept-language": "en"},
        follow=True,
    )
    check_page(response, "en")
    user = User.objects.get(email="new@example.org")
    assert (user.full_name, user.language) == ("Nadia Neuve", "en")
    assert "localhost" not in mail.outbox[0].subject
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    check_page(client.get(link, headers={"accept-language": "en"}), "en")
    confirmed = client.post(link)
    assert confirmed.url == reverse("orders:day")


def test_person_signs_up_with_a_known_address_tells_nobody(client, make):
    user = make.User()
    password = "a rather long sentence 1"
    response = client.post(
        reverse("account_signup"),
        {"email": user.email, "full_name": "X", "password1": password, "password2": password},
    )
    assert response.url == reverse("account_email_verification_sent")
    assert User.objects.count() == 1


def test_person_does_not_sign_in_before_confirming(client, make, log_in):
    user = make.User(verified=False)
    assert log_in(client, user).url == reverse("account_email_verification_sent")
    assert client.get(reverse("journal:inbox")).status_code == 302


def test_person_signs_in_and_out(client, make, log_in):
    assert log_in(client, make.User()).url == reverse("orders:day")
    assert client.get(reverse("account")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("account")).status_code == 302


def test_person_signs_in_deactivated(client, make, log_in):
    log_in(client, make.User(is_active=False))
    assert client.get(reverse("account")).status_code == 302


def test_sign_in_blocks_after_wrong_passwords(client, make, log_in):
    user = make.User()
    for _attempt in range(5):
        assert "Trop de tentatives" not in log_in(client, user, password="wrong").text
    blocked = log_in(client, user, password="wrong")
    assert "Trop de tentatives" in blocked.text
    right = log_in(client, user, password=PASSWORD)
    assert right.status_code == 200
    assert client.get(reverse("account")).status_code == 302


def test_sign_in_of_another_person_is_not_blocked(client, make, log_in):
    user, other = make.User(), make.User()
    for _attempt in range(6):
        log_in(client, user, password="wrong")
    assert log_in(client, other).url == reverse("orders:day")


def test_ministry_without_second_factor_is_sent_to_set_it_up(client, make):
    reviewer = make.User(reviewer=True)
    reviewer.authenticator_set.all().delete()
    client.force_login(reviewer)
    for url in (reverse("home"), reverse("admin:index"), reverse("journal:inbox")):
        assert client.get(url).url == reverse("mfa_activate_totp")
    assert client.get("/api/v1/notifications/").status_code == 403


def test_ministry_passes_with_second_factor_only(client, make, log_in, code_of):
    reviewer = make.User(reviewer=True)
    assert log_in(client, reviewer).url == reverse("mfa_authenticate")
    assert client.get(reverse("journal:inbox")).status_code == 302
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert 'id="form-errors"' in wrong.text
    client.post(reverse("mfa_authenticate"), {"code": code_of("JBSWY3DPEHPK3PXP")})
    assert client.get(reverse("journal:inbox")).status_code == 200
