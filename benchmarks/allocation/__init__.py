"""The allocation engine, measured: speed, memory, growth and quality beside other ways to share.

One module per measurement, each a process of its own: `python -m benchmarks.allocation.phases
FOLDER` prints one JSON object. `python -m benchmarks.allocation` runs them all.
"""
