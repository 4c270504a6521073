"""Allocation rounds: opened, computed on a frozen snapshot, verified, and put into force whole."""

from orders.rounds.opening import open_round
from orders.rounds.steps import advance, resume_due


__all__ = ["advance", "open_round", "resume_due"]
