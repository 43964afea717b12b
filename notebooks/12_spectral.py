# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Spectral clustering, and seeing high-dimensional data
#
# K-means asks where samples *are*. Spectral clustering asks how they *hang together*: similarities
# make a graph, and the graph is cut where little holds it. The same eigenvectors, and those of PCA,
# lay data of many features out in the plane. What may one read from such a picture?

# %%
import warnings
from itertools import combinations, product

import matplotlib.pyplot as plt
import numpy as np
import scipy.linalg
from matplotlib.collections import LineCollection
from scipy.optimize import linear_sum_assignment
from sklearn.datasets import load_digits, make_blobs, make_circles, make_moons

import autograd_core as ac
import clustering
import nn

BLUE, ORANGE, GREEN, PINK, GREY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#8C8C8C"
COLOURS = np.array([BLUE, ORANGE, GREEN, PINK, GREY])
np.set_printoptions(precision=3, suppress=True)
plt.rcParams["figure.dpi"] = 80

# %% [markdown]
# ## Five nodes
#
# A weighted graph is a symmetric matrix $W$ of weights $w_{ij} \ge 0$: how similar nodes $i$ and
# $j$ are, and 0 where there is no edge.

# %%
NAMES = "abcde"
W = np.array(
    [
        [0.0, 0.9, 0.8, 0.1, 0.0],
        [0.9, 0.0, 0.7, 0.0, 0.0],
        [0.8, 0.7, 0.0, 0.0, 0.2],
        [0.1, 0.0, 0.0, 0.0, 0.5],
        [0.0, 0.0, 0.2, 0.5, 0.0],
    ]
)
PLACES = np.array([[0.7, 0.95], [0.0, 0.5], [0.7, 0.05], [1.9, 0.85], [1.9, 0.15]])


def draw_graph(ax, W, labels, title):
    """The five nodes in their cluster's colour; the wider an edge, the larger its weight."""
    for i, j in np.argwhere(np.triu(W) > 0):
        ax.plot(*PLACES[[i, j]].T, color="0.7", linewidth=10 * W[i, j], zorder=1)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.annotate(f"{W[i, j]:g}", PLACES[[i, j]].mean(axis=0), ha="center", va="center", bbox=box)
    ax.scatter(*PLACES.T, s=420, c=COLOURS[labels], zorder=2)
    for name, place in zip(NAMES, PLACES, strict=True):
        ax.annotate(name, place, color="white", ha="center", va="center", weight="bold")
    ax.set(title=title, xlim=(-0.3, 2.2), ylim=(-0.2, 1.2), aspect="equal", xticks=[], yticks=[])


figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.1), layout="constrained")
draw_graph(left, W, np.full(5, 4), "the graph")
image = right.imshow(W, cmap="Blues")
right.set(title="its weights $W$", xticks=range(5), yticks=range(5))
right.set(xticklabels=NAMES, yticklabels=NAMES)
figure.colorbar(image, ax=right)
plt.show()

# %% [markdown]
# **Step 1.** The degree of a node is the sum of its weights, $d_i = \sum_j w_{ij}$. With
# $D = \operatorname{diag}(d)$ the (unnormalised) *Laplacian* is $L = D - W$. Its rows sum to 0.

# %%
d = W.sum(axis=1)
D = np.diag(d)
L = D - W
print("degrees d =", d)
print("L =\n", L)
assert np.array_equal(L, clustering.laplacian(W))
assert np.allclose(L.sum(axis=1), 0)

# %% [markdown]
# **Step 2.** Its eigenvalues, the smallest first, and the eigenvectors of the $k$ smallest as the
# columns of $U$. The first eigenvalue is 0, and its eigenvector is constant. The second eigenvector
# is positive on three nodes and negative on two. An eigenvector may be multiplied by $-1$, and
# eigenvectors of one eigenvalue may be rotated among each other, so what we compare with the
# library is the space that they span: the projector $U U^\top$ on it.

# %%
eigenvalues, vectors = np.linalg.eigh(L)
print("eigenvalues", eigenvalues.round(6) + 0.0)
for k in (2, 3):
    U = vectors[:, :k]
    ours = clustering.spectral_embedding(W, k, "unnormalized")
    assert np.allclose(U @ U.T, ours @ ours.T)
U = clustering.spectral_embedding(W, 3, "unnormalized")
print("U, one row for each node:")
for name, row in zip(NAMES, U, strict=True):
    print(f"  {name} {row}")

# %% [markdown]
# **Step 3.** The rows of $U$ are points, one for each node, and k-means clusters them.
# `SpectralClustering` takes all three steps.

# %%
found = {}
for k in (2, 3):
    means = clustering.KMeans(k, n_init=10, random_state=0).fit(U[:, :k])
    model = clustering.SpectralClustering(
        k, affinity="precomputed", laplacian="unnormalized", random_state=0
    ).fit(W)
    assert clustering.adjusted_rand_score(means.labels_, model.labels_) == 1
    found[k] = means.labels_
    print(f"k = {k}:", *("".join(np.array(list(NAMES))[found[k] == c]) for c in range(k)))

# %%
OFFSETS = {  # of the names
    2: [(-14, -4), (8, -9), (8, 3), (8, 0), (8, -6)],
    3: [(7, -9), (-15, -4), (8, 3), (8, 0), (8, -6)],
}
figure, axes = plt.subplots(2, 2, figsize=(9, 5.8), layout="constrained")
for (left, right), (k, labels) in zip(axes, found.items(), strict=True):
    one, other = (0, 1) if k == 2 else (1, 2)
    left.scatter(U[:, one], U[:, other], s=60, c=COLOURS[labels])
    for name, row, offset in zip(NAMES, U, OFFSETS[k], strict=True):
        left.annotate(name, row[[one, other]], offset, textcoords="offset points")
    left.set(title=f"rows of U, k = {k}", xlabel=f"eigenvector {one + 1}")
    left.set(ylabel=f"eigenvector {other + 1}")
    left.margins(0.15)
    draw_graph(right, W, labels, f"k = {k}")
axes[0, 0].set_xlim(0, 0.9)
plt.show()

# %% [markdown]
# For $k = 2$ the first coordinate is the same for all nodes, and only the second tells them apart.
# For $k = 3$ it is left out of the picture.
#
# ## What the Laplacian measures
#
# Why these eigenvectors? Give each node a number $x_i$. Then
#
# $$x^\top L x = \tfrac12 \sum_{ij} w_{ij} (x_i - x_j)^2 ,$$
#
# which is small if nodes that hold together have nearly the same number. Its gradient is $2 L x$,
# and its Hessian is $2 L$. The right-hand side as a program, differentiated:


# %%
def energy(x):
    return np.sum(W * (x[:, None] - x) ** 2) / 2


rng = np.random.default_rng(0)
x = rng.normal(size=5)
gradient = ac.grad(energy)(x)
hessian = np.stack([ac.jvp(ac.grad(energy), (x,), (axis,))[1] for axis in np.eye(5)])
print("energy  ", energy(x), " x·Lx", x @ L @ x)
print("gradient", gradient)
print("2 L x   ", 2 * L @ x)
assert np.isclose(energy(x), x @ L @ x)
assert np.allclose(gradient, 2 * L @ x) and np.allclose(hessian, 2 * L)
assert ac.gradcheck(energy, x)

# %% [markdown]
# So $L$ has no negative eigenvalue. And if $x$ is 1 on a set $A$ of nodes and 0 elsewhere, then
# $x^\top L x = \operatorname{cut}(A)$, the weight of all edges that leave $A$: only they have ends
# with different numbers.
#
# The least cut is a poor clustering, since one loose node is often the cheapest to cut off. The
# *ratio cut* divides by sizes, and its smallest value over all ways to make $k$ clusters is what we
# would like to have:
#
# $$\operatorname{RatioCut}(A_1, \dots, A_k) = \sum_c \frac{\operatorname{cut}(A_c)}{|A_c|} .$$
#
# For two clusters $A$ and $B$ take $x_i = \sqrt{|B| / |A|}$ on $A$ and $-\sqrt{|A| / |B|}$ on $B$.
# Such an $x$ has mean 0, squared length $n$, and $x^\top L x = n \operatorname{RatioCut}(A, B)$.
# Finding the best of these vectors is NP-hard. The *relaxation* lets $x_i$ be any numbers, with
# mean 0 and squared length $n$. Then the smallest value is $n \lambda_2$, at the second
# eigenvector. So $\lambda_2$ is a lower bound of every ratio cut. Five nodes can be cut in two in
# 15 ways:


# %%
def cut(labels, cluster):
    inside = labels == cluster
    return W[inside][:, ~inside].sum()


def ratio_cut(labels):
    return sum(cut(labels, c) / np.sum(labels == c) for c in np.unique(labels))


halves = [np.isin(range(5), A).astype(int) for r in (1, 2) for A in combinations(range(5), r)]
for labels in halves:
    a, b = np.sum(labels == 1), np.sum(labels == 0)
    x = np.where(labels == 1, np.sqrt(b / a), -np.sqrt(a / b))
    assert np.isclose(labels @ L @ labels, cut(labels, 1))
    assert np.isclose(x.sum(), 0) and np.isclose(x @ x, 5)
    assert np.isclose(x @ L @ x, 5 * ratio_cut(labels))
halves.sort(key=ratio_cut)
print(f"{len(halves)} ways; best ratio cut {ratio_cut(halves[0]):.4f} >= {eigenvalues[1]:.4f}")
assert clustering.adjusted_rand_score(halves[0], found[2]) == 1

# %% [markdown]
# The best way is the one that spectral clustering found. The relaxed problem needs no eigenvalue
# routine either: gradient descent on $x^\top L x / x^\top x$, with mean 0 and length 1 restored
# after each step, ends at the same vector.


# %%
def rayleigh(x):
    return energy(x) / np.sum(x * x)


def centred(x):
    """x with mean 0 and length 1."""
    return (x - x.mean()) / np.linalg.norm(x - x.mean())


x = centred(rng.normal(size=5))
trace = [rayleigh(x)]
for _ in range(20):
    x = centred(x - 0.3 * ac.grad(rayleigh)(x))
    trace.append(rayleigh(x))
x *= np.sign(x @ U[:, 1])
print("by descent ", x)
print("eigenvector", U[:, 1])
assert np.allclose(x, U[:, 1], atol=1e-3)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.5), layout="constrained")
values = [ratio_cut(labels) for labels in halves]
left.plot(values, "o", color=BLUE)
left.axhline(eigenvalues[1], color=ORANGE, linestyle="--")
left.annotate("$\\lambda_2$", (13.5, 0.29), va="bottom", color=ORANGE)
for place, labels in enumerate(halves):
    text = "".join(np.array(list(NAMES))[labels == 1])
    left.annotate(text, (place, values[place]), (0, 6), textcoords="offset points", ha="center")
left.set(title="all ways to cut off a part", xlabel="way, the best first", ylabel="ratio cut")
left.set_ylim(0, 2.5)
right.plot(trace, color=BLUE)
right.axhline(eigenvalues[1], color=ORANGE, linestyle="--")
right.set(title="descent on the relaxed problem", xlabel="step", ylabel="$x·Lx / x·x$")
right.set_xticks(range(0, 21, 5))
plt.show()

# %% [markdown]
# With $k$ clusters a matrix $H$ has a column for each: $1 / \sqrt{|A_c|}$ on the cluster and 0
# elsewhere. The columns are orthonormal, and $\operatorname{tr}(H^\top L H)$ is the ratio cut.
# Relaxed, $H$ may be any matrix with orthonormal columns. The best has the $k$ smallest
# eigenvectors as columns, and the sum of their eigenvalues is the bound. K-means on its rows
# returns from numbers to clusters.

# %%
H = (found[3][:, None] == range(3)) / np.sqrt(np.bincount(found[3]))
print(f"k = 3: ratio cut {ratio_cut(found[3]):.4f} >= {eigenvalues[:3].sum():.4f}")
assert np.allclose(H.T @ H, np.eye(3))
assert np.isclose(np.trace(H.T @ L @ H), ratio_cut(found[3]))
assert ratio_cut(found[3]) >= eigenvalues[:3].sum()

# %% [markdown]
# ## Eigenvalue 0 counts the components
#
# If $x^\top L x = 0$, then all nodes that are joined by edges have the same number. So the
# eigenvectors of eigenvalue 0 are constant on every connected component, and there are as many
# independent ones as there are components. We drop the edges below a threshold, a little higher
# each time.

# %%
figure, axes = plt.subplots(1, 4, figsize=(13, 2.7), layout="constrained")
for ax, threshold in zip(axes, (0.15, 0.3, 0.6, 0.85), strict=True):
    kept = W.copy()
    kept[kept < threshold] = 0
    values = np.linalg.eigvalsh(clustering.laplacian(kept))
    zeros = np.sum(values < 1e-12)
    of = scipy.sparse.csgraph.connected_components(kept)[1]
    assert zeros == of.max() + 1
    print(f"edges >= {threshold:4}: eigenvalues", np.abs(values.round(4)), "zeros:", zeros)
    draw_graph(ax, kept, of, f"edges ≥ {threshold}, components: {zeros}")
plt.show()

two = np.where(W >= 0.3, W, 0)
print("eigenvectors of eigenvalue 0 at 0.3, as columns:")
print(clustering.spectral_embedding(two, 2, "unnormalized"))

# %% [markdown]
# Here the rows of $U$ are the same for all nodes of a component: k-means has nothing left to do. A
# graph of weakly joined parts is close to this, and so are its eigenvectors.
#
# ## From points to a graph
#
# Samples with features need a similarity first. There are three usual ones.
#
# **Cosine.** $S_{ij} = x_i \cdot x_j / (\|x_i\| \|x_j\|)$ compares directions, not lengths. Weak
# similarities only blur the picture: $W_{ij} = S_{ij}$ if $S_{ij} \ge \varepsilon$, else 0.

# %%
rows = np.array([[3.0, 1.0], [6.0, 2.1], [2.0, 0.3], [0.2, 1.0], [1.0, 4.0]])
unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
S = unit @ unit.T
kept = np.where(S >= 0.9, S, 0)
print("S =\n", S)
print("W =\n", clustering.cosine_similarity(rows, threshold=0.9))
assert np.allclose(S, clustering.cosine_similarity(rows))
assert np.allclose(kept, clustering.cosine_similarity(rows, threshold=0.9))

# %% [markdown]
# (The diagonal, what a sample has in common with itself, is no edge. The library leaves it out of
# degrees and Laplacians.)
#
# **Radial basis function (rbf).** $W_{ij} = \exp(-\gamma \|x_i - x_j\|^2)$ compares places.
# $\gamma$ says how far a sample sees: about $1 / \sqrt\gamma$.
#
# **Nearest neighbours.** 1 if both are among the other's $m$ nearest, ½ if only one is. The graph
# is sparse, and adapts to where samples are dense or rare.
#
# The three as graphs of two half-moons:

# %%
moons, moon = make_moons(300, noise=0.05, random_state=0)
circles, circle = make_circles(300, factor=0.45, noise=0.05, random_state=0)
graphs = {
    "cosine ≥ 0.9": clustering.cosine_similarity(moons, threshold=0.9),
    "rbf, γ = 30": clustering.rbf_similarity(moons, gamma=30.0),
    "10 nearest neighbours": clustering.knn_similarity(moons, n_neighbors=10).toarray(),
}
figure, axes = plt.subplots(1, 3, figsize=(12, 2.8), layout="constrained")
for ax, (name, graph) in zip(axes, graphs.items(), strict=True):
    i, j = np.nonzero(np.triu(graph, 1) > 0.1)
    edges = np.stack([moons[i], moons[j]], axis=1)
    widths = 0.6 * graph[i, j] * min(1, 2000 / len(i))
    ax.add_collection(LineCollection(edges, colors=BLUE, linewidths=widths))
    ax.scatter(*moons.T, s=6, c="k", zorder=2)
    ax.set(title=f"{name}: {len(i):,} edges", xlabel="feature 0", aspect="equal")
axes[0].set_ylabel("feature 1")
plt.show()

# %% [markdown]
# (Of the rbf only edges of weight above 0.1 are shown.) Moons and circles are where k-means fails:
# its clusters are cells of the plane with straight borders. Above each picture is its adjusted Rand
# score: 1 for the true groups, 0 on average for random ones.

# %%
ways = {
    "k-means": clustering.KMeans(2, n_init=10, random_state=0),
    "cosine ≥ 0.9": clustering.SpectralClustering(
        2, affinity="cosine", threshold=0.9, random_state=0
    ),
    "rbf": clustering.SpectralClustering(2, affinity="rbf", gamma=30.0, random_state=0),
    "nearest neighbours": clustering.SpectralClustering(
        2, affinity="nearest_neighbors", n_neighbors=10, random_state=0
    ),
}
figure, axes = plt.subplots(2, 4, figsize=(13, 5.4), layout="constrained")
for row, (points, truth) in zip(axes, ((circles, circle), (moons, moon)), strict=True):
    for ax, (name, model) in zip(row, ways.items(), strict=True):
        labels = model.fit_predict(points)
        score = clustering.adjusted_rand_score(truth, labels)
        clustering.plots.plot_clusters(points, labels, ax=ax, legend=False)
        ax.set(title=f"{name}: {abs(score):.2f}", xlabel="", ylabel="", xticks=[], yticks=[])
        assert score == 1 if "cosine" not in name and name != "k-means" else score < 0.5
plt.show()

# %% [markdown]
# Cosines look from the origin, and see no moons there. They suit data whose direction matters:
# counts of words, spectra, images of different brightness.
#
# What does k-means see, instead of the circles? The second eigenvector, as the colour of each
# sample and as a curve: nearly a step, and a step is easy to cluster.

# %%
figure, axes = plt.subplots(1, 3, figsize=(13, 3.4), layout="constrained")
shown = {"circles": (circles, BLUE), "moons": (moons, ORANGE)}
for ax, (name, (points, colour)) in zip(axes, shown.items(), strict=False):
    graph = clustering.rbf_similarity(points, gamma=30.0)
    second = clustering.spectral_embedding(graph, 2)[:, 1]
    second = second / np.abs(second).max()
    ax.scatter(*points.T, c=second, s=14, cmap="coolwarm", vmin=-1, vmax=1)
    ax.set(title=f"second eigenvector on the {name}", xlabel="feature 0", ylabel="feature 1")
    ax.set_aspect("equal")
    axes[2].plot(np.sort(second), label=name, color=colour)
axes[2].set(title="its values, sorted", xlabel="sample", ylabel="eigenvector / largest entry")
axes[2].legend()
plt.show()

# %% [markdown]
# $\gamma$ has to fit the data. If a sample sees across the gap (small $\gamma$), the circles are
# one crowd.

# %%
print(" gamma   lambda_2   adjusted Rand score")
for gamma in (1.0, 10.0, 30.0, 100.0):
    model = clustering.SpectralClustering(2, gamma=gamma, random_state=0).fit(circles)
    score = clustering.adjusted_rand_score(circle, model.labels_)
    print(f"{gamma:6g}   {model.eigenvalues_[1]:8.1e}   {abs(score):.2f}")

# %% [markdown]
# ## Which Laplacian?
#
# Sizes can be measured by counting nodes, or by their degrees:
# $\operatorname{vol}(A) = \sum_{i \in A} d_i$. With volumes the ratio cut becomes the *normalised
# cut*
#
# $$\operatorname{Ncut}(A_1, \dots, A_k)
# = \sum_c \frac{\operatorname{cut}(A_c)}{\operatorname{vol}(A_c)},$$
#
# and its relaxation has other matrices:
#
# | name | matrix | relaxes |
# |---|---|---|
# | unnormalised | $L = D - W$ | RatioCut |
# | symmetric | $L_\text{sym} = I - D^{-1/2} W D^{-1/2}$ | Ncut |
# | random walk | $L_\text{rw} = I - D^{-1} W$ | Ncut |
#
# The last two have the same eigenvalues: $L_\text{rw} u = \lambda u$, $L u = \lambda D u$ and
# $L_\text{sym} D^{1/2} u = \lambda D^{1/2} u$ are one equation. (For "symmetric" the rows are
# scaled to length 1 before k-means.)

# %%
symmetric, walk = clustering.laplacian(W, "symmetric"), clustering.laplacian(W, "random walk")
values, vectors = scipy.linalg.eigh(L, D)
assert np.allclose(values, np.linalg.eigvalsh(symmetric))
assert np.allclose(walk @ vectors, vectors * values)
print("eigenvalues of L_sym and L_rw:", values.round(6) + 0.0)

# %% [markdown]
# The two cuts can want different things. Of all 25 ways to split the five nodes into three groups:


# %%
def normalised_cut(labels):
    return sum(cut(labels, c) / d[labels == c].sum() for c in np.unique(labels))


def in_order(labels):
    """The labels numbered in the order in which they come."""
    return tuple(np.unique(labels, return_index=True)[1].argsort().argsort()[list(labels)])


thirds = {in_order(labels) for labels in product(range(3), repeat=5) if len(set(labels)) == 3}
for kind, measure in {
    "unnormalized": ratio_cut,
    "symmetric": normalised_cut,
    "random walk": normalised_cut,
}.items():
    best = min((np.array(labels) for labels in thirds), key=measure)
    model = clustering.SpectralClustering(
        3, affinity="precomputed", laplacian=kind, random_state=0
    ).fit(W)
    assert in_order(model.labels_) == in_order(best)
    groups = ["".join(np.array(list(NAMES))[best == c]) for c in range(3)]
    print(f"{kind:13} found the best {measure.__name__} of {len(thirds)}: {' '.join(groups)}")

# %% [markdown]
# The unnormalised one prefers to take single nodes away. On five nodes that is a matter of taste.
# On real data it is a trap. Here are 1,000 handwritten digits (64 pixels each), cosines of at least
# 0.75, and ten clusters from each of the three matrices.

# %%
digits, digit = (array[:1000] for array in load_digits(return_X_y=True))
graph = clustering.cosine_similarity(digits, threshold=0.75)
models = {}
print("Laplacian      score   sizes of the clusters")
for kind in ("unnormalized", "symmetric", "random walk"):
    model = clustering.SpectralClustering(
        10, affinity="precomputed", laplacian=kind, random_state=0
    ).fit(graph)
    models[kind] = model
    sizes = np.sort(np.bincount(model.labels_))[::-1]
    score = clustering.adjusted_rand_score(digit, model.labels_)
    print(f"{kind:13}  {score:5.2f}   {sizes}")
    assert model.n_connected_components_ == 1
    assert np.sum(sizes == 1) == (8 if kind == "unnormalized" else 0)

# %% [markdown]
# The unnormalised Laplacian cuts off eight single digits, although the graph is connected. The
# normalised ones do not.
#
# Why? To cut off one node $v$ costs
#
# $$\operatorname{RatioCut} = d_v \Bigl(1 + \tfrac{1}{n - 1}\Bigr), \qquad
# \operatorname{Ncut} = 1 + \frac{d_v}{\operatorname{vol} - d_v} > 1 .$$
#
# With the ratio cut that is cheap wherever a degree is small, and degrees differ a lot. With the
# normalised cut it is dear for every node. Compare with a cut that makes sense, the zeros from the
# rest:

# %%
degree = graph.sum(axis=1) - 1  # without the diagonal
n, volume = len(digits), degree.sum()


def costs(inside):
    """Ratio cut and normalised cut of some digits and the rest."""
    crossing = graph[inside][:, ~inside].sum()
    part = degree[inside].sum()
    by_size = crossing * (1 / inside.sum() + 1 / (n - inside.sum()))
    return by_size, crossing * (1 / part + 1 / (volume - part))


weakest = np.arange(n) == degree.argmin()
print("                    RatioCut    Ncut")
for name, inside in {"the weakest digit": weakest, "all zeros": digit == 0}.items():
    print(f"{name:18} {costs(inside)[0]:9.2f}  {costs(inside)[1]:6.3f}")
assert np.isclose(costs(weakest)[0], degree.min() * (1 + 1 / (n - 1)))
assert costs(weakest)[0] < costs(digit == 0)[0] and costs(weakest)[1] > costs(digit == 0)[1]
second = models["unnormalized"].eigenvalues_[1]
print(f"lambda_2 of L      {second:9.2f}")
assert second <= costs(weakest)[0] < 1.1 * second

# %% [markdown]
# $\lambda_2$, the least that any cut can cost, is close to the price of one weak digit. So the
# second eigenvector is nearly the one that cuts off this digit. Here are all eight.

# %%
labels = models["unnormalized"].labels_
single = np.flatnonzero(np.bincount(labels)[labels] == 1)
assert degree[single].max() < np.quantile(degree, 0.02)
figure = plt.figure(figsize=(11, 3.4), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1.2, 1])
ax = left.subplots()
ax.hist(degree, bins=60, color=BLUE)
for value in degree[single]:
    ax.axvline(value, color=ORANGE, linewidth=1)
ax.set(title="degrees; lines: the eight single digits", xlabel="degree", ylabel="digits")
for ax, which in zip(right.subplots(2, 4).flat, single, strict=True):
    ax.imshow(digits[which].reshape(8, 8), cmap="gray_r")
    ax.set(title=f"a {digit[which]}: {degree[which]:.0f}", xticks=[], yticks=[])
right.suptitle("the eight, with their degrees")
plt.show()

# %% [markdown]
# They are unusual digits, with the fewest and weakest edges: their degrees are among the lowest
# 2 %. In a graph of nearest neighbours degrees differ much less, and all three Laplacians do well:

# %%
near = clustering.knn_similarity(digits, n_neighbors=10)
print(
    f"degrees: cosine {degree.min():.0f} to {degree.max():.0f}, "
    f"neighbours {near.sum(axis=1).min() - 1:g} to {near.sum(axis=1).max() - 1:g}"
)
for kind in ("unnormalized", "symmetric", "random walk"):
    model = clustering.SpectralClustering(
        10, affinity="precomputed", laplacian=kind, random_state=0
    ).fit(near)
    sizes = np.sort(np.bincount(model.labels_))[::-1]
    score = clustering.adjusted_rand_score(digit, model.labels_)
    print(f"{kind:13}  {score:5.2f}   {sizes}")
    assert sizes.min() > 1 and score > 0.7
pixels = clustering.KMeans(10, n_init=4, random_state=0).fit_predict(digits)
print(f"k-means on the pixels: {clustering.adjusted_rand_score(digit, pixels):.2f}")

# %% [markdown]
# On these digits the graph of cosines is worse than k-means, and the graph of neighbours is better.
# So: a normalised Laplacian (the library's default is the random walk's), and where it is possible
# a graph of neighbours.
#
# Sorted by cluster, the similarities show blocks on the diagonal. What is bright beside the
# diagonal are two clusters with something in common.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained")
sample = graph[::5, ::5]
clustering.plots.plot_affinity(sample, ax=left)
left.set_title("cosines ≥ 0.75, every fifth digit")
clustering.plots.plot_affinity(sample, models["symmetric"].labels_[::5], ax=right)
right.set_title("the same, sorted by cluster")
plt.show()

# %% [markdown]
# ## How many clusters?
#
# With $k$ separate components the first $k$ eigenvalues are 0 and the next is not. With $k$
# clusters that are nearly separate they are nearly 0. The *eigengap* is the largest jump from one
# eigenvalue to the next. Three graphs: four clear groups (rbf), the digits (ten neighbours), and
# one cloud (rbf).

# %%
blobs, blob = make_blobs(
    300, centers=[[0, 0], [4, 0], [0, 4], [4.5, 4]], cluster_std=0.6, random_state=0
)
cloud = np.random.default_rng(1).normal(size=(300, 2))
sources = {
    "four groups": clustering.rbf_similarity(blobs, gamma=1.0),
    "digits": near,
    "one cloud": clustering.rbf_similarity(cloud, gamma=1.0),
}
figure, axes = plt.subplots(1, 3, figsize=(12, 3.3), layout="constrained")
for ax, (name, source) in zip(axes, sources.items(), strict=True):
    gap = clustering.eigengap(source, 15)
    ax.plot(np.arange(1, 17), gap.eigenvalues, "o", color=BLUE)
    ax.axvline(gap.n_clusters + 0.5, color=ORANGE, linestyle="--")
    ax.set(title=f"{name}: gap after {gap.n_clusters}", xlabel="number of the eigenvalue")
    ax.set_xticks(range(1, 17, 3))
    largest = np.argsort(-gap.gaps)[:3]
    print(f"{name:12} largest gaps {gap.gaps[largest]} after {largest + 1}")
axes[0].set_ylabel("eigenvalue")
plt.show()
assert clustering.eigengap(sources["four groups"], 15).n_clusters == 4

others = clustering.eigengap(clustering.knn_similarity(cloud, 10), 15)
print(f"the cloud as a graph of neighbours: gap after {others.n_clusters}")
assert others.n_clusters != clustering.eigengap(sources["one cloud"], 15).n_clusters

# %% [markdown]
# The four groups are beyond doubt. The digits have a gap after 11, and gaps nearly as large after
# 13 and 9: the graph knows about ten groups, not exactly ten. For the cloud the right answer is 1,
# and the graph of neighbours says another number: the method always says one. Look at the gaps
# before you believe it. `choose_k` makes the table from the samples themselves:

# %%
choice = clustering.choose_k(blobs, range(1, 8), method="eigengap")
print(choice)
assert choice.k == 4

# %% [markdown]
# ## Graphs in pieces
#
# A graph may have more components than clusters are wanted, and nodes without any edge. Neither is
# an error, and there is a rule for both: components are never cut while there are as many as
# clusters or more. If there are more, they are put together, the largest first, each to the cluster
# with the fewest nodes; a warning says so.

# %%
pieces = scipy.linalg.block_diag(np.ones((3, 3)), np.ones((2, 2)), np.zeros((1, 1)), 1 - np.eye(4))
np.fill_diagonal(pieces, 0)
for k in range(1, 6):
    model = clustering.SpectralClustering(k, affinity="precomputed", random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(pieces)
    print(f"k = {k}: {model.labels_}  warnings: {len(caught)}")
    if k == 2:
        message = str(caught[0].message)
print("\nthe one for k = 2:", message)
assert model.n_connected_components_ == 4
for kind in ("unnormalized", "symmetric", "random walk"):
    assert not clustering.laplacian(pieces, kind)[5].any()  # the isolated node

# %% [markdown]
# An isolated node has degree 0, and $D^{-1}$ would be infinite. Its row of each Laplacian is 0
# instead: one more component, one more eigenvalue 0.
#
# With a cosine threshold this happens easily. The digits as the threshold rises:

# %%
print("threshold  components  single  largest  score of ten clusters")
for threshold in (0.75, 0.85, 0.9, 0.95):
    strict = clustering.cosine_similarity(digits, threshold=threshold)
    model = clustering.SpectralClustering(10, affinity="precomputed", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(strict)
    sizes = np.bincount(scipy.sparse.csgraph.connected_components(strict)[1])
    assert len(sizes) == model.n_connected_components_
    score = clustering.adjusted_rand_score(digit, model.labels_)
    print(
        f"{threshold:9}  {len(sizes):10}  {np.sum(sizes == 1):6}  {sizes.max():7}  {abs(score):.2f}"
    )

# %% [markdown]
# Up to 0.85 the graph is connected. At 0.9 two single digits take two of the ten clusters. At 0.95
# there are more components than clusters, most of them single digits, and the clusters are unions
# of pieces that have nothing to do with each other. Ways out: a lower threshold, a graph of
# neighbours, or leaving isolated samples out and calling them noise.
#
# ## A gradient through the embedding
#
# Similarities are differentiable. Are the eigenvectors? Of a matrix with different eigenvalues,
# yes. The derivative of an eigenvector $u_i$ is
#
# $$\mathrm{d}u_i
# = \sum_{j \ne i} \frac{u_j^\top \, \mathrm{d}L \, u_i}{\lambda_i - \lambda_j} \, u_j ,$$
#
# and if two eigenvalues coincide there is none: the eigenvectors are not even determined. Graphs
# with symmetries have repeated eigenvalues. A ring of six nodes:

# %%
ring = np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1)
present = ring > 0


def edges_of(w):
    """The symmetric part of w where the ring has edges."""
    return (w + np.swapaxes(w, 0, 1)) / 2 * present


def second_vector(w):
    """The second eigenvector, squared to be free of its sign."""
    return np.linalg.eigh(clustering.laplacian(edges_of(w), "symmetric"))[1][:, 1] ** 2


print("eigenvalues of the ring:", np.linalg.eigvalsh(clustering.laplacian(ring, "symmetric")))
alone = ac.gradcheck(second_vector, ring)
print("gradcheck of one eigenvector:", "passed" if alone else "failed")
assert not alone

# %% [markdown]
# What *is* determined is the space of the $k$ smallest eigenvectors, if
# $\lambda_k < \lambda_{k+1}$. Its projector $P = U U^\top$ has all distances and inner products of
# the rows of $U$. In its derivative only differences between a value inside and one outside are
# divided by:
#
# $$\mathrm{d}P = \sum_{i \le k < j} \frac{u_j^\top \, \mathrm{d}L \, u_i}{\lambda_i - \lambda_j}
# \, (u_j u_i^\top + u_i u_j^\top) .$$
#
# `spectral_projector` has this derivative. With $k = 3$ the double eigenvalue lies inside:

# %%
weights = np.random.default_rng(0).normal(size=(6, 6))


def through_projector(w):
    return np.sum(weights * clustering.spectral_projector(edges_of(w), 3))


print(ac.gradcheck(through_projector, ring))
assert ac.gradcheck(through_projector, ring)
assert np.isfinite(ac.grad(through_projector)(ring)).all()
try:
    clustering.spectral_projector(ring, 2)
except ac.OperationError as error:
    print("k = 2:", error)

# %% [markdown]
# $k = 2$ would cut the double eigenvalue in half, and there is an error that says so. Nearly
# repeated eigenvalues matter as much. There the way through single eigenvectors has a derivative,
# but divides by a tiny difference and multiplies by it later; digits are lost. We disturb the ring
# a little and compare both ways.


# %%
def through_vectors(w):
    U = np.linalg.eigh(clustering.laplacian(edges_of(w), "symmetric"))[1][:, :3]
    return np.sum(weights * (U @ np.swapaxes(U, 0, 1)))


print("gap inside   through eigenvectors   through the projector   (error of the gradient)")
exact = ac.grad(through_projector)(ring)
noise = edges_of(np.random.default_rng(1).random((6, 6)))
lost = []
for size in (1e-6, 1e-9, 1e-12):
    near_ring = ring + size * noise
    values = np.linalg.eigvalsh(clustering.laplacian(near_ring, "symmetric"))
    # over so small a step the true gradient changes linearly
    smooth = exact + (ac.grad(through_projector)(ring + 1e-5 * noise) - exact) * size / 1e-5
    errors = [
        np.abs(ac.grad(way)(near_ring) - smooth).max()
        for way in (through_vectors, through_projector)
    ]
    lost.append(errors)
    print(f"{values[2] - values[1]:10.1e}   {errors[0]:20.0e}   {errors[1]:21.0e}")
assert max(error for error, _ in lost) > 1e-9 > 10 * max(error for _, error in lost)

# %% [markdown]
# What is it good for? Similarities can be *learnt*. Two moons with two more features that are
# noise: spectral clustering drowns in it. For 20 of the 80 samples we know the moon. If the
# clusters were right, the projector would be $1 / 40$ for two samples of one moon and 0 otherwise.
# So we move the scale of every feature down the gradient of the squared difference.

# %%
points, truth = make_moons(80, noise=0.05, random_state=0)
rng = np.random.default_rng(0)
points = np.column_stack([points, rng.normal(scale=0.5, size=(80, 2))])
known = rng.permutation(80)[:20]
wanted = (truth[known, None] == truth[known]) / 40


def affinity(log_scale):
    return clustering.rbf_similarity(points * np.exp(log_scale), gamma=2.0)


def mismatch(log_scale):
    P = clustering.spectral_projector(affinity(log_scale), 2)
    return np.mean((40 * (P[known][:, known] - wanted)) ** 2)


def score_of(log_scale):
    model = clustering.SpectralClustering(2, affinity="precomputed", random_state=0)
    return clustering.adjusted_rand_score(truth, model.fit_predict(affinity(log_scale)))


assert ac.gradcheck(mismatch, np.zeros(4))
log_scale = ac.Tensor(np.zeros(4), requires_grad=True)
optimizer = nn.Adam([log_scale], lr=0.1)
losses, scales, scores = [], [], []
for _ in range(60):
    optimizer.zero_grad()
    loss = mismatch(log_scale)
    loss.backward()
    losses.append(loss.item())
    scales.append(np.exp(log_scale.numpy()))
    scores.append(score_of(log_scale.numpy()))
    optimizer.step()
print(f"score of all 80: before {scores[0]:.2f}, after {scores[-1]:.2f}")
assert scores[0] < 0.5 and scores[-1] == 1

# %%
figure, axes = plt.subplots(1, 3, figsize=(12, 3.2), layout="constrained")
axes[0].plot(losses, color=BLUE)
axes[0].set(title="loss of the 20 known samples", ylabel="mean squared difference")
names = ["moons, feature 0", "moons, feature 1", "noise", "noise"]
for values, name, colour in zip(
    np.transpose(scales), names, (BLUE, GREEN, ORANGE, PINK), strict=True
):
    axes[1].plot(values, label=name, color=colour)
axes[1].set(title="scale of each feature")
axes[1].legend(fontsize=8)
axes[2].plot(scores, color=BLUE)
axes[2].set(title="adjusted Rand score of all 80", ylim=(0, 1.05))
for ax in axes:
    ax.set_xlabel("step")
plt.show()

# %% [markdown]
# ## Seeing 64 dimensions: principal components
#
# From here on we do not look for clusters, but for pictures. PCA takes the mean away and asks in
# which orthogonal directions the data vary most. They are the right singular vectors of
# $X - \bar x = A \Sigma V^\top$; the scores are $(X - \bar x) V$, and direction $i$ has variance
# $\sigma_i^2 / (n - 1)$. By hand, beside the library:

# %%
mean = digits.mean(axis=0)
_, sigma, Vt = np.linalg.svd(digits - mean, full_matrices=False)
variance = sigma**2 / (len(digits) - 1)
share = variance / variance.sum()

pca = clustering.PCA().fit(digits)
signs = np.sign(np.sum(Vt * pca.components_, axis=1))  # a direction may point either way
assert np.allclose(variance, pca.explained_variance_)
assert np.allclose(share, pca.explained_variance_ratio_)
strong = variance > 1e-6  # some pixels are always 0
assert np.allclose((Vt * signs[:, None])[strong], pca.components_[strong], atol=1e-8)
assert np.allclose(np.linalg.eigvalsh(np.cov(digits.T))[::-1], variance, atol=1e-8)
print("first shares of variance:", share[:5])
print(f"the first two together: {share[:2].sum():.0%}")
print("components for 90 % of it:", clustering.PCA(0.9).fit(digits).n_components_)

# %% [markdown]
# Two components show 28 % of the variance. If the digits are rebuilt from their first $k$ scores,
# the squared error per digit is the sum of the variances that are left out.

# %%
figure = plt.figure(figsize=(12, 3.4), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.7])
ax = left.subplots()
ax.plot(np.arange(1, 65), np.cumsum(share), color=BLUE)
ax.axhline(0.9, color="0.6", linestyle=":")
ax.set(title="explained variance", xlabel="components", ylabel="cumulative share", ylim=(0, 1.02))
axes = right.subplots(2, 6)
for ax, number in zip(axes[0], range(6), strict=True):
    ax.imshow(pca.components_[number].reshape(8, 8), cmap="coolwarm", vmin=-0.4, vmax=0.4)
    ax.set_title(f"component {number + 1}", fontsize=9)
for ax, k in zip(axes[1], (1, 2, 5, 10, 21, 64), strict=True):
    part = clustering.PCA(k).fit(digits)
    rebuilt = part.inverse_transform(part.transform(digits))
    error = np.sum((rebuilt - digits) ** 2) / (len(digits) - 1)
    assert np.isclose(error, variance[k:].sum(), atol=1e-8)
    ax.imshow(rebuilt[3].reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
    ax.set_title(f"from {k}", fontsize=9)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## The digits in the plane
#
# Three maps of the first 500 digits: PCA, a linear view; the spectral embedding, the second and
# third eigenvector of the graph's Laplacian; and t-SNE, which tries to keep every sample's
# neighbours, and little else. Above with the true classes; below with ten clusters that k-means
# found *in pixel space*, with the colours of the classes that they match best. `plot_map` draws PCA
# and (with `"tsne"`) t-SNE in one call; here the t-SNE coordinates are kept, to be drawn twice.

# %%
some, real = digits[:500], digit[:500]
clusters = clustering.KMeans(10, n_init=4, random_state=0).fit_predict(some)
matches = linear_sum_assignment(-clustering.contingency_matrix(real, clusters))
matched = matches[0][np.argsort(matches[1])][clusters]
print(f"k-means in pixel space: score {clustering.adjusted_rand_score(real, clusters):.2f},")
print(f"{np.mean(matched == real):.0%} of the digits are in the cluster of their class")

maps = {
    "PCA": clustering.PCA(2).fit_transform(some),
    "spectral embedding": clustering.SpectralEmbedding(2, n_neighbors=20).fit_transform(some),
    "t-SNE": clustering.tsne(some, perplexity=30, max_iter=500),
}

# %%
figure, axes = plt.subplots(2, 3, figsize=(13, 8), layout="constrained")
for row, (name, labels) in zip(
    axes, {"true classes": real, "k-means on pixels": matched}.items(), strict=True
):
    clustering.plots.plot_map(some, labels, "pca", ax=row[0], legend=False)
    for ax, kind in zip(row[1:], ("spectral embedding", "t-SNE"), strict=True):
        clustering.plots.plot_clusters(maps[kind], labels, ax=ax, legend=kind == "t-SNE")
        ax.set(xlabel="coordinate 1", ylabel="coordinate 2", xticks=[], yticks=[])
    for ax, kind in zip(row, maps, strict=True):
        ax.set(title=f"{kind}, {name}", aspect="auto")
    for text in row[-1].get_legend().get_texts():
        text.set_text(text.get_text().replace("cluster ", "digit "))
plt.show()

# %% [markdown]
# Two classes on top of each other in PCA's view may be far apart in the other 62 dimensions. The
# spectral embedding splits off the zeros with one eigenvector and the sixes with the next; every
# further one would split off more, which is why spectral clustering uses as many as there are
# clusters. t-SNE separates most classes, although it was never told them. Where clusters and
# classes disagree, its picture shows where: an island in two colours, or one colour on two islands.
#
# How faithful is a map? A number: the share of each sample's ten nearest in pixel space that are
# still among its ten nearest in the picture.

# %%
before = clustering.kneighbors_graph(some, 10)
kept = {}
wide = clustering.SpectralEmbedding(9, n_neighbors=20).fit_transform(some)
for name, places in (maps | {"spectral, 9 numbers": wide}).items():
    after = clustering.kneighbors_graph(places, 10)
    kept[name] = before.multiply(after).sum() / before.sum()
    print(f"{name:20} {kept[name]:.0%}")
print(f"{'by chance':20} {10 / 499:.0%}")
assert kept["t-SNE"] > 2 * kept["PCA"] and kept["t-SNE"] == max(kept.values())

# %% [markdown]
# ## What t-SNE shows, and what it does not
#
# t-SNE turns the distances from each sample into probabilities of being its neighbour, with a width
# chosen so that each has about as many neighbours as the *perplexity* says. Then it moves points in
# the plane until their neighbours are the same. Whatever is farther away hardly counts. Three data
# sets in ten dimensions, about which we know the truth:
#
# - **sizes**: two groups, the second ten times as wide;
# - **distances**: three equal groups, the third five times as far from the first as the second;
# - **nothing**: one Normal cloud, without groups.

# %%
rng = np.random.default_rng(0)
far = np.zeros((3, 10))
far[1, 0], far[2, 0] = 8, 40
truths = {
    "sizes": (
        np.concatenate([rng.normal(size=(45, 10)), rng.normal(40, 10, size=(45, 10))]),
        np.repeat([0, 1], 45),
    ),
    "distances": (np.repeat(far, 30, axis=0) + rng.normal(size=(90, 10)), np.repeat([0, 1, 2], 30)),
    "nothing": (rng.normal(size=(90, 10)), np.zeros(90, int)),
}
PERPLEXITIES = 2, 10, 30
pictures = {
    (name, perplexity): clustering.tsne(data, perplexity=perplexity, max_iter=500)
    for name, (data, _) in truths.items()
    for perplexity in PERPLEXITIES
}

# %%
figure, axes = plt.subplots(3, 4, figsize=(12, 8.4), layout="constrained")
for row, (name, (data, labels)) in zip(axes, truths.items(), strict=True):
    clustering.plots.plot_map(data, labels, "pca", ax=row[0], legend=False)
    row[0].set_title(f"{name}: PCA")
    for ax, perplexity in zip(row[1:], PERPLEXITIES, strict=True):
        clustering.plots.plot_clusters(pictures[name, perplexity], labels, ax=ax, legend=False)
        ax.set_title(f"{name}: perplexity {perplexity}")
    for ax in row:
        ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
plt.show()


# %%
def spreads(points, labels):
    """The root mean squared distance of each group's points to their mean."""
    groups = [points[labels == c] for c in np.unique(labels)]
    return [np.sqrt(np.mean(np.sum((g - g.mean(axis=0)) ** 2, axis=1))) for g in groups]


def centre_distances(points, labels):
    """From the first group's mean to the others'."""
    means = np.stack([points[labels == c].mean(axis=0) for c in np.unique(labels)])
    return np.linalg.norm(means[1:] - means[0], axis=1)


def same_group(points, labels):
    """The share of the five nearest neighbours that are of the same group."""
    i, j = clustering.kneighbors_graph(points, 5).nonzero()
    return np.mean(labels[i] == labels[j])


def clumps(points, labels):
    """How separate eight clusters look: their mean silhouette."""
    found = clustering.KMeans(8, n_init=10, random_state=0).fit_predict(points)
    return clustering.silhouette_score(points, found)


print(f"{'':24}    truth     PCA" + "".join(f"{p:8}" for p in PERPLEXITIES))
rows = {
    "sizes: wide / narrow": ("sizes", lambda *a: np.divide(*spreads(*a)[::-1])),
    "distances: far / close": ("distances", lambda *a: np.divide(*centre_distances(*a)[::-1])),
    "nothing: silhouette of 8": ("nothing", clumps),
    "sizes: same group": ("sizes", same_group),
    "distances: same group": ("distances", same_group),
}
table = []
for label, (name, measure) in rows.items():
    data, labels = truths[name]
    plane = clustering.PCA(2).fit_transform(data)
    table.append([measure(data, labels), measure(plane, labels)])
    table[-1] += [measure(pictures[name, p], labels) for p in PERPLEXITIES]
    print(f"{label:24} " + "".join(f"{value:8.2f}" for value in table[-1]))
sizes, distances, nothing, *groups = table
assert min(sizes[:2]) > 8 and max(sizes[2:]) < 1.5
assert min(distances[:2]) > 4.5 and max(distances[2:4]) < 1.3 and distances[4] > 2
assert nothing[2] > max(nothing[1], *nothing[3:]) + 0.05
assert np.min(groups) == 1

# %% [markdown]
# - **Sizes of groups mean nothing.** Each point gets its own width, so dense and wide groups come
#   out alike.
# - **Distances between groups mean little.** Five to one in truth; about one to one in two of the
#   pictures, and another number with a larger perplexity.
# - **Islands are not proof.** With perplexity 2, one cloud falls into clumps, and eight clusters
#   look better separated than in any other picture of it.
# - What a picture does show is *who is near whom*: at every perplexity, all neighbours are of the
#   same group.
#
# So: find clusters in the space of the features or in a graph, and use a map to look at them, not
# the other way round.
