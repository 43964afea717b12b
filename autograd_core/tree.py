"""Trees of arrays: lists, tuples, named tuples and dicts, nested to any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


def tree_map(function: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Apply `function` to each leaf of `tree` (and the corresponding leaves of `rest`).

    Raises:
        TypeError, KeyError or ValueError: the trees have different structures.
    """
    if isinstance(tree, dict):
        for other in rest:
            if not isinstance(other, dict) or other.keys() != tree.keys():
                raise ValueError(f"expected a dict with the keys {list(tree)}, got {other!r:.60}")
        return {key: tree_map(function, tree[key], *(r[key] for r in rest)) for key in tree}
    if isinstance(tree, list | tuple):
        for other in rest:
            if not isinstance(other, list | tuple):
                raise TypeError(f"expected a {type(tree).__name__}, got {type(other).__name__}")
        items = [tree_map(function, *parts) for parts in zip(tree, *rest, strict=True)]
        if hasattr(tree, "_fields"):
            return type(tree)(*items)  # a named tuple
        return type(tree)(items)
    for other in rest:
        if isinstance(other, dict | list | tuple):
            raise TypeError(f"expected an array, got a {type(other).__name__}")
    return function(tree, *rest)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of `tree` from left to right."""
    leaves: list[Any] = []
    tree_map(leaves.append, tree)
    return leaves


def named_leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The leaves of a tree with their paths: ("params['w'][0]", leaf)."""
    if isinstance(tree, dict):
        items = [(f"{name}[{key!r}]", part) for key, part in tree.items()]
    elif isinstance(tree, list | tuple):
        fields = getattr(tree, "_fields", None)
        items = [
            (f"{name}.{fields[k]}" if fields else f"{name}[{k}]", part)
            for k, part in enumerate(tree)
        ]
    else:
        yield name, tree
        return
    for path, part in items:
        yield from named_leaves(part, path)


def refilled(tree: Any, leaves: Sequence[Any]) -> Any:
    """A tree of the same structure with other leaves."""
    items = iter(leaves)
    return tree_map(lambda _: next(items), tree)
