"""The table of a model's layers: numbers worked out by hand."""

import numpy as np
import pytest

import autograd_core as ac
import nn


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(6 * 14 * 14, 10),
    )


def test_a_cnn_by_hand():
    model = lenet()
    table = nn.summary(model, (2, 1, 28, 28))
    assert [(row.path, row.kind, row.output) for row in table.rows] == [
        ("", "Sequential", (2, 10)),
        ("0", "Conv2d", (2, 6, 28, 28)),
        ("1", "ReLU", (2, 6, 28, 28)),
        ("2", "MaxPool2d", (2, 6, 14, 14)),
        ("3", "Flatten", (2, 1176)),
        ("4", "Dropout", (2, 1176)),
        ("5", "Linear", (2, 10)),
    ]
    assert [row.parameters for row in table.rows] == [0, 6 * 25 + 6, 0, 0, 0, 0, 1176 * 10 + 10]
    macs = [0, 2 * 6 * 28 * 28 * 25, 0, 0, 0, 0, 2 * 1176 * 10]
    assert [row.multiply_adds for row in table.rows] == macs
    images = 4 * 2 * 6 * 28 * 28
    assert [row.memory for row in table.rows] == [0, images, images, images // 4, 0, 0, 4 * 2 * 10]
    assert table.parameters == table.trainable_parameters == 156 + 11770
    assert table.multiply_adds == sum(macs)
    assert table.memory == 2 * images + images // 4 + 80 + 4 * (156 + 11770)


def test_it_prints_as_a_table():
    text = str(nn.summary(lenet(), (1, 1, 28, 28)))
    assert repr(nn.summary(lenet(), (1, 1, 28, 28))) == text
    lines = text.splitlines()
    assert lines[0].split("  ")[0] == "layer" and "multiply-adds" in lines[0]
    assert " ".join(lines[3].split()) == "0: Conv2d (1, 6, 28, 28) 156 117,600 18,816"
    assert " ".join(lines[6].split()) == "3: Flatten (1, 1176)"
    assert "parameters: 11,926 trainable, 0 frozen" in text


class Custom(nn.Module):
    """Any NumPy expression, a list of layers, a shared layer, one that is not called."""

    def __init__(self):
        self.w = nn.Parameter(np.ones((4, 5), np.float32))
        self.blocks = [nn.Linear(5, 5)]
        self.shared = nn.Linear(5, 5, bias=False)
        self.unused = nn.Linear(3, 2)

    def forward(self, x, y):
        x = np.tanh(x @ self.w) + np.einsum("ij,jk->ik", y, self.w)
        x = self.blocks[0](x)
        return {"last": self.shared(self.shared(x)), "first": x}


def test_custom_modules():
    model = Custom()
    table = nn.summary(model, [(3, 4), (3, 4)])
    product, square = 3 * 4 * 5, 3 * 5 * 5
    assert [(r.path, r.output, r.parameters, r.multiply_adds) for r in table.rows] == [
        ("", {"last": (3, 5), "first": (3, 5)}, 20, 2 * product),
        ("blocks.0", (3, 5), 30, square),
        ("shared", (3, 5), 25, square),
        ("shared", (3, 5), 0, square),
        ("unused", None, 8, 0),
    ]
    assert "  blocks.0: Linear" in str(table) and "not called" in str(table)
    assert table.parameters == sum(p.size for p in model.parameters())


@pytest.mark.parametrize(
    ("layer", "shape", "multiply_adds"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, groups=2), (1, 4, 9), 6 * 4 * 2 * 3),
        (nn.Conv3d(2, 3, 2), (1, 2, 3, 3, 3), 3 * 8 * 2 * 8),
        (nn.ConvTranspose2d(2, 3, 3, stride=2), (1, 2, 4, 5), 2 * 4 * 5 * 3 * 9),
        (nn.Maxout(3, 2, 4), (5, 3), 5 * 3 * 8),
    ],
)
def test_multiply_adds(layer, shape, multiply_adds):
    assert nn.summary(layer, shape).multiply_adds == multiply_adds


def test_the_model_stays_as_it_was():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout())
    model[0].requires_grad_(False)
    model[2].eval()
    before = model.state_dict()
    x = np.ones((1, 2), np.float32)
    with ac.no_grad():
        table = nn.summary(model, x)
    assert (table.parameters, table.trainable_parameters, table.multiply_adds) == (15, 6, 6)
    assert table.rows[1].multiply_adds == 6  # though it is frozen
    assert table.memory - table.output_memory == 4 * (15 + 6) + 8
    assert [module.training for module in model.modules()] == [True, True, True, False]
    assert [p.requires_grad for p in model.parameters()] == [False, False, True, True]
    assert all(p.grad is None for p in model.parameters())
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert all(not module._hooks.forward for module in model.modules())


def test_integer_examples():
    model = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 1))
    table = nn.summary(model, np.array([[1, 4], [0, 0]]))
    assert [row.output for row in table.rows[1:]] == [(2, 2, 3), (2, 6), (2, 1)]
    assert table.multiply_adds == 2 * 6


def test_errors():
    with pytest.raises(ac.ShapeError, match=r"in model.5: Linear: .*1176.*\(1, 1014\)"):
        nn.summary(lenet(), (1, 1, 26, 26))
    for wrong in (None, "x", 3, [(1, "a")], 2.5):
        with pytest.raises(ac.ArgumentTypeError, match="summary: expected"):
            nn.summary(lenet(), wrong)
