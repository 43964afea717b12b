# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Shapes and hierarchies: mean shift, linkage, DBSCAN
#
# K-means (notebook 10) cuts space into cells around centres. What if a cluster is a crescent, a
# ring or a long chain? Three answers, from three ideas of what a cluster is: the basin of a peak of
# the density, a branch of a tree, a region that is dense everywhere.

# %%
from functools import partial
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import scipy.cluster.hierarchy
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from sklearn.datasets import load_iris, load_sample_image, make_blobs, make_moons, make_swiss_roll

import autograd_core as ac
import clustering
from clustering.images import segment

plt.rcParams["figure.dpi"] = 72
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"  # clusters 0, 1 and 2 of the pictures


def rand(truth, labels):
    """The adjusted Rand index: 1 is right, 0 is chance. Each noise sample counts as a cluster."""
    alone = [np.where(kinds < 0, -1 - np.arange(len(kinds)), kinds) for kinds in (truth, labels)]
    return clustering.adjusted_rand_score(*alone)


def show(axes, X, labels, title, size=None, **options):
    """Samples in the colours of their clusters (noise: grey crosses), without a legend."""
    clustering.plots.plot_clusters(X, labels, ax=axes, legend=False, **options)
    if size is not None:
        for points in axes.collections:
            points.set_sizes([size])
    axes.set_title(title, fontsize="medium")
    axes.set(xticks=[], yticks=[], xlabel="", ylabel="")


# %% [markdown]
# ## Mean shift: a window that climbs
#
# Put a window on the data, go to the mean of the samples in it, and repeat until it stays. With a
# flat window of radius $h$, the *bandwidth*, a step is
#
# $$x \leftarrow m(x) = \frac{1}{n(x)} \sum_{|x_i - x| \le h} x_i,
# \qquad n(x) = \text{the number of samples within } h \text{ of } x.$$
#
# With a Gaussian window of standard deviation $h$ all samples count, the near ones more:
#
# $$m(x) = \frac{\sum_i w_i\, x_i}{\sum_i w_i}, \qquad w_i = e^{-\|x - x_i\|^2 / 2h^2}.$$
#
# A real data set of one dimension: the petal lengths of 150 irises. By hand, a window is two lines.

# %%
petals = load_iris().data[:, 2:3]


def flat_mean(x, h):
    return petals[np.abs(petals[:, 0] - x) <= h].mean()


def gaussian_mean(x, h):
    weights = np.exp(-((x - petals[:, 0]) ** 2) / (2 * h**2))
    return weights @ petals[:, 0] / weights.sum()


def climb(mean, x, h):
    """All places of a window, until a step is at most a thousandth of the bandwidth."""
    path = [x, mean(x, h)]
    while abs(path[-1] - path[-2]) > 1e-3 * h:
        path.append(mean(path[-1], h))
    return np.array(path)


BANDWIDTHS = {"flat": 0.95, "gaussian": 0.45}
STARTS = 2.41, 3.13
means = {"flat": flat_mean, "gaussian": gaussian_mean}
climbs = {
    kernel: [climb(means[kernel], start, h) for start in STARTS] for kernel, h in BANDWIDTHS.items()
}
for kernel, paths in climbs.items():
    for path in paths:
        print(f"{kernel:8} from {path[0]:.2f} to {path[-1]:.4f} in {len(path) - 1:2} steps")

# %% [markdown]
# `clustering.MeanShift` climbs from every sample at once, or from given seeds. `positions(i)` says
# where the seeds are after $i$ steps. Does it take the same steps?

# %%
for kernel, paths in climbs.items():
    for path in paths:
        model = clustering.MeanShift(BANDWIDTHS[kernel], seeds=[[path[0]]], kernel=kernel)
        model.fit(petals)
        places = [model.positions(i)[0, 0] for i in range(len(path))]
        assert np.allclose(places, path, atol=1e-8)
        print(f"{kernel:8} largest difference {np.max(np.abs(places - path)):.0e}")


# %% [markdown]
# ## The step is a gradient
#
# Nobody told the window what to climb. The Gaussian *kernel density estimate* puts a bump on every
# sample,
#
# $$f(x) = \frac{1}{n (2\pi h^2)^{d/2}} \sum_i e^{-\|x - x_i\|^2 / 2h^2}, \qquad
# \nabla \log f(x) = \frac{\sum_i w_i\, (x_i - x) / h^2}{\sum_i w_i} = \frac{m(x) - x}{h^2}.$$
#
# So the *mean-shift vector* is $m(x) - x = h^2\, \nabla \log f(x)$: gradient ascent on the
# logarithm of the density, with a step size that needs no tuning. The engine computes the gradient
# without being told the formula.


# %%
def log_density(x, samples, h):
    """The logarithm of the kernel density at the places x (m, d)."""
    squares = np.sum((x[:, None] - samples) ** 2, axis=-1)
    constant = np.log(len(samples)) + samples.shape[1] / 2 * np.log(2 * np.pi * h**2)
    return ac.logsumexp(-squares / (2 * h**2), axis=1) - constant


def gradient(x, samples, h):
    return ac.grad(lambda x: np.sum(log_density(x, samples, h)))(x)


places = np.linspace(0.5, 7.5, 200)[:, None]
h = BANDWIDTHS["gaussian"]
vectors = clustering.gaussian_shift(places, petals, h) - places
difference = np.max(np.abs(vectors - h**2 * gradient(places, petals, h)))
print(f"largest difference, Gaussian window: {difference:.0e}")
assert difference < 1e-12

# %% [markdown]
# The flat window climbs too, but another hill: the density of parabolic bumps
# $\sum_i \max(0,\, 1 - \|x - x_i\|^2 / h^2)$ (Epanechnikov's kernel), whose derivative is constant
# times the distance inside the window and nothing outside. There the vector is the gradient times
# $h^2 / 2 n(x)$.


# %%
def parabolas(x, h):
    return np.sum(np.maximum(0, 1 - ((x[:, None] - petals[:, 0]) / h) ** 2), axis=1)


h = BANDWIDTHS["flat"]
inside = (np.abs(places - petals[:, 0]) <= h).sum(axis=1)
seen = inside > 0  # a window without a sample has no mean
vectors = np.array([flat_mean(x, h) - x for x in places[seen, 0]])
uphill = ac.grad(lambda x: np.sum(parabolas(x, h)))(places[:, 0])[seen]
difference = np.max(np.abs(vectors - h**2 / (2 * inside[seen]) * uphill))
print(f"largest difference, flat window: {difference:.0e}")
assert difference < 1e-12

# %%
figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), layout="constrained")
across = np.linspace(0, 8, 400)
curves = {  # both with an area of 1
    "flat": 0.75 / (150 * BANDWIDTHS["flat"]) * parabolas(across, BANDWIDTHS["flat"]),
    "gaussian": np.exp(log_density(across[:, None], petals, BANDWIDTHS["gaussian"])),
}
for ax, (kernel, paths) in zip(axes, climbs.items(), strict=True):
    ax.plot(across, curves[kernel], color="0.5")
    ax.plot(petals, np.full(150, -0.012), "|", color="0.5", markersize=9)
    for path, colour in zip(paths, (BLUE, ORANGE), strict=True):
        heights = np.interp(path, across, curves[kernel])
        ax.plot(path, heights, "o-", color=colour, markersize=4, linewidth=1)
        ax.plot(path[0], heights[0], "o", markersize=9, markerfacecolor="none", color=colour)
        h = BANDWIDTHS[kernel]
        ax.plot([path[0] - h, path[0] + h], [heights[0]] * 2, color=colour, linewidth=4, alpha=0.3)
        ax.plot(path[-1], heights[-1], "*", color=colour, markersize=13)
    ax.set(title=f"{kernel.capitalize()} window, h = {h}", xlabel="petal length (cm)")
axes[0].set_ylabel("density of its bumps")
plt.show()

# %% [markdown]
# A circle marks a start, a thick bar its window, a star the end. Ticks at the bottom are samples.
# The two starts lie on two sides of a valley. The first steps are long, where samples are few, and
# the last ones short, near the top.
#
# ## Basins may have any shape
#
# Mean shift calls a cluster what climbs to the same *mode*: the basin of a peak. A basin need not
# be a ball, nor convex. Two commas of 250 samples, each with a dense head and a tail that thins out
# on its way towards the other:

# %%
rng = np.random.default_rng(0)
along = -np.log(1 - (np.arange(250) + 0.5) / 250 * (1 - np.exp(-2))) / 2 * np.pi  # the angle
radii = 1 + rng.normal(0, 0.08, (2, 250))
upper = np.stack([-np.cos(along) * radii[0], np.sin(along) * radii[0]], axis=1)
lower = np.stack([1 + np.cos(along) * radii[1], 0.3 - np.sin(along) * radii[1]], axis=1)
commas, comma = np.concatenate([upper, lower]), np.repeat([0, 1], 250)

h = 0.2
basins = clustering.MeanShift(h, kernel="gaussian").fit(commas)
nearest = clustering.MeanShift(h, kernel="gaussian", assign="nearest").fit(commas)
by_kmeans = clustering.KMeans(2, n_init=10, random_state=0).fit(commas)
print(f"{len(basins.cluster_centers_)} modes after {basins.n_iter_} steps")
for name, labels in (
    ("basins", basins.labels_),
    ("nearest mode", nearest.labels_),
    ("k-means", by_kmeans.labels_),
):
    print(f"adjusted Rand index of {name:12} {rand(comma, labels):.2f}")
assert rand(comma, basins.labels_) == 1

# %%
figure, axes = plt.subplots(2, 3, figsize=(11, 5.2), layout="compressed")
low, high = commas.min(axis=0), commas.max(axis=0)
box_x, box_y = np.linspace(low - 0.16, high + 0.16, 60).T
plane = np.stack(np.meshgrid(box_x, box_y), axis=-1)
log_f = log_density(plane.reshape(-1, 2), commas, h).reshape(60, 60)
axes[0, 0].contour(box_x, box_y, np.exp(log_f), levels=12, colors="0.75", linewidths=0.8)
coarse = plane[2::4, 1::3].reshape(-1, 2)
coarse = coarse[np.exp(log_density(coarse, commas, h)) > 0.03]
arrows = h**2 * gradient(coarse, commas, h)
axes[0, 0].quiver(
    *coarse.T, *arrows.T, color=BLUE, angles="xy", scale_units="xy", scale=1, width=0.004
)
axes[0, 0].set_title("density and mean-shift vectors", fontsize="medium")
axes[0, 0].set(aspect="equal", xticks=[], yticks=[], xlim=box_x[[0, -1]], ylim=box_y[[0, -1]])
last = len(basins.history_)
clustering.plots.plot_iterations(basins, commas, steps=[10, last], axes=axes[0, 1:])
axes[0, 1].set_title("windows after 10 steps", fontsize="medium")
axes[0, 2].set_title(f"after {basins.n_iter_} steps: all at modes", fontsize="medium")
show(axes[1, 0], commas, basins.labels_, f"basins: adjusted Rand {rand(comma, basins.labels_):.2f}")
title = f"nearest mode: adjusted Rand {rand(comma, nearest.labels_):.2f}"
show(axes[1, 1], commas, nearest.labels_, title, centers=basins.cluster_centers_)
title = f"k-means: adjusted Rand {rand(comma, by_kmeans.labels_):z.2f}"
show(axes[1, 2], commas, by_kmeans.labels_, title, centers=by_kmeans.cluster_centers_)
plt.show()

# %% [markdown]
# The arrows point along the tails to the heads, and so do the paths of the samples. Whoever asks
# only which mode is *nearest* cuts the tails off with a straight line, as k-means does. For that
# reason `assign="basin"` follows each sample. It is the default where every sample is a seed. With
# few seeds, where following all samples would waste the saving, the nearest mode is.
#
# ## The bandwidth
#
# The number of clusters is not given, but the bandwidth is. A narrow window sees a peak in every
# handful of samples; a wide one sees one hill. For a Gaussian window in one dimension the number of
# modes never grows with the bandwidth (Silverman, 1981). We count the clusters that the library
# finds, and, as a check, the maxima of the density on a fine grid. (Modes less than a bandwidth
# apart would count as one cluster. There are none here.)

# %%
widths = np.geomspace(0.1, 2, 25)
fine = np.linspace(0, 8, 2001)[:, None]
found, maxima = [], []
for h in widths:
    model = clustering.MeanShift(h, kernel="gaussian", max_iter=10_000).fit(petals)
    f = log_density(fine, petals, h)
    found.append(len(model.cluster_centers_))
    maxima.append(np.sum((f[1:-1] > f[:-2]) & (f[1:-1] >= f[2:])))
print("modes:", found)
two = widths[np.array(found) == 2]
print(f"two modes from {two.min():.2f} to {two.max():.2f} cm")
assert found == maxima
assert (np.diff(found) <= 0).all()

# %% [markdown]
# `estimate_bandwidth` proposes a radius for the flat window: the mean distance of a sample to its
# $k$-th nearest (itself included), where $k$ is a share of the samples, the `quantile`. By hand it
# is one sort. It moves the question from centimetres to shares, but does not answer it.

# %%
distances = np.sort(cdist(petals, petals), axis=1)
print("quantile  bandwidth  by hand  clusters")
for quantile in (0.05, 0.1, 0.2, 0.3, 0.5):
    bandwidth = clustering.estimate_bandwidth(petals, quantile=quantile)
    by_hand = distances[:, int(150 * quantile) - 1].mean()
    clusters = len(clustering.MeanShift(bandwidth).fit(petals).cluster_centers_)
    print(f"{quantile:8} {bandwidth:10.4f} {by_hand:8.4f} {clusters:9}")
    assert np.isclose(bandwidth, by_hand)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.5), layout="constrained")
for h, colour in ((0.1, GREEN), (0.45, BLUE), (1.4, ORANGE)):
    left.plot(across, np.exp(log_density(across[:, None], petals, h)), color=colour, label=f"{h:g}")
left.plot(petals, np.full(150, -0.015), "|", color="0.5", markersize=9)
left.set(title="density for three bandwidths", xlabel="petal length (cm)", ylabel="density")
left.legend(title="bandwidth")
right.plot(widths, found, "o-", color=BLUE, markersize=4)
right.set(title="modes against bandwidth", xlabel="bandwidth (cm)", ylabel="modes")
right.set(xscale="log", yscale="log")
right.set_yticks([1, 2, 3, 5, 8], [1, 2, 3, 5, 8])
right.set_xticks([0.1, 0.2, 0.5, 1, 2], [0.1, 0.2, 0.5, 1, 2])
right.minorticks_off()
plt.show()

# %% [markdown]
# A long stretch without change is the best sign of a real structure: two modes from 0.24 to 1.21
# cm. (They are *setosa* and the other two species. The petal's length alone does not separate
# those.)
#
# The bandwidth also moves the modes. `gaussian_modes` is a function of Tensors, so that one can ask
# how fast; its derivative comes from the fixed point $m(x) = x$, not from the steps that led there.

# %%
h = 0.45


def modes(h):
    return clustering.gaussian_modes(petals, h, [[1.5], [4.5]])[:, 0]


slopes = ac.jvp(modes, (h,), (1.0,))[1]
differences = (modes(h + 1e-5) - modes(h - 1e-5)) / 2e-5
print("modes at                     ", modes(h))
print("slopes by the engine         ", slopes)
print("slopes by central differences", differences)
assert np.allclose(slopes, differences, rtol=1e-6)

# %% [markdown]
# ## A photograph
#
# Pixels are samples: three colours, or three colours and a place. `segment` lets windows climb
# among the colours (and places), and paints each segment in its mean colour. `spatial` says how
# many units of colour the length of the image is worth.

# %%
photo = load_sample_image("flower.jpg")[::5, ::5]
segmented = {
    "colour, h = 30": segment(photo, bandwidth=30),
    "colour, h = 60": segment(photo, bandwidth=60),
    "colour and place, h = 60": segment(photo, bandwidth=60, spatial=300),
}
figure, axes = plt.subplots(1, 4, figsize=(10.5, 2.2), layout="constrained")
axes[0].imshow(photo)
axes[0].set_title(f"photograph, {photo.shape[0]} × {photo.shape[1]} pixels", fontsize="medium")
for ax, (name, segments) in zip(axes[1:], segmented.items(), strict=True):
    parts = [ndimage.label(segments.labels == k)[1] for k in range(len(segments.colors))]
    print(f"{name:24} {len(parts):2} segments, the largest in {parts[0]:2} pieces")
    ax.imshow(segments.image)
    ax.set_title(f"{name}: {len(parts)} segments", fontsize="medium")
for ax in axes:
    ax.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# In colours alone, a wide window leaves flower and background, and the dark pixels in the heart of
# the flower count as background: 43 pieces. With the place, segments hold together, and leaves that
# hardly differ in colour come apart.
#
# ## Hierarchies: merge the nearest two
#
# Agglomeration starts with every sample as its own cluster and merges the two nearest, again and
# again, until one is left. Everything depends on what the distance of two clusters $A$ and $B$ is:
#
# $$ \text{single: } \min_{a \in A,\, b \in B} \|a - b\|, \qquad
# \text{complete: } \max_{a \in A,\, b \in B} \|a - b\|, \qquad
# \text{average: } \frac{1}{|A|\,|B|} \sum_{a \in A,\, b \in B} \|a - b\|, $$
#
# $$ \text{Ward: } \sqrt{\frac{2\,|A|\,|B|}{|A| + |B|}}\; \|m_A - m_B\|
# \quad \text{with the means } m_A \text{ and } m_B. $$
#
# The square of Ward's distance is twice what the merge adds to the sum of squared distances to the
# means: k-means's objective. By hand, on seven points:

# %%
DISTANCES = {
    "single": lambda a, b: cdist(a, b).min(),
    "complete": lambda a, b: cdist(a, b).max(),
    "average": lambda a, b: cdist(a, b).mean(),
    "ward": lambda a, b: (
        np.sqrt(2 * len(a) * len(b) / (len(a) + len(b)))
        * np.linalg.norm(a.mean(axis=0) - b.mean(axis=0))
    ),
}


def agglomerate(points, distance):
    """All merges, as rows of SciPy's linkage matrix: two clusters, their distance, the size."""
    members = {i: [i] for i in range(len(points))}
    rows = []
    for new in range(len(points), 2 * len(points) - 1):
        height, a, b = min(
            (distance(points[members[a]], points[members[b]]), a, b)
            for a, b in combinations(sorted(members), 2)
        )
        members[new] = members.pop(a) + members.pop(b)
        rows.append([a, b, height, len(members[new])])
    return np.array(rows)


seven = np.array([[0, 0], [0.9, 0.3], [0.2, 1.9], [3.9, 0.2], [4.6, 1.3], [3.4, 2.9], [8.1, 1.0]])
for method, distance in DISTANCES.items():
    by_hand = agglomerate(seven, distance)
    Z = clustering.linkage(seven, method)
    assert np.allclose(Z, by_hand)
    assert np.allclose(Z, scipy.cluster.hierarchy.linkage(seven, method))
    print(f"{method:8} heights", Z[:, 2].round(2))

# %% [markdown]
# By hand, library and SciPy agree. And Ward's heights add up to the objective of k-means:

# %%
Z = clustering.linkage(seven, "ward")
for k in range(1, 8):
    within = clustering.inertia(seven, clustering.cut(Z, n_clusters=k))
    assert np.isclose(within, np.sum(Z[: 7 - k, 2] ** 2) / 2)
    print(f"{k} clusters: sum of squares {within:6.2f}")

# %% [markdown]
# A row of the linkage matrix is a merge: two clusters, the height, the size of the union. Samples
# are clusters 0 to 6, and the union of row $i$ is cluster $7 + i$. That is the *complete history*:
# it holds a clustering for each number of clusters, each one a refinement of the next.

# %%
Z = clustering.linkage(seven, "average")
print("  clusters   height  size")
for new, (a, b, height, size) in enumerate(Z, 7):
    print(f"{a:3.0f} + {b:2.0f} = {new:2} {height:6.2f} {size:5.0f}")
print("\nclusters  label of each sample")
for k in range(7, 0, -1):
    labels = clustering.cut(Z, n_clusters=k)
    print(f"{k:8}  {labels}")
    finer = clustering.cut(Z, n_clusters=min(k + 1, 7))
    assert all(len(set(labels[finer == kind])) == 1 for kind in set(finer))  # still together

# %% [markdown]
# A *dendrogram* draws the merges at their heights. A horizontal line cuts it: at a height, or where
# it leaves a given number of branches.

# %%
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
circles = [(point, 0.25) for point in seven]  # the smallest around two circles, with some room
for new, (a, b) in enumerate(Z[:, :2].astype(int), 7):
    (p, small), (q, large) = circles[a], circles[b]
    apart = np.linalg.norm(q - p)
    radius = (small + apart + large) / 2
    middle = p + (radius - small) / apart * (q - p)
    circles.append((middle, radius + 0.15))
    axes[0].add_patch(plt.Circle(middle, radius + 0.15, fill=False, color="0.6", linewidth=0.8))
    towards = np.radians({7: -45, 8: 180, 9: 60, 10: 60, 11: 90, 12: 90}[new])
    place = middle + (radius + 0.15) * np.array([np.cos(towards), np.sin(towards)])
    white = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    axes[0].text(*place, new, ha="center", va="center", color="0.4", fontsize=8, bbox=white)
axes[0].plot(*seven.T, "o", color=BLUE, markersize=12)
for i, point in enumerate(seven):
    axes[0].text(*point, i, ha="center", va="center", color="white", fontsize=9)
axes[0].set(title="seven points, six merges", aspect="equal", xlabel="feature 0")
axes[0].set(xlim=(-1.6, 9.6), ylim=(-4.5, 6.6), ylabel="feature 1")
clustering.plot_dendrogram(Z, n_clusters=3, ax=axes[1])
axes[1].set(title="cut for 3 clusters", xlabel="sample")
clustering.plot_dendrogram(Z, height=2.0, ax=axes[2])
at_height = clustering.cut(Z, height=2.0)
axes[2].set(title=f"cut at height 2: {at_height.max() + 1} clusters", xlabel="sample")
plt.show()

# %% [markdown]
# ## Four linkages, three data sets
#
# Round groups, two moons, and two groups with a bridge of a few samples. At the bottom the last 30
# merges of the tree of the bridge.

# %%
blobs, blob = make_blobs(
    [60] * 3, centers=[(0, 0), (4, 0.5), (1.5, 3.5)], cluster_std=0.7, random_state=1
)
moons, moon = make_moons(200, noise=0.06, random_state=0)
discs = rng.normal(0, 0.7, (120, 2)) + np.repeat([[0, 0], [7, 0]], 60, axis=0)
bridge = np.column_stack([np.linspace(1.2, 5.8, 14), rng.normal(0, 0.1, 14)])
chain = np.concatenate([discs, bridge])
side = (chain[:, 0] > 3.5).astype(int)
trio = {"blobs": (blobs, blob, 3), "moons": (moons, moon, 2), "bridge": (chain, side, 2)}

figure, axes = plt.subplots(4, 4, figsize=(11, 7.8), height_ratios=[2.4, 1.3, 0.75, 1.6])
figure.subplots_adjust(left=0.05, right=0.995, bottom=0.02, top=0.96, wspace=0.2, hspace=0.22)
scores, faithful = {}, {}
for column, method in enumerate(DISTANCES):
    for row, (name, (X, truth, k)) in enumerate(trio.items()):
        Z = clustering.linkage(X, method)
        assert np.allclose(Z[:, 2], scipy.cluster.hierarchy.linkage(X, method)[:, 2])
        labels = clustering.cut(Z, n_clusters=k)
        scores[name, method] = rand(truth, labels)
        faithful[name, method] = clustering.cophenetic_correlation(Z, X)
        title = f"{name}, {method}: {scores[name, method]:z.2f}"
        show(axes[row, column], X, labels, title, size=12)
    clustering.plot_dendrogram(Z, n_clusters=2, last=30, ax=axes[3, column])
    axes[3, column].set_title(f"bridge, {method}: tree", fontsize="medium")
    axes[3, column].set(xticks=[], ylabel="distance" if column == 0 else "")
plt.show()

# %% [markdown]
# The numbers are adjusted Rand indices.
#
# - **Single** linkage follows a shape wherever it leads: right on the moons. But a few samples
#   between two groups join them. That is *chaining*: it takes a single stray sample for the second
#   cluster. In the tree, one cluster swallows sample after sample, a staircase.
# - **Complete** linkage keeps the largest distance in a cluster small, **Ward** the sum of squares.
#   Both make compact groups and cut the moons.
# - **Average** linkage stands between.

# %%
assert scores["moons", "single"] == 1
assert scores["moons", "single"] > max(scores["moons", m] for m in ("complete", "average", "ward"))
assert scores["bridge", "single"] < 0.1 < 0.8 < scores["bridge", "ward"]
alone = clustering.cut(clustering.linkage(chain, "single"), n_clusters=2)
print("sizes of the two clusters of single linkage on the bridge:", np.bincount(alone))

# %% [markdown]
# ## How faithful is a tree?
#
# The *cophenetic* distance of two samples is the height at which they are first in one cluster. Its
# correlation with the true distances says how much the tree has bent.

# %%
print("cophenetic correlation (adjusted Rand index)")
print("       ", *(f"{method:>13}" for method in DISTANCES))
for name, (X, _, _) in trio.items():
    cells = (f"  {faithful[name, m]:.2f} ({scores[name, m]:z5.2f})" for m in DISTANCES)
    print(f"{name:8}", *cells)
    for method in DISTANCES:
        pairs = scipy.spatial.distance.pdist(X)
        theirs = scipy.cluster.hierarchy.cophenet(
            scipy.cluster.hierarchy.linkage(X, method), pairs
        )[0]
        assert np.isclose(faithful[name, method], theirs)

# %% [markdown]
# A faithful tree is not the same as right clusters: on the moons the least faithful tree is the one
# that finds them. It joins the far ends of a moon at a small height, because short steps lead
# there.

# %%
assert min(DISTANCES, key=lambda m: faithful["moons", m]) == "single"

# %% [markdown]
# ## One sample at the end
#
# Complete linkage looks at the farthest pair, and the farthest pair is made of extremes. Five
# points on a line, with a small $\varepsilon$:
#
# $$1 + 2\varepsilon, \quad 4, \quad 5 + 2\varepsilon, \quad 6, \quad 7 - \varepsilon.$$
#
# To the eye, the first is an outlier and the other four are a group.

# %%
e = 0.05


def five(end):
    return np.array([[1 + 2 * e], [4], [5 + 2 * e], [6], [end]])


line = five(7 - e)
for method in DISTANCES:
    print(f"{method:8}", clustering.cut(clustering.linkage(line, method), n_clusters=2))
print("\ncomplete linkage, step by step")
for a, b, height, _ in clustering.linkage(line, "complete"):
    print(f"{a:3.0f} + {b:.0f} at {height:.2f}")

# %% [markdown]
# Samples 2 and 3 merge first, at $1 - 2\varepsilon$, then 4 joins them, at $2 - 3\varepsilon$. Now
# sample 1, the one at 4, has two offers. To the outlier the distance is $3 - 2\varepsilon$. To the
# group it is that to its far end, $(7 - \varepsilon) - 4 = 3 - \varepsilon$, although its nearest
# member is only $1 + 2\varepsilon$ away. The outlier wins, by $\varepsilon$.
#
# Move the last point below $7 - 2\varepsilon$, and two things change. It is now nearer to 6 than
# $5 + 2\varepsilon$ is, so that samples 3 and 4 merge first, which leaves 2 for 1. And it is no
# longer farther from 4 than the outlier is. The four become one group.

# %%
expected = [0, 0, 1, 1, 1], [0, 1, 1, 1, 1]
ends = 7 - e, 7 - 3 * e
figure, axes = plt.subplots(1, 3, figsize=(12, 3.3), layout="constrained")
for row, (method, end) in enumerate(
    [("average", ends[0]), ("single", ends[0]), ("complete", ends[1]), ("complete", ends[0])]
):
    points = five(end)
    labels = clustering.cut(clustering.linkage(points, method), n_clusters=2)
    for kind, colour in enumerate((BLUE, ORANGE)):
        x = points[labels == kind, 0]
        axes[0].plot([x.min() - 0.12, x.max() + 0.12], [row, row], color=colour, lw=14, alpha=0.25)
        axes[0].plot(x, np.full(len(x), row), "o", color=colour)
axes[0].set_yticks(range(4), ["average", "single", f"complete,\nend {ends[1]:.2f}", "complete"])
axes[0].set(title="two clusters", xlabel="feature 0", ylim=(-0.6, 3.6), xlim=(0.6, 7.4))
for ax, end, labels in zip(axes[1:], ends, expected, strict=True):
    Z = clustering.linkage(five(end), "complete")
    assert np.array_equal(clustering.cut(Z, n_clusters=2), labels)
    clustering.plot_dendrogram(Z, n_clusters=2, ax=ax)
    ax.set(title=f"complete linkage, last point at {end:.2f}", xlabel="sample")
plt.show()

# %% [markdown]
# Where exactly does it turn? We move the last point and ask which clusters come out. Single linkage
# always says the same.

# %%
places = 6.81 + 0.02 * np.arange(10)
turned = {
    method: [
        bool(clustering.cut(clustering.linkage(five(end), method), n_clusters=2)[1] == 0)
        for end in places
    ]
    for method in ("complete", "single")
}
print("last point  sample 1 goes with the outlier (complete, single)")
for end, complete, single in zip(places, *turned.values(), strict=True):
    print(f"{end:10.2f}  {complete!s:5} {single}")
assert turned["complete"] == (places > 7 - 2 * e).tolist()
assert not any(turned["single"])

# %% [markdown]
# ## Only neighbours may merge
#
# The Swiss roll is a sheet, rolled up. Its layers are near to each other in space and far apart on
# the sheet. Ward linkage knows only space. With a graph of each sample's nearest neighbours as
# `connectivity`, only adjacent clusters may merge.

# %%
roll, angle = make_swiss_roll(700, random_state=0)
neighbours = clustering.kneighbors_graph(roll, 8)
free = clustering.AgglomerativeClustering(6).fit(roll)
bound = clustering.AgglomerativeClustering(
    6, connectivity=partial(clustering.kneighbors_graph, n_neighbors=8)
).fit(roll)


def pieces(labels):
    """Into how many connected pieces of the sheet each cluster falls."""
    return [
        int(connected_components(neighbours[rows][:, rows], directed=False)[0])
        for rows in (np.flatnonzero(labels == kind) for kind in range(6))
    ]


print("pieces of each cluster without the graph:", pieces(free.labels_))
print("pieces of each cluster with the graph:   ", pieces(bound.labels_))
assert pieces(bound.labels_) == [1] * 6 and pieces(free.labels_).count(2) == 4

# %%
figure = plt.figure(figsize=(11, 6), layout="constrained")
colours = plt.get_cmap("tab10")
for column, (name, model) in enumerate({"without graph": free, "with graph": bound}.items()):
    space = figure.add_subplot(2, 2, 1 + column, projection="3d")
    space.scatter(*roll.T, c=colours(model.labels_), s=9, depthshade=False)
    space.view_init(elev=8, azim=-75)
    space.set(title=f"{name}: the roll", xticks=[], yticks=[], zticks=[])
    space.set_box_aspect((1, 1, 1), zoom=1.5)
    sheet = figure.add_subplot(2, 2, 3 + column)
    sheet.scatter(angle, roll[:, 1], c=colours(model.labels_), s=9)
    sheet.set(title=f"{name}: unrolled", xlabel="angle along the roll", ylabel="height")
plt.show()

# %% [markdown]
# Without the graph, four of the six clusters take parts of two layers: on the unrolled sheet their
# colours appear twice. With it, each cluster is one piece. But the graph must follow the sheet.
# With too many neighbours it has edges from layer to layer:

# %%
for count in (8, 10, 15, 20):
    starts, ends = clustering.kneighbors_graph(roll, count).nonzero()
    longest = np.abs(angle[starts] - angle[ends]).max()
    print(f"{count:2} neighbours: the longest edge spans an angle of {longest:.2f}")
    assert (longest < 1) == (count <= 10)  # a full turn is 2π = 6.28

# %% [markdown]
# ## DBSCAN: what is dense hangs together
#
# Two numbers say what *dense* means: a radius $\varepsilon$ and a count `min_samples`. With the
# neighbourhood $N(x) = \{z : \|x - z\| \le \varepsilon\}$, the sample itself included,
#
# - $x$ is **core** if $|N(x)| \ge$ `min_samples`;
# - $z$ is **directly reachable** from a core sample $x$ if $z \in N(x)$;
# - $z$ is **reachable** from $x$ if a chain of such steps leads there; all but the last are core;
# - a **cluster** is all that is reachable from one of its core samples;
# - what is in a cluster without being core is **border**, what is in none is **noise**.
#
# Twenty-one samples, $\varepsilon = 1.00$, `min_samples = 4`. Core samples are large with a shaded
# disc of radius $\varepsilon$, border samples small with a dark edge, noise is crosses.

# %%
x = [0, 0.6, 0.7, 1.3, 1.9, 2.2, 2.8, 3.3, 3, 4.1, -0.9]
y = [0, 0.5, -0.4, 0.1, 0.6, -0.1, 0.5, 1.1, 1.3, 1.6, -0.3]
x += [5.6, 6.2, 6.3, 5.9, 6.9, 7.8, 4.4, 1, 7.4, 0.9]
y += [-0.6, -0.1, -0.9, -1.4, -0.6, -0.3, -2.1, 2.4, 1.7, -1.9]
few = np.column_stack([x, y])
model = clustering.DBSCAN(eps=1.0, min_samples=4).fit(few)
figure, axes = plt.subplots(figsize=(9, 4.6), layout="constrained")
clustering.plots.plot_roles(few, model, circles=True, ax=axes)
for i, point in enumerate(few):
    axes.annotate(i, point, xytext=(5, 4), textcoords="offset points", fontsize=8)
plt.show()

# %% [markdown]
# By hand: a table of who is near whom; core samples are counted; the clusters are the connected
# components of the core samples; a border sample belongs where a core sample is near.

# %%
near = cdist(few, few) <= 1.0
core = near.sum(axis=1) >= 4
numbers = np.full(len(few), -1)
numbers[core] = connected_components(near[np.ix_(core, core)])[1]
for i in np.flatnonzero(~core & near[:, core].any(axis=1)):
    numbers[i] = numbers[core & near[i]].min()
roles = np.where(core, "core", np.where(numbers >= 0, "border", "noise"))
assert np.array_equal(roles, model.roles_) and np.array_equal(numbers, model.labels_)
for role in ("core", "border", "noise"):
    print(f"{role:6}", np.flatnonzero(roles == role))

# %% [markdown]
# With `min_samples = 1` every sample is core, and clusters are what chains of steps up to
# $\varepsilon$ connect: single linkage, cut at the height $\varepsilon$. So DBSCAN is single
# linkage that does not build on thin ground. The bridge from above shows the difference.

# %%
single = clustering.cut(clustering.linkage(chain, "single"), height=0.6)
one = clustering.DBSCAN(eps=0.6, min_samples=1).fit(chain)
assert rand(single, one.labels_) == 1
dense = clustering.DBSCAN(eps=0.6, min_samples=4).fit(chain)
for name, labels in (("single linkage at 0.6", single), ("DBSCAN, min_samples = 4", dense.labels_)):
    sizes = np.sort(np.bincount(labels[labels >= 0]))[::-1]
    print(f"{name:24} clusters of {sizes}, noise {np.sum(labels < 0)}")
assert dense.labels_.max() == 1 and rand(side, dense.labels_) > 0.6

# %% [markdown]
# ## Right where k-means is wrong
#
# A disc inside a ring, with 25 stray samples, measured in millimetres. Which $\varepsilon$? A
# sample is core if its third other neighbour is within $\varepsilon$. So we sort the distances to
# the third neighbour. The curve is flat where samples are in clusters, steep where they are noise,
# and $\varepsilon$ belongs to the knee between. Read the other way round, the curve says how many
# samples are core for each $\varepsilon$.

# %%
rng = np.random.default_rng(3)
turn = rng.uniform(0, 2 * np.pi, 300)
ring = (40 + rng.normal(0, 2.5, 300))[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
disc, stray = rng.normal(0, 6, (120, 2)), rng.uniform(-60, 60, (25, 2))
millimetres, truth = np.concatenate([ring, disc, stray]), np.repeat([0, 1, -1], [300, 120, 25])

third = clustering.kneighbors_graph(millimetres, 3, mode="distance").max(axis=1).toarray()
curve = np.sort(np.ravel(third))[::-1]
knee = clustering.knee(np.arange(len(curve)), curve)
print(f"knee at sample {knee}: {curve[knee]:.2f} mm")
for eps in (3, 5, 8):
    cores = len(clustering.DBSCAN(eps, min_samples=4).fit(millimetres).core_sample_indices_)
    assert cores == np.sum(curve <= eps)

# %% [markdown]
# A gap in the ring that is a little wider than usual must not tear it, so we take a little more
# than the knee, 6 mm, and make it the unit: $X / 6$. From now on $\varepsilon = 1.00$.
#
# Scaling matters: DBSCAN has *one* radius for all features. With one feature in another unit, so
# that its numbers are a thousand times larger, nobody has a neighbour.

# %%
X = millimetres / 6
model = clustering.DBSCAN(eps=1.0, min_samples=4).fit(X)
by_kmeans = clustering.KMeans(2, n_init=10, random_state=0).fit(X)
print(f"DBSCAN:  {model.labels_.max() + 1} clusters, {np.sum(model.labels_ < 0)} noise")
print(f"adjusted Rand index of DBSCAN  {rand(truth, model.labels_):.2f}")
print(f"adjusted Rand index of k-means {rand(truth, by_kmeans.labels_):z.2f}")
assert rand(truth, model.labels_) > 0.9 and rand(truth, by_kmeans.labels_) < 0.1

radii = np.arange(0.3, 2.6, 0.05)
counts = [clustering.DBSCAN(eps, min_samples=4).fit(X).labels_.max() + 1 for eps in radii]
right = radii[np.array(counts) == 2]
print(f"two clusters for eps from {right.min():.2f} to {right.max():.2f}")
mixed = clustering.DBSCAN(eps=1.0, min_samples=4).fit(X * [1, 1000])
print(f"one feature in another unit: {mixed.labels_.max() + 1} clusters")
assert (mixed.labels_ < 0).all()

# %%
figure, axes = plt.subplots(1, 4, figsize=(12.5, 3.3), layout="constrained")
axes[0].plot(curve / 6, color=BLUE)
axes[0].plot(knee, curve[knee] / 6, "o", color=ORANGE, label="knee")
axes[0].axhline(1, color="0.5", linestyle="--", label="$\\varepsilon = 1$")
axes[0].set(title="third-neighbour distances", xlabel="samples, sorted", ylabel="distance")
axes[0].legend()
axes[1].plot(radii, counts, ".-", color=BLUE)
axes[1].axvline(1, color="0.5", linestyle="--")
axes[1].set(title="clusters against $\\varepsilon$", xlabel="$\\varepsilon$", ylabel="clusters")
title = f"DBSCAN: adjusted Rand {rand(truth, model.labels_):.2f}"
show(axes[2], X, model.labels_, title)
title = f"k-means: adjusted Rand {rand(truth, by_kmeans.labels_):z.2f}"
show(axes[3], X, by_kmeans.labels_, title, centers=by_kmeans.cluster_centers_)
plt.show()

# %% [markdown]
# The clusters grow: from the first core sample to its neighbours, to the neighbours of those that
# are core, and so on. An iteration is one such step, in both clusters at once.

# %%
figure, axes = plt.subplots(1, 5, figsize=(12.5, 2.8), layout="constrained")
clustering.plots.plot_iterations(model, X, steps=5, axes=axes)
plt.show()

# %% [markdown]
# ## Between two clusters
#
# A border sample can be near core samples of two clusters. With `border="first"` (the original
# algorithm, and scikit-learn's) it goes to the one found first, so that the result depends on the
# order of the rows. With `border="nearest"` it goes to that of its nearest core sample. We permute
# the rows 200 times.

# %%
x = [-1.6, -0.8, -1.4, -1.3, 0.9, 1.7, 1.4, 1.5, 0]
y = [0, 0.1, 0.6, -0.6, 0, 0.2, 0.7, -0.6, 0]
pair = np.column_stack([x, y])
LEFT, RIGHT, BETWEEN = 1, 4, 8
reach = np.linalg.norm(pair[[LEFT, RIGHT]] - pair[BETWEEN], axis=1)
print("distances of sample 8 to a core sample left and right:", reach.round(2))
went_left = {"first": [], "nearest": []}
for _ in range(200):
    order = rng.permutation(9)
    for border, left in went_left.items():
        labels = np.empty(9, int)
        model = clustering.DBSCAN(1.0, min_samples=4, border=border)
        labels[order] = model.fit_predict(pair[order])
        assert labels[LEFT] != labels[RIGHT] and labels[BETWEEN] >= 0
        left.append(labels[BETWEEN] == labels[LEFT])
for border, left in went_left.items():
    print(f'border="{border}": sample 8 is left in {np.sum(left)} of 200 orders')
assert 0 < np.sum(went_left["first"]) < 200 and all(went_left["nearest"])

# %% [markdown]
# `predict` answers for new points: the label of the nearest core sample, $-1$ if none is within
# $\varepsilon$. That is the same rule, so that with `border="nearest"` the samples get their own
# labels back. Dotted circles: what is within $\varepsilon$ of the two core samples in question.

# %%
figure, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
reverse = np.arange(9)[::-1]
for ax, order, name in zip(axes, (np.arange(9), reverse), ("as given", "reversed"), strict=False):
    labels = np.empty(9, int)
    labels[order] = clustering.DBSCAN(1.0, min_samples=4).fit_predict(pair[order])
    labels = np.where(labels == labels[LEFT], 0, 1)  # left is blue in both
    for kind, colour in enumerate((BLUE, ORANGE)):
        ax.plot(*pair[labels == kind].T, "o", color=colour, markersize=8)
    for centre, colour in zip(pair[[LEFT, RIGHT]], (BLUE, ORANGE), strict=True):
        ax.add_patch(plt.Circle(centre, 1, fill=False, color=colour, linestyle=":"))
    ax.set(title=f'border="first", order {name}')
model = clustering.DBSCAN(1.0, min_samples=4, border="nearest").fit(pair)
assert np.array_equal(model.predict(pair), model.labels_)
new_x, new_y = np.meshgrid(np.linspace(-2.9, 2.9, 290), np.linspace(-1.8, 1.8, 180))
said = model.predict(np.stack([new_x.ravel(), new_y.ravel()], axis=1)).reshape(new_x.shape)
levels, shades = [-1.5, -0.5, 0.5, 1.5], ["white", "#bfdbec", "#f9e7bf"]
axes[2].contourf(new_x, new_y, said, levels=levels, colors=shades)
for kind, colour in enumerate((BLUE, ORANGE)):
    axes[2].plot(*pair[model.labels_ == kind].T, "o", color=colour, markersize=8)
axes[2].set(title='predict, border="nearest"')
for ax in axes:
    ax.annotate("8", pair[BETWEEN], xytext=(0, 8), textcoords="offset points", ha="center")
    ax.set(aspect="equal", xlim=(-2.9, 2.9), ylim=(-1.8, 1.8), xlabel="feature 0")
axes[0].set_ylabel("feature 1")
plt.show()

# %% [markdown]
# ## Where DBSCAN fails
#
# One pair of numbers says what dense is, everywhere. Two dense groups lie close together, a third
# is sparse: a radius that reaches across the sparse group also reaches from one dense group to the
# other. No radius is right.

# %%
places = [(0, 0), (1.2, 0), (6, 1)]
uneven, group = make_blobs([80] * 3, centers=places, cluster_std=[0.2, 0.2, 1.2], random_state=0)
radii = np.geomspace(0.1, 2.5, 60)
fits = [clustering.DBSCAN(eps, min_samples=4).fit(uneven) for eps in radii]
quality = np.array([rand(group, model.labels_) for model in fits])
best = quality.argmax()
small = clustering.DBSCAN(0.2, min_samples=4).fit(uneven)
large = clustering.DBSCAN(1.0, min_samples=4).fit(uneven)
graph = clustering.SpectralClustering(3, affinity="nearest_neighbors", random_state=0).fit(uneven)
print(f"best of {len(radii)} radii: {radii[best]:.2f}, adjusted Rand index {quality[best]:.2f}")
print(f"noise in the sparse group at 0.2: {np.sum(small.labels_[group == 2] < 0)} of 80")
dense_groups = large.labels_[(group < 2) & (large.labels_ >= 0)]
print(f"clusters in the two dense groups at 1.0: {len(np.unique(dense_groups))}")
assert quality.max() < 0.85 and len(np.unique(dense_groups)) == 1

# %%
figure, axes = plt.subplots(1, 4, figsize=(12.5, 3.1), layout="constrained")
for ax, model in zip(axes, (small, large), strict=False):
    title = f"$\\varepsilon$ = {model.eps}: adjusted Rand {rand(group, model.labels_):.2f}"
    show(ax, uneven, model.labels_, title, size=12)
axes[2].plot(radii, quality, color=BLUE)
axes[2].set(title="every radius", xlabel="$\\varepsilon$", ylim=(0, 1.05))
axes[2].set_ylabel("adjusted Rand index")
title = f"spectral, neighbour graph: {rand(group, graph.labels_):.2f}"
show(axes[3], uneven, graph.labels_, title, size=12)
plt.show()

# %% [markdown]
# The last picture is spectral clustering (notebook 12) on the graph of the ten nearest neighbours.
# They are near in a dense group and far in a sparse one, so this graph adapts to the density.
#
# ## Which method for which shape
#
# All methods on the same four data sets. K-means, the linkages and spectral clustering are told the
# true number of clusters. Mean shift (flat window) and DBSCAN (`min_samples = 4`) get the best of
# 20 radii, chosen with the true labels: the most they can do. The numbers are adjusted Rand
# indices.

# %%
rng = np.random.default_rng(1)
strip = np.repeat([0, 1, 2], 60)
lying = np.column_stack([rng.normal(0, 2.2, 180), rng.normal(0, 0.3, 180) + 2.2 * strip])
tilt = np.array([[np.cos(0.6), np.sin(0.6)], [-np.sin(0.6), np.cos(0.6)]])
four = {
    "round": (blobs, blob),
    "stretched": (lying @ tilt, strip),
    "moons": (moons, moon),
    "uneven": (uneven, group),
}


def best_radius(make, X, truth):
    """The labels of the best of 20 radii."""
    spread = np.sqrt(X.var(axis=0).sum())
    fits = (make(radius).fit_predict(X) for radius in spread * np.geomspace(0.05, 1.2, 20))
    return max(fits, key=lambda labels: rand(truth, labels))


def labels_by(method, X, truth):
    k = truth.max() + 1
    if method == "k-means":
        return clustering.KMeans(k, n_init=10, random_state=0).fit_predict(X)
    if method == "spectral":
        model = clustering.SpectralClustering(k, affinity="nearest_neighbors", random_state=0)
        return model.fit_predict(X)
    if method == "mean shift":
        return best_radius(clustering.MeanShift, X, truth)
    if method == "DBSCAN":
        return best_radius(partial(clustering.DBSCAN, min_samples=4), X, truth)
    return clustering.cut(clustering.linkage(X, method), n_clusters=k)


methods = ["k-means", "mean shift", *DISTANCES, "DBSCAN", "spectral"]
results = {
    (name, method): labels_by(method, X, truth)
    for name, (X, truth) in four.items()
    for method in methods
}
table = {key: rand(four[key[0]][1], labels) for key, labels in results.items()}
print("         ", *(f"{method:>10}" for method in methods))
for name in four:
    print(f"{name:9}", *(f"{table[name, method]:z10.2f}" for method in methods))

compact = "k-means", "complete", "average", "ward"
assert all(table["round", m] > 0.9 for m in (*compact, "mean shift", "spectral"))
assert table["round", "single"] < 0.6 < table["round", "DBSCAN"] < 0.9
assert all(table["stretched", m] < 0.6 for m in (*compact, "single"))
assert all(table["stretched", m] > 0.8 for m in ("mean shift", "DBSCAN", "spectral"))
assert all(table["moons", m] == 1 for m in ("single", "DBSCAN", "spectral"))
assert all(table["moons", m] < 0.5 for m in (*compact, "mean shift"))
assert max(methods, key=lambda m: table["uneven", m]) == "spectral"
assert all(table["uneven", m] < 0.8 for m in methods if m != "spectral")

# %%
figure, axes = plt.subplots(4, 8, figsize=(11.5, 5.8), height_ratios=[1.9, 1.9, 1.1, 1.2])
figure.subplots_adjust(left=0.03, right=0.995, bottom=0.02, top=0.91, wspace=0.06, hspace=0.28)
for row, (name, (X, _)) in enumerate(four.items()):
    for column, method in enumerate(methods):
        title = f"{table[name, method]:z.2f}"
        title = f"{method}\n{title}" if row == 0 else title
        show(axes[row, column], X, results[name, method], title, size=7)
    axes[row, 0].set_ylabel(name)
plt.show()

# %% [markdown]
# - **Round**: found by k-means, mean shift and spectral clustering, nearly by complete, average
#   and Ward linkage. For single linkage a few samples between two groups are enough to join them.
#   DBSCAN calls the outer samples noise.
# - **Stretched**: found by spectral clustering, and but for the ends by DBSCAN and mean shift.
#   For k-means and Ward, pieces across the strips are more compact. Single and average linkage
#   split off far samples first.
# - **Moons**: found by single linkage, DBSCAN and spectral clustering. Those who want compact
#   clusters cut them. Mean shift finds no peak in an even moon.
# - **Uneven**: found by spectral clustering on a graph of neighbours. One radius, or one idea of
#   size, does not fit all groups.
#
# | method | a cluster is | asks for | noise | new samples go to |
# |---|---|---|---|---|
# | k-means | a cell around a mean | the number | no | the nearest mean |
# | mean shift | the basin of a peak | a bandwidth | if asked | the peak they climb to |
# | linkage | a branch of a tree | the number or a height, later | no | – |
# | DBSCAN | a dense region | a radius and a count | yes | the nearest core sample |
# | spectral | a well connected part of a graph | the number and a graph | no | – |

# %% [markdown]
# Four small data sets prove nothing about the next one. They show what each method looks for.
# Whether the data have that is the question to ask first, and a picture is the first answer.
