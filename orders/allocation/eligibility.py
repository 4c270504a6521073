"""Which offer may serve which line, and the first thing in the way when none may."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from orders.allocation.model import Limit, Line, Offer


NO_LIMIT = 1 << 60

# The order in which obstacles are named: a line hears of the last one it met.
ORDER = (
    Limit.NO_OFFER,
    Limit.PINNED,
    Limit.REGION,
    Limit.LEAD_TIME,
    Limit.PRICE_CEILING,
    Limit.PACK,
    Limit.MIN_ORDER,
    Limit.CAP,
    Limit.SUPPLY,
)


def usable_stock(offer: Offer) -> int:
    """Units of the offer that can be sold: whole packs."""
    return offer.stock // offer.pack * offer.pack


def usable_cap(offer: Offer) -> int:
    """Units that one buyer may take in whole packs; `NO_LIMIT` without a limit."""
    return offer.max_per_buyer // offer.pack * offer.pack if offer.max_per_buyer else NO_LIMIT


def first_step(offer: Offer) -> int:
    """The fewest units a line can take: a pack, or the minimum order in whole packs."""
    return max(1, -(-offer.min_order // offer.pack)) * offer.pack


def obstacle(line: Line, offer: Offer) -> Limit | None:
    """The first thing, in `ORDER`, that keeps the offer from the line; None if eligible."""
    step = first_step(offer)
    days = line.need_days
    met = (
        offer.product in line.products,
        line.pinned_offer in (None, offer.id),
        not offer.departments or line.department in offer.departments,
        days is None or offer.lead_days <= days,
        not line.ceiling_milli or offer.price_milli <= line.ceiling_milli,
        offer.pack <= line.wanted,
        step <= line.wanted,
        step <= usable_cap(offer),
        step <= usable_stock(offer),
    )
    return next((limit for limit, fine in zip(ORDER, met, strict=True) if not fine), None)


def why_none(line: Line, offers: Iterable[Offer]) -> Limit:
    """For a line that no offer may serve: the obstacle that stopped the nearest offer."""
    found = [obstacle(line, offer) for offer in offers]
    return max((limit for limit in found if limit), key=ORDER.index, default=Limit.NO_OFFER)


def eligible_offers(line: Line, offers: Iterable[Offer]) -> list[Offer]:
    """The offers that may serve the line, in the line's order of preference."""
    found = [offer for offer in offers if obstacle(line, offer) is None]
    return sorted(found, key=lambda offer: preference(line, offer))


def preference(line: Line, offer: Offer) -> tuple[int, int, int]:
    """Sort key of an offer for a line: order of its products, then price, then id."""
    return line.products.index(offer.product), offer.price_milli, offer.id


def list_pairs(
    lines: tuple[Line, ...], offers: tuple[Offer, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Eligible (line, offer) positions, by line and then in the line's order of preference.

    Same answer as `obstacle` on every pair; lines alike in products, place and pin are compared
    with their candidate offers at once.
    """
    on_sale = _on_sale(offers)
    alike: dict[tuple[tuple[int, ...], str, int | None], list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        alike[line.products, line.department, line.pinned_offer].append(i)
    found_lines, found_offers = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for members in alike.values():
        candidates = _candidates(lines[members[0]], offers, on_sale)
        if candidates:
            fine = _comparisons([lines[i] for i in members], [offers[j] for j in candidates])
            at, which = np.nonzero(fine)
            found_lines.append(np.array(members, np.int64)[at])
            found_offers.append(np.array(candidates, np.int64)[which])
    pair_line, pair_offer = np.concatenate(found_lines), np.concatenate(found_offers)
    order = np.argsort(pair_line, kind="stable")
    return pair_line[order], pair_offer[order]


def _on_sale(offers: tuple[Offer, ...]) -> dict[int, list[int]]:
    by_product: dict[int, list[int]] = defaultdict(list)
    for j, offer in enumerate(offers):
        if first_step(offer) <= min(usable_cap(offer), usable_stock(offer)):
            by_product[offer.product].append(j)
    return by_product


def _candidates(line: Line, offers: tuple[Offer, ...], on_sale: dict[int, list[int]]) -> list[int]:
    found = [
        j
        for product in line.products
        for j in on_sale.get(product, ())
        if (not offers[j].departments or line.department in offers[j].departments)
        and line.pinned_offer in (None, offers[j].id)
    ]
    return sorted(found, key=lambda j: preference(line, offers[j]))


def _comparisons(lines: list[Line], offers: list[Offer]) -> NDArray[np.bool_]:
    days = [NO_LIMIT if line.need_days is None else line.need_days for line in lines]
    ceiling = [line.ceiling_milli or NO_LIMIT for line in lines]
    wanted = [line.wanted for line in lines]
    fine: NDArray[np.bool_] = (
        (np.array([offer.lead_days for offer in offers]) <= np.array(days)[:, None])
        & (np.array([offer.price_milli for offer in offers]) <= np.array(ceiling)[:, None])
        & (np.array([first_step(offer) for offer in offers]) <= np.array(wanted)[:, None])
    )
    return fine
