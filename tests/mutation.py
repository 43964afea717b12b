"""Break the derivative rules, one small change at a time, and see whether the tests notice.

    python tests/mutation.py [NAME ...] [--sample N] [--seed N] [--list]

For each mutant of `mutants.py` run, up to the first that fails, the generated tests of the
operations concerned (test_operations.py), those of the functions made of these operations, the
table of special values, and the hand-written tests that name any of them.

Prints each mutant that no test noticed, and the share of those noticed; the exit status is 1 if
that is below 95 %. NAMEs choose operations, `--sample N` takes N mutants at random. A mutant is
a function whose code is replaced in a copy of this process (so not on Windows); no file changes.
"""

import argparse
import inspect
import multiprocessing
import os
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

HERE = Path(__file__).parent / "autograd_core"
sys.path.insert(0, str(HERE))

import test_operations as generated  # noqa: E402
from mutants import Mutant, mutants  # noqa: E402
from samples import CASES, DIFFERENTIABLE  # noqa: E402

from autograd_core import Tensor  # noqa: E402
from autograd_core.extend import tree_leaves  # noqa: E402
from autograd_core.primitive import Primitive  # noqa: E402

ENOUGH = 0.95

CHECKS = (
    generated.test_forward_and_reverse_mode_are_adjoint,
    generated.test_derivatives_agree_with_differences,
    generated.test_float32_stays_float32,
    generated.test_float32_derivatives_are_right,
)

LEFT_OUT = ("operations", "operations_against_torch", "mutation", "memory", "threads", "drawing")
"""Tests that ran already, need PyTorch, or are about something other than rules."""


@cache
def users() -> dict[str, list[Any]]:
    """For each operation, the sample calls of functions that use it."""
    found = defaultdict(list)
    for case in (case for case in CASES if case.name not in DIFFERENTIABLE):
        result = case(*[Tensor(variable, requires_grad=True) for variable in case.variables])
        todo, names = [leaf.node for leaf in tree_leaves(result)], set()
        while todo:
            if (node := todo.pop()) is not None and isinstance(node.primitive, Primitive):
                names.add(node.primitive.name)
                todo += node.parents
        for name in names:
            found[name].append(case)
    return found


def passes(check: Callable[[Any], None], case: Any) -> bool:
    try:
        check(case)
    except pytest.skip.Exception:
        return True
    except Exception:
        return False
    return True


def failing_sample(mutant: Mutant) -> str:
    """The first generated test that fails."""
    own = [case for case in CASES if case.name in mutant.operations]
    others = {str(case): case for name in mutant.operations for case in users()[name]}
    mutant.install()
    for cases in (own, others.values()):
        for check in CHECKS:
            for case in cases:
                if not passes(check, case):
                    return f"test_operations.py::{check.__name__}[{case}]"
    return ""


@cache
def fails_anyway(test: str) -> bool:
    """Whether a generated test fails while nothing is broken."""
    name, _, sample = test.partition("::")[2].removesuffix("]").partition("[")
    return not all(passes(getattr(generated, name), case) for case in CASES if str(case) == sample)


@cache
def text_of(item: Any) -> str:
    """The test's name, source and parameters."""
    values = item.callspec.params if hasattr(item, "callspec") else ""
    return f"{item.name} {inspect.getsource(item.function)} {values}"


def failing_test(items: list[Any], mutant: Mutant | None) -> str:
    """The first of pytest's tests that fails."""
    if mutant:
        mutant.install()
    for item in items:
        if any(report.failed for report in runtestprotocol(item, log=False)):
            return item.nodeid
    return ""


def in_a_copy(question: Callable[..., str], *arguments: Any, seconds: float = 300) -> str:
    """The answer of a copy of this process, whatever happens to the copy."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def answer() -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        sender.send(question(*arguments))
        os._exit(0)

    copy = context.Process(target=answer)
    copy.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(seconds) else "no end"
    except EOFError:
        return "crash"
    finally:
        copy.kill()
        copy.join()


class Hunt:
    """Pytest plugin: tries the mutants instead of running the collected tests."""

    def __init__(self, todo: list[Mutant]) -> None:
        self.todo = todo
        self.noticed = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        users()  # before anything is broken
        for mutant in self.todo:
            test = in_a_copy(failing_sample, mutant)
            if "::" in test and fails_anyway(test):
                raise pytest.UsageError(
                    f"{test} fails as it is; mutants say nothing until it passes"
                )
            test = test or self.by_hand(mutant, session.items)
            self.noticed[test.partition("::")[0]] += 1
            if not test:
                print(mutant, flush=True)
        return True

    def by_hand(self, mutant: Mutant, items: list[Any]) -> str:
        """The first hand-written test that fails: special values, and those about the mutant."""
        functions = {case.name for name in mutant.operations for case in users()[name]}
        names = mutant.operations | {name.removeprefix("np.") for name in functions}
        words = re.compile(rf"\b({'|'.join(names)}|test_value_and_derivative)\b")
        about = [item for item in items if words.search(text_of(item))]
        failing = in_a_copy(failing_test, about, mutant)
        if failing and in_a_copy(failing_test, [i for i in about if i.nodeid == failing], None):
            print(f"{failing} fails as it is", flush=True)
            return self.by_hand(mutant, [item for item in items if item.nodeid != failing])
        return failing


def chosen(names: list[str], count: int | None, seed: int) -> list[Mutant]:
    """The mutants of the named operations (by default of all), or `count` of them at random."""
    found = [m for m in mutants() if not names or m.operations & set(names)]
    return random.Random(seed).sample(found, count) if count else found


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="operations; all by default")
    parser.add_argument("--sample", type=int, metavar="N", help="N mutants at random")
    parser.add_argument("--seed", type=int, default=0, help="of --sample")
    parser.add_argument("--list", action="store_true", help="list the mutants, run no test")
    options = parser.parse_args()
    if unknown := set(options.names) - set(DIFFERENTIABLE):
        parser.error(f"no rule of {', '.join(sorted(unknown))}")
    todo = chosen(options.names, options.sample, options.seed)
    if options.list:
        print(*todo, sep="\n")
        return 0
    left_out = [f"--ignore={HERE / f'test_{name}.py'}" for name in LEFT_OUT]
    hunt = Hunt(todo)
    here = ["-n0", "-sq", "-p", "no:cacheprovider", "-W", "ignore"]  # one process: it forks
    pytest.main([str(HERE), *here, *left_out], [hunt])
    killed = hunt.noticed.total() - hunt.noticed[""]
    print(*(f"{n} by {file}" for file, n in hunt.noticed.most_common() if file), sep="\n")
    print(f"killed {killed} of {len(todo)} ({killed / len(todo):.1%})")
    return killed < ENOUGH * len(todo)


if __name__ == "__main__":
    sys.exit(main())
