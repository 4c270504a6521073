"""Guards that hold for every test; see docs/architecture.md, "How it is tested"."""

import os

import pytest
from django.db.models.sql.compiler import SQLCompiler
from django.test import Client

from tests import factories


# Playwright's sync API runs an event loop in the test's own thread, and Django then takes every
# ORM call for an unsafe one. Set for the test process only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True, scope="session")
def _shuffle_unordered_queries():
    """Rows come back in random order unless the query says otherwise, as PostgreSQL may do."""
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

    SQLCompiler._order_by_pairs = shuffled
    yield
    SQLCompiler._order_by_pairs = original


class UndefinedVariable(Exception):
    """A template used a variable that the view did not give it."""


@pytest.fixture
def sign_in(client):
    """Signs the test client in as `user`; returns the client."""

    def _sign_in(user) -> Client:
        client.force_login(user)
        return client

    return _sign_in


@pytest.fixture
def make():
    """The factories, by short name: `make.Offer(...)`."""

    class Make:
        def __getattr__(self, name):
            return getattr(factories, f"{name}Factory")

    return Make()
