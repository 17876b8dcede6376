"""PyTorch's network, data and epoch of a case, for its eager and its compiled peer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from bench.cases import Case, Unsupported
from bench.layers import ConvLayer, DenseLayer, DropoutLayer, FlattenLayer, MaxPoolLayer

ADAMS = {"Adam(foreach)": {"foreach": True}, "Adam(for loop)": {"foreach": False}, "Adam(fused)": {"fused": True}}

Wrap = Callable[[Any], Any]


def layouts(case: Case) -> Sequence[str]:
    """The memory layouts that a case may be trained in: both of PyTorch's for pictures."""
    return ("contiguous", "channels_last") if len(case.inputs) == 3 else ("",)


def network(case: Case) -> Any:
    """The case as nn.Sequential."""
    import torch
    from torch import nn

    if case.program != "train":
        raise Unsupported("only training")
    torch.manual_seed(0)
    kinds = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}
    layers: list[nn.Module] = []
    for place, (layer, shape) in enumerate(zip(case.layers, case.shapes, strict=False), start=1):
        match layer:
            case DenseLayer(units):
                layers.append(nn.Linear(math.prod(shape), units))
            case ConvLayer(filters, kernel):
                layers.append(nn.Conv2d(shape[2], filters, kernel))
            case MaxPoolLayer(size):
                layers.append(nn.MaxPool2d(size))
            case FlattenLayer():
                layers.append(nn.Flatten())
            case DropoutLayer(rate):
                layers.append(nn.Dropout(rate))
            case _:
                raise Unsupported(f"no {type(layer).__name__}")
        # As PyTorch recommends, cross-entropy takes the weighted inputs: the last layer has no activation of its own.
        last = place == len(case.layers) and case.loss != "squared_error"
        if isinstance(layer, DenseLayer | ConvLayer) and not last:
            layers.append(kinds[layer.activation]())
    return nn.Sequential(*layers)


def epoch(
    case: Case, adam: str, threads: int, layout: str, wrap_net: Wrap | None = None, wrap_step: Wrap | None = None
) -> Callable[..., int]:
    """An epoch, or so many steps of one; ``wrap_net`` and ``wrap_step`` are where compilation comes in."""
    import torch
    from torch import nn

    net = network(case)
    X, y = map(torch.from_numpy, case.data())
    if layout:
        memory = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout]
        net = net.to(memory_format=memory)
        X = X.permute(0, 3, 1, 2).contiguous(memory_format=memory)
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
