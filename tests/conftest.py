"""What every test can use, and the guards that hold for every test.

The guards live in `tests/guards.py`: unordered queries come back shuffled, an undefined template
variable fails, a page with inline script or style fails, a GET request that writes fails, and
nobody opens a socket to the outside or inside a transaction.
"""

import os

import hypothesis
import pytest
from django.test import Client
from django.utils import translation

from tests import factories, guards


# Playwright's sync API runs an event loop in the test's own thread, and Django then takes every
# ORM call for an unsafe one. Set for the test process only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# The gate plays the same examples every time; on a desk each run looks further.
hypothesis.settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("gate")


@pytest.fixture(autouse=True, scope="session")
def _guards():
    with guards.all_up():
        yield


@pytest.fixture(autouse=True)
def _own_language():
    """A test begins in the site's language, not in that of the last page of the test before."""
    translation.deactivate()


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
