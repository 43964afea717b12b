# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Initialisation
#
# Before the first step of training, the weights are random numbers. How large should they be? Ten
# layers are enough to see that the answer decides whether a network learns at all.

# %%
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown

import autograd_core as ac
import nn

# %% [markdown]
# ## Ten layers of 100 units
#
# 1,000 samples of 100 standard normal numbers go through ten layers $a^{(l)} = W^{(l)} x^{(l-1)}$,
# $x^{(l)} = \phi(a^{(l)})$; then a gradient of standard normal numbers comes back. We look at both
# in every layer, for eight ways to draw $W$ (biases are 0):
#
# | name | entries of $W$ | variance |
# |---|---|---|
# | small normal | normal | $0.01^2$ |
# | large normal | normal | $1$ |
# | Xavier normal | normal | $2 / (n_\text{in} + n_\text{out})$ |
# | Xavier uniform | uniform on $\pm\sqrt{6 / (n_\text{in} + n_\text{out})}$ | the same |
# | Caffe | uniform on $\pm\sqrt{3 / n_\text{in}}$ | $1 / n_\text{in}$ |
# | He | normal | $2 / n_\text{in}$ |
# | orthonormal | orthonormal rows | $1 / n_\text{in}$ in a square matrix |
# | LSUV | orthonormal, scaled until $a^{(l)}$ has variance 1 | what the data need |

# %%
LAYERS, UNITS, SAMPLES = 10, 100, 1000
rng = np.random.default_rng(0)
inputs = rng.normal(size=(SAMPLES, UNITS)).astype(np.float32)

SCHEMES = {
    "small normal": lambda model, batch: nn.initialize(model, "normal", std=0.01),
    "large normal": lambda model, batch: nn.initialize(model, "normal", std=1),
    "Xavier normal": lambda model, batch: nn.initialize(model, "xavier_normal"),
    "Xavier uniform": lambda model, batch: nn.initialize(model, "xavier_uniform"),
    "Caffe": lambda model, batch: nn.initialize(model, "caffe"),
    "He": lambda model, batch: nn.initialize(model, "he_normal"),
    "orthonormal": lambda model, batch: nn.initialize(model, "orthogonal"),
    "LSUV": nn.lsuv_,
}

# %% [markdown]
# What passes through a layer is there for hooks: one that is called after each layer's forward, and
# one in backward with the gradient of the layer's output.


# %%
def signals(scheme, activation):
    """Per layer: the sums a, the activations x, and the gradients with respect to a."""
    nn.manual_seed(1)
    model = nn.MLP([UNITS] * (LAYERS + 1), activation, output_activation=activation)
    scheme(model, inputs)
    sums, outputs, gradients = [], [], []

    for layer, function in zip(model[0::2], model[1::2], strict=True):
        layer.register_forward_hook(lambda _, args, output: sums.append(output.numpy()))
        layer.register_full_backward_hook(
            lambda _, grad_input, grad_output: gradients.append(grad_output[0].numpy())
        )
        function.register_forward_hook(lambda _, args, output: outputs.append(output.numpy()))

    result = model(inputs)
    result.backward(np.random.default_rng(2).normal(size=result.shape).astype(np.float32))
    return sums, outputs, gradients[::-1]


seen = {
    (name, activation): signals(scheme, activation)
    for activation in (nn.Tanh, nn.ReLU)
    for name, scheme in SCHEMES.items()
}

# %% [markdown]
# ## Activations and gradients with tanh
#
# Each curve is the histogram of one layer, the first at the bottom, the tenth at the top. The
# activations have a linear axis, the sizes of the gradients a logarithmic one.


# %%
def ridges(axes, layers, edges, colours):
    """Histograms above each other, each as high as its own largest bin."""
    for l, values in reversed(list(enumerate(layers, 1))):
        counts, _ = np.histogram(values, bins=edges)
        heights = l + 0.9 * counts / max(counts.max(), 1)
        axes.stairs(heights, edges, baseline=l, fill=True, color=colours(l / 12))
    axes.set(ylim=(0.8, LAYERS + 1.1), yticks=[1, 5, 10], xlim=edges[[0, -1]])


def all_schemes(activation, which, prepare, edges, colours, label):
    """One panel of ridges for each scheme."""
    axes = plt.subplots(2, 4, figsize=(11, 6), layout="constrained", sharey=True)[1]
    for ax, name in zip(axes.flat, SCHEMES, strict=True):
        layers = [prepare(values) for values in seen[name, activation][which]]
        ridges(ax, layers, edges, colours)
        ax.set_title(name)
    for ax in axes[:, 0]:
        ax.set_ylabel("layer")
    for ax in axes[1]:
        ax.set_xlabel(label)
    plt.show()


def magnitude(values):
    """log10 |v| of the values that are not 0."""
    return np.log10(np.abs(values[values != 0]))


all_schemes(nn.Tanh, 1, np.ravel, np.linspace(-1.05, 1.05, 64), plt.cm.Blues_r, "activation")

# %% [markdown]
# - *Small normal*: each layer shrinks its input to a tenth; after a few layers everything is 0.
# - *Large normal*: sums of variance 100 drive every unit to $\pm 1$, where $\tanh$ is flat.
# - Xavier, Caffe and orthonormal keep a healthy spread. It narrows slowly: $\tanh$ pulls inwards.
# - He doubles the variance: $\tanh$ uses all of its range.
# - LSUV has the same histogram in each layer, as it was made to.
#
# The gradients tell the other half of the story, from the tenth layer down to the first.

# %%
scale = np.linspace(-12, 8, 121)
all_schemes(nn.Tanh, 2, magnitude, scale, plt.cm.Oranges_r, "$\\log_{10}$ |gradient|")

# %% [markdown]
# With small weights the gradients vanish like the activations. With large ones they are all over
# the place: tiny in saturated units, and *growing* on the way down through the few others, since
# each layer multiplies by weights of variance 1.
#
# ## The same with ReLU
#
# ReLU lets activations grow without bound, so that they need a logarithmic axis, too. What is 0 has
# no place on it:

# %%
zeros = np.mean([np.mean(values == 0) for values in seen["He", nn.ReLU][1]])
print(f"activations that are 0, after He's initialisation: {zeros:.0%}")
all_schemes(nn.ReLU, 1, magnitude, scale, plt.cm.Blues_r, "$\\log_{10}$ activation")

# %%
all_schemes(nn.ReLU, 2, magnitude, scale, plt.cm.Oranges_r, "$\\log_{10}$ |gradient|")

# %% [markdown]
# ReLU throws away half of the variance in each layer. Xavier, right for $\tanh$, loses half of it
# ten times; He's factor 2 makes up for it, and both directions stay level.
#
# ## The theory
#
# A sum $a = \sum_i W_i x_i$ of $n$ independent terms of mean 0 is nearly normal, of variance
# $q = n \operatorname{Var}(W)\, E[x^2]$. The next layer's $x$ is $\phi(a)$, so
#
# $$q_{l+1} = n \operatorname{Var}(W)\; E_{z \sim N(0,1)}\bigl[\phi(\sqrt{q_l}\, z)^2\bigr],
# \qquad q_1 = n \operatorname{Var}(W).$$
#
# Going back, a gradient passes through $W^\top$ and is multiplied by $\phi'(a)$. Let $\delta_l$ be
# its variance at $a^{(l)}$:
#
# $$\delta_l = n \operatorname{Var}(W)\; E\bigl[\phi'(\sqrt{q_l}\, z)^2\bigr]\; \delta_{l+1},
# \qquad \delta_{10} = E\bigl[\phi'(\sqrt{q_{10}}\, z)^2\bigr].$$
#
# For ReLU both expectations are simple: $E[\phi(\sqrt q z)^2] = q/2$ and $E[\phi'^2] = 1/2$. So
# the variance is multiplied by $n \operatorname{Var}(W) / 2$ in each layer, and only
# $\operatorname{Var}(W) = 2/n$, He's, keeps it. Where $\phi(a) \approx a$, as for $\tanh$ near 0,
# it is $\operatorname{Var}(W) = 1/n$: Xavier's and Caffe's. In general the expectations are
# integrals over a normal density, which a fine sum gives.

# %%
grid = np.linspace(-8, 8, 4001)
density = np.exp(-(grid**2) / 2)
density /= density.sum()


def expected(function, q):
    """E[function(√q z)²] for z ~ N(0, 1)."""
    return density @ function(np.sqrt(q) * grid) ** 2


def theory(variance, phi):
    """q and δ of each layer; LSUV (variance None) chooses each layer's so that q = 1."""

    def slope(a):
        return ac.jvp(phi, (a,), (np.ones_like(a),))[1]

    q, gains = [], []
    for _ in range(LAYERS):
        arriving = expected(phi, q[-1]) if q else 1.0
        gains.append(UNITS * variance if variance else 1 / arriving)
        q.append(gains[-1] * arriving)
    delta = [expected(slope, q[-1])]
    for l in reversed(range(LAYERS - 1)):
        delta.insert(0, gains[l + 1] * expected(slope, q[l]) * delta[0])
    return q, delta


VARIANCES = {
    "small normal": 0.01**2,
    "large normal": 1,
    "Xavier normal": 2 / (UNITS + UNITS),
    "Xavier uniform": 2 / (UNITS + UNITS),
    "Caffe": 1 / UNITS,
    "He": 2 / UNITS,
    "orthonormal": 1 / UNITS,
    "LSUV": None,
}

# %% [markdown]
# Measured variances as dots, the theory as lines. (Xavier uniform and Caffe have the variance of
# Xavier normal here, since all layers are square, and lie on its line.)

# %%
chosen = "small normal", "large normal", "Xavier normal", "He", "orthonormal", "LSUV"
figure, axes = plt.subplots(2, 2, figsize=(11, 7.2), layout="constrained", sharex=True)
layer = np.arange(1, LAYERS + 1)
for column, (activation, phi) in enumerate(((nn.Tanh, np.tanh), (nn.ReLU, ac.relu))):
    for k, name in enumerate(chosen):
        sums, _, gradients = seen[name, activation]
        for row, (measured, predicted) in enumerate(
            zip((sums, gradients), theory(VARIANCES[name], phi), strict=True)
        ):
            variance = [np.var(values, dtype=float) for values in measured]
            axes[row, column].plot(layer, predicted, color=f"C{k}", linewidth=1)
            axes[row, column].plot(layer, variance, "o", color=f"C{k}", markersize=4, label=name)
    axes[0, column].set(title=f"{activation.__name__}: variance of the sums", yscale="log")
    axes[1, column].set(title=f"{activation.__name__}: variance of their gradients", yscale="log")
    axes[1, column].set_xlabel("layer")
axes[0, 0].legend(fontsize=8)
plt.show()

# %%
print("variance of layer 10's sums and of layer 1's gradients, measured / theory\n")
print(" " * 15 + "tanh".rjust(12) + "ReLU".rjust(20))
print(" " * 15 + "      sums gradients" * 2)
for name, variance in VARIANCES.items():
    cells = []
    for activation, phi in ((nn.Tanh, np.tanh), (nn.ReLU, ac.relu)):
        sums, _, gradients = seen[name, activation]
        q, delta = theory(variance, phi)
        cells += [
            np.var(sums[-1], dtype=float) / q[-1],
            np.var(gradients[0], dtype=float) / delta[0],
        ]
    print(f"{name:15}" + "".join(f"{cell:10.2f}" for cell in cells))

# %% [markdown]
# Over all those powers of ten, the theory for infinitely wide layers is right within small factors
# at 100 units; what is left is the luck of the draw, multiplied up over ten layers. (One draw: rows
# whose weights differ only by a factor share it, and ReLU's numbers with it. Another seed gives
# other small factors.)
#
# ## Does it matter for training?
#
# Ten hidden layers on real handwritten digits, for each initialisation and activation: a few epochs
# of gradient descent with momentum, the same learning rate for all, accuracy on the test set. It is
# the table of Mishkin and Matas, *All you need is a good init* (2016), on a small scale. *Very
# leaky* is a slope of ⅓ below 0, and maxout the larger of two sums. A run whose loss leaves the
# numbers, or that is right on fewer than 20 % of the test images when the time is over, has not
# converged: n/c. In bold the best of each column.


# %%
def linear(activation):
    """Makes a hidden layer: sums and their activation."""
    return lambda inside: nn.Sequential(nn.Linear(inside, UNITS), activation)


ACTIVATIONS = {
    "maxout": lambda inside: nn.Maxout(inside, UNITS, pieces=2),
    "ReLU": linear(nn.ReLU()),
    "very leaky ReLU": linear(nn.LeakyReLU(1 / 3)),
    "tanh": linear(nn.Tanh()),
    "sigmoid": linear(nn.Sigmoid()),
}
digits = nn.data.load_digits()


def standardised(images):
    """Pixels as rows, of mean 0 and variance 1 over all of the training set."""
    rows = images.reshape(len(images), -1)
    return (rows - digits.train_images.mean()) / digits.train_images.std()


train = standardised(digits.train_images), digits.train_labels
test = standardised(digits.test_images), digits.test_labels


def trained(scheme, block, epochs=6):
    """The accuracy on the test set after training, or NaN if the loss left the numbers."""
    nn.manual_seed(0)
    hidden = [block(inside) for inside in [64] + [UNITS] * (LAYERS - 1)]
    model = nn.Sequential(*hidden, nn.Linear(UNITS, 10))
    scheme(model, train[0][:500])
    optimizer = nn.SGD(model.parameters(), lr=0.01, momentum=0.9)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            nn.fit(model, train, nn.CrossEntropyLoss(), optimizer, epochs, progress=False)
    except nn.NonFiniteLossError:
        return np.nan
    return nn.accuracy(nn.predict(model, test[0]), test[1])


accuracy = {
    (name, activation): trained(scheme, block)
    for name, scheme in SCHEMES.items()
    for activation, block in ACTIVATIONS.items()
}

# %%
best = {a: np.nanmax([accuracy[name, a] for name in SCHEMES]) for a in ACTIVATIONS}


def cell(name, activation):
    value = accuracy[name, activation]
    if not value >= 0.2:
        return "n/c"
    return f"**{value:.1%}**" if value == best[activation] else f"{value:.1%}"


rows = [["init", *ACTIVATIONS], ["---"] + ["---:"] * len(ACTIVATIONS)]
rows += [[name, *(cell(name, activation) for activation in ACTIVATIONS)] for name in SCHEMES]
Markdown("\n".join("| " + " | ".join(row) + " |" for row in rows))

# %% [markdown]
# Each rule was made for one activation. He's factor 2 makes up for the half that ReLU throws away;
# maxout throws nothing away ($E[\max(a, b)^2] = q$ for two independent normal sums), and the same
# factor, ten times over, is too much for it. LSUV assumes nothing about the activation but measures
# what it does. Sigmoids want large weights, if anything: their slope is at most ¼, so that with
# weights of variance $1/n$ gradients lose a factor of at least 16 in variance in each layer. LSUV
# does not help them either: it sees to the sums, not to the gradients.
#
# These are single runs, judged by 449 images: between two that converged, a difference of one or
# two per cent is chance.
