"""What a supplier counted, held against the book; nothing moves without a reason."""

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from catalog import checks, stock
from catalog.enums import LOSS_REASONS, LotStatus, StockReason
from catalog.models import Lot, Offer
from catalog.operations.offers import confirmed, note, own_offer, selling
from core.errors import DomainError, Duplicate, OutOfStock, StaleState
from core.transacting import operation


@dataclass(frozen=True)
class Counted:
    """What was counted in one lot, or outside of all lots, and what the book said then (units)."""

    counted_units: int
    book_units: int
    lot: Lot | None = None
    reason: StockReason | None = None

    @property
    def difference(self) -> int:
        """More than in the book is positive."""
        return self.counted_units - self.book_units

    @property
    def on_hand_difference(self) -> int:
        """What it does to the stock that may be sold: nothing in a lot that is held back."""
        held_back = self.lot is not None and self.lot.status != LotStatus.AVAILABLE
        return 0 if held_back else self.difference


@operation
def count_stock(offer: Offer, *, by: User, places: Sequence[Counted]) -> Offer:
    """Same status: each difference is booked with its reason, all of them or none.

    Raises StaleState where the book is no longer what it was at the count, DomainError for a
    difference without a fitting reason (`field` is as `places.0.reason`), OutOfStock below what
    is promised (`orders.operations.count_stock` names the promises, or takes them back).
    """
    offer = own_offer(offer, by)
    selling(offer.supplier, by)
    places = list(_held(offer, places))
    for position, place in enumerate(places):
        _check(offer, place, f"places.{position}")
    before = offer.on_hand_units
    after = before + sum(place.on_hand_difference for place in places)
    checks.units(after, "counted_units")
    if after < offer.reserved_units:
        raise OutOfStock(
            _("%(units)d units are promised to buyers: the stock cannot be lower than that.")
            % {"units": offer.reserved_units}
        )
    act = uuid.uuid4()
    # what was found comes first: it may stand for what is missing elsewhere
    for place in sorted(places, key=lambda place: -place.difference):
        if place.reason and place.difference:
            stock.correct(
                offer.pk,
                place.difference,
                reason=place.reason,
                cause=f"count:{act}:{place.lot.pk if place.lot else 0}",
                by=by,
                lot=place.lot,
            )
    confirmed(offer).refresh_from_db()
    note(
        "catalog.stock_counted",
        offer,
        by=by,
        on_hand_units=after,
        before=before,
        places=[_told(place) for place in places],
    )
    return offer


def _held(offer: Offer, places: Sequence[Counted]) -> Iterator[Counted]:
    """The places with their lots held, in the order given; each once, each of the offer."""
    named = Counter(place.lot.pk if place.lot else None for place in places)
    if max(named.values(), default=0) > 1:
        raise Duplicate(_("This lot is counted twice: send one figure."), field="places")
    keys = [place.lot.pk for place in places if place.lot]
    lots = {
        lot.pk: lot
        for lot in Lot.objects.locked().countable().filter(offer=offer, pk__in=keys).order_by("pk")
    }
    for position, place in enumerate(places):
        if place.lot and place.lot.pk not in lots:
            raise StaleState(
                _("Lot %(lot)s is no longer in the warehouse.") % {"lot": place.lot.number},
                field=f"places.{position}.lot",
            )
        lot = lots[place.lot.pk] if place.lot else None
        yield Counted(place.counted_units, place.book_units, lot, place.reason)


def _check(offer: Offer, place: Counted, name: str) -> None:
    checks.units(place.counted_units, f"{name}.counted_units")
    book = book_units(offer, place.lot)
    if book != place.book_units:
        raise StaleState(
            _("The book says %(units)d now: goods have moved since. Count again.")
            % {"units": book},
            field=f"{name}.counted_units",
        )
    if place.difference and place.reason not in reasons_for(place.difference):
        raise DomainError(
            _("Say why %(difference)+d units: choose a reason.")
            % {"difference": place.difference},
            field=f"{name}.reason",
        )


def book_units(offer: Offer, lot: Lot | None) -> int:
    """What ought to stand in the lot, or outside of all lots."""
    return lot.left_units if lot else offer.on_hand_units - offer.in_lots_units


def reasons_for(difference: int) -> Sequence[StockReason]:
    """What can explain a difference: a loss, a find, or a wrong count before."""
    if difference < 0:
        return (*LOSS_REASONS, StockReason.MISCOUNT)
    return (StockReason.FOUND, StockReason.MISCOUNT)


def _told(place: Counted) -> dict[str, object]:
    return {
        "lot": place.lot.number if place.lot else "",
        "before": place.book_units,
        "counted": place.counted_units,
        "why": place.reason.value if place.reason and place.difference else "",
    }
