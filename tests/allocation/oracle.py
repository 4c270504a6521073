"""Fair targets from first principles: the water rises until a set of lines has spent its supply.

Exact (fractions) and exponential in the lines: all sets are looked at. What a set of lines can
receive at most is, per offer, its stock or less if caps bind, since flows do not share arcs.
"""

from fractions import Fraction
from itertools import combinations

from orders.allocation.eligibility import eligible_offers, usable_cap, usable_stock


def fair_targets(snapshot):
    """Units per line id."""
    reach = {row: eligible_offers(row, snapshot.offers) for row in snapshot.lines}
    due = {row: Fraction(0) for row in snapshot.lines}
    for tier in sorted({row.tier for row in snapshot.lines}):
        rising = {row for row in snapshot.lines if row.tier == tier}
        while rising:
            level, stopped = _next_stop(rising, due, reach)
            for row in rising:
                due[row] = level * Fraction(row.need)
            rising -= stopped
    return {row.id: float(units) for row, units in due.items()}


def _next_stop(rising, due, reach):
    """The level at which somebody stops, and everybody who stops there."""
    stops = [(Fraction(row.wanted) / Fraction(row.need), {row}) for row in rising]
    settled = [row for row in due if row not in rising and due[row]]
    for size in range(1, len(rising) + 1):
        for members in combinations(sorted(rising, key=lambda row: row.id), size):
            need = sum(Fraction(row.need) for row in members)
            spare = min(
                _most([*members, *others], reach) - sum(due[row] for row in others)
                for count in range(len(settled) + 1)
                for others in combinations(settled, count)
            )
            stops.append((spare / need, set(members)))
    level = min(level for level, _ in stops)
    return level, set().union(*(members for at, members in stops if at == level))


def _most(members, reach):
    """The most that these lines can receive together, were they never full."""
    total = 0
    for offer in {offer for row in members for offer in reach[row]}:
        buyers = {row.buyer for row in members if offer in reach[row]}
        total += min(usable_stock(offer), usable_cap(offer) * len(buyers))
    return total
