"""What a supplier declares to make in the weeks to come."""

from collections.abc import Mapping
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog import checks
from catalog.models import Offer, ProductionSlot
from catalog.operations.offers import note, own_offer, selling
from catalog.promises import coming_weeks, week_of
from core.errors import DomainError
from core.transacting import operation


@operation
def plan_production(offer: Offer, *, by: User, weeks: Mapping[date, int]) -> Offer:
    """Same status: single units by the Monday of each week; 0 takes a week away.

    Weeks that are not named stay as they are. Stock is not touched: what was made is counted as
    stock when it is there. Raises NotPermitted, NotEligible, DomainError naming the week for a
    day that is no Monday of the current week or the half year after it, or an implausible figure.
    """
    offer = own_offer(offer, by)
    selling(offer.supplier, by)
    allowed = set(coming_weeks(timezone.localdate()))
    for monday, units in weeks.items():
        field = f"weeks.{week_of(monday)}"
        if monday not in allowed:
            raise DomainError(
                _("Production is declared by week, from this week on, half a year ahead."),
                field=field,
            )
        checks.units(units, field)
    held = dict(offer.slots.values_list("week_starts_on", "units"))
    changed = {day: units for day, units in weeks.items() if held.get(day, 0) != units}
    if not changed:
        return offer
    offer.slots.filter(week_starts_on__in=changed).delete()
    ProductionSlot.objects.bulk_create(
        ProductionSlot(offer=offer, week_starts_on=day, units=units)
        for day, units in changed.items()
        if units
    )
    note(
        "catalog.production_planned",
        offer,
        by=by,
        weeks={week_of(day): units for day, units in sorted(changed.items())},
    )
    return offer
