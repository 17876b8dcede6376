"""Taking a trace: one pass and one step of the engine that trains, in a memory of its own, and every slot read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from pellucid.engines import Data, make_engine
from pellucid.errors import DataError, DescriptionError
from pellucid.plan.build import build_plan
from pellucid.plan.parts import LANES
from pellucid.trace.layers import LayerReader
from pellucid.trace.names import Names
from pellucid.trace.values import Trace
from pellucid.training.samples import take_features, take_samples

if TYPE_CHECKING:
    from pellucid.engines import Engine
    from pellucid.network import Network
    from pellucid.training.targets import Targets

Array = NDArray[Any]
SMALL = 50_000_000  # operations of a step up to which other cores are left alone: it takes milliseconds
KEPT = 4_000_000  # numbers of memory up to which an engine is kept for the next trace of the same network
_engines: WeakKeyDictionary[Network, tuple[tuple[Any, ...], Engine]] = WeakKeyDictionary()


def take_trace(
    net: Network, X: Any, y: Any = None, sample_weight: Any = None, *, dtype: str | None = None,
    training: bool = False, rate: float | None = None, seed: int | None = None,
) -> Trace:  # fmt: skip
    """See :meth:`pellucid.network.Network.trace`."""
    dtype = net.dtype if dtype is None else dtype
    if dtype not in ("float32", "float64"):
        raise DescriptionError(f'dtype must be "float32" or "float64", got {dtype!r}.')
    if y is None and sample_weight is not None:
        raise DataError("sample_weight: weights belong to targets, and no y was given.")
    if y is not None and not net.compiled:
        raise DescriptionError(
            "The network has no loss yet, so there are no gradients to trace. First call net.compile(loss=…, "
            "optimizer=…), or leave y out to trace the forward pass alone."
        )
    if y is None and training:
        raise DataError(
            "training=True traces a step of training, which needs targets: net.trace(X, y, training=True). Without "
            "targets only the forward pass of the network as it is used can be traced."
        )
    X, y = _one_sample(net, X, y)
    if y is None:
        features, targets, weights = take_features(net, X, "X", dtype), None, None
    else:
        _known_names(net, y)
        samples = take_samples(net, net.loss, X, y, sample_weight, dtype=dtype)
        features, targets, weights = samples.features, samples.targets, samples.weights
    if not isinstance(features, np.ndarray):
        raise DataError("X: a trace takes samples that lie in memory. Read some of the stream: X.take(indices).")
    engine = _engine(net, dtype, len(features), training, targets is not None and targets.labels)
    _copy_numbers(net, engine)
    return _run(net, engine, features, targets, weights, training, rate, net.seed if seed is None else seed)


def _one_sample(net: Network, X: Any, y: Any) -> tuple[Any, Any]:
    """A single sample, and its target, as a batch of one."""
    shape = tuple(np.shape(X)) if isinstance(X, (np.ndarray, list, tuple)) else ()
    picture = net.input_shape[:-1] if len(net.input_shape) == 3 and net.input_shape[2] == 1 else None
    if shape == () or shape not in (net.input_shape, picture):
        return X, y
    given = np.asarray(y, dtype=object)
    if y is not None and (given.ndim == 0 or (given.ndim == 1 and len(given) == net.output_units > 1)):
        y = [y]
    return np.asarray(X)[None], y


def _known_names(net: Network, y: Any) -> None:
    """Refuse class names before the network knows its classes: a few samples need not have all of them."""
    names = np.asarray(y).dtype.kind in "UO" and any(isinstance(v, str) for v in np.asarray(y, dtype=object).ravel())
    if net.class_names is None and names:
        raise DataError(
            "y has class names, but the network has not been trained on any yet, so it cannot tell which output stands "
            'for which. Set net.class_names = ("…", "…"), one for each class, or give labels from 0.'
        )


def _engine(net: Network, dtype: str, count: int, training: bool, labels: bool) -> Engine:
    """An engine of its own, with ∂C/∂input; the one of the latest trace where it fits."""
    groups = -(-count // LANES)
    loss, optimizer, fuse = (
        (net.loss, net.optimizer, net.compile_settings()["fuse"]) if net.compiled else (None, None, True)
    )
    key = (dtype, groups, training, labels, loss, optimizer, fuse)
    found = _engines.get(net)
    if found is not None and found[0] == key:
        return found[1]
    plan = build_plan(
        net.layers, net.input_shape, loss=loss, optimizer=optimizer, batch_size=count, dtype=dtype, labels=labels,
        fuse=fuse, input_gradient=True, training=training,
    )  # fmt: skip
    if plan.pass_groups < groups:
        most = plan.pass_groups * LANES
        raise DataError(
            f"X has {count:,} samples, and a trace of this network keeps every number of at most {most:,} at a time. "
            f"Trace some of them: net.trace(X[:{most}], y[:{most}])."
        )
    engine = make_engine(plan, 1 if plan.flops * count < SMALL else None)
    if plan.size <= KEPT:
        _engines[net] = (key, engine)
    return engine


def _copy_numbers(net: Network, engine: Engine) -> None:
    """Parameters, statistics and what the optimizer remembers, as they are in the network."""
    numbers, count = net.snapshot(), len(engine.parameters)
    engine.parameters[:], engine.statistics[:] = numbers[:count], numbers[count:]
    memories = net.optimizer_memories() if net.compiled else None
    if len(engine.memories):
        engine.memories[:] = 0.0 if memories is None else memories
        if net.optimizer.average is not None:  # it begins with each training
            engine.memories[-1] = net.parameters


def _run(
    net: Network, engine: Engine, features: Array, targets: Targets | None, weights: Array | None, training: bool,
    rate: float | None, seed: int,
) -> Trace:  # fmt: skip
    count, plan = len(features), engine.plan
    before = {slot.name: engine.read(slot.name) for slot in plan.slots.values() if slot.kind in STEPPED}
    outputs = np.zeros((count, net.output_units), plan.dtype)
    step: dict[str, Any] = {}
    if targets is None:
        _one_step(engine, "predict", Data(features), count, outputs=outputs)
    else:
        rate = next_rate(net) if rate is None else float(rate)
        numbers = net.optimizer.step_numbers(np.array([rate]), net.updates)
        data = Data(features, targets.values, weights)
        if weights is not None and not weights.all():  # the loss of a sample that counts nothing is not in its share
            _one_step(engine, "evaluate", Data(features, targets.values), count)
            unweighted = engine.read("loss")[:, 0] / engine.read("weight")[:, 0]
        _one_step(engine, "train", data, count, outputs=outputs, step_numbers=numbers, updates=net.updates, seed=seed)
        shares, losses = engine.read("weight")[:, 0], engine.read("loss")[:, 0]
        cost = float(engine.costs[0])
        step = {
            "targets": engine.read("target"), "shares": shares, "cost": cost, "rate": rate,
            "losses": losses / shares if shares.all() else unweighted, "penalty": net.penalty(),
            "step_numbers": tuple(numbers[0].tolist()),
        }  # fmt: skip
    learns = targets is not None
    names = Names("input", net.input_shape, net.input_shape, _fitting(net.feature_names, net.input_shape))
    class_names = net.class_names
    last = class_names if class_names and len(class_names) == net.output_units > 1 else None
    reader = LayerReader(engine, learns, before, last)
    layers = reader.read(net.layers, names)
    outputs = outputs.reshape(-1, *net.output_shape)
    predicted = net.classes_of(outputs) if _tells_classes(net, targets) else None
    return Trace(
        network=net.name, dtype=plan.dtype, training=training, inputs=engine.read("input"), outputs=outputs,
        layers=layers, names=names, class_names=class_names, predicted=predicted, true=_true(net, targets),
        loss=net.loss if net.compiled else None, optimizer=net.optimizer if net.compiled else None,
        fused=reader.fused, updates=net.updates,
        input_gradient=engine.read("input.delta").reshape(-1, *net.input_shape) if learns else None, **step,
    )  # fmt: skip


STEPPED = ("parameter", "statistic", "memory")  # kinds of slots that a step changes


def _one_step(engine: Engine, program: str, data: Data, count: int, **how: Any) -> None:
    for _ in engine.steps(program, data, batch_size=count, **how):
        pass


def next_rate(net: Network) -> float:
    """The learning rate of the next update, as far as it is known.

    A constant one is that. A schedule spans a call of ``fit``: then the rate that training ended with, and before any
    training the schedule's first.
    """
    given = net.optimizer.rate
    if isinstance(given, (int, float)):
        return float(given)
    known = net.history.history.get("learning_rate")
    return float(known[-1] if known else net.optimizer.schedule.rates(0, 1, 1, 100)[0])


def _fitting(names: tuple[str, ...] | None, shape: tuple[int, ...]) -> tuple[str, ...] | None:
    return names if names is not None and len(names) == int(np.prod(shape)) else None


def _tells_classes(net: Network, targets: Targets | None) -> bool:
    labels = net.takes_labels if targets is None else targets.labels
    if not labels and net.compiled and net.loss.targets == "binary" and net.output_units > 1:  # a yes or no each
        return net.class_names is not None if targets is None else targets.as_classes() is not None
    return net.class_names is not None or labels or (net.compiled and net.loss.targets != "values")


def _true(net: Network, targets: Targets | None) -> Array | None:
    """The class of each sample, by name where classes have names."""
    if targets is None or not _tells_classes(net, targets):
        return None
    values = targets.values
    if not targets.labels:
        if values.shape[1] > 1:
            values = values.argmax(axis=1)
        else:
            values = (values[:, 0] > (0.0 if net.loss.targets == "signs" else 0.5)).astype(np.int64)
    names = net.class_names or targets.class_names
    return values if names is None else np.array(names)[np.minimum(values, len(names) - 1)]
