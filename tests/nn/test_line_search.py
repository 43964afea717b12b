"""Line search: the strong Wolfe conditions on functions of one variable, and its parts."""

import numpy as np
import pytest

from nn.optimizers.line_search import Point, Wolfe, bracket, cubic_minimum, strong_wolfe, zoom

FUNCTIONS = {
    "parabola": (lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3)),
    "far parabola": (lambda t: (t - 300) ** 2, lambda t: 2 * (t - 300)),
    "steep": (lambda t: np.exp(t) - 5 * t, lambda t: np.exp(t) - 5),
    "wavy": (lambda t: np.sin(5 * t) - t + t**2 / 9, lambda t: 5 * np.cos(5 * t) - 1 + 2 * t / 9),
    "flat far out": (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
    "narrow": (
        lambda t: abs(t - 0.01) ** 1.5,
        lambda t: 1.5 * np.copysign(abs(t - 0.01) ** 0.5, t - 0.01),
    ),
}


class Line:
    """Points of a function of one variable, counted."""

    def __init__(self, name):
        self.f, self.slope = FUNCTIONS[name]
        self.seen = []

    def __call__(self, t):
        self.seen.append(t)
        with np.errstate(over="ignore"):
            return Point(t, float(self.f(t)), float(self.slope(t)), np.empty(0))


def descending(name):
    """A line and its start, from where it goes down ("wavy" has to be moved for that)."""
    line = Line(name)
    if line.slope(0.0) >= 0:
        f, slope = line.f, line.slope
        line.f, line.slope = (lambda t: f(t + 0.5)), (lambda t: slope(t + 0.5))
    start = line(0.0)
    assert start.slope < 0
    line.seen.clear()
    return line, start


@pytest.mark.parametrize("first", [1e-4, 0.1, 1.0, 7.0, 20.0])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_point_found_fulfils_the_conditions(name, first):
    line, start = descending(name)
    found = strong_wolfe(line, first, start, 0.0, 50)
    assert found.f <= start.f + 1e-4 * found.t * start.slope
    assert abs(found.slope) <= 0.9 * abs(start.slope)
    assert found.f == line.f(found.t)


@pytest.mark.parametrize("tries", [0, 1, 2, 3, 10])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_more_points_are_tried_than_allowed(name, tries):
    line, start = descending(name)
    found = strong_wolfe(line, 1e3, start, 0.0, tries)
    assert len(line.seen) <= tries + 1
    assert found.f <= start.f


def test_a_bracket_encloses_a_minimum():
    line, start = descending("parabola")
    (a, b), _ = bracket(line, 5.9, Wolfe(start, c2=0.1), 20)
    assert a.t < 3 < b.t
    (point,), tried = bracket(line, 3.0, Wolfe(start), 20)
    assert (point.t, tried) == (3.0, 0)
    line, start = descending("far parabola")
    ends, tried = bracket(line, 1.0, Wolfe(start, c2=0.01), 20)
    assert len(ends) == 1 or ends[0].t < 300 < ends[1].t
    assert tried > 1


def test_zoom_stops_at_short_intervals():
    line, start = descending("steep")
    ends = [start, line(5.0)]
    line.seen.clear()
    assert zoom(line, list(ends), Wolfe(start), 10.0, 20) is start
    assert line.seen == []
    found = zoom(line, list(ends), Wolfe(start, c2=1e-6), 0.0, 50)
    assert found.t == pytest.approx(np.log(5))


def test_the_minimum_of_a_cubic():
    def point(t):  # t³ - 3t has its minimum, -2, at 1
        return Point(t, t**3 - 3 * t, 3 * t**2 - 3, np.empty(0))

    assert cubic_minimum(point(0.0), point(3.0), 0.0, 3.0) == pytest.approx(1.0)
    assert cubic_minimum(point(3.0), point(0.0), 0.0, 3.0) == pytest.approx(1.0)
    assert cubic_minimum(point(0.0), point(3.0), 1.5, 3.0) == 1.5
    assert cubic_minimum(point(2.0), point(2.0), 1.0, 3.0) == 2.0
    overflown = point(3.0)._replace(f=float("inf"))
    assert cubic_minimum(point(0.0), overflown, 0.0, 3.0) == 1.5
