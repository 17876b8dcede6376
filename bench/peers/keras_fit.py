"""Keras, a peer for each backend: ``model.fit`` with the data in memory, in a process where the backend is set."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.cases import Case, Unsupported
from bench.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAvgPoolLayer,
    Layer,
    MaxPoolLayer,
)
from bench.peers import Program
from bench.peers.jax_epoch import xla_threads
from bench.threads import quickest
from bench.worker import quickest_worker

EPOCHS = 3  # of a fit, so that its start weighs little; one where an epoch is long
LONG = 30  # steps
TRIAL = 20  # calls, at most, by which the quickest way is chosen
STEPS = 500  # of an epoch, at most: a small network's whole epoch would keep all waiting


@dataclass(frozen=True)
class KerasPeer:
    """Keras with one of its backends."""

    backend: str
    TITLE: str

    def available(self) -> bool:
        return all(importlib.util.find_spec(name) is not None for name in ("keras", self.backend))

    def version(self) -> str:
        return importlib.metadata.version("keras")

    def prepare(self, case: Case, threads: int) -> Program:
        return quickest_worker(build, case, threads, self.environment)

    def plain(self, case: Case, threads: int) -> Callable[[], Any]:
        """One way, without trials."""
        return build(case, threads).run

    def environment(self, threads: int) -> dict[str, str]:
        """Variables that Keras and its backends read when they are imported."""
        return xla_threads(threads) | {
            "KERAS_BACKEND": self.backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_NUM_INTRAOP_THREADS": str(threads),
            "TF_NUM_INTEROP_THREADS": str(threads),
            "OMP_NUM_THREADS": str(threads),
        }


JAX = KerasPeer("jax", "Keras on JAX")
TENSORFLOW = KerasPeer("tensorflow", "Keras on TensorFlow")
TORCH = KerasPeer("torch", "Keras on PyTorch")


def build(case: Case, threads: int) -> Program:
    """The model of a case, fitted as Keras's guides do it; within the worker."""
    import keras

    model = keras.Sequential([keras.Input(case.inputs), *map(_layer, case.layers)])
    loss = {"squared_error": "mean_squared_error", "categorical_crossentropy": "sparse_categorical_crossentropy"}
    model.compile(loss=loss.get(case.loss, case.loss), optimizer="adam")
    case = case.at_most(STEPS)
    if not case.trains:
        return _predictions(case, model)
    X, y = case.data()
    steps = case.steps
    epochs = 1 if steps >= LONG else EPOCHS

    def run() -> int:
        model.fit(X, y, batch_size=case.batch_size, epochs=epochs, shuffle=True, verbose=0)
        return epochs * steps

    return Program(run, f"model.fit of {steps} steps and {'1 epoch' if epochs == 1 else f'{epochs} epochs'}")


def _predictions(case: Case, model: Any) -> Program:
    """The ways that Keras's guides name: a call for few rows, ``predict_on_batch``, ``predict`` for many."""
    calls = case.calls(case.data()[0])
    ways: dict[str, Callable[[Any], Any]] = {
        "model(rows)": lambda rows: _array(model(rows, training=False)),
        "predict_on_batch": model.predict_on_batch,
        "predict": lambda rows: model.predict(rows, batch_size=1024, verbose=0),
    }

    def run(way: str, steps: int | None = None) -> int:
        for rows in calls[:steps]:
            ways[way](rows)
        return len(calls[:steps])

    steps = case.trial_steps(TRIAL)
    best = quickest({way: functools.partial(run, way, steps) for way in ways}, times=2)
    return Program(functools.partial(run, best), f"{best}: the quickest of {len(ways)} ways")


def _array(tensor: Any) -> Any:
    """A backend's tensor as an array."""
    from keras import ops

    return ops.convert_to_numpy(tensor)


def _layer(layer: Layer) -> Any:
    from keras import layers

    match layer:
        case DenseLayer(units, activation):
            return layers.Dense(units, activation=activation, kernel_initializer=_initializer(activation))
        case ConvLayer(filters, kernel, activation, padding, bias):
            start, form = _initializer(activation), {"padding": padding, "use_bias": bias}
            activation = "linear" if activation == "identity" else activation
            return layers.Conv2D(filters, kernel, activation=activation, kernel_initializer=start, **form)
        case BatchNormLayer():
            return layers.BatchNormalization()
        case ActivationLayer(activation):
            return layers.Activation(activation)
        case GlobalAvgPoolLayer():
            return layers.GlobalAveragePooling2D()
        case MaxPoolLayer(size):
            return layers.MaxPooling2D(size)
        case FlattenLayer():
            return layers.Flatten()
        case DropoutLayer(rate):
            return layers.Dropout(rate)
    raise Unsupported(f"no {type(layer).__name__}")


def _initializer(activation: str) -> str:
    """As Pellucid starts its weights."""
    return "he_uniform" if activation == "relu" else "glorot_uniform"
