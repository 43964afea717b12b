"""How the tests run: side by side, one thread each, slow ones first, or a sample of each file.

Prints, after the tests, how many operations went through how many generated checks.
"""

import gc
import os
import re
from collections import Counter, defaultdict

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    # Each core has a process of its own; more threads would fight for the same cores. Libraries
    # ask once, when they are loaded, and every process that pytest starts inherits this.
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

GENERATED = re.compile(r"test_operations\.py::(?P<check>\w+)\[(?P<operation>[\w.]+)-\d+-")
"""A test of one sample; see `Case.__str__` in samples.py."""


def pytest_addoption(parser):
    parser.addoption(
        "--sample", type=int, metavar="N", help="N tests a file, all of test_floors, none slow"
    )


def pytest_collection_modifyitems(config, items):
    if size := config.getoption("sample"):
        chosen = set(sample(items, size))
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = [item for item in items if item in chosen]
    # slow tests first: at the end, one core would wait for the other
    items.sort(key=lambda item: not item.get_closest_marker("slow"))


def sample(items, size):
    """Tests of each file, evenly spread."""
    files = defaultdict(list)
    for item in items:
        if not item.get_closest_marker("slow"):
            files[item.path].append(item)
    for path, tests in files.items():
        count = len(tests) if path.stem == "test_floors" else min(size, len(tests))
        yield from (tests[k * len(tests) // count] for k in range(count))


def pytest_collection_finish():
    """What was collected stays: the garbage collector need not search it time and again."""
    gc.collect()
    gc.freeze()


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
