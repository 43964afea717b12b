"""Pictures of training."""

import pytest

import nn


def test_a_history_can_be_shown_or_written(tmp_path):
    plt = pytest.importorskip("matplotlib.pyplot")
    history = nn.History()
    history.epochs += [{"loss": 2.0, "val_accuracy": 0.5}, {"loss": 1.0, "val_accuracy": 0.75}]
    history.batch_losses += [3.0, 2.0, 1.5, 1.0]
    others = plt.get_fignums()
    shown = nn.plots.plot_history(history)
    assert plt.get_fignums() == [*others, shown.number]
    (loss, accuracy) = shown.axes
    assert [list(line.get_ydata()) for line in loss.lines] == [[3, 2, 1.5, 1], [2, 1]]
    assert list(accuracy.lines[0].get_ydata()) == [0.5, 0.75]
    plt.close(shown)
    nn.plots.plot_history(history, tmp_path / "trace.png")
    assert (tmp_path / "trace.png").stat().st_size > 1000
    assert plt.get_fignums() == others
