"""`python -m orders.allocation.warming`: compile every loop before somebody waits for it.

The first solve of an installation compiles for half a minute, longer on a busy machine.
"""

from orders.allocation import solving
from orders.allocation.input.rows import Line, Offer, market_of


def warm() -> None:
    """Share out a handful of packs, so that all compiled code is in the cache."""
    offers = [Offer(1, stock=40, pack=10), Offer(2, stock=30, places=frozenset({"29"}))]
    lines = [Line(1, wanted=50, place="29"), Line(2, wanted=40, tier=2, min_useful=20)]
    solving.solve(market_of(offers, lines))


if __name__ == "__main__":
    warm()
