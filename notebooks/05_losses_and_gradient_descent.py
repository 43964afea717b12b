# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Losses and gradient descent
#
# Where losses come from, and how to walk down them: in which steps, with which memory, and when to
# stop.

# %%
import matplotlib.pyplot as plt
import numpy as np
import scipy.stats
from sklearn.datasets import load_iris

import autograd_core as ac
import nn

BLUE, ORANGE, GREEN = "#1f5fa8", "#c26a10", "#2d7d4f"
f = nn.functional
rng = np.random.default_rng(0)

# %% [markdown]
# ## A loss is a negative log-likelihood
#
# A network's output $x$ can be read as the parameter of a distribution of the target $t$. The best
# parameters make the observed targets as likely as possible: they maximise $\prod_i p(t_i \mid
# x_i)$, or, with the logarithm and a minus, minimise $\sum_i -\log p(t_i \mid x_i)$. Which
# distribution we believe in decides which loss we get.
#
# **Numbers: Normal → squared error.** With mean $x$ and variance $\sigma^2$,
#
# $$-\log p(t \mid x) = \frac{(t - x)^2}{2\sigma^2} + \tfrac12 \log(2\pi\sigma^2).$$
#
# Only the first term depends on $x$. For $\sigma^2 = \tfrac12$ it is $(t - x)^2$, and the constant
# is $\tfrac12 \log \pi$.
#
# **Yes or no: Bernoulli → binary cross-entropy.** The network says $p = \sigma(x)$ is the
# probability of $t = 1$:
#
# $$p(t \mid x) = p^t (1-p)^{1-t} \quad\Rightarrow\quad
# -\log p(t \mid x) = -t \log p - (1 - t) \log (1 - p).$$
#
# **One of $C$ classes: Multinoulli → cross-entropy.** The network gives $C$ scores, and
# $p = \operatorname{softmax}(x)$:
#
# $$p(t \mid x) = \prod_c p_c^{[t = c]} \quad\Rightarrow\quad -\log p(t \mid x) = -\log p_t .$$
#
# SciPy knows the distributions and nothing of our losses. Do they agree?

# %%
x, t = rng.normal(size=1000), rng.normal(size=1000)
from_scipy = -scipy.stats.norm.logpdf(t, loc=x, scale=np.sqrt(0.5))
ours = f.mse_loss(x, t, reduction="none")
print(f"Normal       {np.max(np.abs(ours + 0.5 * np.log(np.pi) - from_scipy)):.1e}")

yes = rng.integers(0, 2, size=1000)
from_scipy = -scipy.stats.bernoulli.logpmf(yes, 1 / (1 + np.exp(-x)))
ours = f.binary_cross_entropy_with_logits(x, yes, reduction="none")
print(f"Bernoulli    {np.max(np.abs(ours - from_scipy)):.1e}")

scores, label = rng.normal(size=(1000, 4)), rng.integers(0, 4, size=1000)
probability = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
from_scipy = -scipy.stats.multinomial.logpmf(np.eye(4)[label], n=1, p=probability)
ours = f.cross_entropy(scores, label, reduction="none")
print(f"Multinoulli  {np.max(np.abs(ours - from_scipy)):.1e}")

# %% [markdown]
# What all three have in common is the derivative with respect to the network's output: *prediction
# minus target* (twice that for the square).


# %%
def slope(function, output, target):
    """The derivative of a loss with respect to a network's output."""
    return ac.grad(lambda output: function(output, target, reduction="sum"))(output)


for name, derivative, difference in (
    ("squared error", slope(f.mse_loss, x, t), 2 * (x - t)),
    ("binary CE", slope(f.binary_cross_entropy_with_logits, x, yes), 1 / (1 + np.exp(-x)) - yes),
    ("cross-entropy", slope(f.cross_entropy, scores, label), probability - np.eye(4)[label]),
):
    print(f"{name:13} {np.max(np.abs(derivative - difference)):.1e}")

# %% [markdown]
# ## Losses of a classifier, side by side
#
# With classes $t = \pm 1$ and a score $x$, the *margin* $m = t x$ is positive where the sign is
# right. What we would like to count, errors, is a staircase without a slope. The **hinge** loss
# $\max(0, 1 - m)$ of the support vector machine is no likelihood; it stops caring at margin 1. The
# logistic loss (binary cross-entropy) never quite stops. The squared error $(1 - m)^2$ punishes
# answers for being too right.

# %%
margin = np.linspace(-2, 3, 501)
ones = np.ones_like(margin)
curves = {
    "errors": (np.where(margin > 0, 0.0, 1.0), "0.6"),
    "hinge": (f.hinge_loss(margin, ones, reduction="none"), ORANGE),
    "logistic": (
        f.binary_cross_entropy_with_logits(margin, ones, reduction="none"),
        BLUE,
    ),
    "squared error": (f.mse_loss(margin, ones, reduction="none"), GREEN),
}
figure, axes = plt.subplots(figsize=(6, 3.6), layout="constrained")
for name, (values, colour) in curves.items():
    axes.plot(margin, values, label=name, color=colour)
axes.set(xlabel="margin $t x$", ylabel="loss", ylim=(-0.1, 4))
axes.legend()
plt.show()

# %% [markdown]
# ## A real problem with two parameters
#
# The width of an iris petal from its length: 150 flowers, a line $w x + b$, the mean squared error.
# Two parameters are few enough to draw the whole loss.

# %%
flowers = load_iris().data
length, width = flowers[:, 2:3], flowers[:, 3:4]
design = np.column_stack([length, np.ones(150)])
best, residual = np.linalg.lstsq(design, width[:, 0], rcond=None)[:2]
lowest = residual[0] / 150
print(f"least squares: w = {best[0]:.4f}, b = {best[1]:.4f}, loss {lowest:.4f}")


def loss_at(points):
    """The mean squared error of lines (w, b): (..., 2) to (...)."""
    return np.mean((points @ design.T - width[:, 0]) ** 2, axis=-1)


START = -0.1, 1.2
w_axis, b_axis = np.linspace(-0.3, 1.0, 120), np.linspace(-1.6, 1.6, 120)
surface = loss_at(np.stack(np.meshgrid(w_axis, b_axis), axis=-1))


def draw_path(axes, path, title, colour=ORANGE, markersize=3):
    """Steps (w, b) on the lines of equal loss."""
    levels = lowest + np.geomspace(0.01, 20, 12)
    axes.contour(w_axis, b_axis, surface, levels=levels, colors="0.75", linewidths=0.8)
    axes.plot(*np.transpose(path), ".-", color=colour, linewidth=0.9, markersize=markersize)
    axes.plot(*best, "k*", markersize=9)
    axes.set(title=title, xlabel="$w$", xlim=w_axis[[0, -1]], ylim=b_axis[[0, -1]])


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.scatter(length, width, s=10, color=BLUE)
left.axline((0, best[1]), slope=best[0], color="k", linewidth=1)
left.axline((0, START[1]), slope=START[0], color=ORANGE, linewidth=1, linestyle="--")
left.set(title="data, best line, line at the start", xlabel="petal length (cm)")
left.set(ylabel="petal width (cm)", xlim=(0, 7.2), ylim=(0, 2.7))
draw_path(right, [START], "lines of equal loss", markersize=12)
right.set_ylabel("$b$")
plt.show()

# %% [markdown]
# The valley is long and narrow: raising $w$ and lowering $b$ at the same time hardly changes the
# line over the data.
#
# ## Batch, mini-batch, stochastic
#
# Gradient descent goes $\theta \leftarrow \theta - \eta \nabla L(\theta)$. The gradient can be that
# of all rows (batch), of a few (mini-batch) or of one (stochastic). In each *epoch* every row
# serves once, in a new order:

# %%
nn.manual_seed(0)
loader = nn.DataLoader((np.arange(8),), batch_size=3, shuffle=True)
for epoch in (1, 2):
    print(f"epoch {epoch}:", *(rows.numpy() for (rows,) in loader))

# %% [markdown]
# The loop, written out. `make_optimizer` gets the parameters and decides what a step is.


# %%
def descend(make_optimizer, epochs, batch_size=150, data=(length, width), start=START):
    """All (w, b) on the way, the start included."""
    nn.manual_seed(0)
    line = nn.Linear(1, 1, dtype=float)
    nn.init.constant_(line.weight, start[0])
    nn.init.constant_(line.bias, start[1])
    optimizer = make_optimizer(line.parameters())
    path = [start]
    for _ in range(epochs):
        for inputs, targets in nn.DataLoader(data, batch_size, shuffle=True):
            optimizer.zero_grad()
            f.mse_loss(line(inputs), targets).backward()
            optimizer.step()
            path.append((line.weight.item(), line.bias.item()))
    return np.array(path)


def sgd(lr, **settings):
    return lambda parameters: nn.SGD(parameters, lr=lr, **settings)


EPOCHS = 20
paths = {size: descend(sgd(lr=0.01), EPOCHS, size) for size in (150, 15, 1)}

# %%
figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
names = {150: "batch", 15: "mini-batches of 15", 1: "stochastic"}
colours = {150: BLUE, 15: ORANGE, 1: GREEN}
for ax, (size, path) in zip(axes, paths.items(), strict=False):
    draw_path(ax, path, f"{names[size]}: {len(path) - 1:,} steps", colours[size])
    excess = loss_at(path[:: 150 // size]) - lowest  # at the end of each epoch
    axes[3].plot(excess, ".-", color=colours[size], label=names[size])
axes[0].set_ylabel("$b$")
axes[3].set(title="the same 20 epochs", xlabel="epoch", yscale="log", ylabel="loss above the best")
axes[3].set_ylim(1e-7, 2)
axes[3].set_xticks(range(0, EPOCHS + 1, 5))
axes[3].legend(fontsize=8)
plt.show()

# %% [markdown]
# All three have looked at each flower 20 times. One big step per epoch is a waste: small batches
# point in roughly the same direction and there are many more of them. The price is noise. With a
# constant learning rate the stochastic path never settles but wanders around the minimum.
#
# ## The learning rate
#
# Along an eigenvector of the Hessian $H$ with eigenvalue $\lambda$, each step multiplies the
# distance to the minimum by $1 - \eta\lambda$. It shrinks only if $\eta < 2/\lambda$. So the
# *steepest* direction sets the largest learning rate, and the *flattest* decides how long we walk.
# Hessian times a vector is the derivative of the gradient along it: forward mode over reverse.


# %%
def line_loss(theta):
    return np.mean((length[:, 0] * theta[0] + theta[1] - width[:, 0]) ** 2)


hessian = np.stack(
    [ac.jvp(ac.grad(line_loss), (np.array(START),), (axis,))[1] for axis in np.eye(2)]
)
eigenvalues = np.linalg.eigvalsh(hessian)
print("Hessian:\n", hessian, "\neigenvalues:", eigenvalues)
print(f"largest learning rate: {2 / eigenvalues[-1]:.4f}")
print(f"condition number: {eigenvalues[-1] / eigenvalues[0]:.0f}")

# %%
limit = 2 / eigenvalues[-1]
figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
cases = {"too small": 0.01, "right": 0.5, "nearly too large": 0.97, "too large": 1.1}
traces = {}
for ax, (name, factor) in zip(axes, cases.items(), strict=True):
    path = descend(sgd(lr=factor * limit), epochs=100)
    traces[name] = loss_at(path)
    draw_path(ax, path[:12] if factor > 1 else path, f"{name}: {factor:g} of limit")
    ax.annotate(f"loss at the end: {traces[name][-1]:.2g}", (0.95, -1.45), ha="right", fontsize=9)
axes[0].set_ylabel("$b$")
plt.show()

# %% [markdown]
# At half the limit the first step lands on the floor of the valley, and what remains is the walk
# along it. Close to the limit the path jumps from wall to wall. In this bowl, whose walls are
# equally steep everywhere, it even gets further; where a loss bends more elsewhere, it is thrown
# out.
#
# ## Momentum and Adam
#
# Momentum adds up gradients: across the valley they alternate and cancel, along it they agree and
# build up speed. Adam divides each parameter's step by the usual size of its gradient, so that the
# two parameters move at similar speeds.
#
# Or we improve the problem instead of the optimiser: with lengths *standardised* to mean 0 and
# variance 1 the valley is a round bowl. (The last row of the table; its start is the same line.)

# %%
optimizers = {
    "gradient descent": sgd(lr=0.5 * limit),
    "momentum 0.9": sgd(lr=0.5 * limit, momentum=0.9),
    "Nesterov 0.9": sgd(lr=0.5 * limit, momentum=0.9, nesterov=True),
    "Adam": lambda parameters: nn.Adam(parameters, lr=0.1),
}
figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
losses = {}
for ax, (name, make) in zip(axes, optimizers.items(), strict=True):
    path = descend(make, epochs=600)
    draw_path(ax, path[:101], f"{name}, 100 steps")
    losses[name] = loss_at(path)
axes[0].set_ylabel("$b$")
plt.show()

mean, deviation = length.mean(), length.std()
scaled = (length - mean) / deviation
path = descend(
    sgd(lr=0.3), 600, data=(scaled, width), start=(START[0] * deviation, START[1] + START[0] * mean)
)
slope = path[:, 0] / deviation
losses["standardised"] = loss_at(np.column_stack([slope, path[:, 1] - slope * mean]))

print("steps until the loss is within 1 % of the least one")
for name, values in losses.items():
    print(f"  {name:18} {np.argmax(values < 1.01 * lowest):4d}")

# %% [markdown]
# ## When to stop
#
# No single criterion is safe, so we combine three: a number of steps that we can afford, too little
# improvement over the last steps, a gradient close to zero. Whichever comes first is reported.


# %%
def minimise(loss, theta, optimizer, steps=1000, improvement=1e-6, gradient=1e-4, patience=10):
    """Descend until a criterion holds; the losses on the way and the reason."""
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss(theta)
        value.backward()
        losses.append(value.item())
        if not np.isfinite(losses[-1]):
            return losses, "loss not finite"
        if np.linalg.norm(theta.grad.numpy()) < gradient:
            return losses, "small gradient"
        if len(losses) > patience and 0 <= losses[-1 - patience] - losses[-1] < improvement:
            return losses, "small improvement"
        optimizer.step()
    return losses, "out of steps"


print("lr / limit improvement  steps  reason             loss above the best")
for factor, improvement in ((1e-6, 1e-4), (0.01, 1e-4), (0.5, 1e-4), (0.5, 0), (1.5, 1e-4)):
    theta = ac.Tensor(START, requires_grad=True)
    optimizer = nn.SGD([theta], lr=factor * limit)
    with np.errstate(over="ignore", invalid="ignore"):
        values, reason = minimise(line_loss, theta, optimizer, improvement=improvement)
    print(
        f"{factor:<10g} {improvement:11g} {len(values):6d}  {reason:17}  {values[-1] - lowest:.1e}"
    )

# %% [markdown]
# Small improvement is not the same as a minimum: a tiny learning rate improves little anywhere.
# A small gradient says more, but there are flat places that are no minima, as we shall see.
#
# ## Many valleys: random restarts
#
# A sine of unknown frequency $\omega$, seen through noise. The loss as a function of $\omega$ has
# one deep valley and many shallow ones, and gradient descent ends in the one in which it starts.

# %%
times = np.linspace(0, 5, 60)
seen = np.sin(4 * times) + rng.normal(scale=0.3, size=60)


def wave_loss(omega):
    return np.mean((np.sin(omega * times) - seen) ** 2)


ends = []
starts = rng.uniform(1, 10, size=12)
for start in starts:
    omega = ac.Tensor(start, requires_grad=True)
    values, reason = minimise(wave_loss, omega, nn.SGD([omega], lr=0.02))
    ends.append((values[-1], omega.item()))
least, frequency = min(ends)
print(f"best of {len(starts)} starts: frequency {frequency:.3f}, loss {least:.3f}")

# %%
frequencies = np.linspace(0.5, 10.5, 600)
valley = [wave_loss(omega) for omega in frequencies]
figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.6), layout="constrained")
left.plot(frequencies, valley, color="0.6")
for start, (end_loss, end) in zip(starts, ends, strict=True):
    left.annotate(
        "",
        (end, end_loss),
        (start, wave_loss(start)),
        arrowprops={"arrowstyle": "->", "color": BLUE},
    )
    left.plot(start, wave_loss(start), ".", color=BLUE)
left.plot(frequency, least, "*", color=ORANGE, markersize=13)
left.set(title="twelve starts", xlabel="$\\omega$", ylabel="loss")
right.plot(times, seen, ".", color="0.5", label="data")
right.plot(times, np.sin(frequency * times), color=ORANGE, label="best start")
right.plot(times, np.sin(max(ends)[1] * times), color=BLUE, linestyle=":", label="worst start")
right.set(title="what they found", xlabel="time")
right.legend(loc="lower left", ncols=3, fontsize=8)
right.set_ylim(-2.1, 1.7)
plt.show()

# %% [markdown]
# ## Noise on the gradient
#
# Restarts try many valleys; noise lets a single walk leave a bad one. `nn.add_grad_noise_` adds
# Normal numbers of variance $\eta / (1 + t)^\gamma$ to the gradient at step $t$: large at first,
# when there is much to explore, smaller as the walk should settle. Sixteen walks for each $\eta$,
# from the shallow valley beside the deep one (dashed).


# %%
def noisy_walk(seed, eta, start=5.5, steps=300):
    nn.manual_seed(seed)
    omega = ac.Tensor(start, requires_grad=True)
    optimizer = nn.SGD([omega], lr=0.05)
    path = [start]
    for step in range(steps):
        optimizer.zero_grad()
        wave_loss(omega).backward()
        nn.add_grad_noise_([omega], step, eta=eta, gamma=0.55)
        optimizer.step()
        path.append(omega.item())
    return np.array(path)


walks = {eta: [noisy_walk(seed, eta) for seed in range(16)] for eta in (0, 10, 100, 1000)}
figure, axes = plt.subplots(1, 4, figsize=(12, 3.1), layout="constrained", sharey=True)
for ax, (eta, walk) in zip(axes, walks.items(), strict=True):
    found = sum(abs(path[-1] - frequency) < 0.5 for path in walk)
    ax.plot(np.transpose(walk), color=BLUE, linewidth=0.6, alpha=0.7)
    ax.axhline(frequency, color=ORANGE, linestyle="--")
    ax.set(title=f"$\\eta$ = {eta}: {found} of 16 end there", xlabel="step", ylim=(-3, 14))
axes[0].set_ylabel("$\\omega$")
plt.show()

# %% [markdown]
# Without noise the walk stays where it is. A little does not lift it over the next
# hill, and too much carries it past the deep valley and out of it again.
#
# ## Reading a trace
#
# Loss against step tells more than a final number. What does one look for? Whether the end of the
# trace still moves, and whether it moves up and down or only down. In code:


# %%
def diagnose(losses, tolerance=5e-3):
    """What the last quarter of a trace says; less than tolerance * first loss is no change."""
    losses = np.asarray(losses)
    if not np.isfinite(losses).all() or losses[-1] > losses[0]:
        return "diverging"
    tail = losses[-(len(losses) // 4) :]
    enough = tolerance * losses[0]
    if np.ptp(tail) < enough:
        return "converged"
    rising = np.mean(np.diff(tail) > 0)
    falls = np.mean(np.split(tail[: len(tail) // 2 * 2], 2), axis=1)
    words = ["oscillating"] if rising > 0.2 else []
    if falls[0] - falls[1] > enough:
        words.append("still descending")
    return ", ".join(words) or "converged"


# %% [markdown]
# Six traces of the flowers, each with its diagnosis.

# %%
ball = descend(sgd(lr=0.05 * limit, momentum=0.99), epochs=300)
stochastic = loss_at(descend(sgd(lr=0.015), epochs=20, batch_size=1))
shown = {
    "lr 0.01 of the limit": traces["too small"],
    "lr 0.5 of the limit": loss_at(descend(sgd(lr=0.5 * limit), epochs=1000)),
    "lr 1.1 of the limit": traces["too large"],
    "momentum 0.99": loss_at(ball),
    "stochastic, first two epochs": stochastic[:300],
    "stochastic, mean of each epoch": stochastic[1:].reshape(20, 150).mean(axis=1),
}
figure, axes = plt.subplots(2, 3, figsize=(12, 5.4), layout="constrained")
for ax, (name, trace) in zip(axes.flat, shown.items(), strict=True):
    ax.plot(trace, color=BLUE, linewidth=0.9)
    ax.set(title=f"{name}:\n{diagnose(trace)}")
    ax.set_xlabel("epoch" if "mean" in name else "step")
axes[0, 2].set_yscale("log")
for ax in axes[:, 0]:
    ax.set_ylabel("loss")
plt.show()

# %% [markdown]
# The last one has stopped falling, and what is left is the noise of the single steps: for these
# three words that is oscillating, and the cure is the same, smaller steps towards the end.
#
# A trace shows only what has happened so far. Here is XOR from small weights: a saddle at which the
# loss rests before it finds the way down. Judged too early, it looks converged.

# %%
nn.manual_seed(0)
corners = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
exclusive = np.array([[0.0], [1], [1], [0]])
mlp = nn.initialize(nn.MLP([2, 4, 1], activation=nn.Tanh, dtype=float), "normal", std=0.2)
optimizer = nn.SGD(mlp.parameters(), lr=0.5)
trace = []
for _ in range(300):
    optimizer.zero_grad()
    value = f.binary_cross_entropy_with_logits(mlp(corners), exclusive)
    value.backward()
    optimizer.step()
    trace.append(value.item())

figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
axes.plot(trace, color=BLUE)
for end in (60, 300):
    axes.axvline(end, color="0.6", linestyle=":")
    axes.annotate(
        f"after {end} steps:\n{diagnose(trace[:end])}", (end - 4, 0.3), ha="right", fontsize=9
    )
axes.set(xlabel="step", ylabel="loss", ylim=(0, 0.8))
plt.show()
