"""What a policy looks at besides the market: kinds of buyer, verified need, past service.

Kept with every frozen group, so that another policy can be tried on the same snapshot.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from orders.allocation.input import columnar
from orders.allocation.market import FloatArray, IntArray


KIND = "facts 1"
OF_LINES = ("account", "kind", "reference_need")


@dataclass(frozen=True, eq=False)
class Facts:
    """Columns. The first three have a row for each line, in the order of the market's lines.

    `kind`: position in BuyerKind. `reference_need`: of the account, units a week of the line's
    product. The others have a row for each account, product (key) and week: units promised
    `past_weeks` whole weeks ago.
    """

    account: IntArray
    kind: IntArray
    reference_need: FloatArray
    past_account: IntArray
    past_product: IntArray
    past_weeks: IntArray
    past_units: IntArray

    def take(self, rows: IntArray, products: IntArray) -> "Facts":
        """For the lines at these positions, and the past of these products."""
        past = np.isin(self.past_product, products)
        past &= np.isin(self.past_account, self.account[rows])
        kept = {
            each.name: getattr(self, each.name)[rows if each.name in OF_LINES else past]
            for each in fields(self)
        }
        return replace(self, **kept)

    def to_bytes(self) -> bytes:
        """As stored, not compressed."""
        return columnar.dump(
            KIND, {}, {each.name: getattr(self, each.name) for each in fields(self)}
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Facts":
        """Inverse of `to_bytes`."""
        return cls(**columnar.load(KIND, data)[1])
