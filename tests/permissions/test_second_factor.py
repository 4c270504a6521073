"""Without a second factor the ministry's staff reach nothing but the page that sets it up."""

import pytest
from allauth.mfa.models import Authenticator

from tests.permissions.cells import MATRIX, ROUTES, undone


pytestmark = pytest.mark.django_db
OPEN = ("accounts/", "healthz", "readyz", "i18n/")


@pytest.fixture
def unarmed(stage):
    with undone():
        Authenticator.objects.all().delete()
        yield stage


@pytest.mark.parametrize("who", ["reviewer", "superuser"])
def test_staff_without_second_factor_reach_nothing(unarmed, who):
    reached = []
    for name, method in MATRIX.rows:
        if name in ROUTES and not ROUTES[name].pattern.startswith(OPEN):
            response, changed = unarmed.call(who, name, method)
            sent_on = response.status_code == 302 and "/2fa/" in response["Location"]
            if changed or not (sent_on or response.status_code in {401, 403}):
                reached.append(f"{method} {name}: {response.status_code}")
    if reached:
        pytest.fail("\n".join(reached), pytrace=False)
