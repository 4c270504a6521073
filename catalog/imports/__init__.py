"""Suppliers' files: received, read into rows in a stream, looked at, applied whole or not."""

from catalog.imports.acts import apply, discard, receive
from catalog.imports.pruning import prune
from catalog.imports.steps import advance, due


__all__ = ["advance", "apply", "discard", "due", "prune", "receive"]
