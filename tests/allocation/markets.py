"""Small markets for the tests: seeded random ones, hypothesis strategies, and the example."""

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import strategies as st

from orders.allocation.input.rows import Line, Offer, Place, market_of
from orders.allocation.market import Market
from orders.allocation.policy import Floor, Policy, Reserve, Who


PLACES = {
    "29": Place("R53", 48.3, -4.1),
    "35": Place("R53", 48.2, -1.6),
    "69": Place("R84", 45.9, 4.6),
    "75": Place("R11", 48.9, 2.3),
}
GROUPS = {"A": "masks", "B": "masks", "C": "gloves"}
FREIGHT_MICRO = {"A": 150, "B": 200, "C": 70}
AREAS = [None, None, frozenset({"29"}), frozenset({"29", "35"}), frozenset({"69", "75"})]
WISHES = [("A",), ("B",), ("A", "B"), ("B", "A")]
WHO = [
    Who(),
    Who(tiers=frozenset({2, 3})),
    Who(tiers=frozenset({3})),
    Who(regions=frozenset({"R53"})),
    Who(places=frozenset({"75"})),
    Who(buyers=frozenset({1, 2})),
    Who(tiers=frozenset({2}), regions=frozenset({"R53", "R11"})),
]
EURO = 1_000_000


@dataclass(frozen=True)
class Book:
    """The rows of a market, easily changed by one and built again."""

    offers: tuple[Offer, ...]
    lines: tuple[Line, ...]
    policy: Policy = field(default_factory=Policy)
    seed: str = "round 1"

    def market(self) -> Market:
        return market_of(
            self.offers,
            self.lines,
            seed=self.seed,
            policy=self.policy,
            places=PLACES,
            groups=GROUPS,
            freight_micro=FREIGHT_MICRO,
        )

    def with_offer(self, id, **changes):
        offers = [replace(each, **changes) if each.id == id else each for each in self.offers]
        return replace(self, offers=tuple(offers))

    def with_line(self, id, **changes):
        lines = [replace(each, **changes) if each.id == id else each for each in self.lines]
        return replace(self, lines=tuple(lines))

    def in_single_units(self):
        """The same without packs and minimums: any claim reaches the same offers."""
        offers = [replace(each, pack=1, min_order=0) for each in self.offers]
        return replace(self, offers=tuple(offers))


# docs/algorithms/allocation.md, "A worked example": change both or neither.
EXAMPLE = Book(
    offers=(
        Offer(1, 400, pack=10, price_micro=650_000),
        Offer(2, 500, pack=50, price_micro=650_000, places=frozenset({"29"})),
    ),
    lines=(
        Line(1, 200, place="29", tier=1),
        Line(2, 900, need=300, place="29", tier=2),
        Line(3, 400, place="69", tier=2),
        Line(4, 200, place="35", tier=2),
        Line(5, 50, place="69", tier=3),
        Line(6, 100, place="75", tier=2, ceiling_micro=500_000),
    ),
)


def random_book(seed, offers=5, lines=14, with_policy=False, one_group=True):
    """A crowded market in which every rule has something to bite on."""
    rng = random.Random(seed)
    wishes = WISHES if one_group else [*WISHES, ("C",), ("C",)]
    sold = [_random_offer(rng, id, "AAB" if one_group else "AABCC") for id in range(1, offers + 1)]
    asked = [_random_line(rng, 10 * id, wishes, offers) for id in range(1, lines + 1)]
    policy = _random_policy(rng) if with_policy else Policy()
    return Book(tuple(sold), tuple(asked), policy, str(seed))


def equals_book(seed, lines=9):
    """Lines that only their lots tell apart, and fewer packs than lines."""
    asked = tuple(Line(id, 60) for id in range(1, lines + 1))
    return Book((Offer(1, 70, pack=10), Offer(2, 40, pack=20)), asked, seed=str(seed))


def _random_offer(rng, id, products):
    return Offer(
        id,
        rng.choice([rng.randrange(0, 90), rng.randrange(0, 400)]),
        product=rng.choice(products),
        pack=rng.choice([1, 2, 5, 10, 20, 50]),
        min_order=rng.choice([0, 0, 10, 25]),
        max_per_buyer=rng.choice([None, None, 0, 20, 45, 90]),
        price_micro=rng.choice([1, 2, 3]) * EURO,
        lead_days=rng.choice([1, 2, 3]),
        origin=rng.choice([None, *PLACES]),
        places=rng.choice(AREAS),
    )


def _random_line(rng, id, wishes, offers):
    wanted = rng.choice([45, rng.randrange(1, 80), rng.randrange(1, 400)])
    return Line(
        id,
        wanted,
        products=rng.choice(wishes),
        need=rng.choice(
            [None, None, wanted * rng.randrange(30, 400) / 100, rng.uniform(0.3, 300)]
        ),
        tier=rng.choice([1, 2, 2, 3]),
        buyer=rng.randrange(1, 6),
        place=rng.choice([*PLACES]),
        min_useful=rng.choice([0, 0, 0, wanted // 3]),
        need_days=rng.choice([None, 1, 2]),
        ceiling_micro=rng.choice([None, None, 2 * EURO]),
        past=rng.choice([0.0, 0.0, rng.uniform(0, wanted), 3.0 * wanted]),
        pinned=rng.choice([*[None] * 9, rng.randrange(1, offers + 1)]),
        preferred=rng.choice([None, None, rng.randrange(1, offers + 1)]),
    )


def _random_policy(rng):
    return Policy(
        held_back=rng.choice([Decimal(0), Decimal("0.05"), Decimal("0.3")]),
        floors=tuple(
            Floor(rng.choice(WHO), rng.choice([Decimal("0.01"), Decimal("0.04"), Decimal("0.3")]))
            for _ in range(rng.choice([0, 0, 1, 2]))
        ),
        reserves=tuple(
            Reserve(f"reserve {n}", Decimal(rng.randrange(0, 34)) / 100, rng.choice(WHO))
            for n in range(rng.choice([0, 1, 2, 3]))
        ),
        caps={
            (buyer, group): rng.randrange(0, 300)
            for buyer in range(1, 6)
            for group in ("masks", "gloves")
            if rng.random() < 0.3
        },
    )


OFFERS = st.builds(
    Offer,
    id=st.integers(1, 9),
    stock=st.integers(0, 60),
    product=st.sampled_from("AAB"),
    pack=st.sampled_from([1, 2, 5, 10]),
    min_order=st.sampled_from([0, 0, 7, 20]),
    max_per_buyer=st.sampled_from([None, None, 0, 5, 20]),
    price_micro=st.sampled_from([EURO, 2 * EURO]),
    lead_days=st.integers(1, 2),
    origin=st.sampled_from([None, "75"]),
    places=st.sampled_from(AREAS),
)


@st.composite
def _lines(draw, offer_ids):
    wanted = draw(st.integers(1, 60))
    return Line(
        draw(st.integers(1, 99)),
        wanted,
        products=draw(st.sampled_from(WISHES)),
        need=draw(st.integers(1, 90)) / 2,
        tier=draw(st.integers(1, 3)),
        buyer=draw(st.integers(1, 3)),
        place=draw(st.sampled_from([*PLACES])),
        min_useful=draw(st.sampled_from([0, 0, wanted // 2, wanted])),
        need_days=draw(st.sampled_from([None, None, 1, 2])),
        ceiling_micro=draw(st.sampled_from([None, None, EURO])),
        past=draw(st.sampled_from([0.0, 0.0, 5.5, 40.0])),
        pinned=draw(st.sampled_from([None, None, None, *offer_ids])),
    )


@st.composite
def books(draw):
    """Books without a policy: up to four offers and seven lines."""
    offers = draw(st.lists(OFFERS, min_size=1, max_size=4, unique_by=lambda each: each.id))
    ids = [each.id for each in offers]
    lines = draw(st.lists(_lines(ids), min_size=1, max_size=7, unique_by=lambda each: each.id))
    return Book(tuple(offers), tuple(lines), seed=draw(st.sampled_from("ab")))


@st.composite
def books_with_policy(draw):
    """Books with reserves, caps and a held-back part; floors that can be met are rare."""
    part = st.decimals(0, Decimal("0.3"), places=2)
    reserves = draw(st.lists(st.tuples(part, st.sampled_from(WHO)), max_size=3))
    floors = draw(st.lists(st.tuples(part, st.sampled_from(WHO)), max_size=1))
    policy = Policy(
        held_back=draw(part),
        floors=tuple(Floor(who, fraction) for fraction, who in floors),
        reserves=tuple(
            Reserve(f"reserve {n}", share, who) for n, (share, who) in enumerate(reserves)
        ),
        caps=draw(
            st.dictionaries(
                st.tuples(st.integers(1, 3), st.just("masks")), st.integers(0, 60), max_size=3
            )
        ),
    )
    return replace(draw(books()), policy=policy)
