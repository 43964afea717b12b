"""Timings beside peers: `python -m benchmarks`. Workloads in `workloads`, the table in `__main__`.

Never part of the tests: a time says something only beside another time from the same run.
"""
