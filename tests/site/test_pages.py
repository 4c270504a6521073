"""The frame of every page: language, security headers, navigation, errors."""

import pytest
from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from orders.enums import RoundStatus


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", ["/", "/accounts/login/", "/no-such-page/"])
def test_page_carries_the_security_headers(client, url):
    response = client.get(url)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_language_follows_the_browser_then_the_switch(client):
    assert '<html lang="fr">' in client.get("/").text
    assert '<html lang="en">' in client.get("/", headers={"accept-language": "en"}).text
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert answer.url == "/"
    assert '<html lang="en">' in client.get("/").text


def test_account_page_saves_name_and_language(client, make):
    user = make.User(language="fr")
    client.force_login(user)
    response = client.post(
        reverse("account"), {"full_name": "Ada Neuf", "language": "en"}, follow=True
    )
    user.refresh_from_db()
    assert (user.full_name, user.language) == ("Ada Neuf", "en")
    assert '<html lang="en">' in response.text


def test_account_page_refuses_an_unknown_language(client, make):
    user = make.User(language="fr")
    client.force_login(user)
    response = client.post(reverse("account"), {"full_name": "Ada", "language": "xx"})
    assert 'id="form-errors"' in response.text
    user.refresh_from_db()
    assert user.language == "fr"


def test_unknown_page_says_so(client):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "<h1>" in response.text


def test_crash_page_needs_nothing(client):
    page = render_to_string("500.html")
    assert "<h1>" in page
    assert reverse("home") in page


def test_crash_shows_the_crash_page(monkeypatch):
    monkeypatch.setattr("stopcovid.views.figures", lambda: 1 / 0)
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert "site.css" in response.text


def test_form_without_token_is_refused_with_a_way_on(make):
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("account_login"), {})
    assert response.status_code == 403
    assert "site.css" in response.text


def test_gallery_shows_every_component_in_demo_only(client, settings):
    assert client.get(reverse("gallery")).status_code == 404
    settings.DEMO = True
    page = client.get(reverse("gallery")).text
    folder = django_settings.BASE_DIR / "templates" / "components"
    inner = {"button_class", "field_label", "field_notes", "form_section_fields", "plain_page"}
    inner |= {"demo_accounts", "demo_code", "form_section"}  # shown by the pages that hold them
    marks = {
        "alert": "alert-warning", "badge": "state-scarce", "button_link": "btn-link",
        "post_button": "confirm", "field": "field", "form": 'class="form"',
        "form_errors": "form-errors", "page_header": "page-header", "empty": "empty-title",
        "pagination": 'rel="next"', "stepper": "step-current", "timeline": "timeline-when",
        "line_bar": "bar-received", "progress": "<progress", "stat": "stat-late",
        "navigation": "site-nav", "language_switch": "language", "site_header": "site-header",
        "site_footer": "site-footer", "export_links": "CSV",
    }  # fmt: skip
    assert {path.stem for path in folder.glob("*.html")} - inner == set(marks)
    assert [name for name, mark in marks.items() if mark not in page] == []


def test_navigation_leads_each_role_to_its_own_pages(client, make):
    seller, hospital = make.SupplierMember(), make.BuyerMember()
    expected = {
        make.User(): ["suppliers:new", "buyers:new"],
        seller.user: ["catalog:offers", "orders:supplier_orders", "suppliers:file"],
        hospital.user: ["orders:basket", "orders:orders", "buyers:file"],
        make.User(allocator=True): ["orders:rounds", "admin:index"],
    }
    for user, names in expected.items():
        client.force_login(user)
        page = client.get(reverse("account")).text
        for name in names:
            assert f'href="{reverse(name)}"' in page


def test_home_shows_nothing_that_is_not_there(client):
    page = client.get("/").text
    assert "stats" not in page
    assert "scarce-list" not in page


def test_home_shows_the_last_round_and_what_is_scarce(client, make, django_assert_max_num_queries):
    make.Buyer(approved=True)
    for _number in range(7):
        make.Product(scarce=True)
    make.Round(
        status=RoundStatus.COMMITTED,
        committed_at="2020-04-01T10:00:00Z",
        result_sha256="1" * 64,
        wanted_units=4000,
        allocated_units=1250,
    )
    make.Round()
    with django_assert_max_num_queries(4):
        page = client.get("/").text
    assert "1\u202f250" in page
    assert "4\u202f000" in page
    assert page.count('href="/catalogue/product-') == 5
