"""The peer: the same network, trained by PyTorch with the same weights, batches and order.

What PyTorch calls each kind stands in ``torch_formulas.py``, ``torch_layers.py`` and ``torch_updates.py``. PyTorch is
handed in, so that these files can be read where it is missing.
"""

from __future__ import annotations

import os
from types import ModuleType

import numpy as np
import pytest
from kinds import every_layer, names_of
from torch_formulas import LOSSES
from torch_layers import run_layers
from torch_updates import OPTIMIZERS, SCHEDULES


def find_torch() -> ModuleType:
    """PyTorch: tests that need it are skipped where it is missing, but fail in continuous integration."""
    try:
        import torch
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("PyTorch is missing, so that parity with it cannot be checked. Install the extra: peers")
        pytest.skip("PyTorch is missing")
    torch.set_num_threads(1)
    return torch


def leaf(torch, array, dtype):
    return torch.tensor(array, dtype=getattr(torch, dtype), requires_grad=True)


class Peer:
    """A network in PyTorch with the weights of one of ours."""

    def __init__(self, torch, net):
        self.torch, self.net = torch, net
        arrays = net.weights
        self.parameters = {name: leaf(torch, arrays[name], net.dtype) for name in names_of(net, "parameter")}
        self.statistics = {
            name: torch.tensor(arrays[name], dtype=getattr(torch, net.dtype)) for name in names_of(net, "statistic")
        }

    def forward(self, X, training):
        """z and a of the last layer."""
        return run_layers(self.torch, self.net.layers, self.parameters | self.statistics, X, training)

    def predict(self, X):
        """The outputs of the network as it is."""
        with self.torch.no_grad():
            return self.forward(self.torch.tensor(X, dtype=getattr(self.torch, self.net.dtype)), False)[1].numpy()

    def cost(self, X, y, weight):
        """C of a batch, penalties included."""
        z, a = (values.flatten(1) for values in self.forward(X, True))
        loss = self.net.loss
        each = LOSSES[loss.name](self.torch, loss.to_dict(), z, a, y) * weight
        total = each.sum() if loss.name == "total_squared_error" else each.mean()
        for name, layer in every_layer(self.net.layers):
            tables = [f"table_{k}" for k, _ in enumerate(getattr(layer, "tables", ()), start=1)]
            fields = [*((array, "regularizer") for array in tables or ["weights"]), ("bias", "bias_regularizer")]
            for array, field in fields:
                penalty = getattr(layer, field, None)
                if penalty is not None:
                    p, o = self.parameters[f"{name}.{array}"], penalty.to_dict()
                    total = total + o.get("l1", 0.0) * p.abs().sum() + o.get("l2", 0.0) * (p**2).sum()
        return total

    def train(self, X, y, epochs, batch_size, weight=None):
        """Train without shuffling; return each step's cost and all arrays after each epoch."""
        torch, net = self.torch, self.net
        own = list(self.parameters.values())
        plain = net.optimizer.to_dict()
        optimizer = OPTIMIZERS[net.optimizer.name](torch.optim, own, plain)
        steps = -(-len(X) // batch_size)
        schedule = net.optimizer.schedule
        for group in optimizer.param_groups:
            group["lr"] = getattr(schedule, "rate", None) or schedule.then.rate
        scheduler, once_an_epoch = SCHEDULES[schedule.name](
            torch.optim.lr_scheduler, optimizer, schedule.to_dict(), steps, epochs * steps
        )
        dtype = getattr(torch, net.dtype)
        X = torch.tensor(X, dtype=dtype)
        y = torch.tensor(y) if y.dtype.kind == "i" else torch.tensor(y, dtype=dtype)
        weight = torch.ones(len(X), dtype=dtype) if weight is None else torch.tensor(weight, dtype=dtype)
        costs, arrays = [], []
        for _ in range(epochs):
            for k in range(0, len(X), batch_size):
                batch = slice(k, k + batch_size)
                optimizer.zero_grad()
                cost = self.cost(X[batch], y[batch], weight[batch])
                cost.backward()
                self.clip(own, plain)
                optimizer.step()
                costs.append(float(cost.detach()))
                if not once_an_epoch and len(costs) < epochs * steps:
                    scheduler.step()
            if once_an_epoch:
                scheduler.step()
            arrays.append(np.concatenate([p.detach().numpy().ravel() for p in (*own, *self.statistics.values())]))
        return np.array(costs), np.array(arrays)

    def clip(self, own, plain):
        """Clip as clip_grad_norm_ and clip_grad_value_ do, but without the former's 1e-6 beside the length."""
        torch = self.torch
        if plain["clip_value"] is not None:
            torch.nn.utils.clip_grad_value_(own, plain["clip_value"])
        if plain["clip_norm"] is not None:
            length = torch.sqrt(sum((p.grad**2).sum() for p in own))
            for p in own:
                p.grad *= torch.clamp(plain["clip_norm"] / length, max=1.0)
