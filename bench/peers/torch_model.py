"""PyTorch's network, data and epoch of a case, for its eager and its compiled peer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
    MaxPoolLayer,
)

ADAMS = {"Adam(foreach)": {"foreach": True}, "Adam(for loop)": {"foreach": False}, "Adam(fused)": {"fused": True}}

Wrap = Callable[[Any], Any]


def layouts(case: Case) -> Sequence[str]:
    """The memory layouts that a case may be trained in: both of PyTorch's for pictures."""
    return ("contiguous", "channels_last") if len(case.inputs) == 3 else ("",)


def network(case: Case) -> Any:
    """The case as nn.Sequential."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    kinds = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}
    layers: list[nn.Module] = []
    for place, (layer, shape) in enumerate(zip(case.layers, case.shapes, strict=False), start=1):
        match layer:
            case DenseLayer(units):
                layers.append(nn.Linear(math.prod(shape), units))
            case ConvLayer(filters, kernel, _, padding, bias):
                layers.append(nn.Conv2d(shape[2], filters, kernel, padding=padding, bias=bias))
            case MaxPoolLayer(size):
                layers.append(nn.MaxPool2d(size))
            case FlattenLayer():
                layers.append(nn.Flatten())
            case DropoutLayer(rate):
                layers.append(nn.Dropout(rate))
            case BatchNormLayer():
                layers.append(nn.BatchNorm2d(shape[2]))
            case ActivationLayer(activation):
                layers.append(kinds[activation]())
            case GlobalAvgPoolLayer():
                layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
            case _:
                raise Unsupported(f"no {type(layer).__name__}")
        # As PyTorch recommends, cross-entropy takes the weighted inputs: while it trains, the last layer has no
        # activation of its own.
        last = case.trains and place == len(case.layers) and case.loss != "squared_error"
        if isinstance(layer, DenseLayer | ConvLayer) and layer.activation != "identity" and not last:
            layers.append(nn.Softmax(1) if layer.activation == "softmax" else kinds[layer.activation]())
    return nn.Sequential(*layers)


def epoch(
    case: Case, adam: str, threads: int, layout: str, wrap_net: Wrap | None = None, wrap_step: Wrap | None = None
) -> Callable[..., int]:
    """An epoch, or so many steps of one; ``wrap_net`` and ``wrap_step`` are where compilation comes in."""
    import torch
    from torch import nn

    net, X, y = _placed(case, layout)
    loss = {
        "squared_error": nn.MSELoss, "binary_crossentropy": nn.BCEWithLogitsLoss,
        "categorical_crossentropy": nn.CrossEntropyLoss,
    }[case.loss]()  # fmt: skip
    optimizer = torch.optim.Adam(net.parameters(), **ADAMS[adam])
    called = wrap_net(net) if wrap_net else net

    def step(a: Any, targets: Any) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss(called(a), targets).backward()
        optimizer.step()

    taken = wrap_step(step) if wrap_step else step

    def run(steps: int | None = None) -> int:
        torch.set_num_threads(threads)
        rows = torch.randperm(len(X)).split(case.batch_size)[:steps]
        for batch in rows:
            taken(X.index_select(0, batch), y.index_select(0, batch))
        return len(rows)

    return run


def calls(case: Case, threads: int, layout: str, wrap_net: Wrap | None = None) -> Callable[..., int]:
    """The calls of a run that predicts; tensors in and out, cut before anything is timed."""
    import torch

    net, X, _ = _placed(case, layout)
    called = wrap_net(net.eval()) if wrap_net else net.eval()
    parts = case.calls(X)

    def run(steps: int | None = None) -> int:
        torch.set_num_threads(threads)
        with torch.inference_mode():
            for rows in parts[:steps]:
                called(rows)
        return len(parts[:steps])

    return run


def _placed(case: Case, layout: str) -> tuple[Any, Any, Any]:
    """The network and the data, in a memory layout."""
    import torch

    net = network(case)
    X, y = map(torch.from_numpy, case.data())
    if layout:
        memory = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
        net = net.to(memory_format=memory)
        X = X.permute(0, 3, 1, 2).contiguous(memory_format=memory)
    return net, X, y
