# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Perceptrons and XOR
#
# From one unit that draws a line, to networks that draw any region, to networks that learn where to
# draw it.

# %%
from itertools import pairwise, product

import matplotlib.pyplot as plt
import numpy as np

import autograd_core as ac
import nn

BLUE, ORANGE = "#1f5fa8", "#c26a10"
SIDES = ["#cfe2f3", "#fde5cd"]  # where a network says -1, and where it says 1

# %% [markdown]
# ## One unit
#
# A perceptron adds up its inputs with weights and says on which side of a line the sum lies:
#
# $$ u(z) = \operatorname{sign}(w \cdot z + b). $$
#
# With $-1$ for *false* and $1$ for *true*, AND, OR and NOT are one unit each.

# %%
for name, unit in {"AND": nn.AND(), "OR": nn.OR(), "NOT": nn.NOT()}.items():
    affine = unit[0]
    print(f"{name:4} w = {affine.weight.numpy()[0]}, b = {affine.bias.item():+}")

# %% [markdown]
# AND needs *both* inputs to overcome $-1.5$; for OR one is enough, since the other takes away only
# $1$ of the $+1.5$.

# %%
corners = np.array(list(product([-1.0, 1.0], repeat=2)))


def answers(network):
    """What a network says to the four combinations of truth values."""
    return network(corners).numpy()[:, 0]


print("  z1   z2    AND   OR")
for z, both, either in zip(corners, answers(nn.AND()), answers(nn.OR()), strict=True):
    print(f"{z[0]:4.0f} {z[1]:4.0f}   {both:4.0f} {either:4.0f}")
print("NOT:", nn.NOT()(np.array([[-1.0], [1.0]])).numpy()[:, 0])

# %% [markdown]
# Each unit is a line with *true* on one side. XOR, *one or the other but not both*, has its true
# corners on a diagonal.

# %%
xor = np.where(corners[:, 0] != corners[:, 1], 1, -1)
across, up = np.meshgrid(np.linspace(-2, 2, 400), np.linspace(-2, 2, 400))
plane = np.stack([across.ravel(), up.ravel()], axis=1)


def show(axes, network, labels, title):
    """The four corners, coloured by what should come out, on what a network says."""
    if network is not None:
        said = network(plane).numpy().reshape(across.shape)
        axes.contourf(across, up, said, levels=[-1e9, 0, 1e9], colors=SIDES)
    axes.scatter(*corners.T, c=np.where(labels > 0, ORANGE, BLUE), s=90, zorder=3)
    axes.set(title=title, xlabel="$z_1$", aspect="equal", xticks=[-1, 1], yticks=[-1, 1])
    axes.set(xlim=(-2, 2), ylim=(-2, 2))


figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained")
show(left, nn.AND(), answers(nn.AND()), "AND")
show(middle, nn.OR(), answers(nn.OR()), "OR")
show(right, None, xor, "XOR: where is the line?")
left.set_ylabel("$z_2$")
plt.show()

# %% [markdown]
# Is there a line at all? We try many weights and biases and collect every truth table that a single
# unit can produce. There are $2^4$ truth tables of two inputs.

# %%
grid = np.linspace(-2, 2, 17) + 0.01  # the 0.01 keeps sums away from 0, where sign has no answer
found = {
    tuple(np.sign(corners @ [w1, w2] + b).astype(int)) for w1, w2, b in product(grid, grid, grid)
}
missing = [table for table in product([-1, 1], repeat=4) if table not in found]
print(f"{len(found)} of 16 truth tables found; missing:")
for table in missing:
    print("  ", table, "XOR" if np.array_equal(table, xor) else "its negation")

# %% [markdown]
# A proof for all weights takes one line. XOR wants $-w_1 + w_2 + b > 0$ and $w_1 - w_2 + b > 0$,
# so $b > 0$; but also $w_1 + w_2 + b < 0$ and $-w_1 - w_2 + b < 0$, so $b < 0$.
#
# ## XOR from three units and a NOT
#
# $$\text{XOR}(z_1, z_2) = \text{AND}\bigl(\text{OR}(z_1, z_2),\;
# \text{NOT}(\text{AND}(z_1, z_2))\bigr)$$
#
# as a module made of modules. (Their sign, `nn.Sign`, is recorded with the derivative $0$ that it
# has wherever there is one: enough for a picture, too little to learn by, as we shall see.)


# %%
class XOR(nn.Module):
    def __init__(self):
        self.OR, self.AND, self.NOT, self.last_AND = nn.OR(), nn.AND(), nn.NOT(), nn.AND()

    def forward(self, z):
        hidden = [self.OR(z), self.NOT(self.AND(z))]
        return self.last_AND(np.concatenate(hidden, axis=-1))


network = XOR()
print("XOR of the four corners:", answers(network))
assert np.array_equal(answers(network), xor)

# %% [markdown]
# The network on one input, true and false, with a frame around each module.

# %%
z = ac.Tensor([1.0, -1.0], name="z")
y = network(z)
y.name = "XOR"
ac.draw(y, depth=1)

# %% [markdown]
# Opened up, with every weight and every value on the way:

# %%
ac.draw(y, direction="LR")

# %% [markdown]
# What did the hidden layer achieve? It moved the corners. In the coordinates
# $h = (\text{OR}, \text{NOT AND})$ the two *true* corners fall on the same point, and a line is
# enough. `nn.XOR()` is this network with NOT and AND in one unit, $\operatorname{sign}(1.5 - z_1 -
# z_2)$.

# %%
compact = nn.XOR()
hidden = compact[0](corners).numpy()
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.9), layout="constrained")
show(left, compact, xor, "inputs: two lines")
left.set_ylabel("$z_2$")
said = compact[1](plane).numpy().reshape(across.shape)
right.contourf(across, up, said, levels=[-1e9, 0, 1e9], colors=SIDES)
for point in np.unique(hidden, axis=0):
    here = (hidden == point).all(axis=1)
    names = "\n".join(f"({a:+.0f}, {b:+.0f})" for a, b in corners[here])
    right.scatter(*point, c=ORANGE if xor[here][0] > 0 else BLUE, s=90, zorder=3)
    right.annotate(names, point, xytext=(0, -12), textcoords="offset points", ha="center", va="top")
right.set(title="hidden layer: one line", xlabel="OR", ylabel="NOT AND", aspect="equal")
right.set(xticks=[-1, 1], yticks=[-1, 1], xlim=(-2, 2), ylim=(-2, 2))
plt.show()

# %% [markdown]
# ## A region that is not convex
#
# One unit is a half-plane. An AND of units is an intersection of half-planes: always convex. An OR
# of ANDs is a union of convex pieces, and that can be any polygon. `nn.region` builds these three
# layers from a list of pieces.
#
# A five-pointed star lies between five lines. Leave one line out, and the other four enclose the
# pentagon in the middle and the tip beyond the line. So the star is a union of five such pieces.
# Each leaves out another line, so that the first layer has four units for each of the five lines.

# %%
angles = 2 * np.pi * np.arange(5) / 5 - np.pi / 2
normals = np.stack([np.cos(angles), np.sin(angles)], axis=1)  # a point is inside a line where
offsets = np.full(5, 0.55)  # normal · x + offset > 0
pieces = [(np.delete(normals, k, axis=0), np.delete(offsets, k)) for k in range(5)]

star = nn.region(pieces)
units, ands, result = star
print([f"{layer[0].in_features} -> {layer[0].out_features}" for layer in star])

# %%
first, second = ands(units(plane)).numpy().T[:2]
figure, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
titles = "layer 1: lines", "layer 2: ANDs, two of five", "layer 3: OR"
fills = [], [first, second], [star(plane).numpy()]
for ax, title, fill in zip(axes, titles, fills, strict=True):
    for values in fill:
        inside = values.reshape(across.shape) > 0
        ax.contourf(across, up, inside, levels=[0.5, 1.5], colors=[ORANGE], alpha=0.45)
    for normal, offset in zip(normals, offsets, strict=True):
        ax.axline(-offset * normal, slope=-normal[0] / normal[1], color="0.4", linewidth=0.8)
    ax.set(title=title, xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# Counting works, too: in the pentagon all five units say 1, in a tip four, outside three or fewer.
# A unit that asks for at least four, $\operatorname{sign}(h_1 + \dots + h_5 - 2)$, needs one layer
# less. Depth is one way to a region, not always the only one.

# %%
counted = nn.Sequential(nn.perceptron(normals, offsets), nn.perceptron(np.ones(5), -2))
print("points where they differ:", (counted(plane).numpy() != star(plane).numpy()).sum())
print("points compared:", len(plane))

# %% [markdown]
# ## Without the sign
#
# The layers need something between them that is not linear. Otherwise
#
# $$W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\, x + (W_2 b_1 + b_2),$$
#
# which is one layer with other weights, and so on for any number of layers.

# %%
nn.manual_seed(0)
deep = nn.MLP([2, 8, 8, 8, 3], activation=None, dtype=float)
shallow = nn.collapsed(deep)
print(deep)
print(shallow)
print("largest difference:", np.max(np.abs(deep(plane).numpy() - shallow(plane).numpy())))

# %% [markdown]
# What would a linear network make of XOR? Least squares tells: the best affine function is $0$
# everywhere. It has learnt nothing.

# %%
design = np.column_stack([corners, np.ones(4)])
best = np.linalg.lstsq(design, xor, rcond=None)[0]
print(
    "w1, w2, b =", best.round(12) + 0.0, " mean squared error:", np.mean((design @ best - xor) ** 2)
)

# %% [markdown]
# ## A multilayer perceptron from its architecture
#
# A vector $d = [d_0, \dots, d_L]$ says how many units each layer has. Layer $l$ has a weight matrix
# $W^{(l)}$ of shape $(d_l, d_{l-1})$ and a bias of $d_l$ numbers, and
#
# $$x^{(0)} = x, \qquad x^{(l)} = \phi\bigl(W^{(l)} x^{(l-1)} + b^{(l)}\bigr), \qquad
# \text{the last layer without } \phi.$$

# %%
d = [2, 4, 3, 1]
mlp = nn.MLP(d, activation=nn.Tanh, dtype=float)
print(nn.summary(mlp, corners))
print("\nparameters by formula:", sum((a + 1) * b for a, b in pairwise(d)))

# %% [markdown]
# Forward propagation by hand, from the arrays alone:

# %%
state = mlp.state_dict()
weights = [array for name, array in state.items() if "weight" in name]
biases = [array for name, array in state.items() if "bias" in name]

x = corners
for l, (w, b) in enumerate(zip(weights, biases, strict=True), 1):
    a = x @ w.T + b
    x = np.tanh(a) if l < len(weights) else a
    print(f"x({l}) has shape {x.shape}")
print("largest difference to the module:", np.max(np.abs(x - mlp(corners).numpy())))

# %% [markdown]
# ## Learning XOR
#
# We found the weights of the XOR network by thinking. Gradients could not have found them:

# %%
network(corners).sum().backward()
total = sum(np.abs(p.grad.numpy()).sum() for p in network.parameters())
print("sum of the sizes of all gradients of the sign network:", total)

# %% [markdown]
# With $\tanh$, a sign with a slope, they can. Two hidden units, a third that says how likely *true*
# is (the loss is the binary cross-entropy of notebook 05), plain gradient descent on all four
# corners.

# %%
target = (xor[:, None] > 0).astype(float)
loss = nn.BCEWithLogitsLoss()


def train(hidden, seed, steps=300, lr=0.5):
    """A network for XOR and its loss after each step of gradient descent."""
    nn.manual_seed(seed)
    mlp = nn.MLP([2, hidden, 1], activation=nn.Tanh, dtype=float)
    optimizer = nn.SGD(mlp.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss(mlp(corners), target)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return mlp, losses


runs = [train(hidden=2, seed=seed) for seed in range(8)]

# %%
figure, axes = plt.subplots(1, 3, figsize=(11, 3.7), layout="constrained")
for _, losses in runs:
    axes[0].plot(losses, linewidth=1)
axes[0].axhline(np.log(2), color="0.5", linestyle=":")
axes[0].annotate("a guess: log 2", (295, np.log(2)), ha="right", va="bottom")
axes[0].set(title="two hidden units, eight starts", xlabel="step", ylabel="loss")
order = sorted(range(len(runs)), key=lambda k: runs[k][1][-1])
for ax, k, name in zip(axes[1:], (order[0], order[-1]), ("best", "worst"), strict=True):
    mlp, losses = runs[k]
    show(ax, mlp, xor, f"{name}, loss {losses[-1]:.3f}")
axes[1].set_ylabel("$z_2$")
plt.show()

# %% [markdown]
# A start may end on a plateau, where the loss falls ever more slowly: the worst one here creeps
# towards $\tfrac12 \log 2 \approx 0.347$, two corners right and two guessed. More hidden units
# leave more ways out. How many of ten starts get all four corners right?

# %%
for hidden in (2, 4, 8):
    right = sum(np.array_equal(np.sign(answers(train(hidden, seed)[0])), xor) for seed in range(10))
    print(f"{hidden} hidden units: {right:2} of 10")

# %% [markdown]
# ## Enough units fit any function
#
# The universal approximation theorem: one hidden layer comes as close as we like to any continuous
# function on an interval, if it has enough units. It does not say how many, nor how to find the
# weights. We try, with a wave that grows faster and stops at a kink.

# %%
inputs = np.linspace(-1, 1, 200)[:, None]
wanted = np.where(inputs < 0.5, np.sin(9 * (inputs + 1) ** 2 / 2), 2 * inputs - 1 + np.sin(81 / 8))
squares = nn.MSELoss()


def fitted(width, seed):
    """A network of one hidden layer fitted by LBFGS, and its mean squared error."""
    nn.manual_seed(seed)
    mlp = nn.MLP([1, width, 1], activation=nn.Tanh, dtype=float)
    for parameter in mlp[0].parameters():  # slopes and centres all over the interval
        nn.init.uniform_(parameter, -10, 10)
    optimizer = nn.LBFGS(mlp.parameters(), max_iter=150, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        error = squares(mlp(inputs), wanted)
        error.backward()
        return error

    optimizer.step(closure)
    return squares(mlp(inputs), wanted).item(), mlp


widths = [1, 2, 4, 8, 16, 32, 64]
errors, networks = zip(
    *(min((fitted(width, seed) for seed in range(5)), key=lambda f: f[0]) for width in widths),
    strict=True,
)

# %%
figure, axes = plt.subplots(1, 4, figsize=(13, 3.4), layout="constrained")
for ax, width in zip(axes, (2, 8, 32), strict=False):
    ax.plot(inputs, wanted, color="0.75", linewidth=4, label="function")
    ax.plot(inputs, networks[widths.index(width)](inputs).numpy(), color=ORANGE, label="network")
    ax.set(title=f"{width} hidden units", xlabel="$x$")
axes[0].legend()
axes[3].plot(widths, errors, "o-", color=BLUE)
axes[3].set(title="best of five starts", xlabel="hidden units", ylabel="mean squared error")
axes[3].set(xscale="log", yscale="log", xticks=widths, xticklabels=widths)
axes[3].minorticks_off()
axes[3].grid(alpha=0.3)
plt.show()

# %% [markdown]
# From some width on, it is no longer the number of units that limits the fit, but the patience of
# the optimiser: the theorem promises good weights, gradient descent has to find them. How it
# searches is the subject of notebook 05, where it starts that of notebook 06.
