"""What the engine refuses, named by row and field, before anything is solved."""

from collections.abc import Mapping


class InvalidMarket(ValueError):
    """A row that the engine refuses; `row` and `field` name it ("line 7", "wanted")."""

    def __init__(self, row: str, field: str, problem: str) -> None:
        super().__init__(f"{row}, {field}: {problem}")
        self.row = row
        self.field = field
        self.problem = problem


class InfeasibleFloors(InvalidMarket):
    """The floors of some groups ask for more than there is.

    `factors`: per group name the largest factor by which all its floors could be met together.
    """

    def __init__(self, factors: Mapping[str, float]) -> None:
        told = "; ".join(f"group {name}: {factor:.6f}" for name, factor in factors.items())
        super().__init__(
            "policy",
            "floors",
            f"cannot all be met; multiplied by these factors, or less, they can: {told}",
        )
        self.factors = dict(factors)
