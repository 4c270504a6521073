"""One check for every table of legal transitions."""

from collections.abc import Mapping, Set
from typing import TypeVar

from core.errors import StaleState


Status = TypeVar("Status", bound=str)


def check_move(table: Mapping[Status, Set[Status]], old: Status, new: Status) -> None:
    """Raise StaleState unless `table` allows `old` → `new`."""
    if new not in table.get(old, frozenset()):
        raise StaleState
