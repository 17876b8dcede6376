"""Go on with a training from its last checkpoint, or look up the network at any of its steps."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pellucid.errors import DataError
from pellucid.layers.base import check_whole
from pellucid.training.callbacks import Callback, Moment, as_callbacks
from pellucid.training.keeper import CheckpointFolder, latest_checkpoint
from pellucid.training.standing import Resumed

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.checkpoint import Checkpoint


def resume(
    folder: str | os.PathLike[str],
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    validation_data: tuple[Any, ...] | None = None,
    callbacks: Any = None,
    verbose: int | str = "auto",
    threads: int | None = None,
) -> Network:
    """Go on with a training that was interrupted, from its last checkpoint.

    It ends with the same bits as if it had not been interrupted: weights, optimizer, and figures of all epochs but
    their ``seconds``. How ``fit`` was called is in the checkpoint; data and callbacks are given again.

    Parameters
    ----------
    folder : path
        What ``fit`` was given as ``checkpoint``.
    X, y, sample_weight, validation_data
        As ``fit`` was given them. They are compared by hash with those that the training was begun with.
    callbacks
        As ``fit`` was given them: the same kinds in the same order. What they knew is put back.
    verbose, threads
        As of ``fit``.

    Returns
    -------
    Network
        Trained to the end. Where the training had ended already, the network as it was at its end.

    Raises
    ------
    ModelFileError
        No checkpoint is there, or another process trains in the folder.
    DataError
        Other data or other callbacks than the training was begun with.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from pellucid import Dense, Input, Network, resume
    >>> X = np.random.default_rng(0).random((100, 2))
    >>> y = X.sum(axis=1)
    >>> net = Network([Input(2), Dense(1)])
    >>> net.compile("mse", "adam")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     history = net.fit(X, y, epochs=5, checkpoint=folder, verbose=0)  # had it been killed here …
    ...     again = resume(folder, X, y, verbose=0)
    >>> bool((again.parameters == net.parameters).all())
    True
    """
    found = latest_checkpoint(folder)
    if not found.finished:
        where = CheckpointFolder(folder, **found.options["checkpoint"])
        how = {"verbose": verbose, "threads": threads}
        go_on(found, where, X, y, sample_weight, validation_data, as_callbacks(callbacks), how)
    return found.network


def network_at(
    folder: str | os.PathLike[str],
    step: int,
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    validation_data: tuple[Any, ...] | None = None,
    callbacks: Any = None,
    threads: int | None = None,
) -> Network:
    """The network as it was after ``step`` updates of its training, by the nearest checkpoint and re-execution.

    Where the optimizer keeps an average, the parameters are those that training moves, not the average.

    Parameters
    ----------
    folder : path
        Of the checkpoints.
    step : int
        From 0 (before the first update) to the training's last.
    X, y, sample_weight, validation_data, callbacks
        As ``fit`` was given them. Callbacks are told of epochs, but not of the end.

    Raises
    ------
    DataError
        Other data than the training was begun with, or a step that it did not get to.
    """
    step = check_whole(step, "step", 0)
    last = latest_checkpoint(folder)
    most = last.network.updates - last.standing.begun
    if step > most:
        raise DataError(f"step {step}: the training in {folder} has {most} steps so far. Give one from 0 to {most}.")
    found = latest_checkpoint(folder, last.standing.begun + step)
    watchers = [_Unended(callback) for callback in as_callbacks(callbacks)]
    how = {"verbose": 0, "threads": threads}
    go_on(found, None, X, y, sample_weight, validation_data, watchers, how, until=step)
    return found.network


def go_on(
    found: Checkpoint,
    where: CheckpointFolder | None,
    X: Any,
    y: Any,
    sample_weight: Any,
    validation_data: tuple[Any, ...] | None,
    callbacks: Sequence[Callback],
    how: Mapping[str, Any],
    until: int | None = None,
) -> None:
    """Train a checkpoint's network on, to the end or until so many updates."""
    from pellucid.training.fit import fit

    options = dict(found.options)
    options.pop("checkpoint")
    epochs, batch_size = options.pop("epochs"), options.pop("batch_size")
    weights = options.pop("class_weight")
    resumed = Resumed(found.standing, found.moment, found.callbacks, found.data, found.best)
    fit(
        found.network, X, y, epochs, batch_size, sample_weight=sample_weight, validation_data=validation_data,
        class_weight={key: weight for key, weight in weights} if isinstance(weights, list) else weights,
        callbacks=list(callbacks), checkpoint=where, resumed=resumed, until=until, **options, **how,
    )  # fmt: skip


class _Unended(Callback):
    """A callback that is not told of the end of a training that is only looked up."""

    def __init__(self, callback: Callback) -> None:
        self.callback = callback

    @property
    def kind(self) -> str:
        return self.callback.kind

    def on_train_begin(self, moment: Moment) -> None:
        self.callback.on_train_begin(moment)

    def on_epoch_end(self, moment: Moment) -> None:
        self.callback.on_epoch_end(moment)

    def state(self) -> Mapping[str, Any]:
        return self.callback.state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        self.callback.set_state(state)
