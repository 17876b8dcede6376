"""PyTorch, eager: nn.Sequential and Adam, with the data in memory and no DataLoader, whose workers cost far more."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Callable
from typing import Any

from bench.cases import Case, DenseLayer, Unsupported
from bench.peers import Program
from bench.threads import quickest, thread_counts

TITLE = "PyTorch"
ADAMS = {"Adam(foreach)": {"foreach": True}, "Adam(for loop)": {"foreach": False}, "Adam(fused)": {"fused": True}}
TRIAL = 100  # steps by which the quickest way is chosen


def available() -> bool:
    return importlib.util.find_spec("torch") is not None


def version() -> str:
    return importlib.metadata.version("torch")


def prepare(case: Case, threads: int) -> Program:
    import torch

    if case.program != "train" or not all(isinstance(layer, DenseLayer) for layer in case.layers):
        raise Unsupported("only the training of dense layers")
    X, y = map(torch.from_numpy, case.data())
    programs = {
        f"{adam}, {words}": _epoch(case, X, y, options, count)
        for words, count in thread_counts(threads).items()
        for adam, options in ADAMS.items()
    }
    best = quickest({name: functools.partial(run, TRIAL) for name, run in programs.items()})
    return Program(programs[best], f"eager, {best}: the quickest of {len(programs)} ways")


def _epoch(case: Case, X: Any, y: Any, options: dict[str, bool], threads: int) -> Callable[..., int]:
    import torch
    from torch import nn

    torch.manual_seed(0)
    kinds = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}
    layers: list[nn.Module] = []
    units = case.inputs
    for place, layer in enumerate(case.layers, start=1):
        layers.append(nn.Linear(units, layer.units))
        units = layer.units
        # As PyTorch recommends, cross-entropy takes the weighted inputs: the last layer has no activation of its own.
        if place < len(case.layers) or case.loss == "squared_error":
            layers.append(kinds[layer.activation]())
    net = nn.Sequential(*layers)
    loss = {
        "squared_error": nn.MSELoss, "binary_crossentropy": nn.BCEWithLogitsLoss,
        "categorical_crossentropy": nn.CrossEntropyLoss,
    }[case.loss]()  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), **options)

    def run(steps: int | None = None) -> int:
        torch.set_num_threads(threads)
        rows = torch.randperm(len(X)).split(case.batch_size)[:steps]
        for batch in rows:
            optimizer.zero_grad(set_to_none=True)
            loss(net(X.index_select(0, batch)), y.index_select(0, batch)).backward()
            optimizer.step()
        return len(rows)

    return run
