"""Allocation rounds: opened, computed on a frozen snapshot, verified, and put into force whole."""

from orders.rounds.deciding import discard, put_into_force
from orders.rounds.groups import find_counterfactual, replay, stored
from orders.rounds.opening import open_round, simulate
from orders.rounds.steps import advance, prepare, resume_due, solve_group


__all__ = [
    "advance",
    "discard",
    "find_counterfactual",
    "open_round",
    "prepare",
    "put_into_force",
    "replay",
    "resume_due",
    "simulate",
    "solve_group",
    "stored",
]
