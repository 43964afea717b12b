"""Squared distances of one point from many, which density and linkage share."""

# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

from clustering.kernels.compiled.compiler import compiled


@compiled
def squares_from(point, XT, start, distances):
    """Squared distances of a point from columns of XT (features, n), `start` and those after it.

    Four features at a time, but summed in order; the compiler vectorises over the columns.
    """
    d, stop = len(XT), start + len(distances)
    distances[:] = 0.0
    for j in range(0, d - 3, 4):
        p0, p1, p2, p3 = point[j], point[j + 1], point[j + 2], point[j + 3]
        x0, x1 = XT[j, start:stop], XT[j + 1, start:stop]
        x2, x3 = XT[j + 2, start:stop], XT[j + 3, start:stop]
        for i in range(len(distances)):
            total = distances[i] + (x0[i] - p0) * (x0[i] - p0)
            total += (x1[i] - p1) * (x1[i] - p1)
            total += (x2[i] - p2) * (x2[i] - p2)
            distances[i] = total + (x3[i] - p3) * (x3[i] - p3)
    for j in range(d - d % 4, d):
        p, x = point[j], XT[j, start:stop]
        for i in range(len(distances)):
            distances[i] += (x[i] - p) * (x[i] - p)
