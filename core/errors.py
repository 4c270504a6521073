"""What can go wrong in the domain, in words that are safe to show to anyone.

Every error is a `DomainError`: `str(error)` is a translated sentence that names the remedy,
`field` the form field or API attribute it belongs to (empty: the whole request), `code` a stable
word for machines. Pages show it as a message, the API answers 409.
"""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """An act that the rules forbid; nothing was changed."""

    code = "refused"
    default_message = _("This is not possible.")

    def __init__(self, message: str = "", *, field: str = "") -> None:
        self.message = message or self.default_message
        self.field = field
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class StaleState(DomainError):
    """The object has moved on since the person saw it."""

    code = "stale_state"
    default_message = _("This has changed in the meantime. Reload the page and look again.")


class OutOfStock(DomainError):
    """The offer does not hold the units asked for."""

    code = "out_of_stock"
    default_message = _("The offer no longer covers the quantity asked for.")


class NotPermitted(DomainError):
    """The person may see the object but not do this to it."""

    code = "not_permitted"
    default_message = _("Your role does not allow this.")


class Duplicate(DomainError):
    """Something that must be unique exists already."""

    code = "duplicate"
    default_message = _("This exists already.")


class Busy(DomainError):
    """Another request holds the rows; trying again will do."""

    code = "busy"
    default_message = _("Someone else is changing this right now. Try again in a few seconds.")


class IllegalPrice(DomainError):
    """A price above the legal ceiling of the day."""

    code = "price_above_ceiling"


class NotEligible(DomainError):
    """The buyer may not buy this, or the supplier may not sell it."""

    code = "not_eligible"
