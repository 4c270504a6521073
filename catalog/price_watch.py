"""Looks ahead each minute: prices to come that the law known today forbids on their day.

A price is held against the law of its day when it is entered, and once more on the day. Between
the two a decree may be entered: whoever has prices to come hears of it while there is time.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from catalog import prices
from catalog.availability import too_dear
from catalog.enums import BuyerSide
from catalog.models import (
    DatedRule,
    LawWatch,
    PriceCoefficient,
    PriceRule,
    Product,
    ScheduledPrice,
    ScheduledPriceQuerySet,
    VatRule,
)
from catalog.prices import RuleBook
from core.errors import IllegalPrice
from journal import operations as journal
from suppliers.models import Supplier, SupplierMember


ON_PRICES: tuple[type[DatedRule], ...] = (PriceRule, PriceCoefficient, VatRule)
NAMED = 50
"""How many prices a notice names; it counts the others."""


@transaction.atomic
def look_ahead() -> int:
    """Mark the prices to come that became unlawful, take the marks of others off; how many new.

    Every company whose prices are newly marked gets one notice. Nothing is looked at where the
    law of today and of days to come is that of the last look, or before `law_watch` has looked.
    """
    watch = LawWatch.objects.select_for_update().filter(pk=1).first()
    known = _known(timezone.localdate())
    if watch is None or watch.known == known:
        return 0
    waiting = ScheduledPrice.objects.to_come(timezone.localdate())
    days = waiting.order_by("takes_effect_on").values_list("takes_effect_on", flat=True)
    moved = [each for day in days.distinct() for each in _judged(waiting, day)]
    ScheduledPrice.objects.bulk_update(moved, ["warning"], batch_size=500)
    told = [each for each in moved if each.warning]
    journal.record_all("catalog.prices_to_come_forbidden", list(_notices(told)), by=None)
    watch.known = known
    watch.save(update_fields=["known"])
    return len(told)


def _known(today: date) -> str:
    """A digest of all rules on prices that hold today or will."""
    rules = [
        row
        for model in ON_PRICES
        for row in model.objects.exclude(valid_until__lt=today).order_by("pk").values_list()
    ]
    return hashlib.sha256(json.dumps(rules, default=str).encode()).hexdigest()


def _judged(waiting: ScheduledPriceQuerySet, day: date) -> Iterator[ScheduledPrice]:
    """The prices of that day about which something else is to be said than before."""
    rules, on_day = RuleBook(day), waiting.filter(takes_effect_on=day)
    sheets = Product.objects.filter(offers__scheduled_prices__in=on_day.order_by())
    dear = too_dear(rules, sheets=sheets, product="offer__product")
    rows = on_day.filter(dear | ~Q(warning="")).locked().order_by("pk")
    for each in rows.select_related("offer__product", "offer__supplier", "set_by"):
        before, each.warning = each.warning, _why(each, rules)
        if each.warning != before:
            yield each


def _why(scheduled: ScheduledPrice, rules: RuleBook) -> str:
    """What the law of its day says against it, in the words of who entered it; empty: nothing."""
    try:
        with override(scheduled.set_by.language):
            prices.check_price(
                scheduled.offer.product,
                scheduled.unit_price_eur,
                side=BuyerSide.END_USER,
                day=rules.day,
                rules=rules,
            )
    except IllegalPrice as error:
        return str(error)
    return ""


def _notices(told: Iterable[ScheduledPrice]) -> Iterator[journal.Entry]:
    by_supplier: dict[Supplier, list[ScheduledPrice]] = defaultdict(list)
    for each in told:
        by_supplier[each.offer.supplier].append(each)
    people: dict[int, list[User]] = defaultdict(list)
    seats = SupplierMember.objects.filter(supplier__in=by_supplier).select_related("user")
    for seat in seats.order_by("pk"):
        people[seat.supplier_id].append(seat.user)
    for supplier, rows in by_supplier.items():
        yield journal.Entry(
            supplier,
            to=people[supplier.pk],
            organisations=[supplier.public_id],
            payload={
                "supplier": supplier.name,
                "count": len(rows),
                "prices": [_told(each) for each in rows[:NAMED]],
                "more": len(rows) - len(rows[:NAMED]),
                "url": reverse("catalog:offers"),
            },
        )


def _told(scheduled: ScheduledPrice) -> dict[str, str]:
    page = reverse("catalog:offer", args=[scheduled.offer.public_id])
    return {
        "product": scheduled.offer.product.name,
        "price_eur": str(scheduled.unit_price_eur),
        "takes_effect_on": scheduled.takes_effect_on.isoformat(),
        "why": scheduled.warning,
        "url": f"{page}#prices-to-come",
    }
