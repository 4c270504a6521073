"""Which lots leave first: first expired, first out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from catalog.models import Lot


@dataclass(frozen=True)
class Pick:
    """Units out of one lot; without a lot, out of what stands outside of lots."""

    lot: Lot | None
    units: int


@dataclass(frozen=True)
class Wanted:
    """Units of an offer that are to leave under a key of the caller's."""

    key: int
    offer_id: int
    units: int


def picks(wanted: Iterable[Wanted], *, day: date) -> dict[int, list[Pick]]:
    """For each key the lots to take on `day`, in one statement; no unit is proposed twice."""
    wanted = list(wanted)
    shelf: dict[int, list[list]] = defaultdict(list)
    for lot in Lot.objects.filter(offer__in={each.offer_id for each in wanted}).to_pick(day):
        shelf[lot.offer_id].append([lot, lot.left_units])
    return {each.key: list(_take(shelf[each.offer_id], each.units)) for each in wanted}


def _take(lots: list[list], units: int) -> Iterable[Pick]:
    for place in lots:
        lot, left = place
        taken = min(left, units)
        if not taken:
            continue
        place[1] -= taken
        units -= taken
        yield Pick(lot, taken)
    if units:
        yield Pick(None, units)
