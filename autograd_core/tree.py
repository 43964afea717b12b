"""Nested containers as arguments: lists, tuples, named tuples and dicts of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def tree_map(function: Callable[..., Any], tree: Any, *rest: Any) -> Any:
    """Apply `function` to each leaf of `tree` (and the leaves of `rest` that stand beside it).

    Raises:
        TypeError, KeyError or ValueError: the trees have different structures.
    """
    if isinstance(tree, dict):
        return {key: tree_map(function, tree[key], *(r[key] for r in rest)) for key in tree}
    if isinstance(tree, list | tuple):
        items = [tree_map(function, *parts) for parts in zip(tree, *rest, strict=True)]
        if hasattr(tree, "_fields"):
            return type(tree)(*items)  # a named tuple
        return type(tree)(items)
    return function(tree, *rest)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of `tree` from left to right."""
    leaves: list[Any] = []
    tree_map(leaves.append, tree)
    return leaves
