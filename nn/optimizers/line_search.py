"""Line search: how far to go along a direction in which a function falls.

Source: Nocedal & Wright, "Numerical Optimization", 2006, Algorithms 3.5 (`bracket`) and 3.6
(`zoom`), with PyTorch's bounds, which are minFunc's.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isfinite, sqrt
from typing import NamedTuple

import numpy as np


class Point(NamedTuple):
    """A point x + t d on a line: the function there, its slope along d, and its gradient."""

    t: float
    f: float
    slope: float
    g: np.ndarray


class Wolfe(NamedTuple):
    """The strong Wolfe conditions: f ≤ f(0) + c1 t f'(0) and |f'| ≤ c2 |f'(0)|."""

    start: Point
    c1: float = 1e-4
    c2: float = 0.9

    def too_high(self, point: Point) -> bool:
        return point.f > self.start.f + self.c1 * point.t * self.start.slope

    def flat_enough(self, point: Point) -> bool:
        return abs(point.slope) <= -self.c2 * self.start.slope


def strong_wolfe(
    along: Callable[[float], Point], t: float, start: Point, shortest: float, tries: int
) -> Point:
    """A point that fulfils the strong Wolfe conditions, or the best of `tries` + 1.

    Args:
        along: gives the point at t.
        t: the first to try.
        start: the point at 0, where the slope is negative.
        shortest: an interval of t shorter than this is not divided.
    """
    conditions = Wolfe(start)
    ends, tried = bracket(along, t, conditions, tries)
    return ends[0] if len(ends) == 1 else zoom(along, ends, conditions, shortest, tries - tried)


def bracket(
    along: Callable[[float], Point], t: float, conditions: Wolfe, tries: int
) -> tuple[list[Point], int]:
    """Go on until a point fulfils the conditions, or two have such a point between them.

    Returns the one or the two, and how many points were tried after the first.
    """
    before, point = conditions.start, along(t)
    for tried in range(tries):
        if conditions.too_high(point) or (tried > 1 and point.f >= before.f):
            return [before, point], tried
        if conditions.flat_enough(point):
            return [point], tried
        if point.slope >= 0:
            return [before, point], tried
        least = point.t + 0.01 * (point.t - before.t)
        before, point = point, along(cubic_minimum(before, point, least, 10 * point.t))
    return [conditions.start, point], tries


def zoom(
    along: Callable[[float], Point],
    ends: list[Point],
    conditions: Wolfe,
    shortest: float,
    tries: int,
) -> Point:
    """Narrow an interval until a point in it fulfils the conditions: that one, or the lower end
    of what is left after `tries`."""
    low, near_end = lower(ends), False
    for _ in range(tries):
        left, right = sorted((ends[0].t, ends[1].t))
        if right - left < shortest:
            break
        t, near_end = inside(ends, left, right, near_end)
        point = along(t)
        if conditions.too_high(point) or point.f >= ends[low].f:
            ends[1 - low] = point
            low = lower(ends)
        elif conditions.flat_enough(point):
            return point
        else:
            if point.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = point
    return ends[low]


def lower(ends: list[Point]) -> int:
    """The place of the point with the smaller f."""
    return 0 if ends[0].f <= ends[1].f else 1


def inside(ends: list[Point], left: float, right: float, again: bool) -> tuple[float, bool]:
    """Where to try next between two points: t, and whether it is close to one of them.

    Where their cubic is smallest; but a tenth of the interval from the end if that is the end
    itself, or, `again`, close to it for the second time.
    """
    t = cubic_minimum(ends[0], ends[1], left, right)
    margin = 0.1 * (right - left)
    near_end = min(right - t, t - left) < margin
    if near_end and (again or not left < t < right):
        return (right - margin if abs(t - right) < abs(t - left) else left + margin), False
    return t, near_end


def cubic_minimum(a: Point, b: Point, least: float, most: float) -> float:
    """Where the cubic through two points with their slopes is smallest, within bounds.

    The middle of the bounds if there is no such place. Source: Nocedal & Wright, (3.59).
    """
    if a.t > b.t:
        a, b = b, a
    middle = (least + most) / 2
    if a.t == b.t:
        return middle
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not 0 <= square < inf:
        return middle
    d2 = sqrt(square)
    bend = b.slope - a.slope + 2 * d2
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / bend) if bend else middle
    return min(max(t, least), most) if isfinite(t) else middle
