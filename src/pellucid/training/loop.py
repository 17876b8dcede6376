"""The one training loop: epochs over an engine, with validation, callbacks and progress around it."""

from __future__ import annotations

import math
import signal
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.engines.protocol import Engine
from pellucid.errors import DivergedError
from pellucid.metrics import Metric
from pellucid.training.callbacks import Callback, Moment
from pellucid.training.keeper import NothingKept
from pellucid.training.progress import Silence, shown
from pellucid.training.samples import Samples
from pellucid.training.standing import Resumed, Standing

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
    keeper: NothingKept,
    resumed: Resumed | None = None,
    until: int | None = None,
) -> None:
    """Train ``net`` for ``epochs`` epochs; figures go to ``net.history``.

    Parameters
    ----------
    keeper : NothingKept
        Writes the checkpoints.
    resumed : Resumed, optional
        Where the training stood, if it goes on.
    until : int, optional
        Stop after so many updates of this training, with the parameters as they are then.

    Raises
    ------
    DivergedError
        A cost or a parameter is not a finite number; the weights of the last good epoch are put back.
    ModelFileError
        A checkpoint could not be written.
    """
    steps = -(-samples.count // batch_size)
    at = Standing(net.updates) if resumed is None else resumed.standing
    moment = Moment(net, epochs=epochs)
    interruption = Interruption()
    if net.metrics:
        at.outputs = _room(at.outputs, samples.count, net)
    words = None
    progress.begin(epochs, steps)
    optimizer, schedule, memories = net.optimizer, net.optimizer.schedule, engine.memories
    averages = optimizer.average is not None
    if averages and resumed is None:  # where weights were set or put back since, those of before count no more
        memories[-1] = net.parameters
    end = epochs * steps if until is None else until
    try:
        for callback in callbacks:
            callback.on_train_begin(moment)
        if resumed is not None:
            resumed.restore(moment, callbacks)
        keeper.begin(at, moment)
        with interruption.watch():
            while at.epoch < epochs and not moment.stop_reason:
                began = time.perf_counter() - at.seconds
                if at.latest is not None:
                    net.parameters[:], at.latest = at.latest, None
                number, first = len(net.history.epoch), net.updates - at.step
                order = _order(samples.rows, shuffle, seed, number)
                rates = schedule.rates(first - at.begun, steps, steps, epochs * steps) * moment.rate_factor
                good = Good(net.snapshot(), memories.copy(), net.updates, at.step)
                numbers = optimizer.step_numbers(rates, first)
                shares = _shares(mixup, seed, number, steps)
                last = min(steps, end - at.epoch * steps)
                healthy = True
                while at.step < last and healthy and not interruption.asked:
                    for done in samples.run(
                        engine, "train", at.costs, batch_size=batch_size, order=order, outputs=at.outputs, seed=seed,
                        step_numbers=numbers, mix=shares, updates=first, first=at.step,
                        last=min(last, keeper.next_stop(at, net.updates)),
                    ):  # fmt: skip
                        at.step, net.updates, at.seconds = done, first + done, time.perf_counter() - began
                        healthy = math.isfinite(at.costs[-1])
                        progress.step(at.epoch, done)
                        if interruption.asked:
                            break
                        if done < last and healthy:
                            keeper.step(at, moment)
                _refuse_divergence(net, engine, good, at, rates)
                if interruption.asked:
                    words = f"Stopped by Ctrl-C in epoch {at.epoch + 1}; the weights so far are kept."
                    keeper.step(at, moment, now=True)
                    if averages:
                        net.parameters[:] = memories[-1]
                    break
                if at.epoch * steps + at.step == until:
                    break
                figures = _figures(net, np.array(at.costs), samples, order, at.outputs, batch_size)
                if averages:  # what is judged, saved and kept is the average; the next epoch goes on from the latest
                    at.latest = net.parameters.copy()
                    net.parameters[:] = memories[-1]
                if validation is not None:
                    found = evaluate(net, engine, validation)
                    figures |= {f"val_{name}": value for name, value in found.items()}
                figures |= {"learning_rate": float(rates[-1]), "seconds": time.perf_counter() - began}
                net.history.add(number, figures)
                moment.epoch, moment.logs = at.epoch, figures
                for callback in callbacks:
                    callback.on_epoch_end(moment)
                progress.epoch(at.epoch, figures)
                at.next_epoch()
                keeper.epoch(at, moment)
                if interruption.asked and at.epoch < epochs:
                    words = f"Stopped by Ctrl-C after epoch {at.epoch}; the weights so far are kept."
                    keeper.step(at, moment, now=True)
                    break
        if moment.stop_reason:
            words = f"Stopped after epoch {moment.epoch + 1}: {moment.stop_reason}."
    finally:
        with ExitStack() as ends:  # every one of them, also where another fails; the progress last
            ends.callback(lambda: progress.end(_last_words(moment, words)))
            for callback in reversed(callbacks):
                ends.callback(callback.on_train_end, moment)
    if at.epoch == epochs or moment.stop_reason:
        keeper.finish(at, moment)


def _last_words(moment: Moment, words: str | None) -> str | None:
    """What is said at the end: the figures, or why it ended; and what callbacks want to say."""
    said = f"{moment.epochs} epoch{'' if moment.epochs == 1 else 's'}"
    ended = said if moment.epoch + 1 == moment.epochs else f"{moment.epoch + 1} of {said}"
    summary = [f"{ended}: {shown(moment.logs)}"] if moment.logs and not words else []
    return "\n".join([*summary, *([words] if words else []), *moment.notes]) or None


def evaluate(net: Network, engine: Engine, samples: Samples) -> dict[str, float]:
    """The loss (penalties included) and every metric on samples, with the network as it is."""
    outputs = np.zeros((samples.count, net.output_units), net.dtype)
    batch = engine.plan.pass_groups * 16
    costs = array("d")
    while len(costs) * batch < samples.count:  # a cost that is not finite ends a run, but all outputs are wanted
        how: dict[str, Any] = {"batch_size": batch, "order": samples.rows, "outputs": outputs, "first": len(costs)}
        for _ in samples.run(engine, "evaluate", costs, **how):
            pass
    figures = {"loss": _mean_cost(net, np.array(costs), samples.count, batch) + net.penalty()}
    return figures | _metrics(net.metrics, samples, samples.rows, outputs)


def _shares(alpha: float, seed: int, epoch: int, steps: int) -> NDArray[np.float64] | None:
    """Each batch's λ of mixup, from Beta(α, α): a function of seed and epoch alone."""
    return np.random.default_rng((seed, epoch, 1)).beta(alpha, alpha, steps) if alpha > 0 else None


def _order(rows: NDArray[np.int64], shuffle: bool, seed: int, epoch: int) -> NDArray[np.int64]:
    """The order of the samples in an epoch: a function of seed and epoch alone."""
    return np.random.Generator(np.random.PCG64((seed, epoch))).permutation(rows) if shuffle else rows


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
    sizes = np.full(len(costs), float(batch))
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


class Good(NamedTuple):
    """What the network was when it was last known to be good."""

    snapshot: NDArray[Any]
    memories: NDArray[Any]
    updates: int
    step: int


def _refuse_divergence(
    net: Network, engine: Engine, good: Good, at: Standing, rates: NDArray[np.float64]
) -> None:  # fmt: skip
    """Stop where a number is not finite: say in which step and layer, and put the last good weights back."""
    cost = at.costs[-1] if at.costs else 0.0
    finite = math.isfinite(cost)  # else the cost was the first, and the update came after it
    if finite and np.isfinite(engine.parameters).all():
        return
    place = "the loss"
    values = {f'layer "{layer}"': slot for layer, slot in engine.plan.outputs.items()}
    updates = {f"the update of {s.name}": s.name for s in engine.plan.slots.values() if s.kind == "parameter"}
    for words, slot in (values | (updates if finite else {})).items():
        if not np.isfinite(engine.read(slot)).all():
            place = words
            break
    rate, steps = rates[max(0, at.step - (1 if finite else 2))], len(rates)  # of the latest update
    net.put_back(good.snapshot)
    engine.memories[:], net.updates = good.memories, good.updates
    if net.optimizer.average is not None:
        net.parameters[:] = good.memories[-1]
    before = "before this epoch" if good.step == 0 else f"step {good.step}, where it went on,"
    raise DivergedError(
        f"Training diverged in epoch {at.epoch + 1}, step {at.step} of {steps}: the cost is {cost:g}, and "
        f"the first numbers that are not finite are those of {place}. The weights from {before} are put back. "
        f"Use a smaller learning rate (it was {rate:g}), clip_norm, or inputs scaled to about −1…1."
    )


def _room(outputs: NDArray[Any] | None, samples: int, net: Network) -> NDArray[Any]:
    """Room for the outputs of an epoch, those that are there already in it."""
    room = np.zeros((samples, net.output_units), net.dtype)
    if outputs is not None:
        room[: len(outputs)] = outputs
    return room
