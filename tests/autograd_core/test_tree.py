"""Trees of arrays: every leaf is met once, from left to right, and the structure stays."""

from typing import NamedTuple

import pytest

from autograd_core.tree import named_leaves, refilled, tree_leaves, tree_map


class Point(NamedTuple):
    x: object
    y: object


TREE = {"w": [1, (2, 3)], "b": Point(4, {"c": 5}), "empty": []}


def test_the_structure_stays():
    doubled = tree_map(lambda leaf: 2 * leaf, TREE)
    assert doubled == {"w": [2, (4, 6)], "b": Point(8, {"c": 10}), "empty": []}
    assert type(doubled["b"]) is Point and type(doubled["w"][1]) is tuple
    assert tree_map(lambda leaf: leaf, 7) == 7


def test_several_trees_are_mapped_together():
    assert tree_map(lambda a, b: a - b, TREE, TREE) == tree_map(lambda leaf: 0, TREE)
    assert tree_map(lambda a, b: a + b, [1, 2], (3, 4)) == [4, 6]  # a tuple beside a list will do


@pytest.mark.parametrize(
    ("tree", "other", "error"),
    [
        ({"a": 1}, {"b": 1}, ValueError),
        ({"a": 1}, [1], ValueError),
        ([1, 2], [1], ValueError),
        ([1], 1, TypeError),
        (1, [1], TypeError),
        ([1], [[1]], TypeError),
    ],
)
def test_other_structures_are_refused(tree, other, error):
    with pytest.raises(error):
        tree_map(lambda a, b: a, tree, other)


def test_leaves_and_their_paths():
    assert tree_leaves(TREE) == [1, 2, 3, 4, 5]
    assert list(named_leaves(TREE, "t")) == [
        ("t['w'][0]", 1),
        ("t['w'][1][0]", 2),
        ("t['w'][1][1]", 3),
        ("t['b'].x", 4),
        ("t['b'].y['c']", 5),
    ]
    assert list(named_leaves(3, "x")) == [("x", 3)]


def test_refilled_is_the_inverse_of_leaves():
    assert refilled(TREE, tree_leaves(TREE)) == TREE
    assert refilled(TREE, "abcde")["b"] == Point("d", {"c": "e"})
