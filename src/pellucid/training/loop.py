"""The one training loop: epochs over an engine, with validation, callbacks and progress around it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.protocol import Engine
from pellucid.errors import DivergedError
from pellucid.metrics import Metric
from pellucid.training.callbacks import Callback, Moment
from pellucid.training.progress import Silence, shown
from pellucid.training.samples import Samples

if TYPE_CHECKING:
    from pellucid.network import Network


class Interruption:
    """Whether Ctrl-C was pressed; a second press interrupts at once."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        """While this runs, the first Ctrl-C only asks."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(number: int, frame: Any) -> None:
            if self.asked:
                raise KeyboardInterrupt
            self.asked = True

        before = signal.signal(signal.SIGINT, ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def train(
    net: Network,
    engine: Engine,
    samples: Samples,
    validation: Samples | None,
    *,
    epochs: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    mixup: float,
    callbacks: Sequence[Callback],
    progress: Silence,
) -> None:
    """Train ``net`` for ``epochs`` epochs; figures go to ``net.history``.

    Raises
    ------
    DivergedError
        A cost or a parameter is not a finite number; the weights of the last good epoch are put back.
    """
    steps = -(-samples.count // batch_size)
    moment = Moment(net, epochs=epochs)
    interruption = Interruption()
    outputs = np.zeros((samples.count, net.output_units), net.dtype) if net.metrics else None
    begun = net.updates
    words = None
    progress.begin(epochs, steps)
    averages = net.optimizer.average is not None
    if averages and net.updates == 0:
        engine.memories[-1] = net.parameters
    latest = net.parameters
    try:
        for callback in callbacks:
            callback.on_train_begin(moment)
        with interruption.watch():
            for epoch in range(epochs):
                began = time.perf_counter()
                if averages and epoch:
                    net.parameters[:] = latest
                number = len(net.history.epoch)
                order = _order(samples.rows, shuffle, seed, number)
                rates = net.optimizer.schedule.rates(net.updates - begun, steps, steps, epochs * steps)
                rates = rates * moment.rate_factor
                good = (net.snapshot(), engine.memories.copy(), net.updates)
                costs: list[float] = []
                numbers = net.optimizer.step_numbers(rates, net.updates)
                for done in samples.run(
                    engine, "train", costs, batch_size=batch_size, order=order, outputs=outputs, seed=seed,
                    step_numbers=numbers, mix=_shares(mixup, seed, number, steps), updates=net.updates,
                ):  # fmt: skip
                    progress.step(epoch, done)
                    if interruption.asked:
                        break
                net.updates += done
                _refuse_divergence(net, engine, good, costs[-1] if costs else 0.0, epoch, done, steps)
                if interruption.asked:
                    words = f"Stopped by Ctrl-C in epoch {epoch + 1}; the weights so far are kept."
                    break
                figures = _figures(net, np.array(costs), samples, order, outputs, batch_size)
                if averages:  # what is judged, saved and kept is the average; the next epoch goes on from the latest
                    latest = net.parameters.copy()
                    net.parameters[:] = engine.memories[-1]
                if validation is not None:
                    found = evaluate(net, engine, validation)
                    figures |= {f"val_{name}": value for name, value in found.items()}
                figures |= {"learning_rate": float(rates[-1]), "seconds": time.perf_counter() - began}
                net.history.add(number, figures)
                moment.epoch, moment.logs = epoch, figures
                for callback in callbacks:
                    callback.on_epoch_end(moment)
                progress.epoch(epoch, figures)
                if moment.stop_reason:
                    words = f"Stopped after epoch {epoch + 1}: {moment.stop_reason}."
                    break
    finally:
        for callback in callbacks:
            callback.on_train_end(moment)
        last = f"{epochs} epochs" if moment.epoch + 1 == epochs else f"{moment.epoch + 1} of {epochs} epochs"
        summary = [f"{last}: {shown(moment.logs)}"] if moment.logs and not words else []
        progress.end("\n".join([*summary, *([words] if words else []), *moment.notes]) or None)


def evaluate(net: Network, engine: Engine, samples: Samples) -> dict[str, float]:
    """The loss (penalties included) and every metric on samples, with the network as it is."""
    outputs = np.zeros((samples.count, net.output_units), net.dtype)
    batch = engine.plan.pass_groups * 16
    costs: list[float] = []
    for _ in samples.run(engine, "evaluate", costs, batch_size=batch, order=samples.rows, outputs=outputs):
        pass
    figures = {"loss": _mean_cost(net, np.array(costs), samples.count, batch) + net.penalty()}
    return figures | _metrics(net.metrics, samples, samples.rows, outputs)


def _shares(alpha: float, seed: int, epoch: int, steps: int) -> NDArray[np.float64] | None:
    """Each batch's λ of mixup, from Beta(α, α): a function of seed and epoch alone."""
    return np.random.default_rng((seed, epoch, 1)).beta(alpha, alpha, steps) if alpha > 0 else None


def _order(rows: NDArray[np.int64], shuffle: bool, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch: a function of seed and epoch alone."""
    return np.random.default_rng((seed, epoch)).permutation(rows) if shuffle else rows


def _figures(
    net: Network,
    costs: NDArray[np.float64],
    samples: Samples,
    order: NDArray[np.int64],
    outputs: NDArray[Any] | None,
    batch: int,
) -> dict[str, float]:
    loss = _mean_cost(net, costs, samples.count, batch)
    if net.loss.per_batch == "sum":  # each batch's cost has the penalties, the total has them once
        loss -= (len(costs) - 1) * net.penalty()
    figures = {"loss": loss}
    return figures if outputs is None else figures | _metrics(net.metrics, samples, order, outputs)


def _mean_cost(net: Network, costs: NDArray[np.float64], count: int, batch: int) -> float:
    """The mean of the batches' costs, each counted with its samples; the sum where the loss is a total."""
    if net.loss.per_batch == "sum":
        return float(costs.sum())
    sizes = np.full(len(costs), batch, float)
    sizes[-1] = count - batch * (len(costs) - 1)
    return float(costs @ sizes / count)


def _metrics(
    metrics: Sequence[Metric], samples: Samples, rows: NDArray[np.int64], outputs: NDArray[Any]
) -> dict[str, float]:
    if not metrics:
        return {}
    true = samples.targets.values[rows]
    weights = None if samples.weights is None else samples.weights[rows]
    return {metric.name: float(metric(true, outputs, weights)) for metric in metrics}


def _refuse_divergence(
    net: Network,
    engine: Engine,
    good: tuple[NDArray[Any], NDArray[Any], int],
    cost: float,
    epoch: int,
    done: int,
    steps: int,
) -> None:
    """Stop where a number is not finite: say in which step and layer, and put the last good weights back."""
    if np.isfinite(cost) and np.isfinite(engine.parameters).all():
        return
    place = "the loss"
    values = {f'layer "{layer}"': slot for layer, slot in engine.plan.outputs.items()}
    updates = {f"the update of {s.name}": s.name for s in engine.plan.slots.values() if s.kind == "parameter"}
    finite = np.isfinite(cost)  # else the cost was the first, and the update came after it
    for words, slot in (values | (updates if finite else {})).items():
        if not np.isfinite(engine.read(slot)).all():
            place = words
            break
    rate = net.optimizer.schedule.rates(0, 1, steps, steps)[0]
    net.put_back(good[0])
    engine.memories[:], net.updates = good[1], good[2]
    raise DivergedError(
        f"Training diverged in epoch {epoch + 1}, step {done} of {steps}: the cost is {cost:g}, and "
        f"the first numbers that are not finite are those of {place}. The weights from before this epoch are put back. "
        f"Use a smaller learning rate (it was {rate:g}), clip_norm, or inputs scaled to about −1…1."
    )
