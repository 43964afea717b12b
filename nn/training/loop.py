"""The training loop."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from tqdm import tqdm

import autograd_core as ac
from autograd_core import Tensor, as_tensor
from nn.data.batches import DataLoader
from nn.errors import NonFiniteLossError
from nn.functional import plain
from nn.module import Module
from nn.optimizers import Optimizer
from nn.schedules import ReduceLROnPlateau
from nn.training.history import History

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
        optimizer: holds the model's parameters.
        epochs: how many passes to make; 0 is allowed.
        batch_size: for `data` that is not a DataLoader, and for validation.
        validation: (inputs, targets) to evaluate after each epoch, as val_loss and val_<metric>.
        metrics: name -> function of (prediction, target) that gives a mean over rows.
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
        OperationError: epochs < 0, or the optimizer belongs to another model.
    """
    if epochs < 0:
        raise ac.OperationError(f"fit: epochs must be at least 0, got {epochs}")
    trained = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    if trained.isdisjoint(map(id, model.parameters())):
        raise ac.OperationError("fit: the optimizer holds none of the model's parameters")
    loader = data if isinstance(data, DataLoader) else DataLoader(data, batch_size, shuffle=True)
    dtype = parameter_dtype(model)
    history = History() if history is None else history
    for epoch in range(1, epochs + 1):
        model.train()
        total, rows = 0.0, 0
        with tqdm(
            total=len(loader),
            desc=f"epoch {epoch}/{epochs}",
            disable=not progress,
            mininterval=0.1 if sys.stderr.isatty() else 60,
            leave=True,
        ) as bar:
            for number, (inputs, targets) in enumerate(loader, 1):
                if transform is not None:
                    inputs = as_tensor(transform(inputs.numpy()))
                inputs = as_model_input(inputs, dtype)
                value = training_step(model, inputs, targets, loss, optimizer, penalty)
                if not np.isfinite(value):
                    model.eval()
                    raise NonFiniteLossError(
                        f"the loss became {value} in epoch {epoch}, batch {number}: try a smaller "
                        "learning rate, and look for NaN or huge numbers in the data"
                    )
                if constraint is not None:
                    constraint(model)
                history.batch_losses.append(value)
                total, rows = total + value * len(inputs), rows + len(inputs)
                bar.update()
            figures = {"loss": total / rows}
            if validation is not None:
                after = evaluate(model, validation, loss, metrics, batch_size=batch_size)
                figures |= {f"val_{name}": value for name, value in after.items()}
            shown = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
            bar.set_postfix_str(shown, refresh=False)
        history.epochs.append(figures)
        if schedule is not None:
            watched = (figures.get("val_loss", figures["loss"]),)
            schedule.step(*(watched if isinstance(schedule, ReduceLROnPlateau) else ()))
        if on_epoch is not None and on_epoch(epoch, figures):
            break
    model.eval()
    return history


def training_step(model, inputs, targets, loss, optimizer, penalty) -> float:
    """Forward, backward, update; returns the loss."""
    optimizer.zero_grad()
    result = loss(model(inputs), targets)
    if penalty is not None:
        result = result + penalty(model)
    value = result.item()
    if np.isfinite(value):
        result.backward()
        optimizer.step()
    return value


def evaluate(
    model: Module,
    data: Any,
    loss: Callable[[Any, Any], Any] | None = None,
    metrics: Metrics | None = None,
    *,
    batch_size: int = 256,
) -> dict[str, float]:
    """Mean loss and metrics over (inputs, targets), in evaluation mode, without recording."""
    functions = ({"loss": loss} if loss else {}) | dict(metrics or {})
    totals = dict.fromkeys(functions, 0.0)
    loader = DataLoader(data.arrays if isinstance(data, DataLoader) else data, batch_size)
    dtype = parameter_dtype(model)
    with evaluating(model):
        for inputs, targets in loader:
            output = model(as_model_input(inputs, dtype))
            for name, function in functions.items():
                totals[name] += float(function(output, targets)) * len(targets)
    return {name: total / loader.rows for name, total in totals.items()}


def predict(model: Module, inputs: Any, *, batch_size: int = 256) -> np.ndarray:
    """The model's outputs for all inputs, in evaluation mode, without recording."""
    dtype = parameter_dtype(model)
    with evaluating(model):
        outputs = [
            plain(model(as_model_input(batch, dtype)))
            for (batch,) in DataLoader((inputs,), batch_size)
        ]
    return np.concatenate(outputs)


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Every module in evaluation mode and nothing recorded; afterwards each as it was."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with ac.no_grad():
            yield
    finally:
        for module, training in before:
            module.training = training


def parameter_dtype(model: Module) -> Any:
    return next((parameter.dtype for parameter in model.parameters()), None)


def as_model_input(inputs: Tensor, dtype: Any) -> Tensor:
    """Floating inputs in the dtype of the parameters: float64 data would slow a float32 model."""
    if dtype is None or inputs.dtype == dtype or inputs.dtype.kind != "f":
        return inputs
    return inputs.astype(dtype)
