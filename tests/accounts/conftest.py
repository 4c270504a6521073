import time

import pytest
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.urls import reverse

from tests.factories import PASSWORD


@pytest.fixture(autouse=True)
def _fresh_limits():
    """Attempts of other tests do not count."""
    cache.clear()


@pytest.fixture
def log_in():
    """Signs in through the page, as a person does; returns the answer to the last form."""

    def _log_in(client, user, password=PASSWORD, **more):
        return client.post(
            reverse("account_login"), {"login": user.email, "password": password, **more}
        )

    return _log_in


@pytest.fixture
def code_of():
    """The code that an authenticator with this secret shows now."""

    def _code_of(secret):
        counter = int(time.time()) // 30
        return auth.format_hotp_value(auth.hotp_value(secret, counter))

    return _code_of
