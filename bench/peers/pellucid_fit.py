"""Pellucid, as a user calls it: ``net.fit``."""

from __future__ import annotations

from bench.cases import Case, DenseLayer, Unsupported
from bench.peers import Program

TITLE = "Pellucid"


def available() -> bool:
    return True


def version() -> str:
    import pellucid

    return pellucid.__version__


def prepare(case: Case, threads: int) -> Program:
    from pellucid import Dense, Input, Network

    if case.program != "train" or not all(isinstance(layer, DenseLayer) for layer in case.layers):
        raise Unsupported("only the training of dense layers")
    net = Network([Input(case.inputs), *(Dense(layer.units, activation=layer.activation) for layer in case.layers)])
    net.compile(loss=case.loss, optimizer="adam")
    X, y = case.data()

    def run() -> int:
        net.fit(X, y, epochs=1, batch_size=case.batch_size, threads=threads, verbose=0)
        return case.steps

    return Program(run, "net.fit, float32")
