"""Guards around every test; each is shown to bite in `tests/test_guards.py`."""

import ipaddress
import re
import socket
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser
from unittest import mock

from django.conf import settings
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler
from django.template.base import FilterExpression, Node
from django.test import Client, TestCase

from journal import notifications
from journal.models import Event


class GuardError(AssertionError):
    """A test did what the house forbids."""


@contextmanager
def all_up():
    """Every guard of this module, for a whole test session."""
    with ExitStack() as stack:
        for guard in GUARDS:
            stack.enter_context(guard())
        yield


# --- rows come back in random order unless the query says otherwise, as PostgreSQL may do ---


@contextmanager
def shuffled_queries():
    original = SQLCompiler._order_by_pairs

    def shuffled(self):
        query = self.query
        ordered = (
            query.extra_order_by
            or query.order_by
            or (query.default_ordering and query.get_meta() and query.get_meta().ordering)
        )
        if not ordered and not query.distinct and not query.combinator and query.group_by is None:
            query.order_by = ("?",)
        return original(self)

    with mock.patch.object(SQLCompiler, "_order_by_pairs", shuffled):
        yield


# --- a variable that the view did not give fails, in the project's own templates ---

OWN_TEMPLATES = str(settings.BASE_DIR / "templates")
MAY_BE_MISSING = {"default", "default_if_none", "firstof"}


class Undefined:
    """Stands in for `string_if_invalid`: Django asks it for "%s" and formats it."""

    def __init__(self, node):
        self.node = node

    def __contains__(self, text):
        return text == "%s"

    def __mod__(self, variable):
        raise GuardError(
            f"“{variable}” is not defined in {self.node.origin}, line {self.node.token.lineno}."
            " Give it, or say {{ x|default:… }} or {% if x %}."
        )


def _is_own(node):
    return getattr(node, "token", None) and str(getattr(node, "origin", "")).startswith(
        OWN_TEMPLATES
    )


@contextmanager
def defined_variables():
    render, resolve = Node.render_annotated, FilterExpression.resolve

    @contextmanager
    def invalid(context, value):
        engine = context.template.engine
        before, engine.string_if_invalid = engine.string_if_invalid, value
        try:
            yield
        finally:
            engine.string_if_invalid = before

    def watched_render(self, context):
        with invalid(context, Undefined(self) if _is_own(self) else ""):
            return render(self, context)

    def lenient_resolve(self, context, ignore_failures=False):
        first = getattr(self.filters[0][0], "_filter_name", "") if self.filters else ""
        if first not in MAY_BE_MISSING or context.template is None:
            return resolve(self, context, ignore_failures)
        with invalid(context, ""):
            return resolve(self, context, ignore_failures)

    with (
        mock.patch.object(Node, "render_annotated", watched_render),
        mock.patch.object(FilterExpression, "resolve", lenient_resolve),
    ):
        yield


# --- the test client: pages obey the CSP, GET writes nothing, on_commit runs ---

WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?([a-z_]+)', re.IGNORECASE)
SESSION = re.compile(r"^(django_session|account_|mfa_|knox_|django_admin_log|accounts_user$)")


class InlineCode(HTMLParser):
    """Collects what the Content-Security-Policy would block."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "style" or (tag == "script" and not self._is_harmless(given)):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.found.append(f"<{tag} {name}=…>")
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {name}={value}>")

    handle_startendtag = handle_starttag

    @staticmethod
    def _is_harmless(given):
        return "src" in given or given.get("type") in {"application/json", "application/ld+json"}


def inline_code(html):
    """What a browser would refuse to run or apply on this page."""
    parser = InlineCode()
    parser.feed(html)
    return parser.found


def _refuse_writes(execute, sql, params, many, context):
    written = WRITES.match(sql)
    if written and not SESSION.match(written[1]):
        raise GuardError(f"A GET request writes to {written[1]}: {sql[:200]}")
    return execute(sql, params, many, context)


@contextmanager
def honest_client():
    original = Client.request

    def request(self, **environ):
        with ExitStack() as stack:
            if environ.get("REQUEST_METHOD", "GET") in {"GET", "HEAD", "OPTIONS"}:
                stack.enter_context(connection.execute_wrapper(_refuse_writes))
            if connection.in_atomic_block:
                stack.enter_context(TestCase.captureOnCommitCallbacks(execute=True))
            response = original(self, **environ)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and not response.streaming and (found := inline_code(response.text)):
            raise GuardError(f"{environ['PATH_INFO']} breaks the CSP: {found}")
        return response

    with mock.patch.object(Client, "request", request):
        yield


# --- sockets: loopback only, and never while a transaction holds locks ---


def _is_local(address):
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = address[0]
    return host == "localhost" or ipaddress.ip_address(host.partition("%")[0]).is_loopback


def _in_transaction():
    # The transaction that pytest-django wraps around a test is no one's business transaction.
    blocks = connection.atomic_blocks if connection.connection else []
    return any(not block._from_testcase for block in blocks)


@contextmanager
def quiet_sockets():
    original = socket.socket.connect

    def connect(self, address):
        if not _is_local(address):
            raise GuardError(f"A test opens a connection to {address}.")
        if _in_transaction():
            raise GuardError(f"A connection to {address} is opened inside a transaction.")
        return original(self, address)

    with mock.patch.object(socket.socket, "connect", connect):
        yield


# --- an event that is written down can be told: its text has all that it names ---


@contextmanager
def told_events():
    original = Event.save

    def save(self, *args, **kwargs):
        original(self, *args, **kwargs)
        for language in ("fr", "en") if not self.verb.startswith("tests.") else ():
            headline, _body = notifications.render(self, language, self.actor)
            if not headline:
                raise GuardError(f"The text of {self.verb} has no headline.")

    with mock.patch.object(Event, "save", save):
        yield


GUARDS = (shuffled_queries, defined_variables, honest_client, quiet_sockets, told_events)
