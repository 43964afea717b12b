"""Print the code of the packages whose name occurs nowhere else, in packages, tests or notebooks.

    python tests/unused.py

The exit status is 1 if there is any. Arguments, settings and attributes are left out: NumPy passes
them, users set or read them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).parents[1]
PACKAGES = ("autograd_core", "nn", "clustering", "benchmarks")
USERS = ("tests", "notebooks")

USED_ALL_THE_SAME = {
    "__getattr__": "Python calls it for a name that a module lacks",
    "adaptive_avg_pool3d": "tests put its name together",
    "adaptive_max_pool3d": "tests put its name together",
    "MEDIAN": "the last of several cases",
}


def unused() -> Iterator[tuple[str, str, str]]:
    """Where it is, its kind and its name."""
    vulture = Vulture()
    vulture.scavenge([ROOT / folder for folder in PACKAGES + USERS])
    for item in vulture.get_unused_code():
        path = item.filename.relative_to(ROOT)
        line = item.filename.read_text().splitlines()[item.first_lineno - 1]
        constant = not line[0].isspace() and not line.startswith("def")
        if path.parts[0] in PACKAGES and (constant or item.typ not in ("variable", "attribute")):
            yield f"{path}:{item.first_lineno}", item.typ, item.name


def main() -> int:
    found = list(unused())
    problems = [f"{place}: unused {kind} {name}" for place, kind, name in found]
    problems = [text for text in problems if text.split()[-1] not in USED_ALL_THE_SAME]
    stale = USED_ALL_THE_SAME.keys() - {name for _, _, name in found}
    problems += [f"{__file__}: {name} needs no exception any more" for name in sorted(stale)]
    for problem in problems:
        print(problem)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
