"""The benchmark command works: one quick workload, and a clear no to an unknown one."""

import subprocess
import sys


def bench(*arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_it_prints_a_row_and_the_thread_counts():
    result = bench("moons", "--seconds", "0.05")
    assert result.returncode == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if line.startswith("moons"))
    assert float(row.split()[1]) > 0
    assert "threads:" in result.stdout


def test_an_unknown_workload_is_refused():
    result = bench("nothing")
    assert result.returncode == 2
    assert "scalar1000" in result.stderr
