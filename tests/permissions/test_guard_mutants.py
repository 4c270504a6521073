"""Each guard is taken away once, and the matrix must see it."""

import pytest
from django.apps import apps
from django.contrib.auth.middleware import LoginRequiredMiddleware
from rest_framework.permissions import AllowAny

from tests.permissions.cells import MATRIX, ROUTES, wrong


pytestmark = pytest.mark.django_db
NOT_ASKED = ("admin/", "accounts/")
UNREACHED = set()
"""Guards that no page and no API endpoint asks yet."""
OUTSIDERS = [
    "supplier manager B",
    "buyer manager B",
    "stranger",
    "supplier manager A",
    "buyer requester A",
    "reviewer",
]


def scoped_querysets():
    """Every QuerySet class of the project that defines or inherits `visible_to`."""
    found = {}
    for model in apps.get_models():
        for cls in model._default_manager._queryset_class.__mro__:
            if "visible_to" in vars(cls):
                found.setdefault(cls, []).append(model)
                break
    return found


def names(queryset):
    return ", ".join(model.__name__ for model in SCOPED[queryset])


SCOPED = scoped_querysets()
VIEWSETS = sorted({route.viewset() for route in ROUTES.values() if route.viewset()}, key=str)


def cells(principals, routes, *, first=""):
    """Those of the table, with the pages of the app `first` before the others."""
    rows = [row for row in MATRIX.rows if row[0] in routes]
    rows.sort(key=lambda row: not ROUTES[row[0]].view.__module__.startswith(first))
    return [(principal, name, method) for name, method in rows for principal in principals]


@pytest.fixture(scope="module")
def known(stage, django_db_blocker):
    """What is wrong already: it proves nothing about a mutant."""
    with django_db_blocker.unblock():
        return {cell for cell in cells(OUTSIDERS, pages()) if wrong(stage, *cell)}


def first_red(stage, known, asked):
    """The first cell that has become wrong."""
    return next((cell for cell in asked if cell not in known and wrong(stage, *cell)), None)


def pages():
    """Routes with data of organisations: neither the admin nor the person's own account."""
    return {name for name, each in ROUTES.items() if not each.pattern.startswith(NOT_ASKED)}


@pytest.mark.parametrize("queryset", SCOPED, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_removed_visible_to_turns_a_cell_red(stage, known, monkeypatch, queryset):
    asked = []

    def unguarded(self, user):
        asked.append(user)
        return self

    monkeypatch.setattr(queryset, "visible_to", unguarded)
    app = queryset.__module__.split(".")[0]
    if first_red(stage, known, cells(OUTSIDERS, pages(), first=app)):
        assert queryset.__name__ not in UNREACHED, "stale: a page asks this one now"
    elif asked:
        pytest.fail(f"{names(queryset)}: pages ask it, and nobody would notice", pytrace=False)
    elif queryset.__name__ not in UNREACHED:
        pytest.fail(f"{names(queryset)}: no page asks it", pytrace=False)


@pytest.mark.parametrize("viewset", VIEWSETS, ids=lambda cls: cls.__name__)
def test_viewset_open_to_anyone_turns_a_cell_red(stage, monkeypatch, viewset):
    if viewset.permission_classes == [AllowAny]:
        pytest.skip("open by design: see matrix.toml")
    monkeypatch.setattr(viewset, "permission_classes", [AllowAny])
    routes = {route.name for route in ROUTES.values() if route.viewset() is viewset}
    assert first_red(stage, set(), cells(["anonymous", "deactivated"], routes))


def test_missing_login_wall_turns_a_cell_red(stage, monkeypatch):
    monkeypatch.setattr(LoginRequiredMiddleware, "process_view", lambda *args: None)
    assert first_red(stage, set(), cells(["anonymous"], pages() - {"set_language"}))


def test_untouched_guards_show_no_red(known):
    """The control: the same walk finds nothing while the guards stand."""
    assert not known
