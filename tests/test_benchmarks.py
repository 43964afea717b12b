"""The benchmark command works: one quick workload, and a clear no to an unknown one."""

import subprocess
import sys

import pytest


def bench(*arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.slow
def test_it_prints_a_row_and_the_thread_counts():
    result = bench("moons", "--seconds", "0.05", "--threads", "1", "2")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    rows = [line.split() for line in lines if line.startswith("moons")]
    assert len(rows) == 2 and all(float(row[1]) > 0 for row in rows)
    titles = [line.split("  ")[0] for line in lines if line.startswith("networks")]
    assert titles == ["networks, 1 thread", "networks, 2 threads"]
    assert result.stdout.count("threads:") == 2


def test_an_unknown_workload_is_refused():
    result = bench("nothing")
    assert result.returncode == 2
    assert "scalar1000" in result.stderr
