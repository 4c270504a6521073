"""Each guard is taken away once, and the matrix must see it."""

from dataclasses import dataclass, field

import pytest
from django.apps import apps
from django.contrib.auth.middleware import LoginRequiredMiddleware
from rest_framework.permissions import AllowAny

from tests.permissions.cells import MATRIX, ROUTES, wrong


pytestmark = pytest.mark.django_db
NOT_ASKED = ("admin/", "accounts/", "api/v1/schema")
COVERED = {
    "EventQuerySet": "the story of an object is read off an object that was found as visible",
    "OrderLineQuerySet": "lines are reached through a visible order",
    "AllocationQuerySet": "filtered by a line of a visible order",
    "ExplanationQuerySet": "filtered by a line of a visible order",
    "RejudgementQuerySet": "read in the admin alone, which lets nobody in but the ministry",
}
"""Guards that the matrix cannot miss, since another one stands before them."""
OUTSIDERS = ["supplier manager B", "buyer manager B"]


def names(queryset):
    return ", ".join(model.__name__ for model in SCOPED[queryset])


def scoped_querysets():
    """Every QuerySet class of the project that defines or inherits `visible_to`."""
    found = {}
    for model in apps.get_models():
        for cls in model._default_manager._queryset_class.__mro__:
            if "visible_to" in vars(cls):
                found.setdefault(cls, []).append(model)
                break
    return found


SCOPED = scoped_querysets()
VIEWSETS = sorted(
    {
        viewset
        for viewset in (route.viewset() for route in ROUTES.values())
        if viewset and AllowAny not in viewset.permission_classes
    },
    key=str,
)


def cells(principals, routes):
    """Those of the table."""
    rows = [row for row in MATRIX.rows if row[0] in routes]
    return [(principal, name, method) for name, method in rows for principal in principals]


@dataclass
class Walk:
    """The cells of outsiders while all guards stand."""

    red: set = field(default_factory=set)
    """What is wrong already: it proves nothing about a mutant."""
    asking: dict = field(default_factory=lambda: {queryset: [] for queryset in SCOPED})
    """The cells that ask each guard; the others cannot miss it."""


@pytest.fixture(scope="module")
def known(stage, django_db_blocker):
    walk, asked = Walk(), set()

    def watched(queryset):
        guard = queryset.visible_to

        def visible_to(self, user):
            asked.add(queryset)
            return guard(self, user)

        return visible_to

    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        for queryset in SCOPED:
            patch.setattr(queryset, "visible_to", watched(queryset))
        for cell in cells(OUTSIDERS, pages()):
            asked.clear()
            if wrong(stage, *cell):
                walk.red.add(cell)
            for queryset in asked:
                walk.asking[queryset].append(cell)
    return walk


def first_red(stage, known, asked):
    """The first cell that has become wrong."""
    return next((cell for cell in asked if cell not in known and wrong(stage, *cell)), None)


def pages():
    """Routes with data of organisations: neither the admin nor the person's own account."""
    return {name for name, each in ROUTES.items() if not each.pattern.startswith(NOT_ASKED)}


@pytest.mark.parametrize("queryset", SCOPED, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_removed_visible_to_turns_a_cell_red(stage, known, monkeypatch, queryset):
    monkeypatch.setattr(queryset, "visible_to", lambda self, user: self)
    covered, asking = queryset.__name__ in COVERED, known.asking[queryset]
    if first_red(stage, known.red, asking):
        assert not covered, "stale: the matrix sees this one"
    elif not covered:
        seen = "pages ask it, and nobody would notice" if asking else "no page asks it"
        pytest.fail(f"{names(queryset)}: {seen}", pytrace=False)


@pytest.mark.parametrize("viewset", VIEWSETS, ids=lambda cls: cls.__name__)
def test_viewset_open_to_anyone_turns_a_cell_red(stage, monkeypatch, viewset):
    monkeypatch.setattr(viewset, "permission_classes", [AllowAny])
    routes = {route.name for route in ROUTES.values() if route.viewset() is viewset}
    assert first_red(stage, set(), cells(["anonymous", "deactivated"], routes))


@pytest.fixture
def without_login_wall(stage, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(LoginRequiredMiddleware, "process_view", lambda *args: None)
        stage.client.handler.load_middleware()
        yield
    stage.client.handler.load_middleware()


def test_missing_login_wall_turns_a_cell_red(stage, without_login_wall):
    assert first_red(stage, set(), cells(["anonymous"], pages()))


def test_untouched_guards_show_no_red(known):
    """The control: the same walk finds nothing while the guards stand."""
    assert not known.red
