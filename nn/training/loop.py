"""The training loop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from tqdm import tqdm

import autograd_core as ac
from autograd_core import Tensor, as_tensor
from autograd_core.extend import tree_leaves, tree_map
from nn.checks import array_of, is_integer
from nn.data.batches import DataLoader
from nn.errors import NonFiniteLossError
from nn.losses import Loss
from nn.module import Module, evaluating
from nn.optimizers import Optimizer
from nn.schedules import ReduceLROnPlateau
from nn.training.history import History

__all__ = ["evaluate", "fit", "predict"]

Metrics = Mapping[str, Callable[[Any, Any], float]]


def fit(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Tensor],
    optimizer: Optimizer,
    epochs: int,
    *,
    batch_size: int = 64,
    validation: Any = None,
    metrics: Metrics | None = None,
    history: History | None = None,
    transform: Callable[[np.ndarray], np.ndarray] | None = None,
    penalty: Callable[[Module], Any] | None = None,
    constraint: Callable[[Module], Any] | None = None,
    schedule: Any = None,
    on_epoch: Callable[[int, dict[str, float]], Any] | None = None,
    progress: bool = True,
) -> History:
    """Train a model by mini-batches.

    Args:
        model: is left in evaluation mode.
        data: (inputs, targets), reshuffled for each epoch, or a DataLoader. Floating inputs are
            cast to the dtype of the model's parameters.
        loss: (prediction, target) -> one number, the mean over the batch.
        optimizer: of the model's parameters, or some of them; `nn.LBFGS` too.
        epochs: how many passes to make; 0 is allowed.
        batch_size: for `data` that is not a DataLoader, and for validation.
        validation: (inputs, targets) to evaluate after each epoch, as val_loss and val_<metric>.
        metrics: name -> function of (prediction, target) that gives a mean over rows; of the
            validation data.
        history: an earlier fit's, to go on with.
        transform: applied to each batch of inputs before the model: data augmentation.
        penalty: added to each batch's loss, `nn.L2(1e-4)` for example; not to validation figures.
        constraint: called on the model after each step, `nn.MaxNorm(3)` for example.
        schedule: of the optimizer's learning rate, stepped after each epoch (`ReduceLROnPlateau`
            with val_loss, or loss where nothing is validated).
        on_epoch: called with the epoch's number (from 1) and its figures; returning True stops.
        progress: show a bar with the figures for each epoch.

    Returns:
        The history: loss, validation figures, and the loss of each batch.

    Raises:
        NonFiniteLossError: the loss became NaN or infinite; says where.
        OperationError: an argument is out of range, or the optimizer or schedule is another
            model's.
        ArgumentTypeError: an argument is of the wrong kind.
        ShapeError: the loss is not one number.
    """
    check_training(model, loss, optimizer, epochs, validation, metrics, schedule)
    check_functions(
        "fit",
        {
            **(metrics or {}),
            "transform": transform,
            "penalty": penalty,
            "constraint": constraint,
            "on_epoch": on_epoch,
        },
    )
    loader = pairs_in("fit", "data", data, batch_size, shuffle=True)
    if validation is not None:
        pairs_in("fit", "validation", validation, batch_size)
    history = History() if history is None else history

    def step(inputs: Tensor, targets: Tensor) -> tuple[float, float]:
        if transform is not None:
            inputs = as_tensor(transform(inputs.numpy()))
        result = training_step(model, inputs, targets, loss, optimizer, penalty)
        if constraint is not None:
            constraint(model)
        return result

    def validate() -> dict[str, float]:
        if validation is None:
            return {}
        figures = evaluate(model, validation, loss, metrics, batch_size=batch_size)
        return {f"val_{name}": value for name, value in figures.items()}

    try:
        for epoch in range(1, epochs + 1):
            model.train()
            with progress_bar(len(loader), f"epoch {epoch}/{epochs}", progress) as bar:
                figures = {"loss": one_epoch(epoch, loader, step, history, bar)} | validate()
                shown = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
                bar.set_postfix_str(shown, refresh=False)
            history.epochs.append(figures)
            if schedule is not None:
                watched = (figures.get("val_loss", figures["loss"]),)
                schedule.step(*(watched if isinstance(schedule, ReduceLROnPlateau) else ()))
            stop = None if on_epoch is None else on_epoch(epoch, figures)
            if isinstance(stop, bool | np.bool_) and stop:
                break
    finally:
        model.eval()
    return history


def progress_bar(total: int, text: str, shown: bool) -> tqdm:
    """A line that is redrawn often on a terminal, and hardly ever in a file."""
    interval = 0.1 if sys.stderr.isatty() else 60
    return tqdm(total=total, desc=text, disable=not shown, mininterval=interval, leave=True)


def one_epoch(
    epoch: int, loader: DataLoader, step: Callable[..., Any], history: History, bar: tqdm
) -> float:
    """A step on each batch. Returns the mean of the losses, weighted as the loss says.

    Raises:
        NonFiniteLossError: of a step; says in which epoch and batch.
    """
    total = Total()
    for number, (inputs, targets) in enumerate(loader, 1):
        try:
            value, weight = step(inputs, targets)
        except NonFiniteLossError as error:
            error.args = (f"in epoch {epoch}, batch {number}: {error}",)
            raise
        history.batch_losses.append(value)
        total.add(value, weight)
        bar.update()
    return total.mean


@dataclass
class Total:
    """The weighted mean of what is added."""

    sum: float = 0.0
    weight: float = 0.0

    def add(self, value: float, weight: float) -> None:
        if weight:  # a mean of nothing is NaN, and counts for nothing
            self.sum, self.weight = self.sum + value * weight, self.weight + weight

    @property
    def mean(self) -> float:
        return self.sum / self.weight if self.weight else nan


def batch_weight(figure: Any, prediction: Any, targets: Any) -> float:
    """How much a batch counts in the mean of a figure: what a loss says, or the rows."""
    if isinstance(figure, Loss):
        return figure.batch_weight(prediction, targets)
    return float(len(targets))


def pairs_in(where: str, name: str, data: Any, batch_size: int, shuffle: bool = False) -> Any:
    """A DataLoader of (inputs, targets).

    Raises:
        ArgumentTypeError: the data are not two arrays.
        ShapeError, OperationError: as `DataLoader`.
    """
    loader = data
    if not isinstance(data, DataLoader):
        if not isinstance(data, tuple | list) or len(data) != 2:
            got = f"{len(data)} arrays" if isinstance(data, tuple | list) else repr(data)[:60]
            raise ac.ArgumentTypeError(f"{where}: {name} must be (inputs, targets), got {got}")
        loader = DataLoader(data, batch_size, shuffle=shuffle)
    if len(loader.arrays) != 2:
        raise ac.ArgumentTypeError(
            f"{where}: {name} must be (inputs, targets), got {len(loader.arrays)} arrays"
        )
    return loader


def check_functions(where: str, functions: Mapping[str, Any]) -> None:
    """Raise ArgumentTypeError unless all are functions, or None."""
    for name, function in functions.items():
        if function is not None and (isinstance(function, type) or not callable(function)):
            raise ac.ArgumentTypeError(f"{where}: {name} must be a function, got {function!r:.60}")


def check_training(model, loss, optimizer, epochs, validation, metrics, schedule) -> None:
    """Raise for arguments of `fit` that cannot work together."""
    if not isinstance(model, Module):
        raise ac.ArgumentTypeError(
            f"fit: expected a Module, got {model!r:.80}; nn.Sequential(function) makes one of a "
            "plain function"
        )
    if isinstance(loss, type) or not callable(loss):
        raise ac.ArgumentTypeError(
            f"fit: loss must be a function of (prediction, target), got {loss!r:.80}; pass it "
            "made: nn.MSELoss(), not nn.MSELoss"
        )
    if not isinstance(optimizer, Optimizer):
        raise ac.ArgumentTypeError(
            f"fit: expected an optimizer such as nn.Adam(model.parameters()), got {optimizer!r:.80}"
        )
    if not is_integer(epochs) or epochs < 0:
        raise ac.OperationError(f"fit: epochs must be an integer >= 0, got {epochs!r}")
    if not isinstance(metrics, Mapping | None):
        raise ac.ArgumentTypeError(
            f"fit: metrics must be a dict of functions by name, got {metrics!r:.60}"
        )
    if metrics and validation is None:
        raise ac.OperationError("fit: metrics are taken of validation data; pass validation= too")
    moved = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    own = {id(p): name for name, p in model.named_parameters() if p.requires_grad}
    left_out = [name for key, name in own.items() if key not in moved]
    if own and len(left_out) == len(own):
        raise ac.OperationError("fit: the optimizer holds none of the model's parameters")
    if left_out and not moved <= {id(p) for p in model.parameters()}:
        raise ac.OperationError(
            "fit: the optimizer holds parameters that the model does not have, but not its "
            f"{', '.join(left_out)}: was a part of the model replaced after the optimizer was "
            "made? (To leave a parameter as it is, call its requires_grad_(False).)"
        )
    if schedule is not None and getattr(schedule, "optimizer", None) is not optimizer:
        raise ac.OperationError(
            f"fit: schedule must be a schedule of this optimizer, got {schedule!r:.80}"
        )


def training_step(model, inputs, targets, loss, optimizer, penalty) -> tuple[float, float]:
    """Forward, backward, update; returns the loss, and how much it counts.

    A batch that counts for nothing (all its targets are ignored) moves nothing.

    Raises:
        NonFiniteLossError: the loss is not finite; nothing was updated.
        ShapeError: it is not one number.
    """
    losses: list[float] = []
    weight = 0.0
    inputs = as_model_input(inputs, parameter_dtype(model))

    def closure() -> float:
        nonlocal weight
        optimizer.zero_grad()
        prediction = model(inputs)
        result = loss(prediction, targets)
        weight = batch_weight(loss, prediction, targets)
        if not weight:
            losses.append(nan)
            return nan
        if penalty is not None:
            result = result + penalty(model)
        if not isinstance(result, Tensor) or result.size != 1:
            raise ac.ShapeError(
                f"fit: the loss must be one number, as a Tensor, got {type(result).__name__} of "
                f"shape {np.shape(result)}"
            )
        losses.append(result.item())
        if not np.isfinite(losses[0]):  # LBFGS may meet others on its way
            raise NonFiniteLossError(
                f"the loss became {losses[0]}: try a smaller learning rate or clipped gradients "
                "(nn.clip_grad_norm_), and look for NaN or huge numbers in the data"
            )
        result.backward()
        return losses[-1]

    optimizer.step(closure)
    return losses[0], weight


def evaluate(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Any] | None = None,
    metrics: Metrics | None = None,
    *,
    batch_size: int = 256,
) -> dict[str, float]:
    """Mean loss and metrics over (inputs, targets), in evaluation mode, without recording.

    Args:
        model: a Module; it is left in the mode it was in.
        data: (inputs, targets) or a DataLoader.
        loss: a figure called "loss": (prediction, target) -> its mean over the rows.
        metrics: more of them, by name.
        batch_size: rows at a time. Batches count by their rows, those of a loss by its
            `batch_weight`, so that the mean is that of all data at once.

    Raises:
        OperationError: a metric has the name "loss" beside a loss.
    """
    if loss and "loss" in (metrics or {}):
        raise ac.OperationError('evaluate: "loss" is the name of the loss; call the metric another')
    functions = ({"loss": loss} if loss else {}) | dict(metrics or {})
    check_functions("evaluate", functions)
    totals = {name: Total() for name in functions}
    arrays = data.arrays if isinstance(data, DataLoader) else data
    loader = pairs_in("evaluate", "data", arrays, batch_size)
    dtype = parameter_dtype(model)
    with evaluating(model), ac.no_grad():
        for inputs, targets in loader:
            output = model(as_model_input(inputs, dtype))
            for name, function in functions.items():
                weight = batch_weight(function, output, targets)
                totals[name].add(float(function(output, targets)) if weight else nan, weight)
    return {name: total.mean for name, total in totals.items()}


def predict(model: Module, inputs: Any, *, batch_size: int = 256) -> Any:
    """The model's outputs for all inputs, in evaluation mode, without recording.

    Args:
        model: a Module; it is left in the mode it was in.
        inputs: (N, ...), an array or Tensor.
        batch_size: rows at a time.

    Returns:
        An array (N, ...). If the model returns a tuple, list or dict of arrays, so does this.

    Raises:
        ShapeError: an output has not one row for each input.
    """
    dtype, outputs = parameter_dtype(model), []
    with evaluating(model), ac.no_grad():
        for (batch,) in DataLoader((inputs,), batch_size):
            outputs.append(tree_map(array_of, model(as_model_input(batch, dtype))))
            shapes = [leaf.shape for leaf in tree_leaves(outputs[-1])]
            if any(shape[:1] != (len(batch),) for shape in shapes):
                raise ac.ShapeError(
                    f"predict: expected outputs of one row for each of {len(batch)} inputs, got "
                    f"{', '.join(map(str, shapes))}"
                )
    return tree_map(lambda *parts: np.concatenate(parts), *outputs)


def parameter_dtype(model: Module) -> Any:
    return next((parameter.dtype for parameter in model.parameters()), None)


def as_model_input(inputs: Tensor, dtype: Any) -> Tensor:
    """Floating inputs in the dtype of the parameters: float64 data would slow a float32 model."""
    if dtype is None or inputs.dtype == dtype or inputs.dtype.kind != "f":
        return inputs
    return inputs.astype(dtype)
