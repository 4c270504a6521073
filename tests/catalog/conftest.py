import pytest

from catalog import reference, standing


@pytest.fixture
def law(db):
    """The shelves, sheets and rules of 2020."""
    return reference.load()


@pytest.fixture
def exercise(law):
    """The last rules of 2020, in force today."""
    reference.load_exercise()


@pytest.fixture
def shop(make):
    """A member of an approved supplier: `shop.user`, `shop.supplier`."""
    return make.SupplierMember()


@pytest.fixture
def ward(make):
    """A member of an approved hospital in Paris: `ward.user`, `ward.buyer`."""
    return make.BuyerMember()


@pytest.fixture
def settle(db):
    """Does what the worker does within a second: verdicts and facts of all that was touched."""

    def _settle():
        return [turn for turns in standing.catch_up() for turn in turns]

    return _settle
