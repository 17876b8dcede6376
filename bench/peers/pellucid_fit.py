"""Pellucid, as a user calls it: ``net.fit``."""

from __future__ import annotations

from collections.abc import Callable
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

TITLE = "Pellucid"


def available() -> bool:
    return True


def version() -> str:
    import pellucid

    return pellucid.__version__


def prepare(case: Case, threads: int) -> Program:
    if case.trains:
        return Program(plain(case, threads), "net.fit, float32")
    net, (X, _) = network(case), case.data()
    calls = case.calls(X)

    def run() -> int:
        for rows in calls:
            net.predict(rows, threads=threads)
        return len(calls)

    return Program(run, "net.predict, float32, arrays in and out")


def plain(case: Case, threads: int) -> Callable[[], int]:
    net, (X, y) = network(case), case.data()

    def run() -> int:
        net.fit(X, y, epochs=1, batch_size=case.batch_size, threads=threads, verbose=0)
        return case.steps

    return run


def network(case: Case) -> Any:
    """The case as a compiled ``Network``."""
    from pellucid import Input, Network

    net = Network([Input(case.inputs), *map(_layer, case.layers)], name="bench")
    net.compile(loss=case.loss, optimizer="adam")
    return net


def _layer(layer: Layer) -> Any:
    from pellucid import Activation, BatchNorm, Conv2D, Dense, Dropout, Flatten, GlobalAvgPool2D, MaxPool2D

    match layer:
        case DenseLayer(units, activation):
            return Dense(units, activation=activation)
        case ConvLayer(filters, kernel, activation, padding, bias):
            return Conv2D(filters, kernel, activation=activation, padding=padding, bias=bias)
        case MaxPoolLayer(size):
            return MaxPool2D(size)
        case FlattenLayer():
            return Flatten()
        case DropoutLayer(rate):
            return Dropout(rate)
        case BatchNormLayer():
            return BatchNorm()
        case ActivationLayer(activation):
            return Activation(activation)
        case GlobalAvgPoolLayer():
            return GlobalAvgPool2D()
    raise Unsupported(f"no {type(layer).__name__}")
