"""Loops that NumPy cannot express, compiled to machine code on first use and cached on disk."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba


HERE = Path(__file__).parent
Function = TypeVar("Function", bound=Callable[..., object])


def _cache() -> Path:
    """A folder for exactly these sources.

    Numba looks only at the file of a function, not at those of the functions it calls, so one
    folder for all versions would serve stale code after an update.
    """
    sources = hashlib.sha256(numba.__version__.encode())
    for path in sorted(HERE.rglob("*.py")):
        sources.update(path.read_bytes())
    folder = HERE / "__pycache__"
    if "NUMBA_CACHE_DIR" in os.environ:
        folder = Path(os.environ["NUMBA_CACHE_DIR"])
    elif not os.access(HERE, os.W_OK):
        folder = Path(tempfile.gettempdir()) / f"compiled-{os.getuid()}"
    return folder / sources.hexdigest()[:16]


setattr(numba.config, "CACHE_DIR", str(_cache()))  # noqa: B010 - its stubs do not know it

# Numba's own counting of references, an atomic operation at every call, costs more than the loops.
IN_PLACE: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}


def compiled(function: Function) -> Function:
    """The function as machine code: IEEE arithmetic in the order written, on one thread.

    It works in place: it must not make an array.
    """
    return cast(Function, numba.njit(**IN_PLACE)(function))


def allocating(function: Function) -> Function:
    """The same for functions that make arrays of their own."""
    return cast(Function, numba.njit(**IN_PLACE | {"_nrt": True})(function))
