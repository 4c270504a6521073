"""How every operation runs: whole or not at all, and never waiting long for anybody."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

from core.errors import Busy


LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"

Given = ParamSpec("Given")
Made = TypeVar("Made")


def operation(run: Callable[Given, Made]) -> Callable[Given, Made]:
    """One transaction; rows that others hold for longer than `lock_timeout` become Busy."""

    @wraps(run)
    def whole(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        try:
            with transaction.atomic():
                return run(*args, **kwargs)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") in {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED}:
                raise Busy from error
            raise

    return whole
