import logging

import pytest

from tests.permissions import cells


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker):
    """The two worlds, in one transaction for the whole module; every cell leaves it as it was."""
    logging.disable(logging.ERROR)  # thousands of refusals are the purpose here
    with django_db_blocker.unblock(), cells.undone():
        yield cells.Stage()
    logging.disable(logging.NOTSET)
