"""Snapshots for the tests: the documented example, a fixed pool, and a hypothesis strategy."""

import random
from dataclasses import replace

from hypothesis import strategies as st

from orders.allocation.model import Line, Offer, Snapshot


def offer(id, stock, pack=1, **more):
    return Offer(
        **{"id": id, "product": 1, "stock": stock, "pack": pack, "price_milli": 650}
        | {"lead_days": 3}
        | more
    )


def line(id, wanted, need=None, **more):
    return Line(
        **{"id": id, "buyer": id, "department": "69", "tier": 2, "products": (1,)}
        | {"wanted": wanted, "need": float(need or wanted)}
        | more
    )


# docs/algorithms/allocation.md, "A worked example": change both or neither.
EXAMPLE = Snapshot(
    offers=(
        offer(1, 400, pack=10),
        offer(2, 500, pack=50, departments=frozenset({"29"})),
    ),
    lines=(
        line(1, 200, department="29", tier=1),
        line(2, 900, need=300, department="29"),
        line(3, 400),
        line(4, 200, department="59"),
        line(5, 50, tier=3),
        line(6, 100, department="75", ceiling_milli=500),
    ),
    seed="round 1",
)


def random_snapshot(seed, offers=5, lines=14):
    """A crowded market in which every rule has something to bite on."""
    rng = random.Random(seed)
    return Snapshot(
        offers=tuple(_random_offer(rng, id) for id in range(1, offers + 1)),
        lines=tuple(_random_line(rng, id) for id in range(1, lines + 1)),
        seed=str(seed),
    )


def _random_offer(rng, id):
    return offer(
        id,
        rng.randrange(0, 120),
        pack=rng.choice([1, 2, 5, 10, 20]),
        product=rng.choice([1, 1, 2]),
        min_order=rng.choice([0, 0, 10, 25]),
        max_per_buyer=rng.choice([0, 0, 20, 45]),
        price_milli=rng.choice([1, 2, 3]),
        lead_days=rng.choice([1, 2]),
        departments=rng.choice([frozenset(), frozenset({"29"}), frozenset({"29", "75"})]),
    )


def _random_line(rng, id):
    wanted = rng.randrange(1, 80)
    return line(
        id,
        wanted,
        need=rng.randrange(2, 120) / 2,
        buyer=rng.randrange(1, 6),
        department=rng.choice(["29", "75"]),
        tier=rng.choice([1, 2, 2, 3]),
        products=rng.choice([(1,), (2,), (1, 2), (2, 1)]),
        min_useful=rng.choice([0, 0, 0, wanted // 3]),
        need_days=rng.choice([None, 1, 2]),
        ceiling_milli=rng.choice([0, 2, 3]),
    )


POOL = [random_snapshot(seed) for seed in range(60)]

DEPARTMENTS = st.sampled_from(["29", "75"])


@st.composite
def snapshots(draw, packs=(1, 2, 5, 10)):
    offers = draw(
        st.lists(
            st.builds(
                offer,
                id=st.integers(1, 99),
                stock=st.integers(0, 60),
                pack=st.sampled_from(packs),
                product=st.integers(1, 2),
                min_order=st.sampled_from([0, 0, 7, 20]),
                max_per_buyer=st.sampled_from([0, 0, 5, 20]),
                price_milli=st.integers(1, 3),
                lead_days=st.integers(1, 2),
                departments=st.frozensets(DEPARTMENTS),
            ),
            min_size=1,
            max_size=4,
            unique_by=lambda row: row.id,
        )
    )
    lines = draw(
        st.lists(_lines([row.id for row in offers]), max_size=7, unique_by=lambda row: row.id)
    )
    return Snapshot(tuple(offers), tuple(lines), draw(st.sampled_from(["a", "b"])))


@st.composite
def _lines(draw, offer_ids):
    wanted = draw(st.integers(1, 60))
    return line(
        draw(st.integers(1, 99)),
        wanted,
        need=draw(st.integers(1, 90)) / 2,
        buyer=draw(st.integers(1, 3)),
        department=draw(DEPARTMENTS),
        tier=draw(st.integers(1, 3)),
        products=draw(st.sampled_from([(1,), (2,), (1, 2), (2, 1)])),
        min_useful=draw(st.one_of(st.just(0), st.integers(0, wanted))),
        need_days=draw(st.sampled_from([None, None, 1, 2])),
        ceiling_milli=draw(st.sampled_from([0, 0, 2])),
        pinned_offer=draw(st.sampled_from([None, None, None, *offer_ids])),
    )


def with_line(snapshot, id, **changes):
    """The snapshot with one line changed."""
    lines = [replace(row, **changes) if row.id == id else row for row in snapshot.lines]
    return replace(snapshot, lines=tuple(lines))


def with_offer(snapshot, id, **changes):
    """The snapshot with one offer changed."""
    offers = [replace(row, **changes) if row.id == id else row for row in snapshot.offers]
    return replace(snapshot, offers=tuple(offers))
