"""Prints, after the tests, how many operations went through how many generated checks."""

import re
from collections import Counter

GENERATED = re.compile(r"test_operations\.py::(?P<check>\w+)\[(?P<operation>[\w.]+)-\d+-")
"""A test of one sample; see `Case.__str__` in samples.py."""


def pytest_terminal_summary(terminalreporter):
    operations, checks, runs = set(), set(), Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            generated = GENERATED.search(report.nodeid)
            if generated and report.when == "call":
                checks.add(generated["check"])
                operations.add(generated["operation"])
                runs[outcome] += 1
    if runs:
        terminalreporter.write_line(
            f"operations × checks: {len(operations)} × {len(checks)}, on "
            f"{sum(runs.values())} samples: {runs['passed']} passed, {runs['failed']} failed"
        )
