"""Who holds what while packs are handed out, and which moves the rules allow."""

from itertools import pairwise

from orders.allocation import eligibility
from orders.allocation.groups import FloatArray, Group


class Ledger:
    """Whole packs of one group's offers in its lines' hands; positions are the group's.

    Every move keeps stock, packs, wanted quantities, caps and minimum orders. A line may stand
    below its minimum useful quantity only between `give` and `drop_useless`.
    """

    def __init__(self, group: Group, target: FloatArray) -> None:
        self.target: list[float] = target.tolist()
        self.tier: list[int] = group.tier.tolist()
        self.need: list[float] = group.need.tolist()
        self.wanted: list[int] = group.wanted.tolist()
        self.buyer: list[int] = group.buyer.tolist()
        self.draw = group.draw
        self.least = [line.min_useful for line in group.lines]
        self.pack = [offer.pack for offer in group.offers]
        self.first = [eligibility.first_step(offer) for offer in group.offers]
        self.cap: list[int] = group.cap.tolist()
        self.left: list[int] = group.usable.tolist()
        self.got = [0] * len(group.lines)
        self.held: list[dict[int, int]] = [{} for _ in group.offers]
        self.sources: list[set[int]] = [set() for _ in group.lines]
        self.bought: dict[tuple[int, int], int] = {}
        start, offers = group.start.tolist(), group.pair_offer.tolist()
        self.choices = [offers[begin:end] for begin, end in pairwise(start)]

    def step(self, line: int, offer: int) -> int:
        """The fewest further units the line can take from the offer, supply aside."""
        pack = self.pack[offer]
        fewest = pack if line in self.held[offer] else self.first[offer]
        useful = self.least[line] - self.got[line]
        return max(fewest, -(-useful // pack) * pack)

    def cap_room(self, line: int, offer: int) -> int:
        """Units that the line's buyer may still take from the offer."""
        return self.cap[offer] - self.bought.get((self.buyer[line], offer), 0)

    def fits(self, line: int, offer: int) -> bool:
        """Whether the line can take its next step from what is left of the offer."""
        if self.left[offer] < self.pack[offer]:
            return False
        return self.step(line, offer) <= min(
            self.left[offer],
            self.wanted[line] - self.got[line],
            self.cap_room(line, offer),
        )

    def short(self, line: int) -> float:
        """Units missing to the line's target; negative above it."""
        return self.target[line] - self.got[line]

    def move(self, line: int, offer: int, units: int) -> None:
        """Give units of the offer to the line; take them back if negative."""
        held = self.held[offer]
        held[line] = held.get(line, 0) + units
        self.sources[line].add(offer)
        if not held[line]:
            del held[line]
            self.sources[line].discard(offer)
        self.got[line] += units
        self.left[offer] -= units
        key = self.buyer[line], offer
        self.bought[key] = self.bought.get(key, 0) + units

    def removable(self, line: int, offer: int, units: int) -> bool:
        """Whether the line can give back exactly these units and keep to both minimums."""
        rest, total = self.held[offer][line] - units, self.got[line] - units
        fine = rest == 0 or rest >= self.first[offer]
        return fine and (total == 0 or total >= self.least[line])

    def evict(self, line: int, offer: int, units: int) -> None:
        """Take back at least these units, whole packs, and all that then makes no sense."""
        held, pack = self.held[offer][line], self.pack[offer]
        taken = min(held, -(-units // pack) * pack)
        if held - taken < self.first[offer]:
            taken = held
        self.move(line, offer, -taken)
        self.drop_useless(line)

    def drop_useless(self, line: int) -> None:
        """Take everything back from a line that holds less than is useful to it."""
        if 0 < self.got[line] < self.least[line]:
            for offer in sorted(self.sources[line]):
                self.move(line, offer, -self.held[offer][line])
