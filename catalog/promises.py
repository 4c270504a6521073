"""What an offer can promise by which week: stock on hand, then declared production."""

from dataclasses import dataclass
from datetime import date, timedelta

from catalog.models import Offer
from core.units import whole_packs


WEEKS_AHEAD = 26
"""How far ahead production is declared, the current week included."""


@dataclass(frozen=True)
class Promise:
    """One week of production, and what can be promised in all by its end."""

    week_starts_on: date
    units: int
    """Declared for the week."""
    total_units: int
    """Available today and made until the end of the week, in whole packs."""
    delivered_from: date
    """The Monday after the week, and the supplier's lead time."""

    @property
    def week(self) -> str:
        """As ISO 8601 writes it: 2026-W49."""
        return week_of(self.week_starts_on)


def monday_of(day: date) -> date:
    """The first day of the ISO week."""
    return day - timedelta(days=day.weekday())


def week_of(day: date) -> str:
    """“2026-W49”."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def coming_weeks(day: date, count: int = WEEKS_AHEAD) -> list[date]:
    """Mondays, from that of the current week on."""
    first = monday_of(day)
    return [first + timedelta(weeks=each) for each in range(count)]


def promises(offer: Offer, *, day: date) -> list[Promise]:
    """One for each week from the current one on that production is declared for.

    The totals grow from week to week; nothing is set aside for anybody. Read offers with
    `with_production()` where there are many.
    """
    total, found = offer.available_units, []
    for slot in sorted(offer.slots.all(), key=lambda slot: slot.week_starts_on):
        if slot.week_starts_on < monday_of(day):
            continue
        total += slot.units
        ready = slot.week_starts_on + timedelta(weeks=1)
        found.append(
            Promise(
                week_starts_on=slot.week_starts_on,
                units=slot.units,
                total_units=whole_packs(total, offer.pack_units),
                delivered_from=ready + timedelta(days=offer.lead_time_days),
            )
        )
    return found
