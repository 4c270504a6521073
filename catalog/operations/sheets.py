"""Many rows of a supplier's stock table at once; each is judged on its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from django.utils import timezone

from accounts.models import User
from catalog.models import Offer
from catalog.operations.offers import Terms, declare_stock, update_offer
from core.errors import DomainError
from core.transacting import operation


class Row(TypedDict):
    """What the table says of one offer: a count, new terms, or both; units are single units."""

    offer: Offer
    on_hand_units: NotRequired[int | None]
    expected_on_hand_units: NotRequired[int | None]
    terms: NotRequired[Terms]


@dataclass(frozen=True)
class Outcome:
    """What became of one row: refused with its reason, else saved, unless it changed nothing."""

    offer: Offer
    changed: bool
    error: DomainError | None = None


@operation
def revise(
    offer: Offer,
    *,
    by: User,
    on_hand_units: int | None = None,
    expected_on_hand_units: int | None = None,
    terms: Terms | None = None,
) -> Offer:
    """Same status: `declare_stock` and `update_offer` together, both or neither.

    What is None stays as it is. Raises as they do.
    """
    if terms:
        offer = update_offer(offer, by=by, **terms)
    if on_hand_units is None:
        return offer
    return declare_stock(
        offer,
        by=by,
        on_hand_units=on_hand_units,
        expected_on_hand_units=expected_on_hand_units,
    )


def revise_all(rows: Iterable[Row], *, by: User) -> list[Outcome]:
    """`revise` for each row in a transaction of its own, so that one refused holds up no other.

    Rows that ask for what already stands cost nothing; a count confirms the stock once a day.
    """
    return [_judged(row, by) for row in rows]


def _judged(row: Row, by: User) -> Outcome:
    offer = row["offer"]
    changed = _asks_for_a_change(row)
    if not changed and not _confirms(row):
        return Outcome(offer, changed=False)
    asked = {name: value for name, value in row.items() if name != "offer"}
    try:
        return Outcome(revise(offer, by=by, **asked), changed=changed)  # type: ignore[arg-type]
    except DomainError as error:
        return Outcome(offer, changed=False, error=error)


def _confirms(row: Row) -> bool:
    """The same count as before, for the first time today."""
    counted = row.get("on_hand_units") is not None
    return counted and row["offer"].stock_confirmed_on < timezone.localdate()


def _asks_for_a_change(row: Row) -> bool:
    offer = row["offer"]
    if row.get("on_hand_units") not in (None, offer.on_hand_units):
        return True
    return any(getattr(offer, name) != value for name, value in row.get("terms", {}).items())
