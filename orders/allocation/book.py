"""An answer added up, for the checker alone: the solver must not use what judges it."""

from collections import Counter, defaultdict

from orders.allocation.model import Line, Offer, Snapshot


class Book:
    """The answer, added up. Pairs and sums are by id."""

    def __init__(self, snapshot: Snapshot, rows: dict[tuple[int, int], int]) -> None:
        self.rows = rows
        self.lines = {line.id: line for line in snapshot.lines}
        self.offers = {offer.id: offer for offer in snapshot.offers}
        self.got: Counter[int] = Counter()
        self.sold: Counter[int] = Counter()
        self.bought: Counter[tuple[int, int]] = Counter()
        self.holders: dict[int, list[int]] = defaultdict(list)
        self.by_product: dict[int, list[Offer]] = defaultdict(list)
        for offer in snapshot.offers:
            self.by_product[offer.product].append(offer)
        for (line, offer_id), units in rows.items():
            self.got[line] += units
            self.sold[offer_id] += units
            self.bought[self.lines[line].buyer, offer_id] += units
            self.holders[offer_id].append(line)

    def choices(self, line: Line) -> list[Offer]:
        """Offers from which the line could take something if it were alone."""
        candidates = [offer for product in line.products for offer in self.by_product[product]]
        return [
            offer
            for offer in candidates
            if not mismatch(line, offer)
            and least_units(offer)
            <= min(line.wanted, offer.stock, offer.max_per_buyer or offer.stock)
        ]

    def usable(self, offer_id: int) -> int:
        """Units of an offer that whole packs can hold."""
        offer = self.offers[offer_id]
        return offer.stock // offer.pack * offer.pack

    def left(self, offer: Offer) -> int:
        """Unsold units, in whole packs."""
        return (offer.stock - self.sold[offer.id]) // offer.pack * offer.pack

    def cap_room(self, line: Line, offer: Offer) -> float:
        """Units that the line's buyer may still take."""
        if not offer.max_per_buyer:
            return float("inf")
        return offer.max_per_buyer - self.bought[line.buyer, offer.id]

    def step(self, line: Line, offer: Offer) -> int:
        """The fewest further units that the minimums let the line take."""
        holds = (line.id, offer.id) in self.rows
        fewest = offer.pack if holds else least_units(offer)
        if not self.got[line.id]:
            fewest = max(fewest, line.min_useful)
        return _whole(fewest, offer.pack)


def _whole(units: int, pack: int) -> int:
    return (units + pack - 1) // pack * pack


def least_units(offer: Offer) -> int:
    """The fewest units of the offer that a line can take."""
    return _whole(max(offer.min_order, 1), offer.pack)


def mismatch(line: Line, offer: Offer) -> str:
    """In what the offer does not suit the line; empty if it does."""
    if offer.product not in line.products:
        return "product"
    if line.pinned_offer is not None and line.pinned_offer != offer.id:
        return "pinned to another offer"
    if offer.departments and line.department not in offer.departments:
        return "place"
    if line.need_days is not None and offer.lead_days > line.need_days:
        return "delivered too late"
    return "price" if 0 < line.ceiling_milli < offer.price_milli else ""
