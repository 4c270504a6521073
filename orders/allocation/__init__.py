"""Shares scarce supplies fairly: a snapshot of offers and order lines in, whole packs out.

Plain Python, NumPy and OR-Tools; no Django. `docs/algorithms/allocation.md` says what is
promised and why. Start at `engine.solve`; judge any answer with `checker.verify`.
"""
