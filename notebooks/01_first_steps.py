# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # First steps
#
# From an expression to its graph, from the graph to its gradient, from the gradient to a small
# network that tells two moons apart. Everything here is NumPy; the only new thing is `Tensor`.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd_core as ac
import nn

# %% [markdown]
# ## An expression
#
# A neuron with two inputs: the weighted sum of $x_1, x_2$, plus a bias, through $\tanh$.
# `requires_grad=True` makes a Tensor a *variable*: what is computed from it is recorded. The names
# are only for the picture.

# %%
w = ac.Tensor([0.8, -0.3], requires_grad=True, name="w")
b = ac.Tensor(0.3, requires_grad=True, name="b")
x = ac.Tensor([1.0, 2.0], name="x")

y = np.tanh(w @ x + b)
y.name = "y"
print(y)

# %% [markdown]
# ## Its graph
#
# The last line of a cell shows itself: every value, and the operation it came from. Blue boxes are
# variables, dashed ones constants.

# %%
y

# %% [markdown]
# ## Backward
#
# `backward()` walks the graph from the result to the variables and multiplies local derivatives.
# By hand: with $z = w \cdot x + b$ and $y = \tanh z$,
#
# $$\frac{\partial y}{\partial w} = (1 - y^2)\, x, \qquad
# \frac{\partial y}{\partial b} = 1 - y^2 .$$

# %%
y.backward()
print("engine: ", w.grad.numpy(), b.grad.numpy())
print("by hand:", (1 - y.item() ** 2) * x.numpy(), 1 - y.item() ** 2)

# %% [markdown]
# Drawn again, the graph now carries the gradient of $y$ with respect to every intermediate result.

# %%
ac.draw(y)

# %% [markdown]
# ## Check
#
# Is the engine right? A derivative is the limit of a difference quotient, so difference quotients
# can judge. `gradcheck` compares both for every input, in reverse and in forward mode.

# %%
report = ac.gradcheck(lambda w, b: np.tanh(w @ x + b), w.numpy(), b.numpy())
report

# %% [markdown]
# A wrong rule does not get away. Here is a $\tanh$ whose derivative misses a square:


# %%
@ac.elementwise(lambda y: 1 - y, name="careless_tanh")
def careless_tanh(x):
    return np.tanh(x)


ac.gradcheck(lambda w, b: careless_tanh(w @ x + b), w.numpy(), b.numpy())

# %% [markdown]
# ## Forward mode
#
# The same rules run forwards as well: `jvp` carries a direction along with the value. One pass
# gives the derivative along that direction.

# %%
value, slope = ac.jvp(lambda w: np.tanh(w @ x + 0.3), (w.numpy(),), (np.array([1.0, 0.0]),))
print(value, slope)

# %% [markdown]
# ## Two moons
#
# Two interleaved half circles, with noise. No straight line separates them.

# %%
rng = np.random.default_rng(0)
angle = rng.uniform(0, np.pi, 400)
label = np.arange(400) % 2
upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
points = np.where(label[:, None] == 0, upper, lower) + rng.normal(scale=0.15, size=(400, 2))
train, test = slice(0, 300), slice(300, 400)

# %% [markdown]
# A network is a class with `__init__` and `forward`; any NumPy expression can stand in between.


# %%
class Net(nn.Module):
    def __init__(self, hidden):
        self.first = nn.Linear(2, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, 2)

    def forward(self, x):
        h = np.tanh(self.first(x))
        h = np.tanh(self.second(h))
        return self.last(h)


nn.manual_seed(0)
net = Net(16)
loss = nn.CrossEntropyLoss()
net

# %% [markdown]
# The graph of one step on two points. Each module has its frame.

# %%
ac.draw(loss(net(points[:2].astype("float32")), label[:2]), depth=1)

# %% [markdown]
# Training: forward, backward, a step of Adam; mini-batches in a new order for each epoch.

# %%
history = nn.fit(
    net,
    (points[train], label[train]),
    loss,
    nn.Adam(net.parameters(), lr=0.02),
    epochs=40,
    batch_size=30,
    validation=(points[test], label[test]),
    metrics={"accuracy": nn.accuracy},
    progress=False,
)
print(f"test accuracy: {history['val_accuracy'][-1]:.0%}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
left.plot(history["loss"], label="training")
left.plot(history["val_loss"], label="test")
left.set(xlabel="epoch", ylabel="loss", yscale="log")
left.legend()

across, up = np.meshgrid(np.linspace(-1.6, 2.6, 200), np.linspace(-1.3, 1.7, 160))
grid = np.stack([across.ravel(), up.ravel()], axis=1)
scores = nn.predict(net, grid)
surface = np.reshape(scores[:, 1] - scores[:, 0], across.shape)
right.contourf(across, up, surface, levels=[-1e9, 0, 1e9], colors=["#cfe2f3", "#fde5cd"])
right.contour(across, up, surface, levels=[0], colors="0.3", linewidths=1)
right.scatter(*points.T, c=np.where(label == 0, "#1f5fa8", "#c26a10"), s=12)
right.set(title="decision boundary", xlabel="$x_1$", ylabel="$x_2$")
plt.show()

# %% [markdown]
# ## The whole network, checked
#
# The last word has the difference quotient: the gradients of the trained network's loss with
# respect to every parameter, in double precision.

# %%
net.astype(np.float64)
batch = points[:20]
ac.gradcheck_variables(lambda: loss(net(batch), label[:20]), dict(net.named_parameters()))
