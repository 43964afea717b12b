"""A name of the tables means one thing, whatever else is declared, pickled and loaded."""

import copy
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from scipy.special import expi

import autograd_core as ac
from autograd_core import OperationError, PicklingError, Tensor
from autograd_core.inspection.symbols import derivative_texts
from autograd_core.operation import Operation
from autograd_core.registry import COMPOSITES, METHODS, NUMPY, REGISTRY


@ac.elementwise(lambda y: 0 * y)
def exp(x):
    """Not the exponential: its derivative is 0."""
    return np.exp(x)


@ac.elementwise(lambda x: 3 * x**2)
def cube(x):
    return x**3


class Inside:
    """A place with a qualified name of its own."""

    @staticmethod
    @ac.elementwise(lambda x: 5 * x**4)
    def fifth(x):
        return x**5


def gradient(y, x):
    y.sum().backward()
    return x.grad.numpy()


def graph(function):
    x = Tensor([1.0, 2.0], requires_grad=True)
    return x, function(x)


def test_the_public_names_are_the_entries_of_the_tables():
    for name in ac.derivatives.PUBLIC:
        entry = METHODS.get(name, vars(ac.derivatives.creation).get(name))
        assert getattr(ac, name) is entry or getattr(ac.derivatives, name) is entry, name
    assert REGISTRY.keys() | COMPOSITES.keys() <= METHODS.keys()


def test_a_pickled_graph_keeps_the_built_in_operation():
    x, y = graph(np.exp)
    x2, y2 = pickle.loads(pickle.dumps((x, y)))
    np.testing.assert_array_equal(gradient(y2, x2), np.exp([1.0, 2.0]))


def test_a_user_s_operation_of_a_built_in_name_changes_nothing():
    x, y = graph(exp)
    assert gradient(y, x).tolist() == [0, 0]
    for built_in in (np.exp, lambda x: x.exp(), ac.exp, METHODS["exp"]):
        x, y = graph(built_in)
        np.testing.assert_array_equal(gradient(y, x), np.exp([1.0, 2.0]))
    assert REGISTRY["exp"] is ac.exp is NUMPY[np.exp] is not exp
    assert derivative_texts(y.node.primitive) == ("y",)


def test_both_operations_of_one_name_survive_a_pickle():
    x = Tensor([1.0, 2.0], requires_grad=True)
    x2, mine, built_in = pickle.loads(pickle.dumps((x, exp(x), np.exp(x))))
    assert mine.node.primitive is exp and built_in.node.primitive is ac.exp
    np.testing.assert_array_equal(gradient(mine + built_in, x2), np.exp([1.0, 2.0]))


@pytest.mark.parametrize("operation", [cube, Inside.fifth, ac.tanh, ac.argmax])
def test_operations_are_copied_and_pickled_as_themselves(operation):
    assert pickle.loads(pickle.dumps(operation)) is operation
    assert copy.copy(operation) is copy.deepcopy([operation])[0] is operation


def test_an_operation_that_could_not_be_found_again_is_not_pickled():
    @ac.elementwise(lambda x: 2 * x)
    def local(x):
        return x * x

    _, y = graph(local)
    with pytest.raises(PicklingError, match=r"local cannot be pickled.*top level of a module"):
        pickle.dumps(y)
    assert copy.deepcopy(y).node.primitive is local  # a copy needs no name


def test_a_replaced_operation_is_not_pickled_under_the_name_of_the_new_one(monkeypatch):
    _, y = graph(cube)
    monkeypatch.setattr(sys.modules[__name__], "cube", exp)
    with pytest.raises(PicklingError, match="cube cannot be pickled"):
        pickle.dumps(y)


def test_a_graph_whose_operation_is_gone_says_what_to_declare(monkeypatch):
    data = pickle.dumps(graph(cube)[1])
    monkeypatch.delattr(sys.modules[__name__], "cube")
    with pytest.raises(PicklingError, match=r"test_registry\.cube, which is not there; declare"):
        pickle.loads(data)
    monkeypatch.setattr(sys.modules[__name__], "cube", len, raising=False)
    with pytest.raises(PicklingError, match=r"test_registry\.cube, which is not there"):
        pickle.loads(data)


def test_a_graph_with_an_operation_of_another_version_is_refused(monkeypatch):
    data = pickle.dumps(graph(np.cbrt)[1])
    monkeypatch.delitem(REGISTRY, "cbrt")
    with pytest.raises(PicklingError, match="operation cbrt, which this version does not have"):
        pickle.loads(data)


def test_operations_of_one_name_in_two_modules_are_told_apart(tmp_path):
    """Each is found in its own module, in a process that has not seen the other's pickle."""
    for name, factor in (("first", 2), ("second", 3)):
        (tmp_path / f"{name}.py").write_text(
            textwrap.dedent(f"""
                import autograd_core as ac

                @ac.elementwise(lambda x: {factor} + 0 * x)
                def scaled(x):
                    return {factor} * x
            """)
        )
    make = """
        import pickle, first, second, autograd_core as ac
        x = ac.Tensor([1.0], requires_grad=True)
        pickle.dump((x, first.scaled(x), second.scaled(x)), open("graphs.pickle", "wb"))
    """
    load = """
        import pickle
        x, first, second = pickle.load(open("graphs.pickle", "rb"))
        (first + 10 * second).backward()
        print(x.grad.tolist())
    """
    for script in (make, load):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": ":".join([".", *sys.path])},
        )
        assert not done.stderr
    assert done.stdout == "[32.0]\n"


def test_a_notebook_cell_that_declares_an_operation_can_run_again():
    cell = textwrap.dedent("""
        @ac.elementwise(lambda x: 0 * x + {k}, numpy=expi)
        def linear_map(x):
            return {k} * x
    """)
    main = {"ac": ac, "expi": expi, "__name__": "a_notebook"}
    for k in (1, 2):
        exec(cell.format(k=k), main)
        x, y = graph(main["linear_map"])
        assert gradient(y, x).tolist() == [k, k]
    del NUMPY[expi]


def test_a_numpy_function_with_a_rule_keeps_it():
    with pytest.raises(OperationError, match=r"deg2rad.*has a derivative rule already"):

        @ac.elementwise(lambda x: 0 * x, numpy=np.deg2rad)
        def deg2rad(x):
            return x

    mine = ac.elementwise(lambda x: 7 + 0 * x, name="mine")(np.log)
    x, y = graph(mine)
    assert gradient(y, x).tolist() == [7, 7]
    x, y = graph(np.log)
    assert gradient(y, x).tolist() == [1, 0.5]


def test_declarations_leave_no_trace_in_the_tables():
    sizes = [len(table) for table in (REGISTRY, COMPOSITES, METHODS, NUMPY)]
    for _ in range(3):
        ac.elementwise(lambda x: 1, name="transient")(lambda x: x + 0)
        Operation(np.nonzero, None, "nonzero")
    assert [len(table) for table in (REGISTRY, COMPOSITES, METHODS, NUMPY)] == sizes
