"""Allocation rounds: opened, computed on a frozen snapshot, verified, and put into force whole."""

from orders.rounds.advance import advance, resume_due
from orders.rounds.opening import open_round


__all__ = ["advance", "open_round", "resume_due"]
