"""Whether ledger, counters and lots agree; read-only, one sentence for each fault.

It asks what constraints and triggers enforce as well: it is there for the day on which they were
off, after a restored backup or a hand in the database.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.enums import LotStatus, StockReason
from catalog.models import Lot, Offer, StockMovement


def faults() -> Iterator[str]:
    """Every disagreement between what stands and what was booked."""
    yield from map(str, differences())
    yield from _counters()
    yield from _bookings()
    yield from _lots()


@dataclass(frozen=True)
class Difference:
    """An offer whose counters and ledger disagree (units)."""

    offer: uuid.UUID
    on_hand: int
    reserved: int
    on_hand_booked: int
    reserved_booked: int

    def __str__(self) -> str:
        """One line for whoever has to find out why."""
        return (
            f"offer {self.offer}: on hand {self.on_hand}, ledger {self.on_hand_booked}; "
            f"reserved {self.reserved}, ledger {self.reserved_booked}"
        )


def differences() -> list[Difference]:
    """Every offer whose ledger does not sum up to its counters; nothing is repaired."""
    rows = Offer.objects.annotate(
        on_hand_booked=Coalesce(_booked("delta_on_hand_units"), 0),
        reserved_booked=Coalesce(_booked("delta_reserved_units"), 0),
    ).order_by("pk")
    wrong = rows.exclude(on_hand_booked=F("on_hand_units"), reserved_booked=F("reserved_units"))
    counts = ("on_hand_units", "reserved_units", "on_hand_booked", "reserved_booked")
    return [Difference(*row) for row in wrong.values_list("public_id", *counts)]


def _booked(delta: str) -> Subquery:
    movements = StockMovement.objects.filter(offer=OuterRef("pk")).order_by()
    return Subquery(movements.values("offer").annotate(total=Sum(delta)).values("total"))


def _counters() -> Iterator[str]:
    """No counter is below zero, no promise without goods, and lots are part of the stock."""
    impossible = (
        Q(on_hand_units__lt=0)
        | Q(reserved_units__lt=0)
        | Q(reserved_units__gt=F("on_hand_units"))
        | Q(in_lots_units__lt=0)
        | Q(in_lots_units__gt=F("on_hand_units"))
    )
    for offer in Offer.objects.filter(impossible).order_by("pk"):
        yield (
            f"offer {offer.public_id}: {offer.on_hand_units} on hand, {offer.reserved_units}"
            f" reserved, {offer.in_lots_units} in lots cannot be"
        )
    available = Lot.objects.filter(offer=OuterRef("pk"), status=LotStatus.AVAILABLE).order_by()
    in_lots = available.values("offer").annotate(total=Sum("left_units")).values("total")
    counted = Offer.objects.annotate(in_lots=Coalesce(Subquery(in_lots), 0))
    for offer in counted.exclude(in_lots_units=F("in_lots")).order_by("pk"):
        yield (
            f"offer {offer.public_id}: {offer.in_lots_units} units in lots,"
            f" its available lots hold {offer.in_lots}"
        )


def _bookings() -> Iterator[str]:
    """Each act is booked once, for a reason that is known, and of the offer's own lots."""
    acts = StockMovement.objects.order_by("offer_id", "reason", "cause")
    twice = acts.values("offer", "reason", "cause").annotate(times=Count("pk"))
    for act in twice.filter(times__gt=1):
        what = f"{act['reason']} {act['cause']}"
        yield f"offer {act['offer']}: {what} is booked {act['times']} times"
    for row in acts.exclude(reason__in=StockReason.values):
        yield f"movement {row.pk}: nobody knows the reason {row.reason}"
    for row in acts.filter(lot__isnull=False).exclude(lot__offer=F("offer")):
        yield f"movement {row.pk}: lot {row.lot_id} belongs to another offer"
    known = Offer.objects.filter(pk=OuterRef("offer"))
    for row in acts.exclude(Exists(known)):
        yield f"movement {row.pk}: there is no offer {row.offer_id}"


def _lots() -> Iterator[str]:
    """A lot holds what was booked in and not out again, and its status fits what it holds."""
    moved = StockMovement.objects.filter(lot=OuterRef("pk")).order_by()
    booked = moved.values("lot").annotate(total=Sum("delta_lot_units")).values("total")
    lots = Lot.objects.annotate(booked=Coalesce(Subquery(booked), 0)).order_by("pk")
    for lot in lots.exclude(left_units=F("booked")):
        yield f"lot {lot.public_id}: {lot.left_units} units left, ledger {lot.booked}"
    used_up = Q(status=LotStatus.EMPTY, left_units__gt=0)
    nothing = Q(status__in=[LotStatus.AVAILABLE, LotStatus.QUARANTINED], left_units__lte=0)
    too_much = Q(left_units__gt=F("received_units")) | Q(left_units__lt=0)
    for lot in lots.filter(used_up | nothing | too_much):
        yield (
            f"lot {lot.public_id}: {lot.status} with {lot.left_units} of"
            f" {lot.received_units} units left cannot be"
        )
