"""Pellucid, as a user calls it: ``net.fit``."""

from __future__ import annotations

from typing import Any

from bench.cases import Case, Unsupported
from bench.layers import ConvLayer, DenseLayer, DropoutLayer, FlattenLayer, Layer, MaxPoolLayer
from bench.peers import Program

TITLE = "Pellucid"


def available() -> bool:
    return True


def version() -> str:
    import pellucid

    return pellucid.__version__


def prepare(case: Case, threads: int) -> Program:
    from pellucid import Input, Network

    if case.program != "train":
        raise Unsupported("only training")
    net = Network([Input(case.inputs), *map(_layer, case.layers)])
    net.compile(loss=case.loss, optimizer="adam")
    X, y = case.data()

    def run() -> int:
        net.fit(X, y, epochs=1, batch_size=case.batch_size, threads=threads, verbose=0)
        return case.steps

    return Program(run, "net.fit, float32")


def _layer(layer: Layer) -> Any:
    from pellucid import Conv2D, Dense, Dropout, Flatten, MaxPool2D

    match layer:
        case DenseLayer(units, activation):
            return Dense(units, activation=activation)
        case ConvLayer(filters, kernel, activation):
            return Conv2D(filters, kernel, activation=activation)
        case MaxPoolLayer(size):
            return MaxPool2D(size)
        case FlattenLayer():
            return Flatten()
        case DropoutLayer(rate):
            return Dropout(rate)
    raise Unsupported(f"no {type(layer).__name__}")
