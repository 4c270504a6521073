"""A simulated round into force: whole or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from catalog import stock
from catalog.prices import RuleBook
from orders.enums import RoundStatus
from orders.models import AllocationRound
from orders.operations.telling import note_round
from orders.rounds import booking, columns, explain, groups
from orders.rounds.booking import Conflict
from orders.rounds.law import law_of


Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Result:
    """The whole round in columns: shares and reasons by line, offers sold by key."""

    shares: Columns
    offers: Columns
    reasons: Columns
    products: list[int]


def commit(round_: AllocationRound) -> None:
    """SIMULATED → COMMITTED in one transaction: allocations, supplier orders, explanations, and
    last, since others want them, the reservations. The news follow (see `news`).

    Raises Conflict naming the offers and lines that have moved; then nothing has changed.
    """
    with transaction.atomic():
        held = AllocationRound.objects.locked().get(pk=round_.pk)
        if held.status != RoundStatus.SIMULATED or held.for_decision:
            return
        booking.run(booking.UNHURRIED)
        result = _result(held)
        columns.write("round_share", result.shares)
        columns.write("round_offer", result.offers)
        columns.write("round_reason", result.reasons)
        booking.check_lines()
        booking.check_offers(hold=False)
        law = law_of(result.products, RuleBook(timezone.localdate()))
        columns.write("round_law", law.columns)
        now = timezone.now()
        held.status, held.committed_at, held.news_pending = RoundStatus.COMMITTED, now, True
        held.save()
        booking.run(booking.EXPLAIN, round=held.pk, now=now, limits=booking.LIMITS)
        accept_by = now + timedelta(hours=settings.ACCEPTANCE_HOURS)
        booking.hand_out(held.pk, now, accept_by, law)
        note_round(
            "round_committed",
            held,
            by=held.decided_by,
            lines=held.lines_count,
            wanted_units=held.wanted_units,
            allocated_units=held.allocated_units,
            sha256=held.result_sha256,
            seed=held.seed,
        )
        _reserve(held, result.offers)


def _result(round_: AllocationRound) -> Result:
    """Group by group, so that only columns are held of all of them."""
    found = list(_groups(round_))
    shares = _joined([each.shares for each in found], "line", "offer", "units")
    order = np.lexsort((shares["offer"], shares["line"]))
    return Result(
        shares={name: values[order] for name, values in shares.items()},
        offers=_joined([each.offers for each in found], "offer", "price", "units"),
        reasons=_joined([each.reasons for each in found], *explain.NAMES),
        products=sorted({key for each in found for key in each.products}),
    )


def _groups(round_: AllocationRound) -> Iterator[Result]:
    for group in round_.groups.order_by("position").iterator(chunk_size=1):
        market, outcome = groups.stored(group)
        shares, offers = outcome.shares, market.offers
        sold, of_share = np.unique(shares.offer, return_inverse=True)
        rows = np.searchsorted(offers.id, sold)
        yield Result(
            shares={"line": shares.line, "offer": shares.offer, "units": shares.units},
            offers={
                "offer": sold,
                "price": offers.price_micro[rows],
                "units": np.bincount(of_share, shares.units, len(sold)).astype(np.int64),
            },
            reasons=explain.columns(market, outcome),
            products=[int(market.products.code[each]) for each in np.unique(offers.product[rows])],
        )


def _joined(tables: list[Columns], *names: str) -> Columns:
    nothing = np.zeros(0, np.int64)
    return {
        name: np.concatenate([table[name] for table in tables]) if tables else nothing
        for name in names
    }


def _reserve(round_: AllocationRound, offers: Columns) -> None:
    """Every offer's units at once, in key order, once it is held and seen to be unchanged."""
    booking.check_offers(hold=True)
    units = dict(zip(offers["offer"].tolist(), offers["units"].tolist(), strict=True))
    by = round_.decided_by or round_.opened_by
    try:
        stock.reserve_all(units, cause=f"round:{round_.pk}", by=by)
    except stock.SomeOutOfStock as short:
        told = _("Offer %(offer)s no longer holds %(units)d units.")
        raise Conflict(
            [told % {"offer": key, "units": units[key]} for key in short.offers],
            offers=short.offers,
        ) from None
