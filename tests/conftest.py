"""Prints, after the tests, how many operations went through how many generated checks."""

from collections import Counter


def pytest_terminal_summary(terminalreporter):
    operations, checks, runs = set(), set(), Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            path, _, test = report.nodeid.partition("::")
            check, _, case = test.partition("[")
            if path.endswith("test_operations.py") and case and report.when == "call":
                operations.add(case.split("-")[0])
                checks.add(check)
                runs[outcome] += 1
    if runs:
        terminalreporter.write_line(
            f"operations × checks: {len(operations)} × {len(checks)}, on "
            f"{sum(runs.values())} samples: {runs['passed']} passed, {runs['failed']} failed"
        )
