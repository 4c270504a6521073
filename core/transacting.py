"""How every operation runs: whole or not at all, and never waiting long for anybody."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, transaction

from core.errors import Busy


LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK_DETECTED = "40P01"
QUERY_CANCELED = "57014"
WAITED = {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED, QUERY_CANCELED}
"""Each lock may take `lock_timeout`; a statement that takes many runs into `statement_timeout`."""

Given = ParamSpec("Given")
Made = TypeVar("Made")


def operation(run: Callable[Given, Made]) -> Callable[Given, Made]:
    """One transaction; waiting for others for too long, in one lock or in many, is Busy."""

    @wraps(run)
    def whole(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        try:
            with transaction.atomic():
                return run(*args, **kwargs)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") in WAITED:
                raise Busy from error
            raise

    return whole
