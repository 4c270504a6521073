"""Prices to come: entered ahead, held against the law of their day, put into force by the clock.

Locks: the supplier's row first, then the offer's, then the price's.
"""

from collections.abc import Sequence
from copy import copy
from datetime import date, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, override

from accounts.models import User
from catalog import checks
from catalog.checks import Tier
from catalog.enums import SCHEDULE_TRANSITIONS, ScheduleStatus
from catalog.models import Offer, ScheduledPrice
from catalog.operations.offers import note, own_offer, selling
from catalog.operations.price_history import note_price, put_tiers, tiers_of, written
from core.errors import DomainError, Duplicate, NotEligible, StaleState
from core.states import check_move
from core.transacting import operation


MAX_DAYS_AHEAD = 366
MAX_SCHEDULED = 12


@operation
def schedule_price(
    offer: Offer,
    *,
    by: User,
    takes_effect_on: date,
    unit_price_eur: Decimal,
    tiers: Sequence[Tier] | None = None,
) -> ScheduledPrice:
    """Nothing → SCHEDULED: a price (€ excl. tax) from the midnight, in Paris, of a day to come.

    It is held against the ceilings that are known for that day. `tiers`: those from then on; None
    keeps those that the offer has. Raises NotPermitted, NotEligible, IllegalPrice, Duplicate for a
    second price of the day, DomainError naming the field of a figure that cannot be.
    """
    offer = own_offer(offer, by)
    selling(offer.supplier, by)
    tiers = None if tiers is None else [Tier(*each) for each in tiers]
    _check_day(offer, takes_effect_on)
    checked(offer, unit_price_eur, tiers, takes_effect_on)
    scheduled = ScheduledPrice.objects.create(
        offer=offer,
        takes_effect_on=takes_effect_on,
        unit_price_eur=unit_price_eur,
        tiers=None if tiers is None else written(tiers),
        set_by=by,
    )
    _note("catalog.price_scheduled", offer, scheduled, by=by)
    return scheduled


@operation
def cancel_price(scheduled: ScheduledPrice, *, by: User) -> ScheduledPrice:
    """SCHEDULED → CANCELED, until the evening before its day; StaleState from then on."""
    offer = own_offer(scheduled.offer, by)
    scheduled = ScheduledPrice.objects.locked().get(pk=scheduled.pk)
    if scheduled.takes_effect_on <= timezone.localdate():
        raise StaleState(_("The day of this price has come: change the terms of the offer."))
    _move(scheduled, ScheduleStatus.CANCELED)
    _note("catalog.price_canceled", offer, scheduled, by=by)
    return scheduled


@operation
def apply_price(scheduled: ScheduledPrice) -> ScheduledPrice:
    """SCHEDULED → APPLIED, or → REFUSED where today's rules forbid it; the supplier is told.

    The clock calls it, once or more often: what is decided already, or not due, stays as it is.
    """
    offer = own_offer(scheduled.offer, None)
    scheduled = ScheduledPrice.objects.locked().select_related("set_by").get(pk=scheduled.pk)
    today = timezone.localdate()
    if scheduled.status != ScheduleStatus.SCHEDULED or scheduled.takes_effect_on > today:
        return scheduled
    before = offer.unit_price_eur, tiers_of(offer)
    try:
        with override(scheduled.set_by.language):
            _check_company(offer)
            priced = checked(offer, scheduled.unit_price_eur, _read(scheduled), today)
    except DomainError as error:
        scheduled.refusal = str(error)
        _move(scheduled, ScheduleStatus.REFUSED)
        _note("catalog.price_refused", offer, scheduled, by=None, tell=True)
        return scheduled
    after = priced.unit_price_eur, before[1] if scheduled.tiers is None else _read(scheduled) or []
    priced.save(update_fields=["unit_price_eur", "price_rule_ids", "updated_at"])
    if after[1] != before[1]:
        put_tiers(priced, after[1])
    note_price(priced, before=before, after=after, by=scheduled.set_by, scheduled=scheduled)
    _move(scheduled, ScheduleStatus.APPLIED)
    _note("catalog.price_applied", priced, scheduled, by=None, tell=True)
    return scheduled


def checked(offer: Offer, price: Decimal, tiers: Sequence[Tier] | None, day: date) -> Offer:
    """The offer as it would be at that price on `day`; raises what the checks raise."""
    priced = copy(offer)
    try:
        priced.unit_price_eur = Offer._meta.get_field("unit_price_eur").clean(price, None)
    except ValidationError as error:
        raise DomainError(error.messages[0], field="unit_price_eur") from error
    checks.not_negative(priced)
    checks.tiers(priced, tiers_of(offer) if tiers is None else tiers)
    checks.price(priced, day)
    return priced


def _check_day(offer: Offer, day: date) -> None:
    today = timezone.localdate()
    if not today < day <= today + timedelta(days=MAX_DAYS_AHEAD):
        raise DomainError(
            _("A day from tomorrow on, at most a year ahead; for today, change the terms."),
            field="takes_effect_on",
        )
    waiting = offer.scheduled_prices.filter(status=ScheduleStatus.SCHEDULED)
    if waiting.filter(takes_effect_on=day).exists():
        raise Duplicate(
            _("A price from that day on is entered already: cancel that one first."),
            field="takes_effect_on",
        )
    if waiting.count() >= MAX_SCHEDULED:
        raise DomainError(
            _("At most %(count)d prices to come: cancel one first.") % {"count": MAX_SCHEDULED},
            field="takes_effect_on",
        )


def _check_company(offer: Offer) -> None:
    if not offer.supplier.is_approved:
        raise NotEligible(
            _("Your company is not approved at present: see “My company” for what to do.")
        )


def _read(scheduled: ScheduledPrice) -> list[Tier] | None:
    if scheduled.tiers is None:
        return None
    return [Tier(units, Decimal(price)) for units, price in scheduled.tiers]


def _move(scheduled: ScheduledPrice, new: ScheduleStatus) -> None:
    check_move(SCHEDULE_TRANSITIONS, ScheduleStatus(scheduled.status), new)
    scheduled.status = new
    scheduled.decided_at, scheduled.warning = timezone.now(), ""
    scheduled.save(update_fields=["status", "decided_at", "refusal", "warning"])


def _note(
    verb: str, offer: Offer, scheduled: ScheduledPrice, *, by: User | None, tell: bool = False
) -> None:
    note(
        verb,
        offer,
        by=by,
        tell=tell,
        takes_effect_on=scheduled.takes_effect_on.isoformat(),
        scheduled_price_eur=str(scheduled.unit_price_eur),
        refusal=scheduled.refusal,
    )
