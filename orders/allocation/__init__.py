"""Shares scarce supplies fairly: a market of offers and order lines in, whole packs out.

Plain Python, NumPy, OR-Tools and Numba; no Django. `docs/algorithms/allocation.md` says what is
promised and why. Start at `solving.solve`; judge any outcome with `checking.verify`.
"""
