"""An independent judge of the engine's answers, which shares no code with what it judges.

It reads the columns of `market`, `policy` and `outcome`, and nothing else of the engine: a
mistake there cannot hide here. Works on whole columns, one substitution group at a time.
"""

from orders.allocation.checking.rules import Rule, Violation
from orders.allocation.checking.verdict import verify


__all__ = ["Rule", "Violation", "verify"]
