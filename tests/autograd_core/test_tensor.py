"""Tensor as a container: construction, aliasing, dtypes, indexing, properties, protocols."""

import numpy as np
import pytest

import autograd_core as ac
from autograd_core import (
    AutogradError,
    DTypeError,
    GraphError,
    ShapeError,
    Tensor,
    as_tensor,
    grad,
    no_grad,
)


def variable(data, dtype=float):
    return Tensor(data, dtype, requires_grad=True)


# -- construction --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (3, np.int64, ()),
        (3.0, np.float64, ()),
        (True, np.bool_, ()),
        (1 + 2j, np.complex128, ()),
        ([1, 2], np.int64, (2,)),
        ([[1.0], [2.0]], np.float64, (2, 1)),
        (range(3), np.int64, (3,)),
        ([], np.float64, (0,)),
        (np.zeros((2, 0, 3), np.float32), np.float32, (2, 0, 3)),
        (np.float32(2), np.float32, ()),
        (np.float16([1]), np.float16, (1,)),
    ],
)
def test_construction_follows_numpy(data, dtype, shape):
    tensor = Tensor(data)
    assert (tensor.dtype, tensor.shape) == (dtype, shape)
    assert (tensor.ndim, tensor.size) == (len(shape), np.prod(shape))
    np.testing.assert_array_equal(tensor.numpy(), data)


def test_construction_from_tensors():
    assert Tensor([Tensor(1.0), Tensor(2.0)]).tolist() == [1.0, 2.0]
    assert Tensor(Tensor([1, 2]), float).dtype == float
    assert Tensor(np.ones((2, 3), order="F")).tolist() == [[1.0] * 3] * 2


def test_dtype_argument():
    assert Tensor([1, 2], np.float32).dtype == np.float32
    assert Tensor([1, 2], float, requires_grad=True).requires_grad
    assert as_tensor([1, 2], np.float32).dtype == np.float32


# -- aliasing ------------------------------------------------------------------------------------


def test_tensor_copies():
    source = np.ones(3)
    tensor, leaf = Tensor(source), variable(source)
    source[:] = 7
    assert tensor.tolist() == leaf.tolist() == [1, 1, 1]


def test_as_tensor_shares_and_returns_tensors_as_they_are():
    source = np.ones(3)
    tensor = as_tensor(source)
    assert np.shares_memory(tensor.numpy(), source)
    assert as_tensor(tensor) is tensor
    assert as_tensor(tensor, np.float32).dtype == np.float32


def test_a_variable_made_from_a_shared_array_owns_its_memory():
    source = np.ones(3)
    leaf = as_tensor(source).requires_grad_()
    with no_grad():
        leaf += 1
    assert source.tolist() == [1, 1, 1]


@pytest.mark.parametrize("read", [lambda t: t.numpy(), lambda t: t.data, np.asarray])
def test_views_are_read_only(read):
    tensor = Tensor([1.0, 2.0])
    view = read(tensor)
    assert np.shares_memory(view, tensor.numpy())
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 5
    with pytest.raises(ValueError, match="read-only"):
        view += 1
    assert tensor.tolist() == [1, 2]


def test_np_array_of_a_constant_is_a_writeable_copy():
    tensor = Tensor([1.0, 2.0])
    array = np.array(tensor)
    array[0] = 9
    assert tensor.tolist() == [1, 2]


@pytest.mark.parametrize(
    "share",
    [
        lambda t: t.detach(),
        lambda t: t[:],
        lambda t: t[...],
        lambda t: t.T,
        lambda t: t.reshape(2, 2),
        lambda t: t.real,
        lambda t: t.conj(),
        lambda t: t.squeeze(),
        lambda t: t.copy(),
        lambda t: t.astype(float),
        lambda t: as_tensor(t.numpy()),
        lambda t: np.broadcast_to(t, (2, 2)),
        lambda t: +t,
    ],
)
@pytest.mark.parametrize("change_original", [True, False])
@pytest.mark.parametrize("as_variable", [True, False])
def test_in_place_never_changes_another_tensor(share, change_original, as_variable):
    original = Tensor(np.ones((2, 2)), requires_grad=as_variable)
    with no_grad():
        other = share(original)
        changed, kept = (original, other) if change_original else (other, original)
        if as_variable and not changed.requires_grad:
            changed.requires_grad_()
        changed += 1
        changed[0] = 5
    assert kept.tolist() == [[1, 1], [1, 1]]
    assert changed.tolist() == [[5, 5], [2, 2]]


@pytest.mark.parametrize("write", ["iadd", "setitem", "data"])
def test_thawing_a_frozen_tensor_breaks_sharing(write):
    """A frozen tensor saved by another graph must not change under it when it is trained again."""
    frozen = variable([2.0]).requires_grad_(False)
    x = variable([1.0])
    y = (x * frozen).sum()
    frozen.requires_grad_()
    with no_grad():
        if write == "iadd":
            frozen += 5
        elif write == "setitem":
            frozen[0] = 7
        else:
            frozen.data = [7.0]
    try:
        y.backward()
    except ac.InPlaceError:
        return
    assert x.grad.tolist() == [2]


# -- properties ----------------------------------------------------------------------------------


def test_detach_is_a_constant_of_the_same_value():
    x = variable([1.0, 2.0])
    constant = (x * 3).detach()
    assert not constant.requires_grad and constant.tolist() == [3, 6]
    y = (x * constant).sum()
    y.backward()
    assert x.grad.tolist() == [3, 6]


def test_data_setter_replaces_the_value_outside_the_graph():
    x = variable([1.0, 2.0])
    x.data = [3, 4]
    assert x.tolist() == [3, 4] and x.dtype == float and x.is_leaf
    (x * x).sum().backward()
    assert x.grad.tolist() == [6, 8]
    x.data = Tensor([5.0, 6.0])
    assert x.tolist() == [5, 6]
    with pytest.raises(ShapeError, match=r"\(2,\).*\(3,\)"):
        x.data = np.zeros(3)


def test_data_setter_copies():
    x, source = variable([1.0, 2.0]), np.array([3.0, 4.0])
    x.data = source
    source[:] = 0
    assert x.tolist() == [3, 4]


def test_grad_setter():
    x = variable([1.0, 2.0])
    assert x.grad is None
    x.grad = [3, 4]
    assert isinstance(x.grad, Tensor) and x.grad.dtype == float
    x.sum().backward()
    assert x.grad.tolist() == [4, 5]
    x.zero_grad()
    assert x.grad is None
    with pytest.raises(ShapeError, match=r"\(2,\)"):
        x.grad = [1.0]
    with pytest.raises(GraphError):
        Tensor(1.0).grad = 1.0


def test_grad_setter_copies_arrays():
    x, g = variable([1.0, 2.0]), np.ones(2)
    x.grad = g
    g[:] = 9
    assert x.grad.tolist() == [1, 1]


def test_name_survives_toggles():
    x = Tensor([1.0], name="weight")
    assert x.name == "weight" and "weight" in repr(x)
    assert x.requires_grad_().name == "weight"
    assert x.requires_grad_(False).name == "weight"
    x.name = "bias"
    assert x.name == "bias"
    y = variable([1.0]) * 2
    y.name = "double"
    assert y.name == "double"


def test_requires_grad_toggles():
    x = Tensor([1.0, 2.0])
    assert not x.requires_grad and x.is_leaf and x.node is None
    x.requires_grad = True
    assert x.requires_grad and x.is_leaf and x.is_variable
    (x * x).sum().backward()
    assert x.grad.tolist() == [2, 4]
    x.requires_grad = False
    assert not (x * x).requires_grad
    with pytest.raises(GraphError, match="detach"):
        (variable([1.0]) * 2).requires_grad_(False)


def test_requires_grad_is_idempotent():
    x = variable([1.0, 2.0])
    y = x.sum()
    assert x.requires_grad_() is x
    y.backward()
    assert x.grad.tolist() == [1, 1]


def test_freezing_between_forward_and_backward_loses_no_gradient():
    x = variable([1.0, 2.0])
    y = (x * x).sum()
    x.requires_grad_(False)
    x.requires_grad_()
    y.backward()
    assert x.grad is not None and x.grad.tolist() == [2, 4]


@pytest.mark.parametrize("data", [3, [1, 2], True, np.arange(3, dtype=np.uint8)])
def test_integers_cannot_require_a_gradient(data):
    with pytest.raises(DTypeError, match="float"):
        Tensor(data, requires_grad=True)
    with pytest.raises(TypeError):
        Tensor(data).requires_grad_()


# -- hashing, comparing, iterating ---------------------------------------------------------------


def test_hash_by_identity_and_elementwise_equality():
    a, b = variable([1.0, 2.0]), variable([1.0, 3.0])
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1
    assert (a == b).tolist() == [True, False]
    assert (a != b).tolist() == [False, True]
    assert not (a == b).requires_grad
    assert [(a < b).tolist(), (a <= b).tolist()] == [[False, True], [True, True]]
    assert [(a > 1).tolist(), (a <= 2).tolist()] == [[False, True], [True, True]]


def test_iteration_length_and_unpacking_are_differentiable():
    x = variable([[1.0, 2.0], [3.0, 4.0]])
    assert len(x) == 2
    (a, b), (c, d) = x
    (a * d - b * c).backward()
    assert x.grad.tolist() == [[4, -3], [-2, 1]]
    for scalar in (Tensor(1.0), variable(1.0)):
        with pytest.raises(TypeError, match="0-d"):
            len(scalar)
        with pytest.raises(TypeError, match="0-d"):
            iter(scalar)


def test_truth_value():
    assert Tensor(1.0) and not Tensor([[0.0]]) and variable(2.0)
    with pytest.raises(ValueError, match="any"):
        bool(Tensor([1, 2]))


def test_numbers_come_out_of_constants():
    x = Tensor([[2.5]])
    assert (float(x), int(x), complex(x), x.item()) == (2.5, 2, 2.5 + 0j, 2.5)
    assert [10, 20, 30][Tensor(1)] == 20
    assert list(range(Tensor(3))) == [0, 1, 2]
    assert variable([2.5]).item() == 2.5 and variable([2.5]).tolist() == [2.5]
    with pytest.raises(TypeError):
        [10, 20][Tensor(1.0)]
    with pytest.raises(AutogradError):
        float(Tensor([1.0, 2.0]))


@pytest.mark.parametrize("make", [Tensor, variable, lambda a: variable(a) * 2])
@pytest.mark.parametrize("data", [1.5, [1.5, 2.0], np.zeros((2, 0)), np.zeros((100, 100))])
def test_repr_is_short_and_shows_the_kind(make, data):
    text = repr(make(data))
    assert text.startswith("Tensor(") and len(text) < 1000


# -- indexing ------------------------------------------------------------------------------------

INDICES = {
    "int": 1,
    "negative": -1,
    "slice": slice(1, None),
    "step": slice(None, None, -2),
    "ellipsis": ...,
    "newaxis": None,
    "tuple": (1, 2),
    "tuple slice": (slice(None), 1),
    "ellipsis last": (..., 0),
    "newaxis inside": (slice(None), None, 2),
    "empty tuple": (),
    "list": [0, 2],
    "repeated": [0, 0, -3, 2],
    "pair of lists": ([0, 0, 1], [1, 1, 3]),
    "outer": np.ix_([0, 2], [1, 1, 3]),
    "mask": np.arange(12).reshape(3, 4) % 3 == 0,
    "row mask": np.array([True, False, True]),
    "mask list": [True, False, True],
    "mask and int": (np.array([True, False, True]), 1),
    "list and slice": (slice(None), [0, 0, 3]),
    "scalar array": np.array(1),
    "numpy int": np.int64(2),
    "true": True,
    "false": False,
    "empty list": [],
    "empty slice": slice(2, 2),
    "empty mask": np.zeros((3, 4), bool),
    "2-d list": [[0, 1], [1, 2]],
    "tensor": Tensor([0, 0, 2]),
    "tensor mask": Tensor(np.array([True, False, True])),
    "tensor scalar": Tensor(1),
    "tensor in tuple": (Tensor([0, 0]), Tensor([1, 1])),
    "tensor in slice": slice(Tensor(0), Tensor(2)),
}


def plain_index(index):
    if isinstance(index, tuple):
        return tuple(map(plain_index, index))
    if isinstance(index, slice):
        return slice(0, 2) if isinstance(index.start, Tensor) else index
    return index.numpy() if isinstance(index, Tensor) else index


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_every_index_reads_and_differentiates(index):
    value = np.arange(12.0).reshape(3, 4) + 1
    x = variable(value)
    part = x[index]
    expected = value[plain_index(index)]
    np.testing.assert_array_equal(part.numpy(), expected)
    weights = np.arange(expected.size).reshape(expected.shape) + 1.0
    (part * weights).sum().backward()
    counts = np.zeros_like(value)
    np.add.at(counts, plain_index(index), weights)
    np.testing.assert_array_equal(x.grad.numpy(), counts)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_every_index_writes_and_differentiates(index):
    value = np.arange(12.0).reshape(3, 4) + 1
    plain = plain_index(index)
    part = value[plain]
    new = np.arange(part.size).reshape(part.shape) + 100.0
    weights = np.cos(value)

    def f(x, v):
        y = x * 1
        y[index] = v
        return (y * weights).sum()

    expected = value.copy()
    expected[plain] = new
    result, (gx, gv) = ac.value_and_grad(f, (0, 1))(value, new)
    np.testing.assert_allclose(result, (expected * weights).sum())
    np.testing.assert_allclose(gx, np.where(expected >= 100, 0, weights))
    # An element of the new value counts where it is the one that was written last.
    seen = np.array([(weights * (expected == n)).sum() for n in new.ravel()]).reshape(new.shape)
    np.testing.assert_allclose(gv, seen)


# -- dtypes --------------------------------------------------------------------------------------

SCALAR_MIXES = {
    "x + 1": lambda x: x + 1,
    "2.5 * x": lambda x: 2.5 * x,
    "x / 3": lambda x: x / 3,
    "3 / x": lambda x: 3 / x,
    "x ** 2": lambda x: x**2,
    "x ** 0.5": lambda x: x**0.5,
    "2 ** x": lambda x: 2**x,
    "2.0 - x": lambda x: 2.0 - x,
    "maximum": lambda x: np.maximum(x, 0.5),
    "clip": lambda x: np.clip(x, 0.1, 1.5),
    "where": lambda x: np.where(x > 1, x, 0.0),
    "mean": lambda x: x.mean(),
    "std": lambda x: x.std(),
    "softmax": lambda x: ac.softmax(x),
    "logsumexp": lambda x: ac.logsumexp(x),
    "sigmoid": lambda x: ac.sigmoid(x),
    "getitem": lambda x: x[[0, 0, 1]],
    "setitem": lambda x: set_first(x),
    "exp2": lambda x: np.exp2(x),
    "log10": lambda x: np.log10(x),
    "cbrt": lambda x: np.cbrt(x),
    "sqrt": lambda x: np.sqrt(x),
    "hypot": lambda x: np.hypot(x, 2.0),
    "arctan2": lambda x: np.arctan2(x, 2.0),
    "iadd": lambda x: add_in_place(x * 1, 1.0),
    "pad": lambda x: np.pad(x, 1),
    "stack": lambda x: np.stack([x, x]),
    "matmul": lambda x: x @ x,
}


def set_first(x):
    y = x * 1
    y[0] = 2.0
    return y


def add_in_place(x, v):
    x += v
    return x


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("name", SCALAR_MIXES)
def test_dtype_stays(name, shape, dtype):
    if np.dtype(dtype).kind == "c" and name not in ("x + 1", "2.5 * x", "3 / x", "x ** 2", "mean"):
        pytest.skip("tested for real numbers only")
    if shape == () and name in ("getitem", "setitem", "softmax", "stack", "matmul", "pad"):
        pytest.skip("needs an axis")
    x = Tensor(np.linspace(0.25, 1.25, 3).reshape(shape) if shape else 0.75, dtype)
    x.requires_grad_()
    y = SCALAR_MIXES[name](x)
    assert y.dtype == dtype
    total = y.sum()
    (total.real if total.dtype.kind == "c" else total).backward()
    assert x.grad.dtype == dtype and x.grad.shape == shape


@pytest.mark.parametrize("left", [np.float32, np.float64, np.int64, np.bool_, np.complex64])
@pytest.mark.parametrize("right", [np.float32, np.float64, np.int32, float, int, complex, bool])
def test_promotion_is_numpys(left, right):
    a = np.ones(2, left)
    b = right(1)
    for f in (np.add, np.multiply, np.divide, np.power):
        assert f(Tensor(a), b).dtype == f(a, b).dtype
        assert f(b, Tensor(a)).dtype == f(b, a).dtype


def test_gradients_take_their_own_operands_dtype():
    a, b = variable([1.0, 2.0], np.float32), variable([3.0, 4.0], np.float64)
    (a * b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (np.float32, np.float64)
    g = grad(lambda x: (x * np.float64([1.0, 2.0])).sum())(np.float32([1, 1]))
    assert g.dtype == np.float32


@pytest.mark.parametrize("seed", [Tensor([1.0, 1.0]), np.ones(2), [1, 1], Tensor([1, 1])])
def test_a_seed_of_another_dtype_does_not_widen_gradients(seed):
    x = variable([1.0, 2.0], np.float32)
    x.backward(seed)
    assert x.grad.dtype == np.float32
    x.grad = None
    (x + x).backward(seed)
    assert x.grad.dtype == np.float32 and x.grad.tolist() == [2, 2]


# -- operators -----------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [[1.0, 2.0], (1.0, 2.0)], ids=["list", "tuple"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x, o: x + o,
        lambda x, o: o - x,
        lambda x, o: x * o,
        lambda x, o: x / o,
        lambda x, o: o / x,
        lambda x, o: x**o,
        lambda x, o: o**x,
        lambda x, o: x @ o,
        lambda x, o: o @ x,
        lambda x, o: np.arctan2(x, o),
        lambda x, o: np.hypot(o, x),
        lambda x, o: np.maximum(x, o),
        lambda x, o: np.where(x > 1, o, x),
        lambda x, o: np.stack([x, o]),
        lambda x, o: np.concatenate([o, x]),
    ],
)
def test_lists_are_operands_too(f, other):
    value = np.array([1.5, 0.5])
    expected = grad(lambda x: f(x, np.array(other)).sum())(value)
    np.testing.assert_array_equal(grad(lambda x: f(x, other).sum())(value), expected)


@pytest.mark.parametrize("dtype", [int, float])
def test_scalar_tensors_times_lists(dtype):
    assert (Tensor(dtype(2)) * [1, 2]).tolist() == [2, 4]
    assert ([1, 2] * Tensor(dtype(2))).tolist() == [2, 4]


def test_modulo():
    x = variable([3.5, -3.5])
    y = x % 2
    np.testing.assert_array_equal(y.numpy(), np.array([3.5, -3.5]) % 2)
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]
    assert (7 % Tensor([4.0])).tolist() == [3]
