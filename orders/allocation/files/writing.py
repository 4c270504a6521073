"""Answers as CSV files: the same outcome gives the same text, and a file is whole or not there.

allocations  line_id,offer_id,qty     units in whole packs
targets      line_id,target           units due before packs
fractional   line_id,offer_id,qty     the exact shares behind the targets, decimal units
reasons      a line each: what it received, what limited it, and the part of the market that
             it shared with others (part_*: its tier, level, lines, offers and supply; 0 in
             part_tier where all of the part got what they asked for)
"""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from orders.allocation.market import NONE
from orders.allocation.outcome import Limit, Outcome


LINE_FACTS = ("target", "received", "reachable", "peers", "peer_fill", "part")


def allocations(outcome: Outcome) -> pd.DataFrame:
    """The shares in whole packs, sorted by line and offer."""
    shares = outcome.shares
    return pd.DataFrame({"line_id": shares.line, "offer_id": shares.offer, "qty": shares.units})


def targets(outcome: Outcome) -> pd.DataFrame:
    """What each line is due, nothing included."""
    return pd.DataFrame({"line_id": outcome.line, "target": outcome.target})


def fractional(outcome: Outcome) -> pd.DataFrame:
    """The flow that proves the targets."""
    flow = outcome.flow
    return pd.DataFrame({"line_id": flow.line, "offer_id": flow.offer, "qty": flow.units})


def reasons(outcome: Outcome) -> pd.DataFrame:
    """Why each line received what it did; `part_*` is empty where no offer can serve it."""
    names = np.array([limit.name.lower() for limit in Limit])
    frame = pd.DataFrame({"line_id": outcome.line, "limit": names[outcome.limit]})
    for name in LINE_FACTS:
        frame[name] = getattr(outcome, name)
    inside = outcome.part != NONE
    for each in fields(outcome.parts):
        column = np.append(getattr(outcome.parts, each.name), 0)[outcome.part]
        frame[f"part_{each.name}"] = np.where(inside, column.astype(object), "")
    return frame


def write_all(frames: Mapping[Path, pd.DataFrame]) -> None:
    """Write every table beside its place first, then move all there; raises OSError."""
    with ExitStack() as leftovers:
        parts = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in frames}
        for path, part in parts.items():
            leftovers.callback(part.unlink, missing_ok=True)
            with part.open("w", encoding="utf-8", newline="") as file:
                frames[path].to_csv(file, index=False, lineterminator="\n")
                file.flush()
                os.fsync(file.fileno())
        for path, part in parts.items():
            part.replace(path)
