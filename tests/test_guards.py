"""Each guard fails on what it is there for, and lets the rest pass."""

import socket

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.template import Context, TemplateDoesNotExist, engines
from django.template.base import Origin, Template
from django.test import Client
from django.urls import path

from accounts.models import User
from journal import notifications, operations
from journal.models import Delivery
from tests.guards import OWN_TEMPLATES, GuardError, inline_code


ENGINE = engines["django"].engine


def render(source, origin=f"{OWN_TEMPLATES}/planted.html", **values):
    return Template(source, origin=Origin(origin), engine=ENGINE).render(Context(values))


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ known.missing }}",
        "{{ missing|upper }}",
        "{% if known %}{{ missing }}{% endif %}",
        "{% load i18n %}{% blocktranslate %}Hello {{ missing }}{% endblocktranslate %}",
        "{% with a=missing %}{{ a }}{% endwith %}",
    ],
)
def test_undefined_variable_in_own_template_fails(source):
    with pytest.raises(GuardError, match=r"missing.* is not defined in .*planted\.html"):
        render(source, known={"a": 1})


@pytest.mark.parametrize(
    "source",
    ["{{ known }}", "{{ missing|default:'x' }}", "{% if missing %}{% endif %}", "{{ none }}"],
)
def test_defined_or_optional_variable_passes(source):
    render(source, known=1, none=None)


def test_undefined_variable_in_foreign_template_passes():
    assert render("{{ missing }}", origin="site-packages/allauth/x.html") == ""


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        '<p style="color:red">',
        '<a onclick="x()">',
        '<a href=" JavaScript:x()">',
    ],
)
def test_inline_code_is_found(html):
    assert inline_code(html)


def test_external_script_and_json_pass():
    assert not inline_code(
        '<script src="/a.js"></script><script type="application/json">1</script>'
    )


def inline_page(request):
    return HttpResponse("<p style='color:red'>")


def writing_page(request):
    Delivery.objects.update(attempts=1)
    return HttpResponse("done")


def committing_page(request):
    with transaction.atomic():
        transaction.on_commit(lambda: ran.append(request.method))
    return HttpResponse("done")


def reading_page(request):
    list(User.objects.order_by("pk"))
    return HttpResponse("done")


def handler500(request):
    return HttpResponse(status=500)


ran = []
for view in (inline_page, writing_page, committing_page, reading_page):
    view.login_required = False
urlpatterns = [
    path("inline", inline_page),
    path("writing", writing_page),
    path("committing", committing_page),
    path("reading", reading_page),
]


@pytest.mark.urls("tests.test_guards")
@pytest.mark.django_db
def test_page_with_inline_style_fails(client):
    with pytest.raises(GuardError, match="breaks the CSP"):
        client.get("/inline")


@pytest.mark.urls("tests.test_guards")
@pytest.mark.django_db
def test_get_request_that_writes_fails(client):
    with pytest.raises(GuardError, match="GET request writes to journal_delivery"):
        client.get("/writing")


@pytest.mark.urls("tests.test_guards")
@pytest.mark.django_db
def test_get_request_that_reads_passes():
    assert Client().get("/reading").status_code == 200


@pytest.mark.urls("tests.test_guards")
@pytest.mark.django_db
def test_on_commit_runs_after_a_request(client):
    ran.clear()
    client.get("/committing")
    assert ran == ["GET"]


def test_socket_to_the_outside_fails():
    with socket.socket() as sock, pytest.raises(GuardError, match="opens a connection"):
        sock.connect(("192.0.2.1", 80))


@pytest.mark.django_db
def test_socket_inside_a_transaction_fails():
    with socket.socket() as server, socket.socket() as sock:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with transaction.atomic(), pytest.raises(GuardError, match="inside a transaction"):
            sock.connect(server.getsockname())
        sock.connect(server.getsockname())


@pytest.mark.django_db
def test_unordered_query_is_shuffled(make):
    for _each in range(8):
        make.User()
    seen = {tuple(User.objects.order_by().values_list("pk", flat=True)) for _try in range(10)}
    assert len(seen) > 1


@pytest.mark.django_db
def test_event_whose_text_names_a_missing_key_fails(make, monkeypatch):
    text = Template("{{ payload.missing }}", Origin(f"{OWN_TEMPLATES}/x.txt"), engine=ENGINE)
    monkeypatch.setattr(notifications.Engine, "get_template", lambda self, name: text)
    with pytest.raises(GuardError, match=r"payload\.missing"):
        operations.record("buyers.happened", make.Site(), by=None, payload={"name": 1})


@pytest.mark.django_db
def test_event_without_a_text_fails(make):
    with pytest.raises(TemplateDoesNotExist):
        operations.record("buyers.planted", make.Site(), by=None)
