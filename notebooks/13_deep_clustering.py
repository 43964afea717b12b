# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Clustering by gradient: soft assignments, deep clustering, matrix completion
#
# K-means takes turns: samples choose centres, centres move to means. Nothing in it looks like
# gradient descent. But there is an objective behind it, and an objective has a gradient. With the
# gradient, more than centres can move: the weights of features, the samples themselves, a network
# that places them, the factors of a matrix.

# %%
import warnings

import matplotlib.pyplot as plt
import numpy as np
from scipy.interpolate import griddata
from scipy.optimize import linear_sum_assignment
from sklearn.datasets import load_digits, load_sample_image

import autograd_core as ac
import clustering
import nn
from clustering import KMeans, adjusted_rand_score, hard_inertia

BLUE, ORANGE, GREEN = "#1f5fa8", "#c26a10", "#2d7d4f"
warnings.simplefilter("ignore", clustering.ConvergenceWarning)  # short runs are meant to be short

# %% [markdown]
# ## A minimum inside the objective
#
# The *inertia* is the objective of k-means, a function of the centres $c_1, \dots, c_K$:
#
# $$ I(c) = \sum_i \min_k |x_i - c_k|^2 = \min_{\ell} \; J(c, \ell), \qquad
# J(c, \ell) = \sum_i |x_i - c_{\ell_i}|^2, $$
#
# where $\ell_i$ is the label of sample $i$. The best labels depend on $c$ through an argmin. That
# is piecewise constant: a small step of a centre changes no label, so the derivative of the labels
# is $0$ almost everywhere. The *envelope theorem* says what remains: differentiate $J$ with the
# labels held fixed. With $n_k$ samples in cluster $k$,
#
# $$ \frac{\partial I}{\partial c_k} = \sum_{i: \ell_i = k} 2 (c_k - x_i)
# = 2 \Bigl(n_k c_k - \sum_{i: \ell_i = k} x_i\Bigr). $$
#
# Four groups of 40 samples, and four centres somewhere:

# %%
rng = np.random.default_rng(0)
middles = np.array([[-6, 1.5], [-6, -1.5], [5, 2.0], [5, -2.0]])
group = np.repeat(np.arange(4), 40)
points = middles[group] + rng.normal(scale=0.8, size=(160, 2))
somewhere = np.array([[-4, 3], [-3, -3], [2, 1], [4, -4.0]])


def labels_of(centers):
    """The nearest centre of each point."""
    return ((points[:, None] - centers) ** 2).sum(axis=-1).argmin(axis=1)


labels = labels_of(somewhere)
by_hand = np.array(
    [2 * ((labels == k).sum() * somewhere[k] - points[labels == k].sum(axis=0)) for k in range(4)]
)
by_engine = ac.grad(lambda c: hard_inertia(points, c))(somewhere)
print("by hand:  ", by_hand[0], "\nby engine:", by_engine[0])
np.testing.assert_allclose(by_engine, by_hand, rtol=1e-10)

step = 1e-6 * rng.normal(size=(1000, 4, 2))
changed = sum((labels_of(somewhere + s) != labels).sum() for s in step)
print(f"labels changed by 1000 small steps: {changed}")
assert changed == 0

# %% [markdown]
# Finite differences know nothing of labels. They agree, in both modes, for the samples too:

# %%
print(ac.gradcheck(hard_inertia, points, somewhere).raise_if_failed())

# %% [markdown]
# *Almost* everywhere: where a sample is exactly between two centres, the slopes to the left and to
# the right differ. The library gives all to the first of equally near centres, and `gradcheck`
# reports what it finds: one centre at $-1$, one at $1$, and a sample at $0$.

# %%
report = ac.gradcheck(lambda c: hard_inertia(np.zeros((1, 1)), c), np.array([[-1.0], [1.0]]))
assert not report.ok
print(str(report).splitlines()[0])
for failure in report.failures:
    if failure.mode == "reverse":
        print(f"{failure.derivative}: expected {failure.expected:.3f}, got {failure.got:.3f}")

# %% [markdown]
# A step of k-means is a step of gradient descent. The second derivative of $I$ by $c_k$ is
# $2 n_k$, and
#
# $$ c_k - \frac{1}{2 n_k} \frac{\partial I}{\partial c_k}
# = \frac{1}{n_k} \sum_{i: \ell_i = k} x_i, $$
#
# the mean: Lloyd's algorithm is Newton's method on $I$.

# %%
one_step = KMeans(4, init=somewhere, max_iter=1, empty_clusters="keep").fit(points)
newton = somewhere - by_engine / (2 * np.bincount(labels, minlength=4)[:, None])
slopes = ac.grad(lambda c: hard_inertia(points, c))
axes = np.eye(8).reshape(8, 4, 2)  # the Hessian times each axis: forward mode over reverse
second = np.array([ac.jvp(slopes, (somewhere,), (axis,))[1].ravel() for axis in axes])
np.testing.assert_allclose(second, np.diag(2.0 * np.bincount(labels).repeat(2)), atol=1e-9)
print("diagonal of the Hessian:", np.diag(second))
print("largest difference:", np.abs(one_step.cluster_centers_ - newton).max())
np.testing.assert_allclose(one_step.cluster_centers_, newton, rtol=1e-10)

# %% [markdown]
# ## Soft assignments
#
# Let each sample belong to all centres in parts, the nearer the more. With a *temperature* $T$,
#
# $$ r_{ik} = \frac{e^{-|x_i - c_k|^2 / T}}{\sum_j e^{-|x_i - c_j|^2 / T}}. $$
#
# Two objectives come from it. The *soft inertia* weights the squared distances; the *free energy*
# takes a soft minimum of them (Rose, 1998):
#
# $$ S_T(c) = \sum_{ik} r_{ik} |x_i - c_k|^2, \qquad
# F_T(c) = -T \sum_i \log \sum_k e^{-|x_i - c_k|^2 / T}. $$
#
# They differ by $T$ times the entropy of the assignment,
# $F_T = S_T + T \sum_{ik} r_{ik} \log r_{ik}$, and enclose the inertia: $F_T \le I \le S_T$.
# Towards $T = 0$ all three are the same.

# %%
print("      T        F_T          I        S_T   S_T - T * entropy")
for temperature in (100.0, 10.0, 1.0, 0.1, 0.001):
    r = clustering.soft_assignment(points, somewhere, temperature)
    below = clustering.free_energy(points, somewhere, temperature)
    above = clustering.soft_inertia(points, somewhere, temperature)
    hard = hard_inertia(points, somewhere)
    difference = above + temperature * ac.xlogy(r, r).sum()
    print(f"{temperature:7g} {below:10.3f} {hard:10.3f} {above:10.3f} {difference:19.3f}")
    assert below <= hard * (1 + 1e-12) and hard <= above * (1 + 1e-12)
    assert np.isclose(below, difference)

# %% [markdown]
# On a line one can see them whole. Six samples (marks at the bottom), one centre fixed at $-2.5$,
# the other moves.

# %%
line = np.array([-3, -2, 0.5, 1, 5, 5.5])[:, None]


def along(objective, positions, *more):
    """The objective for each position of the second centre."""
    return np.array([objective(line, np.array([[-2.5], [c]]), *more) for c in positions])


def slope(position):
    """The derivative of the inertia by the second centre."""
    return ac.grad(lambda c: hard_inertia(line, c))(np.array([[-2.5], [position]]))[1, 0]


def count_minima(values):
    """How many values are below both their neighbours."""
    return int(np.sum((values[1:-1] < values[:-2]) & (values[1:-1] < values[2:])))


positions = np.linspace(1, 7.5, 131)
across = np.linspace(-5, 5, 300)[:, None]
tick = np.array([-0.3, 0.3])
valleys = {"I": count_minima(along(hard_inertia, positions))}
figure, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
axes[0].plot(positions, along(hard_inertia, positions), color="0.4")
for position in (1.5, 3.0, 23 / 6, 5.25, 6.8):
    value = along(hard_inertia, [position])[0]
    axes[0].plot(position + tick, value + slope(position) * tick, color=ORANGE, linewidth=3)
for x in line[2:4, 0]:  # a sample changes hands where it is in the middle
    axes[0].axvline(2 * x + 2.5, color="0.8", linewidth=1, zorder=0)
axes[0].set(title="inertia and its gradient", ylabel="objective")
axes[1].plot(positions, along(hard_inertia, positions), color="0.4", label="inertia $I$")
for temperature, style in ((4.0, "-"), (16.0, "--")):
    for objective, colour, name in (
        (clustering.soft_inertia, ORANGE, "S"),
        (clustering.free_energy, BLUE, "F"),
    ):
        values = along(objective, positions, temperature)
        valleys[name, temperature] = count_minima(values)
        axes[1].plot(
            positions, values, style, color=colour, label=f"${name}$, $T$ = {temperature:g}"
        )
axes[1].set(title="soft inertia above, free energy below")
axes[1].set_ylim(-18, 75)
axes[1].legend(fontsize=8, loc="upper center", ncols=3)
for ax in axes[:2]:
    ax.plot(line[2:], np.full(4, 0.02), "k|", transform=ax.get_xaxis_transform())
    ax.set(xlabel="second centre $c_2$")
for temperature, colour in ((0.1, "0.4"), (2.0, GREEN), (10.0, BLUE)):
    r = clustering.soft_assignment(across, np.array([[-2.5], [2.5]]), temperature)
    axes[2].plot(across, r[:, 1], color=colour, label=f"$T$ = {temperature:g}")
axes[2].set(title="centres at -2.5 and 2.5", xlabel="sample $x$", ylabel="$r_2$: belongs to 2.5")
axes[2].legend(fontsize=8)
plt.show()
print("number of minima:", valleys)
assert all(abs(slope(c)) < 1e-12 for c in (3.0, 23 / 6, 5.25))
assert valleys["I"] == 3 and valleys["F", 16.0] == valleys["S", 16.0] == 1

# %% [markdown]
# The inertia is made of parabolas; at the grey lines a sample changes hands and the slope jumps.
# There are three minima, and descent ends in the one in whose valley it starts. The soft objectives
# have no kinks, and when they are hot they have one valley only.
#
# They have different gradients. That of the free energy is the assignment times the offset,
# $\partial F_T / \partial c_k = 2 \sum_i r_{ik} (c_k - x_i)$, as if $r$ were constant. It vanishes
# where every centre is the weighted mean of the samples: the step of soft k-means. The soft inertia
# has a second term, since moving a centre also moves the weights:
#
# $$ \frac{\partial S_T}{\partial c_k} = \sum_i 2 r_{ik} (c_k - x_i)
# \Bigl(1 - \frac{|x_i - c_k|^2 - s_i}{T}\Bigr), \qquad s_i = \sum_k r_{ik} |x_i - c_k|^2 . $$

# %%
T = 3.0
r = clustering.soft_assignment(points, somewhere, T)
offset = somewhere - points[:, None]  # (samples, centres, 2)
squares = (offset**2).sum(axis=-1)
mean_square = (r * squares).sum(axis=1, keepdims=True)
formulas = {
    clustering.free_energy: np.sum(2 * r[..., None] * offset, axis=0),
    clustering.soft_inertia: np.sum(
        (2 * r * (1 - (squares - mean_square) / T))[..., None] * offset, axis=0
    ),
}
for objective, formula in formulas.items():
    gradient = ac.grad(lambda c, f=objective: f(points, c, T))(somewhere)
    np.testing.assert_allclose(gradient, formula, rtol=1e-8, atol=1e-8)
    report = ac.gradcheck(objective, points, somewhere, T).raise_if_failed()
    print(
        f"{objective.__name__:12}  formula: {np.abs(gradient - formula).max():.1e}  "
        f"finite differences, T included: {report.worst:.1e}"
    )

# %% [markdown]
# ## Annealing leaves a bad optimum
#
# K-means only goes down. From a start with three centres on one side it ends in a place where the
# gradient is zero and the inertia is not the least.
#
# At a high temperature the free energy has a single minimum: all centres at the mean of the data.
# *Deterministic annealing* starts there and cools. `annealing` makes the temperatures,
# `soft_kmeans` moves the centres to the weighted means at each of them.

# %%
bad_start = points[[0, 20, 45, 100]]  # three of them on the left
stuck = KMeans(4, init=bad_start).fit(points)
best = KMeans(4, n_init=20, random_state=0).fit(points)
soft = clustering.soft_kmeans(points, 4, init=bad_start)

rest = ac.grad(lambda c: hard_inertia(points, c))(stuck.cluster_centers_)
print(f"k-means from the bad start  {stuck.inertia_:7.2f}   gradient {np.abs(rest).max():.0e}")
print(f"annealed from the bad start {hard_inertia(points, soft.centers):7.2f}")
print(f"best of 20 k-means          {best.inertia_:7.2f}")
assert stuck.inertia_ > 1.9 * best.inertia_ and np.abs(rest).max() < 1e-9
assert hard_inertia(points, soft.centers) < 1.001 * best.inertia_

# %% [markdown]
# How do the centres find their groups? We cool slowly and look at every temperature. Centres that
# have met have the same weighted mean ever after, and in slow cooling they meet to the last digit.
# So they get a tiny push before each temperature, and part as soon as it pays.
#
# The mean stops being the best place for all centres at a temperature that is known:
# $T = 2\lambda$, where $\lambda$ is the largest eigenvalue of the covariance matrix of the data.


# %%
def cooled(X, n_clusters, start, temperatures, steps=40, push=0.01, seed=0):
    """The centres at each temperature."""
    noise = np.random.default_rng(seed)
    path, centers = [], start
    for t in temperatures:
        pushed = centers + push * noise.normal(size=centers.shape)
        centers = clustering.soft_kmeans(
            X, n_clusters, temperatures=[t], steps=steps, init=pushed
        ).centers
        path.append(centers)
    return np.array(path)


critical = 2 * np.linalg.eigvalsh(np.cov(points.T, bias=True))[-1]
temperatures = clustering.annealing(2 * critical, 0.2, 40)
path = cooled(points, 4, bad_start, temperatures)
never_pushed = cooled(points, 4, bad_start, temperatures[::2], push=0)[-1]
print("different centres at the end without pushes:", len(np.unique(never_pushed, axis=0)))
assert len(np.unique(never_pushed, axis=0)) < 4
apart = np.ptp(path, axis=1).max(axis=1)  # how far the centres are from each other
first_split = temperatures[apart > 0.5].max()
print(f"2 * lambda = {critical:.1f}, centres apart from T = {first_split:.1f} on")
assert apart[temperatures > critical].max() < 0.1
assert first_split == temperatures[temperatures < critical].max()
assert hard_inertia(points, path[-1]) < 1.001 * best.inertia_

# %%
figure, axes = plt.subplots(1, 4, figsize=(14, 3.4), layout="constrained")
clustering.plots.plot_clusters(
    points, stuck.labels_, stuck.cluster_centers_, ax=axes[0], legend=False
)
axes[0].set_title(f"k-means, inertia {stuck.inertia_:.0f}")
clustering.plots.plot_clusters(points, labels_of(path[-1]), path[-1], ax=axes[1], legend=False)
axes[1].set_title(f"annealed, inertia {hard_inertia(points, path[-1]):.0f}")
for ax, axis in zip(axes[2:], (0, 1), strict=True):
    ax.plot(temperatures, path[:, :, axis], ".-", color=BLUE, markersize=3, linewidth=1)
    ax.axvline(critical, color="0.5", linestyle=":")
    ax.set(xscale="log", xlabel="temperature $T$", title=f"feature {axis} of the four centres")
    ax.invert_xaxis()
axes[2].annotate("$2\\lambda$", (critical, 3), xytext=(-20, 0), textcoords="offset points")
plt.show()

# %% [markdown]
# First all centres are in one place. At $2\lambda$ they part into left and right, later each side
# into an upper and a lower one: what is farther apart separates earlier.
#
# Is it always so? How often do random starts lead to the best inertia known? On these four groups,
# and on five groups in a less regular arrangement:


# %%
def shares(X, k, starts=8):
    """How often k-means and annealing end within 1 % of the best of 20 runs of k-means."""
    least = KMeans(k, n_init=20, random_state=0).fit(X).inertia_
    hot = 2 * np.linalg.eigvalsh(np.cov(X.T, bias=True))[-1]
    falling = clustering.annealing(1.5 * hot, hot / 500, 20)
    ends = np.empty((starts, 3))
    for seed in range(starts):
        start = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
        annealed = cooled(X, k, start, falling, steps=20, seed=seed)[-1]
        ends[seed] = (
            KMeans(k, init=start).fit(X).inertia_,
            KMeans(k, random_state=seed).fit(X).inertia_,
            hard_inertia(X, annealed),
        )
    return np.mean(ends < 1.01 * least, axis=0)


five = np.array([[-7, 0], [-2, 0], [4, 2.5], [4, -2.5], [8, 0]])
others = five[np.repeat(np.arange(5), 40)] + rng.normal(scale=0.8, size=(200, 2))
results = {"four groups": shares(points, 4), "five groups": shares(others, 5)}
print("best found in       random samples  k-means++  annealing")
for name, share in results.items():
    print(f"{name:17} {share[0]:14.0%} {share[1]:12.0%} {share[2]:10.0%}")
assert results["four groups"][2] == 1
assert results["five groups"][2] > results["five groups"][0]

# %% [markdown]
# Annealing helps against a bad start, but it is no guarantee, and the careful start of k-means++ is
# nearly as good. What is gained is an objective without kinks, and a result that depends little on
# the start.
#
# ## Features with weights
#
# What else can move? Three groups stand apart in two features; six further features are noise and
# some of them are large. Every feature gets a weight $w_j$, a softmax of eight numbers, so
# that weights are positive and sum to 1. Of one sample in six the group is known.
#
# The *silhouette* of a sample compares $a$, its mean distance to its own cluster, with $b$, that to
# the nearest other: $(b - a) / \max(a, b)$. `soft_silhouette` is its mean as a function of a
# Tensor. We raise it by Adam, over the known samples only. The adjusted Rand index is that of
# k-means on the *other* samples.

# %%
noise = np.array([1, 2, 3, 4, 5, 6])
kind = np.repeat([0, 1, 2], 60)
X = np.array([[0, 0], [5, 0], [2.5, 4.5]])[kind] + rng.normal(size=(180, 2))
X = np.column_stack([X, noise * rng.normal(size=(180, 6))])
known = np.arange(0, 180, 6)
unknown = np.setdiff1d(np.arange(180), known)
target = np.eye(3)[kind[known]]

report = ac.gradcheck(
    lambda s: clustering.soft_silhouette(X[known] * ac.softmax(s), target), np.zeros(8)
)
print(report.raise_if_failed())


def learn_weights(rows, assignment_of, steps=40):
    """Weights, objective and adjusted Rand index after each step."""
    scores = ac.Tensor(np.zeros(8), requires_grad=True)
    optimizer = nn.Adam([scores], lr=0.1)
    history = []
    for _ in range(steps):
        optimizer.zero_grad()
        weights = ac.softmax(scores)
        silhouette = clustering.soft_silhouette(X[rows] * weights, assignment_of(weights.numpy()))
        (-silhouette).backward()
        found = KMeans(3, n_init=5, random_state=0).fit_predict(X[unknown] * weights.numpy())
        rand = adjusted_rand_score(kind[unknown], found)
        history.append((weights.numpy(), silhouette.item(), rand))
        optimizer.step()
    return [np.array(column) for column in zip(*history, strict=True)]


def own_labels(weights):
    """The labels that k-means gives under these weights, as an assignment."""
    return np.eye(3)[KMeans(3, n_init=5, random_state=0).fit_predict(X[unknown] * weights)]


taught = learn_weights(known, lambda weights: target)
untaught = learn_weights(unknown, own_labels)

# %%
figure, axes = plt.subplots(1, 4, figsize=(14, 3.4), layout="constrained", sharey=True)
for (left, right), (weights, silhouette, rand), name in (
    (axes[:2], taught, "30 groups known"),
    (axes[2:], untaught, "none known"),
):
    left.plot(weights[:, 2:], color="0.6", linewidth=1)
    left.plot(weights[:, :2], color=BLUE)
    left.set(title=f"{name}: weights", xlabel="step", ylim=(-0.05, 1.05))
    right.plot(silhouette, color=GREEN, label="silhouette (objective)")
    right.plot(rand, color=ORANGE, label="adjusted Rand, other samples")
    right.set(title=f"{name}: scores", xlabel="step")
axes[0].annotate("the two features\nthat say something", (39, 0.62), ha="right", color=BLUE)
axes[0].annotate("six of noise", (39, 0.05), ha="right", color="0.4")
axes[3].legend(fontsize=8, loc="upper right")
plt.show()
print(f"adjusted Rand, known: {taught[2][0]:.3f} at the start, {taught[2][-1]:.3f} at the end")
print(f"               none:  {untaught[2][0]:.3f} at the start, {untaught[2][-1]:.3f} at the end")
assert taught[0][-1, 2:].max() < 0.02 and taught[2][0] < 0.3 and taught[2][-1] > 0.9
assert untaught[1][-1] > untaught[1][0] + 0.1 and untaught[2][-1] < 0.1
assert untaught[0][-1, :2].max() < 0.05

# %% [markdown]
# With some known samples the weights of noise fall to almost nothing, and the other samples fall
# into their groups. The right half is a warning. If the labels are k-means' own, the objective
# rises too, but by giving nearly all weight to two features of noise: anything in a plane can be
# cut into compact pieces. A clustering objective that may choose its own features needs something
# that holds it to the data. Below, that will be the reconstruction.
#
# ## The gradient of a mode
#
# Mean shift looks for modes, the maxima of a kernel density. One step moves a point to the mean of
# the samples around it; a mode $m$ is where a step leads nowhere, $m = g(m, X, h)$, with bandwidth
# $h$. How does $m$ move when the data do? Differentiating both sides,
#
# $$ \mathrm{d}m = \Bigl(1 - \frac{\partial g}{\partial m}\Bigr)^{-1}
# \Bigl(\frac{\partial g}{\partial X} \mathrm{d}X
# + \frac{\partial g}{\partial h} \mathrm{d}h\Bigr) $$
#
# (the implicit function theorem). `gaussian_modes` has this gradient, however many steps led to the
# mode. `gaussian_mean_shift` has the gradient through a given number of steps.

# %%
cloud = np.concatenate(
    [rng.normal(size=(25, 2)), rng.normal(size=(15, 2)) * 0.8 + [3.5, 2], [[-3, 4], [7, -2]]]
)
bandwidth = 0.9
start = cloud[[0, 25]]
modes = clustering.gaussian_modes(cloud, bandwidth, start)
print("modes:", *modes.round(3))
print(
    ac.gradcheck(
        lambda data, h: clustering.gaussian_modes(data, h, start), cloud, bandwidth, max_elements=60
    ).raise_if_failed()
)


def first_mode(data, h=bandwidth, axis=0):
    return clustering.gaussian_modes(data, h, start[:1])[0, axis]


influence = np.stack([ac.grad(lambda x, a=axis: first_mode(x, axis=a))(cloud) for axis in (0, 1)])
strength = np.linalg.norm(influence, axis=(0, 2))  # of the 2 x 2 derivative by each sample
print("sum of all derivatives:\n", influence.sum(axis=1).round(12) + 0.0)
assert np.allclose(influence.sum(axis=1), np.eye(2))

# %% [markdown]
# The derivatives by all samples sum to the identity: if all move together, the mode goes with them.
# But they are not shared out evenly.

# %%
widths = np.linspace(0.55, 1.6, 22)
track = np.array([first_mode(cloud, h) for h in widths])
by_width = ac.grad(lambda h: first_mode(cloud, h))
numbers = np.array([1, 2, 5, 10, 20, 40])
implicit = ac.grad(first_mode)(cloud)
unrolled = [
    np.abs(
        ac.grad(lambda x, n=n: clustering.gaussian_mean_shift(x, bandwidth, n)[0, 0])(cloud)
        - implicit
    ).max()
    for n in numbers
]
figure, axes = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
drawn = axes[0].scatter(
    *cloud.T, c=strength, cmap="cividis_r", s=40, edgecolor="0.5", linewidth=0.4
)
axes[0].plot(*modes[0], "*", color=ORANGE, markersize=15)
axes[0].plot(*modes[1], "*", color="0.6", markersize=12)
axes[0].plot(*cloud.mean(axis=0), "+", color="k", markersize=11)
axes[0].set(title="influence on the orange mode", xlabel="feature 0")
axes[0].set(ylabel="feature 1", aspect="equal")
figure.colorbar(drawn, ax=axes[0], label="size of the derivative")
axes[1].plot(widths, track, color="0.4")
for h in (0.65, 0.9, 1.2, 1.5):
    ends, here, tilt = np.array([-0.07, 0.07]), first_mode(cloud, h), by_width(h)
    axes[1].plot(h + ends, here + tilt * ends, color=ORANGE, linewidth=2.5)
axes[1].set(title="mode and bandwidth, with gradients", xlabel="bandwidth $h$")
axes[1].set_ylabel("feature 0 of the mode")
axes[2].plot(numbers, unrolled, "o-", color=BLUE)
axes[2].set(title="gradient through the steps: error", xlabel="steps", yscale="log")
plt.show()
print(f"an outlier: {strength[-2:].max():.1e}, in the mean: {np.sqrt(2) / len(cloud):.1e}")
assert strength[-2:].max() < 0.05 * np.sqrt(2) / len(cloud) and unrolled[-1] < 1e-6

# %% [markdown]
# Samples around the mode move it; those far away hardly do, while in the mean (the cross) each
# counts the same. Outliers do not matter to a mode, and the gradient says so in numbers.
#
# ## Assignments that teach themselves
#
# Deep embedded clustering (DEC; Xie, Girshick & Farhadi, 2016) uses the gradient by the *samples*,
# or rather by their codes $z_i$, which a network makes. Assignments come from Student's $t$, which
# has heavier tails than a Gaussian (with $\alpha$ degrees of freedom, 1 by default), and a *target*
# $p$ is made of $q$ itself: squared, so that it is more certain, and divided by the size
# of the cluster, so that large ones do not swallow all.
#
# $$ q_{ik} \propto \Bigl(1 + \frac{|z_i - c_k|^2}{\alpha}\Bigr)^{-\frac{\alpha + 1}{2}}, \qquad
# p_{ik} \propto \frac{q_{ik}^2}{\sum_{i'} q_{i'k}}, \qquad
# L = \mathrm{KL}(p \,\|\, q) = \sum_{ik} p_{ik} \log \frac{p_{ik}}{q_{ik}} . $$
#
# With $p$ held constant, the paper gives the gradients in closed form:
#
# $$ \frac{\partial L}{\partial z_i} = \frac{\alpha + 1}{\alpha} \sum_k
# \frac{(p_{ik} - q_{ik})(z_i - c_k)}{1 + |z_i - c_k|^2 / \alpha}, \qquad
# \frac{\partial L}{\partial c_k} = -\frac{\alpha + 1}{\alpha} \sum_i
# \frac{(p_{ik} - q_{ik})(z_i - c_k)}{1 + |z_i - c_k|^2 / \alpha} . $$

# %%
codes = np.concatenate([m + rng.normal(size=(n, 2)) for m, n in (([-2, 0], 40), ([2, 0.5], 20))])
centers = np.array([[-1.7, -0.3], [1.6, 0.8]])


def dec_by_hand(z, c, alpha):
    """q, p, the loss and its two gradients: formulas of the paper."""
    offset = z[:, None] - c
    kernel = 1 / (1 + (offset**2).sum(axis=-1) / alpha)
    q = kernel ** ((alpha + 1) / 2)
    q /= q.sum(axis=1, keepdims=True)
    p = q**2 / q.sum(axis=0)
    p /= p.sum(axis=1, keepdims=True)
    pull = (alpha + 1) / alpha * ((p - q) * kernel)[..., None] * offset
    return q, p, np.sum(p * np.log(p / q)), pull.sum(axis=1), -pull.sum(axis=0)


for alpha in (1.0, 3.0):
    q, p, loss, dz, dc = dec_by_hand(codes, centers, alpha)
    q_engine = clustering.student_t_assignment(codes, centers, alpha)
    engine = (
        q_engine,
        clustering.target_distribution(q_engine),
        clustering.dec_objective(codes, centers, alpha=alpha),
        *ac.grad(lambda z, c, a=alpha: clustering.dec_objective(z, c, alpha=a), argnums=(0, 1))(
            codes, centers
        ),
    )
    print(f"alpha = {alpha:g}, loss {loss:.6f}; largest differences:")
    for name, ours, theirs in zip(
        ("q", "p", "loss", "dL/dz", "dL/dc"), (q, p, loss, dz, dc), engine, strict=True
    ):
        np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-12)
        print(f"  {name:6} {np.abs(theirs - ours).max():.1e}")
print(
    ac.gradcheck(
        lambda z, c: clustering.dec_objective(z, c, clustering.target_distribution(q)),
        codes,
        centers,
    ).raise_if_failed()
)

# %% [markdown]
# That $p$ is constant is a decision, not a theorem: $p$ is a function of $z$, and there is no
# minimum inside that would cancel its derivative, as there was for the labels of k-means. The
# gradient with $p$ differentiated is another one:

# %%
q, p, loss, dz, dc = dec_by_hand(codes, centers, 1.0)


def moving_target(z):
    """The objective with a target that the gradient sees."""
    target = clustering.target_distribution(clustering.student_t_assignment(z, centers))
    return clustering.dec_objective(z, centers, target)


through = ac.grad(moving_target)(codes)
cosine = np.sum(through * dz) / np.linalg.norm(through) / np.linalg.norm(dz)
print(f"sizes {np.linalg.norm(dz):.3f} and {np.linalg.norm(through):.3f}, cosine {cosine:.2f}")
assert cosine < 0.9

# %%
before, after = clustering.student_t_assignment(codes, centers), clustering.target_distribution(q)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.7), layout="constrained")
drawn = left.scatter(*codes.T, c=before[:, 0], cmap="cividis", s=22)
left.quiver(*codes.T, *(-dz.T), angles="xy", scale=3, width=0.003, color="0.3")
left.plot(*centers.T, "*", color=ORANGE, markersize=15)
left.set(
    title="$-\\partial L/\\partial z$: where the codes are pulled", xlabel="$z_1$", ylabel="$z_2$"
)
left.set_aspect("equal")
figure.colorbar(drawn, ax=left, label="$q$ of the left centre")
order = np.argsort(before[:, 0])
right.plot(
    before[order, 0], after[order, 0], "o-", color=BLUE, markersize=3, label="left, 40 samples"
)
right.plot([0, 1], [0, 1], ":", color="0.5")
right.plot(
    before[order, 1], after[order, 1], "o-", color=ORANGE, markersize=3, label="right, 20 samples"
)
right.set(title="the target exaggerates", xlabel="$q_{ik}$", ylabel="$p_{ik}$")
right.legend()
plt.show()
preferred = (np.arange(len(codes)), q.argmax(axis=1))
surer = np.sum(p[preferred] > q[preferred])
print(f"{surer} of {len(codes)} codes are pulled towards the centre they prefer")
assert surer == len(codes)

# %% [markdown]
# Where the curves are above the diagonal, the target says *more*: such a code is pulled towards
# that centre. Here it happens to every code at the centre that it already prefers. The smaller
# cluster gets a bonus: its curve is the higher one. This is self-training. It makes a partition
# sharper, be it good or bad; so it matters where the codes start.
#
# ## Deep clustering of real digits
#
# The codes $z = f(x)$ come from an encoder, and a decoder turns them back into samples.
# `DeepClustering` works in two parts. First the autoencoder learns to reconstruct and to place
# nearest neighbours next to each other (`neighbors=0`: reconstruction only, as in the paper). Then
# k-means finds centres in the code, and network and centres descend together on
# reconstruction + KL (IDEC; Guo et al., 2017).
#
# The data: 1,797 handwritten digits of 8 × 8 pixels. Labels serve only to judge the result.
# *Accuracy* is the share of right answers under the best one-to-one naming of the clusters,
# *purity* that under the most frequent digit of each. A small network and few passes keep it to
# seconds.

# %%
pixels, digit = load_digits(return_X_y=True)


def judged(labels):
    """Adjusted Rand index, accuracy and purity."""
    counts = clustering.contingency_matrix(digit, labels)
    rows, columns = linear_sum_assignment(-counts)
    accuracy = counts[rows, columns].sum() / len(labels)
    return adjusted_rand_score(digit, labels), accuracy, clustering.purity_score(digit, labels)


def kmeans(data, seed=0):
    return KMeans(10, n_init=10, random_state=seed).fit(data)


def deep(seed, neighbors):
    """The fitted model, and the code after part 1."""
    settings = {"hidden_sizes": (128, 64), "batch_size": 128, "pretrain_epochs": 30, "max_iter": 10}
    halfway = []

    def keep(epoch):
        if len(model.history_) == model.pretrain_epochs:
            halfway.append(model.transform(pixels))

    model = clustering.DeepClustering(
        10, neighbors=neighbors, random_state=seed, callback=keep, **settings
    )
    return model.fit(pixels), halfway[0]


plain = {seed: deep(seed, neighbors=0) for seed in (0, 1)}
full = {seed: deep(seed, neighbors=10) for seed in (0, 1)}

# %%
in_pixels = kmeans(pixels)
spectral = clustering.SpectralClustering(10, affinity="nearest_neighbors", random_state=0)
table = {"k-means of the pixels": judged(in_pixels.labels_)}
table["spectral, nearest neighbours"] = judged(spectral.fit_predict(pixels))
for name, runs in (("reconstruction only", plain), ("with neighbours", full)):
    for seed, (model, code) in runs.items():
        table[f"{name}, seed {seed}: part 1"] = judged(kmeans(code, seed).labels_)
        table[f"{name}, seed {seed}: part 2"] = judged(model.labels_)
print("                                       ARI  accuracy  purity")
for name, scores in table.items():
    print(f"{name:36} {scores[0]:5.3f}     {scores[1]:5.3f}   {scores[2]:5.3f}")
ari = {
    (name, part): np.mean([table[f"{name}, seed {seed}: part {part}"][0] for seed in (0, 1)])
    for name in ("reconstruction only", "with neighbours")
    for part in (1, 2)
}
pixel_ari, spectral_ari = (table[name][0] for name in list(table)[:2])
assert ari["with neighbours", 2] > spectral_ari > pixel_ari > ari["reconstruction only", 1]
assert all(ari[name, 2] > ari[name, 1] for name, _ in ari)
for seed, (model, _) in full.items():
    print(f"seed {seed}: {model.n_iter_} passes in part 2, converged: {model.converged_}")

# %% [markdown]
# A code that is only good for reconstruction has clusters no better than those of the pixels; part
# 2 improves them. Neighbours help more, and they help without a network too: spectral clustering of
# the graph of nearest neighbours is better than k-means of the pixels. The best result comes from
# neighbours and both parts together. Seeds differ, so a single run proves little.
#
# The history says what was minimised. In part 2 the target is renewed in every pass, so the
# divergence is measured against something that moves; it rises before it falls. Reconstruction gets
# a little worse when the divergence joins it, and recovers slowly.

# %%
figure, axes = plt.subplots(1, 3, figsize=(13, 3.5), layout="constrained")
for seed, (model, _) in full.items():
    style = "-" if seed == 0 else "--"
    epochs = np.arange(1, len(model.history_) + 1)
    errors = [epoch.reconstruction for epoch in model.history_]
    parts = np.array([epoch.phase == "pretraining" for epoch in model.history_])
    other = np.array([epoch.objective for epoch in model.history_])
    axes[0].plot(epochs, errors, style, color=BLUE, label=f"seed {seed}")
    axes[1].plot(epochs[parts], other[parts], style, color=GREEN)
    axes[2].plot(epochs[~parts], other[~parts], style, color=ORANGE)
axes[0].axvline(30.5, color="0.6", linestyle=":")
axes[0].annotate("part 2", (31, 0.95), xycoords=("data", "axes fraction"), va="top", fontsize=9)
axes[0].set(title="reconstruction", xlabel="pass", ylabel="mean squared error", yscale="log")
axes[1].set(title="part 1: pairs of neighbours", xlabel="pass", ylabel="cross entropy")
axes[2].set(title="part 2: KL(p, q)", xlabel="pass", ylabel="divergence per sample")
axes[0].legend()
plt.show()

# %% [markdown]
# Maps of 300 digits, each drawn as its numeral: the first two principal components of pixels and
# codes (all ten dimensions do not fit on paper, and some clusters lie behind each other), and
# t-SNE, which keeps neighbours together. t-SNE finds islands in the pixels already: what tells
# digits apart is in the neighbourhoods, where k-means of the pixels does not look.

# %%
model, halfway = full[0]
some = np.random.default_rng(0).permutation(len(pixels))[:300]
stages = {
    "pixels": pixels[some],
    "code after part 1": halfway[some],
    "code after part 2": model.transform(pixels[some]),
}
figure, axes = plt.subplots(2, 3, figsize=(13, 7.4), layout="constrained")
for column, (name, data) in zip(axes.T, stages.items(), strict=True):
    maps = {
        "PCA": clustering.PCA(2).fit_transform(data),
        "t-SNE": clustering.tsne(data, max_iter=350),
    }
    for ax, (method, places) in zip(column, maps.items(), strict=True):
        for d in range(10):
            here = digit[some] == d
            ax.scatter(*places[here].T, marker=f"${d}$", s=22, linewidth=0.2, color=f"C{d}")
        ax.set(title=f"{name}, {method}", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# The centres are points in the code, so the decoder can say what they look like. Above, the means
# of k-means; below, decoded centres. The titles give the most frequent digit of the cluster and its
# share.

# %%
decoded = model.inverse_transform(model.cluster_centers_)
figure, axes = plt.subplots(2, 10, figsize=(11, 2.8), layout="constrained")
for row, labels, images, name in (
    (axes[0], in_pixels.labels_, in_pixels.cluster_centers_, "k-means"),
    (axes[1], model.labels_, decoded, "deep"),
):
    counts = clustering.contingency_matrix(digit, labels)
    for ax, k in zip(row, np.argsort(counts.argmax(axis=0), kind="stable"), strict=True):
        ax.imshow(images[k].reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        ax.set_title(
            f"{counts[:, k].argmax()}: {counts[:, k].max() / counts[:, k].sum():.0%}", fontsize=9
        )
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(name)
plt.show()

# %% [markdown]
# ## Completing a matrix
#
# The last objective has factors instead of centres. A matrix $M$ is known in some places only
# (ratings, sensors, pixels). If it has low rank, $M \approx U V^\top$ with few columns, the known
# entries may be enough to find $U$ and $V$, and the product says the rest. With $\Omega$ the set of
# observed entries,
#
# $$ L(U, V) = \tfrac12 \sum_{(i, j) \in \Omega} \bigl((U V^\top)_{ij} - M_{ij}\bigr)^2, \qquad
# \frac{\partial L}{\partial U} = R V, \quad \frac{\partial L}{\partial V} = R^\top U, $$
#
# where $R$ is $U V^\top - M$ on $\Omega$ and $0$ elsewhere. In code it is a few lines. The matrix
# has rank 3, and 40 % of its entries are observed.

# %%
rng = np.random.default_rng(0)
rows, columns, rank = 60, 50, 3
truth = rng.normal(size=(rows, rank)) @ rng.normal(size=(rank, columns))
observed = rng.random(truth.shape) < 0.4

U = ac.Tensor(0.1 * rng.normal(size=(rows, rank)), requires_grad=True, name="U")
V = ac.Tensor(0.1 * rng.normal(size=(columns, rank)), requires_grad=True, name="V")
optimizer = nn.Adam([U, V], lr=0.05)
errors = []
for step in range(300):
    optimizer.zero_grad()
    residual = np.where(observed, U @ V.T - truth, 0)
    loss = 0.5 * np.sum(residual**2)
    loss.backward()
    if step == 0:
        R = residual.numpy()
        np.testing.assert_allclose(U.grad.numpy(), R @ V.numpy())
        np.testing.assert_allclose(V.grad.numpy(), R.T @ U.numpy())
    difference = U.numpy() @ V.numpy().T - truth
    errors.append([np.sqrt(np.mean(difference[place] ** 2)) for place in (observed, ~observed)])
    optimizer.step()
print(f"after {len(errors)} steps: observed {errors[-1][0]:.1e}, unobserved {errors[-1][1]:.1e}")
assert errors[-1][1] < 1e-2

# %% [markdown]
# `MatrixCompletion` is this loop with a falling step, a term $\tfrac{\lambda}{2} (|U|^2 + |V|^2)$,
# and some observed entries held out to measure the error by. The objective is not convex, and a
# start may end badly; the held-out error says so without knowing the truth. We take the better of
# two.
#
# How much must be observed? A matrix of rank $r$ has $r (m + n - r)$ degrees of freedom; with fewer
# entries it cannot be determined.

# %%
fractions = np.array([0.15, 0.25, 0.35, 0.5])
recovery = {}
for r in (2, 5):
    low_rank = rng.normal(size=(rows, r)) @ rng.normal(size=(r, columns))
    places = rng.random(low_rank.shape)  # one for all fractions: the masks grow
    for fraction in fractions:
        mask = places < fraction
        starts = [
            clustering.MatrixCompletion(r, max_iter=100, learning_rate=0.3, random_state=seed)
            for seed in (0, 1)
        ]
        starts.sort(key=lambda start: start.fit(low_rank, mask).held_out_error_)
        wrong = [(start.reconstruction() - low_rank)[~mask] for start in starts]
        relative = np.sqrt(np.mean(np.square(wrong), axis=1) / np.mean(low_rank**2))
        recovery.setdefault(r, []).append(relative)

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 3.5), layout="constrained")
for values, colour, name in zip(
    np.transpose(errors), (BLUE, ORANGE), ("observed", "not observed"), strict=True
):
    left.plot(values, color=colour, label=name)
left.set(title="by hand: rank 3, 40 % observed", xlabel="step", yscale="log", ylim=(1e-7, 10))
left.set_ylabel("root mean square error")
left.legend()
for (r, values), colour in zip(recovery.items(), (BLUE, ORANGE), strict=True):
    better, worse = np.transpose(values)
    right.plot(fractions, better, "o-", color=colour, label=f"rank {r}")
    right.plot(fractions, worse, "x", color=colour, label="the other start")
    right.axvline(r * (rows + columns - r) / (rows * columns), color=colour, linestyle=":")
right.set(title="error where nothing was observed", xlabel="fraction observed", yscale="log")
right.set_ylabel("relative error")
right.legend(fontsize=8)
plt.show()
assert recovery[2][-1][0] < 0.05 and recovery[5][-1][0] < 0.05 and recovery[5][0][0] > 0.5

# %% [markdown]
# With few entries nothing is recovered, with more almost everything. The dotted lines are where
# there are as many entries as degrees of freedom; descent needs a few times as many.
#
# ## A picture with holes
#
# A photograph is a matrix of greys. Its rank is not low, but its singular values fall quickly. Of a
# small one we see 35 % of the pixels. Rank and regularisation are to be chosen; the held-out error
# chooses.

# %%
photo = load_sample_image("china.jpg").mean(axis=2)[:424] / 255
photo = photo.reshape(106, 4, 160, 4).mean(axis=(1, 3))
seen = rng.random(photo.shape) < 0.35
grey = photo[seen].mean()
singular = np.linalg.svd(photo - photo.mean(), compute_uv=False)
print(f"variance in the first 8 of {len(singular)} singular vectors:", end=" ")
print(f"{np.sum(singular[:8] ** 2) / np.sum(singular**2):.1%}")


def complete(mask, picture, rank, weight, **options):
    """A fit to the seen pixels, around their mean."""
    model = clustering.MatrixCompletion(rank, weight, max_iter=100, learning_rate=0.2, **options)
    return model.fit(picture - grey, mask)


RANKS, WEIGHTS = (2, 4, 8, 16), (0.0, 0.4, 0.8)
fits = {(r, w): complete(seen, photo, r, w) for r in RANKS for w in WEIGHTS}
chosen = min(fits, key=lambda key: fits[key].held_out_error_)
print("chosen: rank {}, regularisation {}".format(*chosen))

# %%
figure, axes = plt.subplots(1, 3, figsize=(13, 3.6), layout="constrained")
for ax, weight in zip(axes, (0.0, chosen[1]), strict=False):
    some_fits = [fits[r, weight] for r in RANKS]
    ax.plot(RANKS, [fit.error_ for fit in some_fits], "o-", color=BLUE, label="observed")
    ax.plot(RANKS, [fit.held_out_error_ for fit in some_fits], "o-", color=ORANGE, label="held out")
    ax.set(title=f"regularisation {weight:g}", xlabel="rank", xscale="log", ylim=(0, 0.25))
    ax.set_xticks(RANKS, RANKS)
    ax.minorticks_off()
axes[0].set_ylabel("root mean square error")
axes[0].legend()
for weight, style in ((0.0, "--"), (chosen[1], "-")):
    history = fits[RANKS[-1], weight].history_
    for field, colour, name in (("error", BLUE, "observed"), ("held_out", ORANGE, "held out")):
        values = [getattr(step, field) for step in history]
        axes[2].plot(values, style, color=colour, label=f"{weight:g}, {name}")
axes[2].set(title=f"rank {RANKS[-1]}, without and with", xlabel="step", ylim=(0, 0.35))
axes[2].legend(fontsize=8, title="regularisation, error of")
plt.show()
loose = fits[RANKS[-1], 0.0]
assert loose.error_ < 0.7 * fits[chosen].error_
assert loose.held_out_error_ > 1.4 * fits[chosen].held_out_error_

# %% [markdown]
# Without regularisation more factors fit the seen pixels better and better, and the others worse
# and worse. With it, the rank hardly matters once it is large enough: the sum of singular values is
# held down, not their number.
#
# Now all seen pixels may take part in the chosen fit, and the truth says how far off the unseen
# ones are.

# %%
final = complete(seen, photo, *chosen, validation_fraction=0)


def error_of(picture, truth=photo, mask=seen):
    """The root mean square error of the pixels that were not seen."""
    return np.sqrt(np.mean((picture - truth)[~mask] ** 2))


panels = {
    "seen: 35 % (the others blue)": np.where(seen, photo, np.nan),
    f"rank {RANKS[-1]}, no regularisation": loose.complete() + grey,
    "rank {}, regularisation {}".format(*chosen): final.complete() + grey,
    "original": photo,
}
greys = plt.colormaps["gray"].with_extremes(bad="#a8cbea")  # not seen
figure, axes = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
for ax, (name, picture) in zip(axes.flat, panels.items(), strict=True):
    ax.imshow(picture, cmap=greys, vmin=0, vmax=1)
    error = error_of(picture)
    ax.set(title=name + (f": error {error:.3f}" if error > 0 else ""), xticks=[], yticks=[])
plt.show()
assert error_of(final.complete() + grey) < 0.7 * error_of(loose.complete() + grey)

# %% [markdown]
# Is that good? For a photograph there is a simpler way: interpolate between the nearest seen
# pixels. It knows that pixels have neighbours; low rank does not. If the rows and columns are
# shuffled, it is the other way round.


# %%
def interpolated(picture, mask):
    """Linear between the seen pixels; outside of them, the nearest."""
    where, places = np.argwhere(mask), np.argwhere(~mask)
    values = griddata(where, picture[mask], places, method="linear")
    nearest = griddata(where, picture[mask], places, method="nearest")
    filled = picture.copy()
    filled[~mask] = np.where(np.isnan(values), nearest, values)
    return filled


order = np.ix_(rng.permutation(106), rng.permutation(160))
shuffled, still_seen = photo[order], seen[order]
again = complete(still_seen, shuffled, *chosen, validation_fraction=0)
scores = {
    "low rank": (
        error_of(final.complete() + grey),
        error_of(again.complete() + grey, shuffled, still_seen),
    ),
    "interpolation": (
        error_of(interpolated(photo, seen)),
        error_of(interpolated(shuffled, still_seen), shuffled, still_seen),
    ),
}
print("error of unseen pixels   picture   shuffled")
for name, (straight, mixed) in scores.items():
    print(f"{name:22} {straight:9.3f} {mixed:10.3f}")
assert scores["interpolation"][0] < scores["low rank"][0]
assert scores["low rank"][1] < 0.7 * scores["interpolation"][1]

# %% [markdown]
# Low rank is the right assumption where rows and columns have no order: people and films, shops and
# goods, stations and hours. For pictures it is a demonstration.
#
# ## What the gradient was for
#
# | objective | what moved | what it gave |
# |---|---|---|
# | inertia, labels inside | centres | k-means, as Newton's method |
# | free energy | centres, with a falling temperature | a way past a bad optimum |
# | soft silhouette | weights of features | noise left out, if some groups are known |
# | fixed point of mean shift | the mode, with data and bandwidth | influence of every sample |
# | KL to a target | a network and centres | clusters that k-means of the pixels misses |
# | squared error on observed entries | two factors | the entries that were not observed |
