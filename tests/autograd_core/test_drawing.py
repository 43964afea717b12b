"""Pictures: what the DOT text says (parsed by Graphviz itself), and that images come out."""

import html
import io
import os
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

import autograd_core as ac
from autograd_core import DrawingError, Tensor, keep_values, scope
from autograd_core.inspection import Drawing, draw, rendering

pygraphviz = pytest.importorskip("pygraphviz")


def variable(value, name=None):
    return Tensor(value, requires_grad=True, name=name)


def parsed(drawing):
    return pygraphviz.AGraph(drawing.source)


def text(node):
    """What a reader sees in a node: its label without markup."""
    return html.unescape(re.sub(r"<[^>]*>", "\n", joined(node.attr["label"])))


def joined(label):
    """A label without the tags that keep Graphviz from replacing a backslash sequence."""
    return label.replace("<FONT>\\</FONT>", "\\")


def lines(drawing, content=None):
    """The lines in the node that has `content` on one of them, or in the only node there is."""
    graph = parsed(drawing)
    node = graph.nodes()[0] if content is None else find(graph, content)
    return text(node).split("\n")


def find(graph, content):
    """The one node whose label has `content` on a line."""
    found = [node for node in graph.nodes() if content in text(node).split("\n")]
    assert len(found) == 1, (content, [text(node) for node in graph.nodes()])
    return found[0]


def operands_of(graph, node):
    """(source, label) of each visible arrow into a node, sorted by label."""
    arrows = [
        (edge[0], edge.attr["label"].strip())
        for edge in graph.in_edges(node)
        if edge.attr["style"] != "invis"
    ]
    return sorted(arrows, key=lambda arrow: arrow[1])


def frames(graph, inside=()):
    """Path of frames -> names of the nodes directly or indirectly inside."""
    result = {}
    for part in graph.subgraphs():
        path = (*inside, html.unescape(joined(part.graph_attr["label"])))
        result[path] = set(part.nodes())
        result |= frames(part, path)
    return result


@pytest.fixture
def loss():
    a, b, c = variable(2.0, "a"), variable(-3.0, "b"), variable(10.0, "c")
    result = (a * b + c).tanh()
    result.name = "L"
    result.backward()
    yield result
    del a, b, c


# -- contents --------------------------------------------------------------------------------------


def test_scalar_expression(loss):
    graph = parsed(draw(loss))
    assert len(graph.nodes()) == 6
    assert len(graph.edges()) == 5
    multiply, add = find(graph, "multiply"), find(graph, "add")
    a, b, c = find(graph, "a"), find(graph, "b"), find(graph, "c")
    assert operands_of(graph, multiply) == [(a, "a"), (b, "b")]
    assert operands_of(graph, add) == [(multiply, "a"), (c, "b")]
    slope = 1 - np.tanh(4.0) ** 2
    for name, value, gradient in (("a", 2, -3 * slope), ("b", -3, 2 * slope), ("c", 10, slope)):
        lines = text(find(graph, name)).split("\n")
        assert str(value) in lines
        assert f"{gradient:.4g}" in lines
        assert "float64 ()" in lines
    result = next(node for node in graph.nodes() if " = tanh" in text(node))
    assert f"{np.tanh(4.0):.4g}" in text(result)


def test_product_with_itself_has_two_arrows():
    a = variable(3.0, "a")
    graph = parsed(draw(a * a))
    source = find(graph, "a")
    assert operands_of(graph, find(graph, "multiply")) == [(source, "a"), (source, "b")]


def test_order_of_operands_is_kept():
    a = variable(3.0, "first")
    b = variable(4.0, "second")
    for product, names in ((b - a, ["second", "first"]), (a - b, ["first", "second"])):
        drawing = draw(product)
        graph = parsed(drawing)
        expected = [(find(graph, name), label) for name, label in zip(names, "ab", strict=True)]
        assert operands_of(graph, find(graph, "subtract")) == expected
        graph.layout("dot")
        x = {name: float(find(graph, name).attr["pos"].split(",")[0]) for name in names}
        assert x[names[0]] < x[names[1]], "the first operand stands on the left"


def test_variadic_operands_are_numbered():
    a, b = variable([1.0], "p"), variable([2.0], "q")
    graph = parsed(draw(np.concatenate([a, b, a])))
    p, q = find(graph, "p"), find(graph, "q")
    assert operands_of(graph, find(graph, "concatenate")) == [(p, "0"), (q, "1"), (p, "2")]


def test_many_parallel_arrows_are_one():
    a = variable([1.0], "a")
    graph = parsed(draw(np.stack([a] * 100)))
    assert [label for _, label in operands_of(graph, find(graph, "stack"))] == ["100 operands"]


def test_constants():
    x = variable(np.ones(3), "x")
    data = Tensor([1.0, 2.0, 3.0], name="data")
    graph = parsed(draw(np.clip((x * data + data) ** 2, None, 9.0)))
    source = find(graph, "data")
    assert len(graph.out_edges(source)) == 2, "one constant used twice is one node"
    assert "[1, 2, 3]" in text(source).split("\n")
    power, clip = find(graph, "power"), find(graph, "clip")
    assert operands_of(graph, power)[1] == (find(graph, "2"), "b")
    assert operands_of(graph, clip) == [(find(graph, "9"), "high"), (power, "x")]
    fills = {find(graph, name).attr["fillcolor"] for name in ("x", "data", "power", "clip")}
    assert len(fills) == 4, "variables, constants, operations and results look different"


def test_a_lone_constant_and_a_lone_variable():
    for tensor in (Tensor([1.0, 2.0], name="k"), variable([1.0, 2.0], "k")):
        assert parsed(draw(tensor)).number_of_nodes() == 1
        assert "[1, 2]" in lines(draw(tensor), "k")


def test_several_results_and_their_names():
    x = variable(1.0, "x")
    s, t = np.sin(x), np.cos(x)
    graph = parsed(draw({"sine": s, "others": [t, (s * t,)]}))
    assert len(graph.nodes()) == 4
    assert " = sin" in text(find(graph, "sine")).split("\n")
    assert parsed(draw([s, t])).number_of_nodes() == 3
    assert parsed(draw(s.node)).number_of_nodes() == 2
    thick = [node for node in graph.nodes() if node.attr["penwidth"] == "2"]
    assert len(thick) == 3


def test_options_that_differ_from_defaults():
    x = variable(np.ones((2, 3)), "x")
    graph = parsed(draw(np.sum(x[:, 1:], axis=0)))
    assert "axis=0" in text(find(graph, "sum")).split("\n")
    assert "keepdims" not in text(find(graph, "sum"))
    assert "index=(:, 1:)" in text(find(graph, "getitem")).split("\n")


def test_small_matrix_in_full_large_one_summarised():
    small = np.array([[1.25, -2.5], [1e-7, 31415.9]])
    assert {"1.25", "-2.5", "1e-7", "3.142e4"} <= set(lines(draw(Tensor(small))))
    shown = lines(draw(Tensor(np.arange(100.0))))
    assert "float64 (100,)" in shown
    assert "mean 49.5, std 28.87" in shown  # sqrt((100**2 - 1) / 12) = 28.866
    assert "min 0, max 99" in shown


@pytest.mark.parametrize(
    ("array", "line"),
    [
        (np.r_[np.full(20, np.nan), np.inf, 1.0, 3.0], "20 nan, 1 inf"),
        (np.r_[np.full(20, np.nan), 1.0, 3.0], "mean 2, std 1"),
        (np.full(50, 7, np.int8), "all 7"),
        (np.full(17, 3 + 4j) * np.r_[np.ones(16), 2], "smallest |z| 5, largest |z| 10"),
        (np.zeros((0, 3)), "[]"),
        (np.array([True, False]), "[True, False]"),
        (np.float32(0.1), "0.1"),
    ],
)
def test_values_of_every_sort(array, line):
    drawing = draw(Tensor(array))
    assert line in lines(drawing)
    ET.fromstring(drawing.render("svg"))


def test_stacked_matrices_are_complete():
    x = Tensor(np.arange(8.0).reshape(2, 2, 2) + 20)
    shown = re.findall(r"\b2\d\b", "\n".join(lines(draw(x))))
    assert shown == ["20", "21", "22", "23", "24", "25", "26", "27"]


def test_unknown_is_left_out_and_keep_values_shows_it():
    x = variable(np.ones((20, 3)), "x")
    assert "value" not in lines(draw(np.sum(np.exp(x))), "exp")
    with keep_values():
        total = np.sum(np.exp(x))
    total.backward()
    shown = lines(draw(total), "exp")
    assert "all 2.718" in shown  # the value e
    assert "all 1" in shown  # the gradient


def test_gradient_of_complex_variable_points_uphill():
    z = variable(np.array(3 + 4j), "z")
    size = np.abs(np.negative(z))
    size.backward()
    assert "0.6+0.8j" in lines(draw(size), "z")
    assert "-0.6-0.8j" in lines(draw(size), "negative")


def test_arrows_tell_the_derivative():
    x = variable(2.0, "x")
    graph = parsed(draw(np.tanh(x)))
    assert graph.edges()[0].attr["tooltip"].endswith("= 1 - y * y")


# -- names -----------------------------------------------------------------------------------------

NAMES = [
    'say "x"',
    "a < b > c & d",
    "&lt;b&gt;",
    "back\\slash\\",
    "\\N \\G \\l",
    "ξ₄ ½ 日本",
    "{a|b}:p",
    "<>",
    "label=1]; evil",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_round_trip(name):
    x = variable(1.0, name)
    with scope(name):
        y = np.sin(x)
    drawing = draw(y, title=name)
    graph = parsed(drawing)
    assert name in [line for node in graph.nodes() for line in text(node).split("\n")]
    assert list(frames(graph)) == [(name,)]
    svg = ET.fromstring(drawing.render("svg"))
    shown = "".join("".join(e.itertext()) for e in svg.iter() if e.tag.endswith("text"))
    assert shown.count(name) == 3, "the title, the frame and the variable"
    tooltips = [e.get("{http://www.w3.org/1999/xlink}title") for e in svg.iter()]
    assert f"{name} = variable float64 ()" in tooltips


@pytest.mark.parametrize("name", ["line\nbreak", "\x00\x1b", "\ud800", "", " ", "x" * 5000])
def test_hostile_names_still_draw(name):
    x = variable(1.0, name)
    with scope(name):
        y = np.sin(x)
    drawing = draw(y, title=name)
    ET.fromstring(drawing.render("svg"))
    graph = parsed(drawing)
    assert max(len(text(node)) for node in graph.nodes()) < 500


def test_every_node_has_an_explicit_label(loss):
    """pygraphviz drops implicit ones now and then."""
    nodes = re.findall(r"^\s*n\d+ \[(\w+)=", draw(loss).source, re.M)
    assert nodes == ["label"] * 6


# -- modules ---------------------------------------------------------------------------------------


def network(layers=2, width=20, name="net"):
    rng = np.random.default_rng(0)
    h = Tensor(rng.normal(size=(5, width)), name="data")
    with scope(name):
        for i in range(layers):
            with scope(f"Linear {i}"):
                weight = variable(rng.normal(size=(width, width)), f"weight {i}")
                h = ac.relu(h @ weight + variable(np.zeros(width), f"bias {i}"))
    return np.sum(h)


def test_frames_nest_by_scope():
    graph = parsed(draw(network()))
    boxes = frames(graph)
    assert set(boxes) == {("net",), ("net", "Linear 0"), ("net", "Linear 1")}
    for i in range(2):
        box = boxes["net", f"Linear {i}"]
        assert box <= boxes[("net",)]
        assert {find(graph, f"weight {i}"), find(graph, f"bias {i}")} <= box
        assert len(box) == 5, "two variables, matmul, add, relu"
    everywhere = set().union(*boxes.values())
    assert find(graph, "data") not in everywhere
    assert find(graph, "sum") not in everywhere


def test_shared_variable_stands_where_all_its_uses_are():
    w = variable(2.0, "w")
    with scope("outer"):
        with scope("left"):
            a = w * 3.0
        with scope("right"):
            b = w + 4.0
    graph = parsed(draw(a * b))
    boxes = frames(graph)
    node = find(graph, "w")
    assert node in boxes[("outer",)]
    assert node not in boxes["outer", "left"] | boxes["outer", "right"]


def test_frames_in_a_row_do_not_overlap():
    """Drawn below each other, not as a staircase."""
    graph = parsed(draw(network(6)))
    graph.layout("dot")
    width, height = (float(size) for size in graph.graph_attr["bb"].split(",")[2:])
    assert height > 2 * width


def test_depth_folds_modules():
    graph = parsed(draw(network(3), depth=1))
    assert set(frames(graph)) == {("net",)}
    boxes = [find(graph, f"Linear {i}") for i in range(3)]
    assert "3 operations, 2 variables (420 numbers)" in text(boxes[0])
    assert [operands_of(graph, box) for box in boxes[1:]] == [[(boxes[0], "")], [(boxes[1], "")]]
    assert len(graph.nodes()) == 5
    graph = parsed(draw(network(3), depth=0))
    assert "9 operations, 6 variables (1,260 numbers)" in text(find(graph, "net"))
    assert len(graph.nodes()) == 3


def test_big_graphs_fold_by_themselves():
    total = network(40)
    assert parsed(draw(total, max_nodes=1000)).number_of_nodes() == 2 + 40 * 5
    assert parsed(draw(total)).number_of_nodes() == 2 + 40
    assert parsed(draw(total, max_nodes=10)).number_of_nodes() == 3


def test_a_module_used_twice_with_work_between():
    w = variable(2.0, "w")
    with scope("cell"):
        h = w * 3.0
    h = np.sin(h)
    with scope("cell"):
        h = w * h
    for depth in (None, 0):
        picture = ET.fromstring(draw(np.cos(h), depth=depth).render("svg"))
        assert {"sin", "cell"} <= set(picture.itertext())


def test_result_inside_a_folded_module_stays_visible():
    x = variable(3.0, "x")
    with scope("module"):
        y = np.exp(np.sin(x))
    graph = parsed(draw(y, depth=0))
    assert operands_of(graph, find(graph, "exp")) == [(find(graph, "module"), "x")]


# -- size ------------------------------------------------------------------------------------------


def chain(length):
    x = variable(1.0, "start")
    y = x
    for _ in range(length):
        y = np.negative(y)
    return y


def test_long_chain_is_shortened_and_says_so():
    drawing = draw(chain(500), max_nodes=10)
    graph = parsed(drawing)
    assert len(graph.nodes()) == 11
    assert len(graph.edges()) == 10, "still one chain"
    (rest,) = (node for node in graph.nodes() if "not drawn" in text(node))
    assert "491 nodes not drawn" in text(rest)
    assert len(graph.in_edges(rest)) == len(graph.out_edges(rest)) == 1
    assert "491 of 501 nodes are not drawn" in drawing.source
    assert find(graph, "start")
    assert parsed(draw(chain(500), max_nodes=501)).number_of_nodes() == 501


def test_very_deep_graph():
    graph = parsed(draw(chain(200_000)))
    assert len(graph.nodes()) < 200
    assert any("199,881 nodes not drawn" in text(node) for node in graph.nodes())


def test_very_wide_graph():
    x = variable(np.ones(3), "x")
    total = np.stack([x * float(i) for i in range(5000)])
    drawing = draw(total)
    assert parsed(drawing).number_of_nodes() < 200
    assert "operands" in drawing.source


# -- files -----------------------------------------------------------------------------------------


def test_png_svg_pdf(loss, tmp_path):
    for suffix in ("png", "svg", "pdf", "dot", "gv", "PNG"):
        draw(loss, tmp_path / f"graph.{suffix}")
    image = Image.open(tmp_path / "graph.png")
    assert image.format == "PNG"
    assert image.width > 300
    assert image.height > image.width, "five ranks of boxes"
    assert len(set(image.convert("RGB").resize((200, 300)).tobytes())) > 50, "not blank"
    root = ET.parse(tmp_path / "graph.svg").getroot()
    assert root.tag.endswith("}svg")
    assert sum(element.get("class") == "node" for element in root.iter()) == 6
    assert sum(element.get("class") == "edge" for element in root.iter()) == 5
    pdf = (tmp_path / "graph.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    assert b"%%EOF" in pdf[-32:]
    assert (tmp_path / "graph.dot").read_text(encoding="utf-8") == draw(loss).source
    assert (tmp_path / "graph.gv").read_bytes() == draw(loss).render("dot")


def test_direction(loss):
    sizes = {}
    for direction in ("TB", "LR"):
        image = Image.open(io.BytesIO(draw(loss, direction=direction).render("png")))
        sizes[direction] = image.width / image.height
    assert sizes["LR"] > 1 > sizes["TB"]


def test_notebook_shows_tensors_and_drawings(loss):
    svg = loss._repr_svg_()
    assert svg is not None
    assert "tanh" in "".join(ET.fromstring(svg.encode()).itertext())
    assert draw(loss)._repr_svg_() == svg
    assert Tensor([1.0])._repr_svg_() is None


@pytest.mark.parametrize("name", ["graph.jpg", "graph", ".png/"])
def test_unknown_suffix(loss, tmp_path, name):
    with pytest.raises(DrawingError, match=r"\.png, \.svg, \.pdf, \.dot, \.gv"):
        draw(loss, str(tmp_path / name))
    assert not list(tmp_path.iterdir())


def test_unwritable_path(loss, tmp_path):
    with pytest.raises(DrawingError, match=r"cannot write .*graph\.dot.*No such file"):
        draw(loss, tmp_path / "missing" / "graph.dot")


def test_unknown_format(loss):
    with pytest.raises(DrawingError, match=r"'gif'.*png, svg, pdf"):
        draw(loss).render("gif")


@pytest.mark.parametrize("wrong", [3, None, "x", np.ones(2), [Tensor(1.0), 2]])
def test_not_a_tensor(wrong):
    with pytest.raises(TypeError, match="expected a Tensor or a Node, got"):
        draw(wrong)


@pytest.mark.parametrize("options", [{"max_nodes": 0}, {"depth": -1}, {"direction": "down"}])
def test_wrong_options(loss, options):
    with pytest.raises(DrawingError, match=str(next(iter(options.values())))):
        draw(loss, **options)


def test_nothing_to_draw():
    with pytest.raises(DrawingError, match="no tensor"):
        draw([])


# -- renderers -------------------------------------------------------------------------------------

SOURCE = 'digraph { a [label="a"] }'


@pytest.fixture
def fake_dot(tmp_path, monkeypatch):
    """Puts a `dot` with the given Python body first on PATH."""
    if os.name != "posix":
        pytest.skip("needs executable scripts")

    def install(body):
        program = tmp_path / "dot"
        program.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return install


def test_dot_on_the_path_comes_first(fake_dot):
    fake_dot("print(sys.argv[1:], sys.stdin.read())")
    assert rendering.render(SOURCE, "svg").decode().strip() == f"['-Tsvg'] {SOURCE}"
    assert b"-Gdpi=144" in rendering.render(SOURCE, "png")


def test_a_broken_dot_is_stepped_over(fake_dot):
    fake_dot("sys.exit('no plugin')")
    assert rendering.render(SOURCE, "png").startswith(b"\x89PNG")


def test_what_a_renderer_complains_about_is_told(fake_dot, monkeypatch):
    fake_dot("sys.exit('no plugin for svg')")
    monkeypatch.setitem(rendering.BACKENDS, "pygraphviz", lambda format: None)
    with pytest.raises(DrawingError, match="dot: no plugin for svg"):
        rendering.render(SOURCE, "svg")


def test_endless_layout_is_stopped(fake_dot, monkeypatch):
    fake_dot("time.sleep(60)")
    monkeypatch.setattr(rendering, "TIMEOUT", 0.3)
    with pytest.raises(DrawingError, match=r"0\.3 s.*max_nodes"):
        rendering.render(SOURCE, "svg")


def test_without_a_renderer(loss, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(rendering, "find_spec", lambda name: None)
    with pytest.raises(DrawingError, match=re.escape("pip install 'autograd-core[viz]'")):
        draw(loss, tmp_path / "graph.png")
    assert not (tmp_path / "graph.png").exists()
    draw(loss, tmp_path / "graph.dot")
    assert "digraph" in draw(loss).source
    assert loss._repr_svg_() is None, "a notebook falls back to text"


def test_pygraphviz_reports_broken_source(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DrawingError, match="pygraphviz"):
        rendering.render("digraph {", "svg")


def test_importing_the_engine_does_not_load_renderers():
    code = "import autograd_core, sys; assert 'pygraphviz' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_drawing_is_the_documented_class(loss):
    assert isinstance(draw(loss), Drawing)
