"""One mixin: a form that calls an operation and keeps what was typed when it is refused."""

from collections.abc import Callable
from typing import Any

from core.errors import DomainError


class OperationForm:
    """Mix into a Django form; `perform()` turns a DomainError into an error of the right field."""

    def perform(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What the operation returns, or None with the error added to the form."""
        try:
            return operation(*args, **kwargs)
        except DomainError as error:
            self.refuse(error)
            return None

    def refuse(self, error: DomainError) -> None:
        """Show the error at its field, or on top of the form if it has no such field."""
        field = error.field if error.field in self.fields else None  # type: ignore[attr-defined]
        self.add_error(field, str(error))  # type: ignore[attr-defined]
