"""What is legal in a market, changes nothing, and may still be a slip worth a word."""

from collections.abc import Iterator

import numpy as np

from orders.allocation.market import Market
from orders.allocation.targets.fairness import belongs


def notices(market: Market) -> Iterator[str]:
    """Offers that can sell nothing and rules that touch no line, a sentence each."""
    idle = np.flatnonzero(market.first_step > market.buyer_limit)
    if len(idle):
        ids = ", ".join(str(id) for id in market.offers.id[idle[:5]]) + ", …" * (len(idle) > 5)
        yield f"{len(idle)} offer(s) stay out, a first step is above the limit per buyer: {ids}"
    policy = market.policy
    rules = [(f"floors[{row}]", each.who) for row, each in enumerate(policy.floors)]
    rules += [(f"reserves[{row}]", each.who) for row, each in enumerate(policy.reserves)]
    for name, who in rules:
        if not belongs(market, who).any():
            yield f"policy, {name}.who: matches no line"
