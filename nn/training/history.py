"""What happened during training."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_core import OperationError

__all__ = ["History"]


class History:
    """The figures of each epoch and the loss of each batch.

    `history["loss"]` is the list of one figure over the epochs (shorter if some epochs lack it),
    `dict(history)` has all of them; `print(history)` is a table, `len(history)` counts epochs.

    Raises:
        OperationError: there is no figure of that name.
    """

    def __init__(self) -> None:
        self.epochs: list[dict[str, float]] = []
        self.batch_losses: list[float] = []

    def __getitem__(self, name: str) -> list[float]:
        if name not in self.names:
            raise OperationError(
                f"there is no figure {name!r}; there are {', '.join(self.names) or 'none yet'}"
            )
        return [figures[name] for figures in self.epochs if name in figures]

    def keys(self) -> list[str]:
        """The same as `names`: what `dict(history)` asks for."""
        return self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def names(self) -> list[str]:
        """The figures that were recorded."""
        return list(dict.fromkeys(name for figures in self.epochs for name in figures))

    def __repr__(self) -> str:
        widths = [max(len(name), 10) for name in self.names]
        header = ["epoch", *(n.rjust(w) for n, w in zip(self.names, widths, strict=True))]
        lines = ["  ".join(header)]
        for number, figures in enumerate(self.epochs, 1):
            cells = (
                (f"{figures[name]:.4f}" if name in figures else "-").rjust(width)
                for name, width in zip(self.names, widths, strict=True)
            )
            lines.append("  ".join([f"{number:5d}", *cells]))
        return "\n".join(lines)
