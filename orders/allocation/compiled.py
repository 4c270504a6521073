"""Loops that NumPy cannot express, compiled to machine code on first use and cached on disk."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba


Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function as machine code: IEEE arithmetic in the order written, on one thread.

    The cache notices changes in the function's own file only: after editing one compiled module,
    delete `__pycache__` so that its callers are compiled again.
    """
    return cast(Function, numba.njit(cache=True, _nrt=False, error_model="numpy")(function))
