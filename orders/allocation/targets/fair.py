"""What the exact step hands to the whole-pack step: targets, and one flow that carries them."""

from dataclasses import dataclass

from orders.allocation.market import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Fair:
    """The continuous optimum of one group; lines and offers are positions in its market.

    `kind`: lines with the same number have the same eligible offers and caps (-1: none at all).
    `line_part`, `offer_part`: the independent part each belongs to, -1 for none. In `flow_*`,
    whose rows are sorted by (line, offer) and hold positive decimal units, a line takes from
    offers of its own part, and from others only all that its buyer's limit there allows. The
    flow sums to the targets per line and keeps every stock and limit, but for the thousandths
    lost in whole numbers. `ceiling`: the most a line may receive, its wish or its share of its
    buyer's dated cap.
    """

    target: FloatArray
    ceiling: FloatArray
    kind: IntArray
    line_part: IntArray
    offer_part: IntArray
    part_tier: IntArray
    part_level: FloatArray
    part_supply: FloatArray
    flow_line: IntArray
    flow_offer: IntArray
    flow_units: FloatArray
