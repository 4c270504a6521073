"""What suppliers are told about their stock without asking: that it runs low, or grows old."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from catalog.enums import OfferStatus
from catalog.models import Offer
from journal import operations as journal
from suppliers.models import Supplier, SupplierMember


NAMED = 20
"""So many offers stand in one message; of more it says how many."""


@transaction.atomic
def tell_of_low_stock() -> int:
    """Tell each supplier, once, of offers that have fallen below its threshold; how many offers.

    An offer that has risen again may be told of anew.
    """
    watched = Offer.objects.filter(low_stock_units__isnull=False)
    watched.filter(~Offer.objects.runs_low(), low_stock_told=True).update(low_stock_told=False)
    low = _held(
        watched.filter(Offer.objects.runs_low(), low_stock_told=False, status=OfferStatus.ON_SALE)
    )
    Offer.objects.filter(pk__in=[offer.pk for offer in low]).update(low_stock_told=True)
    journal.record_all("catalog.stock_low", list(_notices(low)), by=None)
    return len(low)


@transaction.atomic
def ask_to_confirm(day: date) -> int:
    """Ask each supplier, once, to confirm stock that is old on `day`; how many offers."""
    unasked = Q(stock_asked_on=None) | Q(stock_asked_on__lte=F("stock_confirmed_on"))
    old = _held(Offer.objects.to_confirm(day).filter(unasked))
    Offer.objects.filter(pk__in=[offer.pk for offer in old]).update(stock_asked_on=day)
    journal.record_all("catalog.stock_to_confirm", list(_notices(old)), by=None)
    return len(old)


def _held(offers: QuerySet[Offer]) -> list[Offer]:
    """Those that nobody else is changing just now; the others are met at the next look."""
    rows = offers.select_for_update(of=("self",), no_key=True, skip_locked=True)
    return list(rows.select_related("product").order_by("pk"))


def _notices(offers: Iterable[Offer]) -> Iterator[journal.Entry]:
    """One for each supplier of the offers."""
    by_supplier: dict[int, list[Offer]] = {}
    for offer in offers:
        by_supplier.setdefault(offer.supplier_id, []).append(offer)
    people = _people(by_supplier)
    for supplier in Supplier.objects.filter(pk__in=by_supplier).order_by("pk"):
        own = by_supplier[supplier.pk]
        yield journal.Entry(
            supplier,
            to=people.get(supplier.pk, []),
            organisations=[supplier.public_id],
            payload={
                "supplier": supplier.name,
                "count": len(own),
                "offers": [_told(offer) for offer in own[:NAMED]],
                "more": max(0, len(own) - NAMED),
                "url": reverse("catalog:stock_table"),
            },
        )


def _people(suppliers: Iterable[int]) -> dict[int, list[User]]:
    people: dict[int, list[User]] = {}
    seats = SupplierMember.objects.filter(supplier__in=suppliers).select_related("user")
    for seat in seats.order_by("pk"):
        people.setdefault(seat.supplier_id, []).append(seat.user)
    return people


def off_sale_on(offer: Offer) -> date:
    """The first day on which it no longer sells unless its stock is confirmed."""
    return offer.stock_confirmed_on + timedelta(days=settings.STOCK_STALE_AFTER_DAYS)


def _told(offer: Offer) -> dict[str, object]:
    return {
        "product": offer.product.name,
        "available": offer.available_units,
        "threshold": offer.low_stock_units,
        "off_sale_on": off_sale_on(offer).isoformat(),
        "url": reverse("catalog:offer", args=[offer.public_id]),
    }
