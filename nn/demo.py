"""Train a network on real handwritten digits, verify its gradients, draw its graph.

    python -m nn.demo [--data DIR] [--epochs N] [--seed N] [--out DIR]

Without --data it uses scikit-learn's bundled digits (a random quarter held out for testing);
with it, a folder of MNIST-format files (gzipped or not). --seed sets the initial weights and
the order of the batches; what is held out for testing stays the same.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any, NoReturn

import numpy as np

import autograd_core as ac
import nn
from nn.data import ImageSet, load_digits, load_mnist, random_shift
from nn.plots import plot_history, plot_images

SHOWN = 24


def build(size: int, classes: int = 10) -> nn.Sequential:
    """Two convolutions and two linear layers, for images of size x size."""
    large = size >= 16
    side = size // 4 if large else size // 2
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        *([nn.MaxPool2d(2)] if large else []),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(64 * side * side, 128),
        nn.ReLU(),
        nn.Linear(128, classes),
    )


def train(model: nn.Module, images: ImageSet, epochs: int) -> nn.History:
    """Adam, with a learning rate that falls to a twentieth by the last epoch.

    Images with a margin are shifted by up to a pixel; the 8 x 8 digits fill their frame.
    """
    optimizer = nn.Adam(model.parameters(), lr=2e-3)
    falling = nn.ExponentialLR(optimizer, 0.05 ** (1 / max(epochs - 1, 1)))
    return nn.fit(
        model,
        (images.train_images, images.train_labels),
        nn.CrossEntropyLoss(),
        optimizer,
        epochs,
        batch_size=32,
        validation=(images.test_images, images.test_labels),
        metrics={"accuracy": nn.accuracy},
        transform=random_shift(1) if images.train_images.shape[-1] >= 16 else None,
        schedule=falling,
    )


def check_gradients(model: nn.Module, images: np.ndarray, labels: np.ndarray) -> Any:
    """Compare backpropagation with finite differences, in float64, on a few images."""
    state = model.state_dict()
    exact = build(images.shape[-1]).astype(np.float64)
    exact.load_state_dict(state)
    exact.eval()
    inputs = ac.Tensor(images, dtype=np.float64)
    loss = nn.CrossEntropyLoss()
    return ac.gradcheck_variables(
        lambda: loss(exact(inputs), labels), dict(exact.named_parameters())
    )


def draw_step(model: nn.Module, images: np.ndarray, labels: np.ndarray, out: Path) -> list[Path]:
    """The graph of one training step on a few images, with values and gradients."""
    with ac.keep_values():
        inputs = ac.Tensor(images, name="images")
        loss = nn.CrossEntropyLoss()(model(inputs), labels)
        loss.name = "loss"
        loss.backward()
    picture = ac.draw(loss)
    paths = [out / "graph.svg", out / "graph.png"]
    for path in paths:
        picture.save(path)
    model.zero_grad()
    return paths


def show_mistakes(scores: np.ndarray, images: ImageSet, path: Path) -> None:
    """A grid of misclassified test images; of the least certain ones if there are none."""
    predicted = scores.argmax(axis=1)
    wrong = np.flatnonzero(predicted != images.test_labels)
    heading = f"{len(wrong)} of {len(predicted)} misclassified"
    if not len(wrong):
        margin = np.diff(np.sort(scores, axis=1)[:, -2:], axis=1)[:, 0]
        wrong = np.argsort(margin)
        heading += "; the least certain"
    chosen = wrong[:SHOWN]
    if len(chosen) < len(wrong):
        heading += f", the first {SHOWN} shown"
    titles = [f"{images.test_labels[i]} → {predicted[i]}" for i in chosen]
    plot_images(images.test_images[chosen], titles, path, heading=f"{heading} (true → predicted)")


def run(options: argparse.Namespace) -> None:
    if options.data is None:
        images, source = load_digits(), "scikit-learn's digits"
    else:
        images, source = load_mnist(options.data), str(options.data)
    height, width = images.train_images.shape[2:]
    if height != width or height < 4:
        raise nn.DataError(
            f"{source}: the images are {height} x {width}; expected squares, 4 or more"
        )
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    TemporaryFile(dir=out).close()  # an unwritable folder is found now, not after training
    epochs = options.epochs if options.epochs is not None else 5 if options.data else 20
    print(
        f"{source}: {len(images.train_images)} images to train, {len(images.test_images)} to test"
    )

    nn.manual_seed(options.seed)
    model = build(width)
    graphs = draw_step(model, images.train_images[:2], images.train_labels[:2], out)
    start = perf_counter()
    history = train(model, images, epochs)
    seconds = perf_counter() - start

    few = images.train_images[:8], images.train_labels[:8]
    report = check_gradients(model, *few)
    scores = nn.predict(model, images.test_images)
    accuracy = nn.accuracy(scores, images.test_labels)

    nn.save(model, out / "weights.safetensors")
    plot_history(history, out / "trace.png")
    show_mistakes(scores, images, out / "misclassified.png")

    print(f"\ntest accuracy           {accuracy:.2%}  ({epochs} epochs in {seconds:.0f} s)")
    compared = sum(check.compared for check in report.checks)
    print(
        f"worst gradient error    {report.worst:.1e}  (relative, of {compared} finite differences)"
    )
    print(f"trained weights         {out / 'weights.safetensors'}")
    print(f"graph of a step         {', '.join(map(str, graphs))}")
    print(f"loss curve              {out / 'trace.png'}")
    print(f"misclassified digits    {out / 'misclassified.png'}")


class OneLineParser(argparse.ArgumentParser):
    """Reports a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def whole_number(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch("-?[0-9]{1,18}", text) or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected an integer, at least {least}, got {text[:40]!r}"
            )
        return int(text)

    return parse


def main(arguments: Sequence[str] | None = None) -> int:
    parser = OneLineParser(prog="python -m nn.demo", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", help="folder with MNIST-format IDX files, gzipped or not")
    parser.add_argument("--epochs", type=whole_number(1), help="default: 20 (5 with --data)")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="of weights and batches")
    parser.add_argument("--out", default="demo-output", help="folder for what it writes")
    options = parser.parse_args(arguments)
    try:
        run(options)
    except (ac.AutogradError, OSError) as error:
        reason = error
        if isinstance(error, OSError) and error.filename is not None:
            reason = f"{error.filename}: {error.strerror}"
        print(f"{parser.prog}: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
