"""Print the table: each workload's time, ours beside the peers', with ratios.

    python -m benchmarks [networks | clustering | WORKLOAD ...] [--seconds S] [--threads N ...]

There is one table for each number of threads, the same for all libraries: by default for one,
which compares what is computed, and for all cores, which also compares how it is shared out.
The libraries take turns within a workload, a burst of steps each, so that a machine that speeds
up or slows down does so for all of them, while each runs as warm as in a training loop. Times are
medians (minima in brackets) in milliseconds; a ratio below 1 means that we are faster.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from statistics import median
from time import perf_counter

PEERS = {"networks": ("torch", "jax"), "clustering": ("scikit-learn", "scipy", "fastcluster")}
"""The sections of the table, and whom each compares with."""

BURST = 0.05
"""Seconds of a library's turn, or one step if that takes longer."""


def limit_threads(count: int) -> None:
    """Before any library is loaded: they read these once."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(count)
    flags = f"--xla_cpu_multi_thread_eigen={'true' if count > 1 else 'false'}"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}"


def measure(steps: dict, seconds: float) -> dict[str, list[float]]:
    """Milliseconds of each step, the libraries taking turns until the time is up."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():  # compile, fill caches
        step()
        step()
    start = perf_counter()
    while perf_counter() - start < seconds or len(times["ours"]) < 3:
        for name, step in steps.items():
            step()  # back into its caches, not counted
            turn = perf_counter()
            while True:
                before = perf_counter()
                step()
                after = perf_counter()
                times[name].append((after - before) * 1e3)
                if after - turn > BURST:
                    break
    return times


def prepare(builders: dict) -> tuple[dict, list[str]]:
    """The steps that can run here, and why the others cannot."""
    steps, missing = {}, []
    for name, build in builders.items():
        try:
            steps[name] = build()
        except ImportError as error:
            missing.append(f"{name}: {error}")
        except AttributeError as error:
            missing.append(f"{name}: needs a layer that is not there yet ({error.name})")
    return steps, missing


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time workloads.")
    parser.add_argument("workloads", nargs="*", help="default: all")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each workload")
    parser.add_argument(
        "--threads", type=int, nargs="+", default=sorted({1, os.cpu_count() or 1}), metavar="N"
    )
    options = parser.parse_args()
    if not options.seconds > 0 or min(options.threads) < 1:
        parser.error("--seconds must be positive and --threads at least 1")
    if len(options.threads) > 1:  # libraries learn the number when they are loaded
        command = [sys.executable, "-m", "benchmarks", *options.workloads]
        command += ["--seconds", str(options.seconds), "--threads"]
        runs = (subprocess.call([*command, str(count)]) for count in options.threads)
        return next(filter(None, runs), 0)
    limit_threads(*options.threads)

    from benchmarks.clustering import CLUSTERING
    from benchmarks.workloads import WORKLOADS

    sections = {"networks": WORKLOADS, "clustering": CLUSTERING}
    names = options.workloads or list(sections)
    unknown = set(names) - {*sections, *WORKLOADS, *CLUSTERING}
    if unknown:
        parser.error(
            f"unknown workload {', '.join(unknown)}; there are "
            f"{', '.join([*sections, *WORKLOADS, *CLUSTERING])}"
        )
    notes = []
    for section, workloads in sections.items():
        chosen = [name for name in workloads if section in names or name in names]
        if chosen:
            notes += print_section(section, {name: workloads[name] for name in chosen}, options)
    print("milliseconds a step, median (minimum); ratios of medians\n" + thread_report() + "\n")
    for note in notes:
        print(f"skipped: {note}")
    if any("No module named" in note for note in notes):
        print("the peers come with: pip install 'autograd-core[bench]'")
    return 0


def print_section(section: str, workloads: dict, options: argparse.Namespace) -> list[str]:
    """Measure and print; returns what was skipped and why."""
    peers = PEERS[section]
    (threads,) = options.threads
    title = f"{section}, {threads} thread{'s' * (threads > 1)}"
    print(f"{title:<22}" + "".join(f"{name:>20}" for name in ("ours", *peers)), end="")
    print("".join(f"{'/ ' + peer:>16}" for peer in peers))
    notes = []
    for name, builders in workloads.items():
        steps, missing = prepare(builders)
        notes += [f"{name}, {reason}" for reason in missing]
        if "ours" not in steps:
            print(f"{name:<22}{'-':>20}")
            continue
        times = measure(steps, options.seconds)
        middle = {library: median(found) for library, found in times.items()}
        row = f"{name:<22}"
        for library in ("ours", *peers):
            found = times.get(library)
            cell = f"{middle[library]:.3f} ({min(found):.3f})" if found else "-"
            row += f"{cell:>20}"
        for peer in peers:
            ratio = f"{middle['ours'] / middle[peer]:.2f}" if peer in times else "-"
            row += f"{ratio:>16}"
        print(row, flush=True)
    print()
    return notes


def thread_report() -> str:
    """How many threads each library's pools use."""
    pools = []
    try:
        from threadpoolctl import threadpool_info

        pools = [
            f"{pool['prefix']} ({os.path.basename(pool['filepath'])}): {pool['num_threads']}"
            for pool in threadpool_info()
        ]
    except ImportError:
        pools.append("threadpoolctl is not installed")
    if "torch" in sys.modules:
        pools.append(f"torch: {sys.modules['torch'].get_num_threads()}")
    return "threads: " + "; ".join(pools)


if __name__ == "__main__":
    sys.exit(main())
