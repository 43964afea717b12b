"""How the tests run: one thread in each process, the long ones first, or a sample of each file.

Prints, after the tests, how many operations went through how many generated checks.
"""

import gc
import os
import re
from collections import Counter, defaultdict

from hypothesis import settings

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    # The tests run side by side, a process for each core: threads would fight for the same cores,
    # and on small arrays wait longer than they compute. Libraries ask when they are loaded; the
    # processes that pytest starts inherit this.
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

GENERATED = re.compile(r"test_operations\.py::(?P<check>\w+)\[(?P<operation>[\w.]+)-\d+-")
"""A test of one sample; see `Case.__str__` in samples.py."""

LONG = ("test_notebooks", "test_demo")
"""Files whose tests take up to half a minute each: last, they would keep one core waiting."""


def pytest_addoption(parser):
    parser.addoption("--sample", type=int, metavar="N", help="only N tests of each (short) file")


def pytest_collection_modifyitems(config, items):
    items.sort(key=lambda item: item.path.stem not in LONG)
    if size := config.getoption("sample"):
        items[:] = sampled(items, size)


def sampled(items, size):
    """Evenly spread tests of each file that is not a long one."""
    files = defaultdict(list)
    for item in items:
        if item.path.stem not in LONG:
            files[item.path].append(item)
    return [
        tests[k * len(tests) // min(size, len(tests))]
        for tests in files.values()
        for k in range(min(size, len(tests)))
    ]


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


def pytest_collection_finish():
    """What was collected stays: the garbage collector need not go through it time and again."""
    gc.collect()
    gc.freeze()
