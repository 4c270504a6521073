"""A count that leaves less than is promised: said, and only on demand taken back."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import User
from catalog import operations as catalog
from catalog.models import Offer
from catalog.operations import Counted
from core.errors import Busy, DomainError, OutOfStock
from core.transacting import operation
from orders.operations.giving_way import at_risk, make_room


NAMED = 5


@operation
def count_stock(
    offer: Offer, *, by: User, places: Sequence[Counted], give_way: bool = False
) -> Offer:
    """Same status: as `catalog.operations.count_stock`, for less than is promised as well.

    With `give_way` the youngest promises are taken back (`Shortfall`); without it the error
    names them. Busy if buyers were quicker: try again.
    """

    def missing() -> int:
        return missing_units(Offer.objects.get(pk=offer.pk), places)

    if give_way:
        make_room(offer, missing=missing, by=by)
    try:
        return catalog.count_stock(offer, by=by, places=places)
    except OutOfStock as error:
        raise Busy if give_way else _short(offer, missing()) from error


def missing_units(offer: Offer, places: Sequence[Counted]) -> int:
    """Promised units that what was counted does not cover."""
    counted = offer.on_hand_units + sum(place.on_hand_difference for place in places)
    return offer.reserved_units - counted


def _short(offer: Offer, missing: int) -> DomainError:
    parts = at_risk({offer.pk: missing})[offer.pk]
    named = ", ".join(each.part.number for each in parts[:NAMED])
    more = len(parts) - NAMED
    return DomainError(
        _(
            "%(units)d promised units would be missing (%(orders)s). Count again, or agree that "
            "these promises are taken back."
        )
        % {"units": missing, "orders": f"{named} (+{more})" if more > 0 else named},
        field="give_way",
    )
