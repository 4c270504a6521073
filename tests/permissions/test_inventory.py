"""Every route stands in the table with every method that it answers, and no other does."""

import pytest

from tests.permissions.cells import MATRIX, ROUTES


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_route_stands_in_the_table(route):
    listed = {method for name, method in MATRIX.rows if name == route.name}
    assert listed, f"add {route.name} ({route.pattern}) to matrix.toml"
    if route.viewset():
        assert listed == route.methods, f"{route.name}: list each method, and no other"


@pytest.mark.parametrize("name", sorted(MATRIX.names()))
def test_table_names_a_route(name):
    assert name in ROUTES, "stale: no such route"


def test_profiles_are_all_used():
    used = {row.profile for row in MATRIX.rows.values()}
    assert used == set(MATRIX.profiles)
