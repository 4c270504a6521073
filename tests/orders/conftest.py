import pytest

from orders.rounds import freezing
from tests.orders.world import World


@pytest.fixture
def world(db):
    return World()


@pytest.fixture(autouse=True)
def _round_inside_the_test(request, monkeypatch):
    """A test that is rolled back runs in a transaction, whose isolation level is settled already.

    The transactional tests play the round on its own.
    """
    marker = request.node.get_closest_marker("django_db")
    if not (marker and marker.kwargs.get("transaction")):
        monkeypatch.setattr(freezing, "_see_one_moment", lambda: None)
