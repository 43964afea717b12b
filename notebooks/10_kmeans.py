# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # K-means
#
# Points without labels, and the question which of them belong together. Two steps in turn, what
# they minimise, where they go wrong, and how many groups there are.

# %%
import tempfile
import warnings
from contextlib import chdir
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from sklearn.datasets import load_iris, load_sample_image, load_wine

import autograd_core as ac
import clustering
from clustering import KMeans, KMedians
from clustering.images import quantize
from clustering.plots import plot_clusters, plot_iterations
from clustering.quantize import main as quantize_command

BLUE, ORANGE, GREEN = "#1f5fa8", "#c26a10", "#2d7d4f"
plt.rcParams.update({"figure.dpi": 80, "axes.titlesize": "medium"})

# %% [markdown]
# ## Two steps in turn
#
# Given points $x_1, \dots, x_n$ and centres $\mu_1, \dots, \mu_K$, repeat:
#
# 1. **Assign** each point to its nearest centre: $\;z_i = \arg\min_k \lVert x_i - \mu_k \rVert^2$.
# 2. **Move** each centre to the mean of its points:
#    $\;\mu_k = \frac{1}{n_k} \sum_{i:\, z_i = k} x_i$, where $n_k$ is their number.
#
# until no assignment changes. Each step is one line of NumPy.


# %%
def assign(points, centres):
    """For each point the number of its nearest centre, the lowest if several are."""
    return ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)


def move(points, labels, count):
    """The mean of each cluster."""
    return np.array([points[labels == k].mean(axis=0) for k in range(count)])


# %% [markdown]
# Our first data are a face of 22 points: two eyes, a nose, a mouth. Its left half mirrors its right
# half. The initial centres are $(2, 2)$, $(8, 2)$ and $(5, 7)$.

# %%
eye = np.array([[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]])
across = np.linspace(-4, 4, 11)
mouth = np.column_stack([5 + across, 1.5 + 3.5 * (across / 4) ** 2]).round(1)
eyes = [eye + np.array(place) for place in ([2, 7], [8, 7])]
face = np.concatenate([*eyes, [[5, 5]], mouth])
start = np.array([[2.0, 2], [8, 2], [5, 7]])
print(len(face), "points, between", face.min(axis=0), "and", face.max(axis=0))

# %% [markdown]
# How good are centres? The *inertia* is the sum of the squared distances of the points to their
# centres,
#
# $$J(z, \mu) = \sum_i \lVert x_i - \mu_{z_i} \rVert^2 .$$
#
# We note it after each of the two steps.


# %%
def kmeans_by_hand(points, centres):
    """(centres, labels, inertia after assigning, inertia after moving) of each iteration."""
    steps, before = [], None
    while True:
        labels = assign(points, centres)
        assigned = ((points - centres[labels]) ** 2).sum()
        moved = move(points, labels, len(centres))
        steps.append((centres, labels, assigned, ((points - moved[labels]) ** 2).sum()))
        if np.array_equal(labels, before):
            return steps
        centres, before = moved, labels


steps = kmeans_by_hand(face, start)
model = KMeans(3, init=start, tol=0).fit(face)

print("iteration  inertia by hand   KMeans  labels changed")
for i, (step, (centres, _, inertia, _)) in enumerate(zip(model.history_, steps, strict=True)):
    assert np.allclose(step.centers, centres)
    print(f"{i:9}  {inertia:15.4f} {step.inertia:8.4f}  {step.changed:14}")
assert np.array_equal(model.labels_, steps[-1][1])

inertias = [step.inertia for step in model.history_]
assert (np.diff(inertias) < 0).all()

# %% [markdown]
# The same centres in each iteration, the same labels at the end, and an inertia that falls each
# time. (`tol=0` makes the estimator wait until no label changes. By default it also stops when the
# centres hardly move.)
#
# Here are all iterations. Each centre's region is its *Voronoi cell*: the part of the plane that is
# nearer to it than to any other centre. The points on a cell are its cluster.

# %%
figure, axes = plt.subplots(2, 4, figsize=(12, 5.4), layout="constrained")
plot_iterations(model, face, range(7), axes=axes.flat[:7])
axes[1, 3].plot(inertias, "o-", color=BLUE)
axes[1, 3].set(title="inertia", xlabel="iteration", ylim=(0, None))
plt.show()

# %% [markdown]
# ## Ties
#
# The face is symmetric, and so are the initial centres. The result is not. The reason is one point,
# the middle of the mouth: it is exactly as far from centre 0 as from centre 1. A tie goes to the
# lowest index.

# %%
middle = 16
print("point", face[middle], "squared distances", ((face[middle] - start) ** 2).sum(axis=1))
print("goes to cluster", assign(face, start)[middle])

# %% [markdown]
# That makes cluster 0 one point larger than cluster 1, and the small difference grows. If the first
# two centres change places, the other side gets the point, and the result is the mirror image.

# %%
swapped = KMeans(3, init=start[[1, 0, 2]], tol=0).fit(face)
mirror = face * [-1, 1] + [10, 0]
assert np.allclose(np.unique(mirror.round(1), axis=0), np.unique(face, axis=0))
assert np.array_equal(swapped.predict(mirror), model.labels_)

figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
names = "(2, 2), (8, 2), (5, 7)", "(8, 2), (2, 2), (5, 7)"
for ax, fit, name in zip(axes, (model, swapped), names, strict=True):
    plot_clusters(face, fit.labels_, fit.cluster_centers_, ax=ax, legend=False)
    ax.set(title=f"start {name}\ninertia {fit.inertia_:.2f}", xlabel="", ylabel="")
plt.show()

# %% [markdown]
# Floating-point numbers can hide a tie. Many programs compute the squared distance as
# $\lVert x \rVert^2 - 2 x \cdot \mu + \lVert \mu \rVert^2$, because the middle term is one matrix
# product. Far from the origin its terms are large and their difference is rounded.

# %%
for far in (0, 1e7, 1e8, 1e9):
    x, c = face + far, start + far
    expanded = (x**2).sum(axis=1)[:, None] - 2 * x @ c.T + (c**2).sum(axis=1)
    wrong = (expanded.argmin(axis=1) != assign(face, start)).sum()
    ours = (KMeans(3, init=c, tol=0).fit(x).labels_ != model.labels_).sum()
    assert ours == 0
    print(f"moved by {far:13,.0f}: {wrong:2} wrong labels by the formula, {ours} by KMeans")

# %% [markdown]
# ## Why it must end
#
# Assigning minimises $J$ over $z$ for given centres. Moving minimises $J$ over $\mu$ for given
# labels, since the mean is the point with the least sum of squared distances. So neither step can
# raise $J$. There are finitely many ways to assign $n$ points, and none comes back once $J$ has
# fallen: the iteration ends.
#
# The second step is known from optimisation. For fixed labels $J$ is a sum of parabolas with
#
# $$\frac{\partial J}{\partial \mu_k} = 2 n_k \, (\mu_k - \bar x_k), \qquad
# \frac{\partial^2 J}{\partial \mu_k^2} = 2 n_k\, I,$$
#
# where $\bar x_k$ is the mean of the cluster. Newton's method divides the one by the other and goes
# from $\mu_k$ to $\mu_k - \frac{1}{2 n_k} 2 n_k (\mu_k - \bar x_k) = \bar x_k$ at once. An
# iteration of k-means is a Newton step.
#
# `clustering.hard_inertia` is $J$ with each point at its nearest centre, as a function that can be
# differentiated with respect to the centres. First the gradient:


# %%
def objective(centres):
    return clustering.hard_inertia(face, centres)


centres = model.history_[3].centers
labels = assign(face, centres)
sizes = np.bincount(labels)
gradient = ac.grad(objective)(centres)
by_formula = 2 * sizes[:, None] * (centres - move(face, labels, 3))
assert np.allclose(gradient, by_formula)
print("gradient:", *gradient.round(3))
print("formula: ", *by_formula.round(3))

# %% [markdown]
# Then the Hessian, a column at a time: the derivative of the gradient along each of the six
# directions.


# %%
def hessian(centres):
    """The second derivatives (6, 6) of the inertia with respect to all coordinates."""
    directions = np.eye(centres.size).reshape(-1, *centres.shape)
    columns = [ac.jvp(ac.grad(objective), (centres,), (d,))[1] for d in directions]
    return np.reshape(columns, (centres.size, centres.size))


print("cluster sizes:", sizes)
print(hessian(centres))
assert np.array_equal(hessian(centres), np.diag(np.repeat(2.0 * sizes, 2)))

for now, following in zip(model.history_, model.history_[1:], strict=False):
    newton = np.linalg.solve(hessian(now.centers), ac.grad(objective)(now.centers).ravel())
    assert np.allclose(now.centers - newton.reshape(3, 2), following.centers)
print("all", model.n_iter_ - 1, "iterations are Newton steps")
assert np.allclose(ac.grad(objective)(model.cluster_centers_), 0, atol=1e-12)

# %% [markdown]
# The labels change with the centres, so that $J$ as a function of the centres alone is made of many
# parabolas, of which each place has the lowest. Where two of them meet, a point is tied, and there
# is a kink. A gradient check at the initial centres finds it.

# %%
report = ac.gradcheck(objective, centres)
print("in iteration 3:", str(report).splitlines()[0])
report = ac.gradcheck(objective, start)
print("at the start:  ", *str(report).splitlines()[:7], sep="\n")
assert not report

# %% [markdown]
# Left, the inertia after each of the two steps. Right, gradient descent on the same function. It
# has a learning rate to be chosen and needs more steps. It may also end in another place, here one
# that is a little better.


# %%
def descend(rate, count):
    """The inertia on the way of gradient descent."""
    centres, values = start, []
    for _ in range(count):
        value, slope = ac.value_and_grad(objective)(centres)
        values.append(value)
        centres = centres - rate * slope
    return values


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
halves = np.array([step[2:] for step in steps])
places = np.arange(len(steps))
left.plot(np.repeat(places, 2) + np.tile([0, 0.5], len(steps)), halves.ravel(), color="0.7")
left.plot(places, halves[:, 0], "o", color=BLUE, label="points assigned")
left.plot(places + 0.5, halves[:, 1], "s", color=ORANGE, label="centres moved")
left.set(title="two steps in each iteration", xlabel="iteration", ylabel="inertia")
left.legend()
right.plot(inertias, "o-", color=BLUE, label="k-means (Newton)", zorder=3)
for rate, colour in ((0.03, ORANGE), (0.01, GREEN)):
    right.plot(descend(rate, 60), color=colour, label=f"gradient descent, rate {rate}")
right.set(title="k-means and gradient descent", xlabel="step", ylabel="inertia")
right.legend()
plt.show()
print(f"k-means {inertias[-1]:.2f}, gradient descent {descend(0.03, 60)[-1]:.2f}")
assert (np.diff(halves.ravel()) < 1e-9).all()

# %% [markdown]
# ## It depends on the start
#
# K-means ends where no step improves. That need not be the best place there is. So it matters where
# the centres start:
#
# | `init` | initial centres |
# |---|---|
# | an array | as given |
# | `"positions"` | anywhere in the box around the data |
# | `"random"` | $K$ different data points |
# | `"assignment"` | the means of random clusters |
# | `"k-means++"` | data points, drawn in proportion to the squared distance from those before |
#
# An example with nine groups of thirty points:

# %%
rng = np.random.default_rng(1)
corners = np.array([(a, b) for a in (0.0, 4.0, 8.0) for b in (0.0, 4.0, 8.0)])
nine = np.concatenate([corner + rng.normal(scale=0.6, size=(30, 2)) for corner in corners])
diagonal = np.linspace([0, 0], [8, 8], 9)

inits = {
    "given": diagonal,
    "positions": "positions",
    "random": "random",
    "assignment": "assignment",
    "k-means++": "k-means++",
}
figure, axes = plt.subplots(2, 5, figsize=(10.5, 4.7), layout="constrained")
for column, (name, init) in zip(axes.T, inits.items(), strict=True):
    fit = KMeans(9, init=init, n_init=1, random_state=2).fit(nine)
    plot_iterations(fit, nine, [0, fit.n_iter_], axes=column)
    column[0].set_title(f"{name}: start")
    column[1].set_title(f"end, inertia {fit.inertia_:.0f}")
plt.show()

# %% [markdown]
# A bad end looks typical: two centres share one group, and elsewhere one centre serves two groups.
# Neither centre can cross to the other side, since the groups between hold on to their own.
#
# One start says little. Here are 120 of each kind, on the face and on the nine groups, with the
# distribution of the final inertia: a dot for each start.

# %%
STARTS = 120
data = {"face": (face, 3, start), "nine groups": (nine, 9, diagonal)}
finals, lengths = {}, {}
for name, (points, k, given) in data.items():
    for init in inits:
        generator = np.random.default_rng(1)
        fits = [
            KMeans(
                k, init=given if init == "given" else init, n_init=1, random_state=generator
            ).fit(points)
            for _ in range(1 if init == "given" else STARTS)
        ]
        finals[name, init] = np.array([fit.inertia_ for fit in fits])
        lengths[name, init] = np.mean([fit.n_iter_ for fit in fits])

best = {name: min(finals[key].min() for key in finals if key[0] == name) for name in data}
print("data         init          best   median    worst   the best  iterations")
for (name, init), values in finals.items():
    reached = np.mean(values < best[name] * 1.001)
    print(
        f"{name:12} {init:11} {values.min():6.1f} {np.median(values):8.1f} {values.max():8.1f} "
        f"{reached:10.0%} {lengths[name, init]:11.1f}"
    )
assert np.median(finals["nine groups", "k-means++"]) < best["nine groups"] * 1.001
assert np.median(finals["nine groups", "random"]) > best["nine groups"] * 2

# %%
figure, axes = plt.subplots(1, 2, figsize=(12, 3.6), layout="constrained", sharey=True)
for ax, name in zip(axes, data, strict=True):
    for place, init in enumerate(inits):
        key = (name, init)
        values = finals[key]
        jitter = np.linspace(-0.3, 0.3, len(values)) if len(values) > 1 else 0
        colour = ORANGE if init == "given" else BLUE
        ax.plot(values, place + jitter, ".", color=colour, alpha=0.5, markersize=5)
        reached = np.mean(values < best[name] * 1.001)
        ax.annotate(
            f"{reached:.0%}", (1.02, place), xycoords=("axes fraction", "data"), va="center"
        )
    ax.axvline(best[name], color="0.6", linestyle=":", zorder=0)
    ax.set(title=f"{name}: final inertia, and how many are best", xlabel="inertia")
axes[0].set_yticks(range(5), list(inits))
axes[0].invert_yaxis()
plt.show()

# %% [markdown]
# Random clusters have nearly the same mean, so that all centres start in the middle. Nine of them
# need more iterations to spread, and fewer starts end well. Data points and positions are better
# spread but often leave a group without a centre. K-means++ prefers points far from the centres it
# has, and so it rarely forgets a group.
#
# A rule of one's own is a function of the data, $K$ and a random generator. This one is not random
# at all: always take the point that is farthest from the centres so far.


# %%
def farthest_first(points, count, generator):
    centres = points[:1]
    for _ in range(1, count):
        gaps = ((points[:, None] - centres) ** 2).sum(axis=2).min(axis=1)
        centres = np.concatenate([centres, points[[gaps.argmax()]]])
    return centres


own = KMeans(9, init=farthest_first).fit(nine)
print(f"inertia {own.inertia_:.1f}, the best of all starts {best['nine groups']:.1f}")

# %% [markdown]
# ## Several starts: `n_init`
#
# The simplest cure is to start $m$ times and keep the best. If one start succeeds with probability
# $p$, at least one of $m$ does with probability $1 - (1 - p)^m$.

# %%
p = np.mean(finals["nine groups", "random"] < best["nine groups"] * 1.001)
print("n_init  expected  of 40 fits")
for m in (1, 4, 8):
    ends = [
        KMeans(9, init="random", n_init=m, random_state=1000 + seed).fit(nine).inertia_
        for seed in range(40)
    ]
    share = np.mean(np.array(ends) < best["nine groups"] * 1.001)
    print(f"{m:6}  {1 - (1 - p) ** m:8.0%}  {share:10.0%}")

automatic = KMeans(9, init="random", random_state=0).fit(nine)
ten = KMeans(9, init="random", n_init=10, random_state=0).fit(nine)
assert np.array_equal(automatic.labels_, ten.labels_)

# %% [markdown]
# The default, `n_init="auto"`, is 10 for the random inits and 1 for k-means++ and for given
# centres.
#
# ## Two bad optima
#
# **A rectangle.** Four points in the corners, one centre at the middle of each long side. Every
# point is nearest to the centre of its own side, and each centre is the mean of its two points.
# Nothing moves. For width $w$ and height $h$ the inertia is $w^2$ instead of $h^2$, worse by any
# factor we like.
#
# **Three groups.** Two centres start in the left group, one between the two on the right. The two
# on the left are too far away to help.

# %%
width, height = 6.0, 3.0
rectangle = np.array([[0, 0], [0, height], [width, 0], [width, height]])
rng = np.random.default_rng(2)
three = np.concatenate([c + rng.normal(scale=0.5, size=(20, 2)) for c in ([0, 0], [8, -2], [8, 2])])
cases = {
    "rectangle": (rectangle, [[3, 0], [3, 3]], [[0, 1], [6, 1]]),
    "three groups": (three, [[0, -1], [0, 1], [8, 0]], [[0, 0], [8, -2], [8, 2]]),
}
figure, axes = plt.subplots(2, 4, figsize=(13, 5.4), layout="constrained")
for row, (name, (points, bad_start, good_start)) in zip(axes, cases.items(), strict=True):
    bad = KMeans(len(bad_start), init=bad_start, tol=0).fit(points)
    good = KMeans(len(good_start), init=good_start, tol=0).fit(points)
    plot_iterations(bad, points, [0, bad.n_iter_], axes=row[:2])
    plot_iterations(good, points, [good.n_iter_], axes=row[2:3])
    row[0].set_title(f"{name}: start")
    row[1].set_title(f"its end: inertia {bad.inertia_:.1f}")
    row[2].set_title(f"the best: inertia {good.inertia_:.1f}")

    # on the straight way from the bad centres to the good ones
    ends = bad.cluster_centers_, good.cluster_centers_
    way = np.linspace(0, 1, 101)
    heights = [clustering.hard_inertia(points, (1 - t) * ends[0] + t * ends[1]) for t in way]
    row[3].plot(way, heights, color=BLUE)
    row[3].plot([0, 1], [bad.inertia_, good.inertia_], "o", color=ORANGE)
    row[3].set(title="from the bad to the best", ylabel="inertia", ylim=(0, None))
    row[3].set(xlabel="share of the way", xticks=[0, 1])

    slope = ac.grad(lambda c, points=points: clustering.hard_inertia(points, c))(ends[0])
    assert np.allclose(slope, 0, atol=1e-10)
    assert max(heights) > bad.inertia_ > good.inertia_
    print(f"{name:12}  bad {bad.inertia_:6.1f}  best {good.inertia_:5.1f}")
plt.show()

# %% [markdown]
# At the bad ends the gradient is zero, and the way to the best goes uphill first.
#
# ## Empty clusters
#
# A centre that no point is nearest to has no mean. That can happen at once, to a centre far from
# all points. It can also happen later, to a centre that starts on a data point:

# %%
five = np.array([[4.0, 1], [3, 9], [0, 6], [6, 2], [1, 7]])
on_points = five[[1, 4, 2]]
keeping = KMeans(3, init=on_points, empty_clusters="keep", tol=0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    keeping.fit(five)
print("ConvergenceWarning:", caught[0].message)
for i, step in enumerate(keeping.history_):
    counts = np.bincount(assign(five, step.centers), minlength=3)
    print(f"iteration {i}: inertia {step.inertia:6.2f}, points in each cluster {counts}")

# %% [markdown]
# There are three ways out. `empty_clusters="keep"` leaves the centre where it is, and the result
# has a cluster less. `"relocate"`, the default, moves the centre to the point that is farthest from
# its own centre, which lowers the inertia further. `"error"` stops.

# %%
relocating = KMeans(3, init=on_points, tol=0).fit(five)
try:
    KMeans(3, init=on_points, empty_clusters="error").fit(five)
except clustering.DataError as error:
    print("error:", error)
print(f"keep: inertia {keeping.inertia_:.2f}, relocate: inertia {relocating.inertia_:.2f}")
assert relocating.inertia_ < keeping.inertia_

figure, axes = plt.subplots(1, 5, figsize=(13, 3), layout="constrained")
plot_iterations(relocating, five, [0, 1, 2, 3], axes=axes[:4])
plot_iterations(keeping, five, [keeping.n_iter_], axes=axes[4:])
axes[2].set_title("iteration 2: one is empty")
axes[3].set_title("relocate")
axes[4].set_title("keep")
plt.show()

# %% [markdown]
# ## Outliers: means and medians
#
# Squares make far points important. A single point at distance $D$ from a group of $n$ pulls its
# mean by $D / (n + 1)$. From some distance on it is cheaper to give the point a centre of its own
# and to let the groups share what is left.
#
# *K-medians* adds up absolute differences instead of squares, $\sum_i \lVert x_i - \mu_{z_i}
# \rVert_1$. The best centre is then the median in each coordinate, which hardly notices how far
# away a single point is. Two groups of 20 and one outlier above the right one; the better of two
# starts, one with a centre in each group, one with a centre on the outlier:

# %%
rng = np.random.default_rng(5)
left_group = rng.normal(scale=0.8, size=(20, 2))
right_group = rng.normal([6, 0], scale=0.8, size=(20, 2))
groups = np.concatenate([left_group, right_group])
truth = right_group.mean(axis=0)


def with_outlier(distance):
    return np.concatenate([groups, [truth + np.array([0, distance])]])


def better(kind, points):
    """The better of two fits."""
    starts = [[0, 0], [6, 0]], [[3, 0], points[-1]]
    return min((kind(2, init=s).fit(points) for s in starts), key=lambda fit: fit.inertia_)


def error_of(kind, distance):
    """How far the centre nearest to the right group's mean is from it."""
    fit = better(kind, with_outlier(distance))
    return np.linalg.norm(fit.cluster_centers_ - truth, axis=1).min()


distances = np.geomspace(2, 200, 36)
errors = {kind: [error_of(kind, d) for d in distances] for kind in (KMeans, KMedians)}

figure, axes = plt.subplots(1, 3, figsize=(10, 4), layout="constrained", width_ratios=[2, 2, 7])
for ax, kind in zip(axes, errors, strict=False):
    points = with_outlier(25)
    fit = better(kind, points)
    plot_clusters(points, fit.labels_, fit.cluster_centers_, voronoi=False, ax=ax, legend=False)
    ax.set(title=f"{kind.__name__},\nD = 25", xlabel="", ylabel="")
for (kind, values), colour in zip(errors.items(), (BLUE, ORANGE), strict=True):
    axes[2].plot(distances, values, ".-", color=colour, label=kind.__name__)
axes[2].set(title="how far the right centre is from its group", xscale="log")
axes[2].set(xlabel="distance D of the outlier", ylabel="distance from the group's mean")
axes[2].legend()
plt.show()

# %% [markdown]
# Medians are robust but not immune. For both the outlier gets its own centre as soon as its cost,
# about $D^2$ or $D$, exceeds what the second centre saves on the two groups. That saving we can
# compute.


# %%
def cost(points, middle, power):
    return (np.abs(points - middle(points, axis=0)) ** power).sum()


parts = left_group, right_group
saved = {
    kind: cost(groups, middle, power) - sum(cost(part, middle, power) for part in parts)
    for kind, middle, power in ((KMeans, np.mean, 2), (KMedians, np.median, 1))
}
limits = {KMeans: np.sqrt(saved[KMeans] * 21 / 20), KMedians: saved[KMedians]}
for kind, values in errors.items():
    breaks = distances[np.argmax(np.array(values) > 2)]
    print(f"{kind.__name__:8} expected to break at {limits[kind]:6.1f}, broke by {breaks:6.1f}")
    before = distances[np.argmax(np.array(values) > 2) - 1]
    assert before * 0.95 < limits[kind] < breaks * 1.05

# %% [markdown]
# ## How many clusters?
#
# More centres always make the inertia smaller, down to 0 for one centre per point. So the inertia
# cannot choose $K$ by itself. `clustering.choose_k` offers, among others, these four rules:
#
# - **Elbow**: the inertia falls steeply up to the right $K$ and slowly after it. Take the knee of
#   the curve, the point farthest below the diagonal from its first to its last point.
# - **Silhouette**: for each point, $a$ is the mean distance to its own cluster, $b$ the least mean
#   distance to another. Take the $K$ with the largest mean of $(b - a) / \max(a, b)$.
# - **Cross-validation**: cut the data into folds. Cluster all folds but one, and measure the
#   squared distances of the points held out to the nearest centre. Take the knee.
# - **Gap statistic**: compare $\log J$ with that of uniform data in the same box. Take the first
#   $K$ whose gap is not beaten by the next one by more than one standard error.
#
# Four data sets: five clear groups; six groups in three pairs; no groups at all; and the iris
# flowers, where we pretend not to know the species.

# %%
rng = np.random.default_rng(5)


def groups_at(places, size, scale):
    return np.concatenate([p + rng.normal(scale=scale, size=(size, 2)) for p in np.array(places)])


iris = load_iris()
sets = {
    "five groups": groups_at([(1, 1), (8, 1.5), (4.5, 4.5), (1, 8), (8, 8)], 30, 0.6),
    "pairs": groups_at([(1, 1), (3, 1), (8, 2), (8, 4), (4, 8), (6, 8)], 25, 0.45),
    "uniform": rng.uniform(0, 10, (150, 2)),
    "iris": iris.data,
}
methods = "elbow", "silhouette", "cross_validation", "gap"
choices = {
    (name, method): clustering.choose_k(points, range(1, 9), method=method, references=5)
    for name, points in sets.items()
    for method in methods
}
print(f"{'':12}", *(f"{method:>16}" for method in methods))
for name in sets:
    print(f"{name:12}", *(f"{choices[name, method].k:16}" for method in methods))

# %%
figure, axes = plt.subplots(4, 5, figsize=(13, 9.5))
figure.subplots_adjust(wspace=0.35, hspace=0.5)
for row, (name, points) in zip(axes, sets.items(), strict=True):
    shown = points[:, 2:] if name == "iris" else points
    row[0].scatter(*shown.T, s=6, color="0.4")
    row[0].set(title=name, xticks=[], yticks=[])
    for ax, method in zip(row[1:], methods, strict=True):
        choices[name, method].plot(ax)
        ax.set_title(f"{method}: K = {choices[name, method].k}")
        ax.set(xlabel="K", ylabel="")
axes[3, 0].set(xlabel="petal length", ylabel="petal width")
plt.show()

# %% [markdown]
# Where do they disagree, and why?
#
# **Five groups.** The silhouette says 5. The two knees say 4: from four to five centres the inertia
# still falls to less than a quarter, but next to the first fall that is little on the curve. And a
# knee depends on where the curve ends. With more centres to try, the diagonal is flatter.


# %%
def knees(points, largest=range(6, 15)):
    """The knee of the inertia, by the largest K that is tried."""
    table = clustering.choose_k(points, range(1, max(largest) + 1)).table
    places = [clustering.knee(table["k"][:m], table["inertia"][:m]) for m in largest]
    return [int(table["k"][place]) for place in places]


print("largest K tried:      ", *(f"{m:2}" for m in range(6, 15)))
for name in ("five groups", "iris"):
    print(f"{name:11} elbow at K =", *(f"{k:2}" for k in knees(sets[name])))

# %% [markdown]
# The gap stops at 1. To put a second centre among five groups that fill the box evenly helps no
# more than among uniform points, and the rule looks only one step ahead. The largest gap is at 5.

# %%
gap = choices["five groups", "gap"]
print(gap)
print("largest gap at K =", gap.table["k"][gap.table["gap"].argmax()])
assert gap.k == 1 and gap.table["gap"].argmax() + 1 == 5
inertia = choices["five groups", "elbow"].table["inertia"]
assert inertia[4] < inertia[3] / 4
assert choices["five groups", "elbow"].k == choices["five groups", "cross_validation"].k == 4

# %% [markdown]
# **Pairs.** All rules say 3, and the gap has a second, higher peak at 6. Both numbers are right.
# There are three groups of two groups, and a rule for $K$ cannot know at which distance we look.

# %%
gap = choices["pairs", "gap"].table
print("gap:", *(f"K = {k}: {value:.2f} " for k, value in zip(gap["k"], gap["gap"], strict=True)))
assert all(choices["pairs", method].k == 3 for method in methods)
assert gap["gap"].argmax() + 1 == 6

# %% [markdown]
# **Uniform.** Only the gap can say that there is one cluster, and does. Every convex curve has a
# knee, and the silhouette is not defined for one cluster. Its height is a warning: the largest is
# far below that of the other data.

# %%
for name in sets:
    values = choices[name, "silhouette"].table["silhouette"]
    print(f"{name:12} largest silhouette {np.nanmax(values):.2f}")
assert choices["uniform", "gap"].k == 1

# %% [markdown]
# **Iris.** Which flowers are in which cluster?

# %%
for k in (2, 3, 4):
    labels = KMeans(k, n_init=10, random_state=0).fit_predict(iris.data)
    table = np.zeros((3, k), int)
    np.add.at(table, (iris.target, labels), 1)
    order = np.argsort(table.argmax(axis=0), kind="stable")
    score = clustering.adjusted_rand_score(iris.target, labels)
    print(f"K = {k}, adjusted Rand index {score:.2f}")
    for name, row in zip(iris.target_names, table[:, order], strict=True):
        print(f"  {name:10}", *(f"{count:4}" for count in row))

# %% [markdown]
# The silhouette sees the one wide gap, between setosa and the rest. Versicolor and virginica touch,
# and a border through a dense region costs silhouette on both sides. The knee is at 2, or at 3 if
# more centres are tried. The gap grows on and levels off from 4: the flowers lie in long clouds,
# and k-means cuts a long cloud into round pieces, which saves more than it does in a uniform box.
# Where it stops depends on the random boxes. None of the rules finds the species with certainty,
# since the species are not three separate groups in these four measurements.

# %%
table = choices["iris", "gap"].table
for k, value, error in zip(table["k"], table["gap"], table["standard error"], strict=True):
    print(f"K = {k}: gap {value:.2f} ± {error:.2f}")
scores = choices["iris", "silhouette"].table["silhouette"]
assert choices["iris", "silhouette"].k == 2 and scores[2] < scores[1] - 0.1
assert choices["iris", "elbow"].k == 2 and knees(iris.data)[-1] == 3

# %% [markdown]
# ## Cross-validation from close by
#
# The rule for held-out data is quickly written down:

# %%
rng = np.random.default_rng(0)
folds = np.array_split(rng.permutation(150), 5)
print("K   by hand  choose_k  standard error")
automatic = choices["iris", "cross_validation"].table
for k in (2, 3, 4):
    held_out = []
    for fold in folds:
        rest = np.delete(iris.data, fold, axis=0)
        fit = KMeans(k, n_init=4, random_state=0).fit(rest)
        held_out.append(-fit.score(iris.data[fold]) / len(fold))
    theirs, error = (automatic[c][k - 1] for c in ("held-out squared distance", "standard error"))
    print(f"{k}   {np.mean(held_out):7.3f}  {theirs:8.3f}  {error:14.3f}")
    assert abs(np.mean(held_out) - theirs) < 2 * error

# %% [markdown]
# The folds are other ones, hence the small difference. Why the knee and not the minimum? In
# regression the error on held-out data turns upwards when a model has too many parameters. Here it
# does not: with more centres, a new point finds one nearer to it.

# %%
many = [1, 2, 3, 5, 10, 20, 40, 80, 119]
quick = KMeans(n_init=1)
curve = clustering.choose_k(iris.data, many, method="cross_validation", estimator=quick).table
seen = clustering.choose_k(iris.data, many, estimator=quick).table["inertia"] / 150
figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
axes.errorbar(
    many, curve["held-out squared distance"], curve["standard error"],
    marker="o", capsize=3, color=ORANGE, label="held out",
)  # fmt: skip
axes.plot(many, seen, "s-", color=BLUE, label="clustered")
axes.set(xscale="log", yscale="log", xlabel="clusters K", ylabel="mean squared distance")
axes.set_title("iris: points that were clustered, and points that were not")
axes.legend()
plt.show()
assert (np.diff(curve["held-out squared distance"]) < 0).all()

# %% [markdown]
# What tells too many centres is the distance between the curves. With 119 centres the points that
# were clustered are almost at their centres; new ones are not.
#
# ## Units matter
#
# Distances add up the squares of all features. A feature in small units has large numbers, and
# decides alone. The wine data have 13 chemical measurements of 178 wines from three growers, and
# one of them, proline, has values from 278 to 1680.

# %%
wine = load_wine()
standardised = (wine.data - wine.data.mean(axis=0)) / wine.data.std(axis=0)
share = wine.data.var(axis=0) / wine.data.var(axis=0).sum()
print(f"share of {wine.feature_names[share.argmax()]} in the variance: {share.max():.1%}")
for name, points in (("as they are", wine.data), ("standardised", standardised)):
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(points)
    score = clustering.adjusted_rand_score(wine.target, labels)
    picks = {
        method: clustering.choose_k(points, range(1, 9), method=method).k
        for method in ("elbow", "silhouette")
    }
    print(f"{name:13} agreement with the growers {score:.2f}, K by", picks)

# %% [markdown]
# Two of the features, so that the cells can be drawn. As they are, the borders cut only proline.

# %%
pair = [wine.feature_names.index(name) for name in ("flavanoids", "proline")]
figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
axes[0].scatter(*wine.data[:, pair].T, c=[[BLUE, ORANGE, GREEN][g] for g in wine.target], s=12)
axes[0].set(title="the growers", xlabel="flavanoids", ylabel="proline")
for ax, points, name in zip(
    axes[1:], (wine.data, standardised), ("as they are", "standardised"), strict=True
):
    fit = KMeans(3, n_init=10, random_state=0).fit(points[:, pair])
    plot_clusters(points[:, pair], fit.labels_, fit.cluster_centers_, ax=ax, legend=False)
    score = clustering.adjusted_rand_score(wine.target, fit.labels_)
    ax.set(title=f"{name}: agreement {score:.2f}", xlabel="flavanoids", ylabel="proline")
plt.show()

# %% [markdown]
# Standardising is a choice, too: it declares all features equally important. Where the units are
# the same, as the centimetres of the iris flowers, there is a case for leaving them.
#
# ## A photograph in few colours
#
# A pixel is a point: red, green, blue. The centres are a palette, and each pixel gets its nearest
# colour. `quantize` does this for images; equal colours are one point with a weight.

# %%
photograph = load_sample_image("china.jpg")[:426, :639]  # bundled with scikit-learn
photograph = photograph.reshape(142, 3, 213, 3, 3).mean(axis=(1, 3)).round().astype(np.uint8)
different = np.unique(photograph.reshape(-1, 3), axis=0)
print(f"{photograph.shape}, {len(different):,} different colours")
results = {colours: quantize(photograph, colours) for colours in (2, 4, 8, 16, 32)}

figure, axes = plt.subplots(2, 3, figsize=(8.6, 4.2), layout="constrained")
axes[0, 0].imshow(photograph)
axes[0, 0].set_title("the photograph")
for ax, (colours, result) in zip(axes.flat[1:], results.items(), strict=True):
    ax.imshow(result.image)
    ax.set_title(f"{colours} colours, error {result.error:.1f}")
for ax in axes.flat:
    ax.set_axis_off()
plt.show()

# %% [markdown]
# The error is the root mean square difference over pixels and channels, of 255. It is the inertia
# in other units: $\sqrt{J / 3n}$.

# %%
pixels = photograph.reshape(-1, 3).astype(float)
for colours, result in results.items():
    by_inertia = np.sqrt(clustering.inertia(pixels, centers=result.palette) / pixels.size)
    assert np.isclose(by_inertia, result.error)
    bits = np.log2(len(result.palette))
    print(f"{colours:2} colours: {bits:.0f} bits a pixel instead of 24, error {result.error:5.2f}")

# %%
figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
some = pixels[np.random.default_rng(0).permutation(len(pixels))[:3000]]
axes[0].scatter(some[:, 0], some[:, 2], c=some / 255, s=4)
axes[0].scatter(
    *results[8].palette[:, [0, 2]].T, c=results[8].palette / 255, s=110, marker="X", edgecolors="k"
)
axes[0].set(title="3,000 pixels and 8 centres", xlabel="red", ylabel="blue", aspect="equal")
for place, result in enumerate(results.values()):
    shares = np.bincount(result.labels.ravel()) / result.labels.size
    axes[1].barh(place, shares, left=np.cumsum(shares) - shares, color=result.palette / 255)
axes[1].set(title="palettes, by share of pixels", xlabel="share of pixels", ylabel="colours")
axes[1].set_yticks(range(5), list(results))
axes[2].plot(list(results), [result.error for result in results.values()], "o-", color=BLUE)
axes[2].set(title="error", xlabel="colours", ylabel="root mean square error", xscale="log")
axes[2].set_xticks(list(results), list(results))
axes[2].minorticks_off()
axes[2].set_ylim(0, None)
axes[2].grid(alpha=0.3)
plt.show()

# %% [markdown]
# The same for a file, from the command line:
#
# ```sh
# python -m clustering.quantize photo.png few.png --colors 16
# ```
#
# What it does and prints, in a folder that is then removed:

# %%
with tempfile.TemporaryDirectory() as folder, chdir(folder):
    Image.fromarray(photograph).save("photo.png")
    quantize_command(["photo.png", "few.png", "--colors", "16"])
    few = np.asarray(Image.open("few.png"))
    sizes = [Path(name).stat().st_size for name in ("photo.png", "few.png")]
assert np.array_equal(few, results[16].image)
print("size of the files: {:,} and {:,} bytes".format(*sizes))

# %% [markdown]
# ## What to keep in mind
#
# - K-means ends where no step improves. Start several times, or with k-means++, and keep the best.
# - The units of the features decide what is near. Far points decide where means are.
# - A rule for $K$ answers its own question. Ask more than one, over more than one range, and look
#   at the data.
