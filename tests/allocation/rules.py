"""The hard rules in plain Python, row by row: what may serve whom, and what an answer must keep.

Written from `docs/algorithms/allocation.md` for the tests; shares no code with the engine.
"""

from collections import Counter
from fractions import Fraction

from orders.allocation.market import NO_LIMIT, NONE


def usable(market, offer):
    """Units of the offer that can be sold: whole packs of what is not held back."""
    keep = 1 - Fraction(market.policy.held_back)
    pack = int(market.offers.pack[offer])
    return int(keep * int(market.offers.stock[offer]) // pack) * pack


def limit(market, offer):
    """Units that one buyer may take of the offer, in whole packs."""
    pack, most = int(market.offers.pack[offer]), int(market.offers.max_per_buyer[offer])
    return float("inf") if most >= NO_LIMIT else most // pack * pack


def first_step(market, offer):
    """The fewest units that a line can take of the offer."""
    pack, least = int(market.offers.pack[offer]), int(market.offers.min_order[offer])
    return max(1, -(-least // pack)) * pack


def on_sale(market, offer):
    """Whether anybody could take the offer's first step."""
    return first_step(market, offer) <= min(usable(market, offer), limit(market, offer))


def may_serve(market, line, offer):
    """Whether the offer suits the line: product, place, price, date, pin and minimum."""
    lines, offers = market.lines, market.offers
    return bool(
        offers.product[offer] in market.wishes[lines.wish[line]]
        and market.areas[offers.area[offer], lines.place[line]]
        and offers.price_micro[offer] <= lines.ceiling_micro[line]
        and offers.lead_days[offer] <= lines.need_days[line]
        and lines.pinned[line] in (NONE, offers.id[offer])
        and first_step(market, offer) <= lines.wanted[line]
        and on_sale(market, offer)
    )


def eligible_pairs(market):
    """(line, offer) positions, in order."""
    offers = range(len(market.offers))
    return [(i, j) for i in range(len(market.lines)) for j in offers if may_serve(market, i, j)]


def group_of(market, line):
    """The position of the line's group."""
    return int(market.products.group[market.wishes[market.lines.wish[line]][0]])


def belongs(market, who, line):
    """Whether the policy means this line by `who`."""
    place = market.lines.place[line]
    return all(
        not allowed or value in allowed
        for allowed, value in (
            (who.tiers, int(market.lines.tier[line])),
            (who.places, market.places.code[place]),
            (who.regions, market.places.region[place]),
            (who.buyers, int(market.lines.buyer[line])),
        )
    )


def breaches(market, shares):
    """What is wrong with these shares, one sentence each."""
    row_of_line = {int(id): row for row, id in enumerate(market.lines.id)}
    row_of_offer = {int(id): row for row, id in enumerate(market.offers.id)}
    held = Counter()
    for line, offer, units in zip(shares.line, shares.offer, shares.units, strict=True):
        held[row_of_line[int(line)], row_of_offer[int(offer)]] += int(units)
    found = [] if len(held) == len(shares) else ["a pair appears twice"]
    for (line, offer), units in held.items():
        found += _pair_breaches(market, line, offer, units)
    return [*found, *_sum_breaches(market, held)]


def _pair_breaches(market, line, offer, units):
    pack, name = int(market.offers.pack[offer]), f"line {line} at offer {offer}"
    if not may_serve(market, line, offer):
        yield f"{name}: not eligible"
    if units <= 0 or units % pack:
        yield f"{name}: {units} units are no whole packs of {pack}"
    if units < int(market.offers.min_order[offer]):
        yield f"{name}: below the minimum order"


def _sum_breaches(market, held):
    lines = market.lines
    sold, got, bought, received = Counter(), Counter(), Counter(), Counter()
    for (line, offer), units in held.items():
        buyer = int(lines.buyer[line])
        sold[offer] += units
        got[line] += units
        bought[buyer, offer] += units
        received[buyer, market.groups[group_of(market, line)]] += units
    caps = market.policy.caps
    for what, sums, most in (
        ("offer", sold, lambda offer: usable(market, offer)),
        ("line", got, lambda line: lines.wanted[line]),
        ("buyer and offer", bought, lambda key: limit(market, key[1])),
        ("buyer and group", received, lambda key: caps.get(key, float("inf"))),
    ):
        yield from (f"{what} {key}: {n} units" for key, n in sums.items() if n > most(key))
    yield from (f"line {i}: {n} is no use" for i, n in got.items() if n < lines.min_useful[i])
