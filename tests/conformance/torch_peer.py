"""The peer: the same network, trained by PyTorch with the same weights, batches and order.

One table for each list of kinds says what PyTorch calls the kind; what PyTorch does not have is written out in its
operations, never in ours. PyTorch is handed in, so that this file can be read where it is missing.
"""

from __future__ import annotations

import math
import os
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest
from kinds import every_layer, names_of


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


# --- activations: kind → (torch, options) → function of z ------------------------------------------------------------


def _hard_sigmoid(torch):
    """PyTorch's own, whose 1/6 is a float32 number, is no peer in float64."""
    peer = torch.nn.Hardsigmoid()
    return lambda z: peer(z) if z.dtype == torch.float32 else torch.clamp(z / 6 + 0.5, 0, 1)


ACTIVATIONS = {
    "identity": lambda t, o: t.nn.Identity(),
    "step": lambda t, o: lambda z: (z >= 0).to(z.dtype) + 0 * z,
    "sigmoid": lambda t, o: t.nn.Sigmoid(),
    "hard_sigmoid": lambda t, o: _hard_sigmoid(t),
    "tanh": lambda t, o: t.nn.Tanh(),
    "relu": lambda t, o: t.nn.ReLU(),
    "leaky_relu": lambda t, o: t.nn.LeakyReLU(o.get("slope", 0.01)),
    "elu": lambda t, o: t.nn.ELU(o.get("alpha", 1.0)),
    "selu": lambda t, o: t.nn.SELU(),
    "gelu": lambda t, o: t.nn.GELU(approximate="none"),
    "silu": lambda t, o: t.nn.SiLU(),
    "softplus": lambda t, o: t.nn.Softplus(),
    "softsign": lambda t, o: t.nn.Softsign(),
    "softmax": lambda t, o: t.nn.Softmax(dim=-1),
}


def activation_of(torch, activation):
    return ACTIVATIONS[activation.name](torch, activation.to_dict())


# --- losses: kind → (torch, options, z, a, targets) → each sample's loss, (samples,) ---------------------------------


def _smoothed_binary(torch, o, z, a, y):
    e = o.get("label_smoothing", 0.0)
    return torch.nn.functional.binary_cross_entropy(a, y * (1 - e) + e / 2, reduction="none").mean(1)


def _cross_entropy(torch, o, z, a, y):
    given = y if y.dtype == torch.int64 else y.to(z.dtype)
    e = o.get("label_smoothing", 0.0)
    return torch.nn.functional.cross_entropy(z, given, reduction="none", label_smoothing=e)


def _one_hot(torch, y, z):
    return torch.nn.functional.one_hot(y, z.shape[1]).to(z.dtype) if y.dtype == torch.int64 else y


def _dense(function):
    """For losses that take a number for each output."""
    return lambda torch, o, z, a, y: function(torch, o, z, a, _one_hot(torch, y, z))


def _signs(torch, o, z, a, y):
    y = 2 * _one_hot(torch, y, z) - 1 if y.dtype == torch.int64 else y
    return (1 - y * a).clamp(min=0).mean(1)


def _kl(torch, o, z, a, y):
    return torch.nn.functional.kl_div(torch.nn.functional.log_softmax(z, 1), y, reduction="none").sum(1)


LOSSES = {
    "squared_error": _dense(lambda t, o, z, a, y: 0.5 * ((a - y) ** 2).sum(1)),
    "total_squared_error": _dense(lambda t, o, z, a, y: 0.5 * ((a - y) ** 2).sum(1)),
    "mean_squared_error": _dense(lambda t, o, z, a, y: t.nn.MSELoss(reduction="none")(a, y).mean(1)),
    "mean_absolute_error": _dense(lambda t, o, z, a, y: t.nn.L1Loss(reduction="none")(a, y).mean(1)),
    "huber": _dense(lambda t, o, z, a, y: t.nn.HuberLoss("none", o.get("delta", 1.0))(a, y).mean(1)),
    "binary_crossentropy": _dense(_smoothed_binary),
    "categorical_crossentropy": _cross_entropy,
    "hinge": _signs,
    "kl_divergence": _dense(_kl),
    # Rosenblatt's rule has no loss in PyTorch: its slope a − t goes back from z, with a taken as a constant.
    "perceptron": _dense(lambda t, o, z, a, y: ((a.detach() - y) * z).sum(1)),
}

# --- layers: kind → (torch, layer, its arrays, input, whether it trains) → (z, a) -------------------------------------


def _under(arrays, name):
    """The arrays whose names begin with ``name``, without it."""
    return {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}


def run_layers(torch, layers, arrays, x, training):
    """z and a of the last of the layers, one after another; each is a (name, layer)."""
    z = a = x
    for name, layer in layers:
        z, a = LAYERS[layer.kind](torch, layer, _under(arrays, name), a, training)
    return z, a


def _dense_layer(torch, layer, own, x, training):
    z = x @ own["weights"] + own.get("bias", 0.0)
    return z, activation_of(torch, layer.activation)(z)


def _dropout(torch, layer, own, x, training):
    assert layer.rate == 0.0, "two libraries draw different masks"
    return x, torch.nn.Dropout(0.0)(x)


def _activation_layer(torch, layer, own, x, training):
    return x, activation_of(torch, layer.activation)(x)


def _view(shape_of):
    return lambda torch, layer, own, x, training: (x.reshape(len(x), *shape_of(layer)),) * 2


def _channels_first(x):
    return x.permute(0, 3, 1, 2)


def _channels_last(x):
    return x.permute(0, 2, 3, 1)


def _bordered(torch, x, kernel, stride, dilation, padding, value):
    """The picture with the border that Keras gives it: the odd pixel at the bottom and right."""
    if padding == "valid":
        return x
    sides = []
    for axis in (1, 0):  # PyTorch names the last axis first
        length, step = x.shape[2 + axis], stride[axis]
        reach = dilation[axis] * (kernel[axis] - 1)
        missing = reach + 1 - (length % step or step)
        sides += [max(0, missing) // 2, -(-max(0, missing) // 2)]
    return torch.nn.functional.pad(x, sides, value=value)


def _convolution(torch, layer, own, x, training):
    window = (layer.kernel, layer.stride, layer.dilation, layer.padding)
    x = _bordered(torch, _channels_first(x), *window, 0.0)
    weights = own["weights"].permute(3, 2, 0, 1)
    z = torch.nn.functional.conv2d(
        x, weights, own.get("bias"), stride=layer.stride, dilation=layer.dilation, groups=layer.groups
    )
    z = _channels_last(z)
    return z, activation_of(torch, layer.activation)(z)


def _largest(torch, layer, own, x, training):
    x = _bordered(torch, _channels_first(x), layer.size, layer.stride, (1, 1), layer.padding, -math.inf)
    return (_channels_last(torch.nn.functional.max_pool2d(x, layer.size, layer.stride)),) * 2


def _average(torch, layer, own, x, training):
    """The mean over each window's own pixels: that over picture and border, divided by that of ones and border."""
    x = _channels_first(x)
    both = [
        torch.nn.functional.avg_pool2d(
            _bordered(torch, part, layer.size, layer.stride, (1, 1), layer.padding, 0.0), layer.size, layer.stride
        )
        for part in (x, torch.ones_like(x))
    ]
    return (_channels_last(both[0] / both[1]),) * 2


def _whole_average(torch, layer, own, x, training):
    return (torch.nn.functional.adaptive_avg_pool2d(_channels_first(x), 1).flatten(1),) * 2


def _batch_norm(torch, layer, own, x, training):
    flat = x.reshape(-1, x.shape[-1])
    a = torch.nn.functional.batch_norm(
        flat, own["mean"], own["variance"], own["gamma"], own["beta"], training, 1.0 - layer.momentum, layer.epsilon
    )
    return (a.reshape(x.shape),) * 2


def _layer_norm(torch, layer, own, x, training):
    return (torch.nn.functional.layer_norm(x, x.shape[-1:], own["gamma"], own["beta"], layer.epsilon),) * 2


def _residual(torch, layer, own, x, training):
    path = [(one.label, one) for one in layer.layers]
    beside = [(one.label, one) for one in layer.shortcut]
    z = run_layers(torch, path, own, x, training)[1]
    z = z + run_layers(torch, beside, _under(own, "shortcut"), x, training)[1]
    return z, activation_of(torch, layer.activation)(z)


def _ensemble(torch, layer, own, x, training):
    ends = [
        run_layers(torch, [(one.label, one) for one in member], _under(own, f"member_{k}"), x, training)[1]
        for k, member in enumerate(layer.members, start=1)
    ]
    weights = torch.tensor(layer.weights or [1.0] * len(ends), dtype=x.dtype)
    return (torch.einsum("m,m...->...", weights, torch.stack(ends)) / weights.sum(),) * 2


def _piecewise_linear(torch, layer, own, x, training):
    parts = []
    for i, row in enumerate(layer.edges):
        for k, (low, high) in enumerate(pairwise(row)):
            share = (x[:, i] - low) / (high - low)
            share = share if k == 0 else share.clamp(min=0.0)
            parts.append(share if k == len(row) - 2 else share.clamp(max=1.0))
    return (torch.stack(parts, dim=1),) * 2


def _standardize(torch, layer, own, x, training):
    mean, deviation = (torch.tensor(given, dtype=x.dtype) for given in (layer.mean, layer.deviation))
    return ((x - mean) / deviation,) * 2


def _embedding(torch, layer, own, x, training):
    """Numbers as they are, then of each code its row of the table."""
    numbers = x.shape[1] - len(layer.tables)
    parts = [x[:, :numbers]]
    for k, (categories, _) in enumerate(layer.tables):
        codes = x[:, numbers + k].clamp(0, categories - 1).long()
        parts.append(torch.nn.functional.embedding(codes, own[f"table_{k + 1}"]))
    return (torch.cat(parts, 1),) * 2


def _unchanged(torch, layer, own, x, training):
    """Two libraries draw different changes, so there is a peer where nothing is changed."""
    return x, x


LAYERS = {
    "Input": None,
    "Standardize": _standardize,
    "Augment": _unchanged,
    "Embedding": _embedding,
    "Dense": _dense_layer,
    "Conv2D": _convolution,
    "MaxPool2D": _largest,
    "AvgPool2D": _average,
    "GlobalAvgPool2D": _whole_average,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "Activation": _activation_layer,
    "Dropout": _dropout,
    "Flatten": _view(lambda layer: (-1,)),
    "Reshape": _view(lambda layer: layer.shape),
    "Residual": _residual,
    "Ensemble": _ensemble,
    "PiecewiseLinear": _piecewise_linear,
}

# --- optimizers: kind → (torch.optim, parameters, options) → optimizer -----------------------------------------------


def _momentum(nesterov):
    return lambda t, p, o: t.SGD(p, lr=1.0, momentum=o["momentum"], nesterov=nesterov, weight_decay=o["weight_decay"])


def _adam(name):
    return lambda t, p, o: getattr(t, name)(
        p, lr=1.0, betas=(o["beta_1"], o["beta_2"]), eps=o["epsilon"], weight_decay=o["weight_decay"]
    )


OPTIMIZERS = {
    "gradient_descent": lambda t, p, o: t.SGD(p, lr=1.0, weight_decay=o["weight_decay"]),
    "sgd": lambda t, p, o: t.SGD(p, lr=1.0, weight_decay=o["weight_decay"]),
    "momentum": _momentum(False),
    "nesterov": _momentum(True),
    "rmsprop": lambda t, p, o: t.RMSprop(p, lr=1.0, alpha=o["rho"], eps=o["epsilon"], weight_decay=o["weight_decay"]),
    "adagrad": lambda t, p, o: t.Adagrad(p, lr=1.0, eps=o["epsilon"], weight_decay=o["weight_decay"]),
    "adam": _adam("Adam"),
    "adamw": _adam("AdamW"),
}

# --- schedules: kind → (lr_scheduler, optimizer, options, steps an epoch, steps) → (scheduler, stepped by epochs)


def _warm_up(s, optimizer, o, per_epoch, total):
    line = s.LinearLR(optimizer, start_factor=o["start"] / o["then"]["rate"], total_iters=o["steps"])
    after = s.ConstantLR(optimizer, factor=1.0, total_iters=0)
    return s.SequentialLR(optimizer, [line, after], [o["steps"]]), False


def _cosine(s, optimizer, o, per_epoch, total):
    length, rate = o["steps"] or total, o["rate"]
    shape = lambda k: o["final"] / rate + (1 - o["final"] / rate) * (1 + math.cos(math.pi * min(k / length, 1))) / 2  # noqa: E731
    if o["steps"] is None:
        return s.CosineAnnealingLR(optimizer, length, o["final"]), False
    return s.LambdaLR(optimizer, shape), False  # CosineAnnealingLR rises again after its end


def _one_cycle(s, optimizer, o, per_epoch, total):
    made = s.OneCycleLR(
        optimizer, o["rate"], total_steps=total, pct_start=o["warm_fraction"], div_factor=o["start_divisor"],
        final_div_factor=o["final_divisor"], anneal_strategy={"cosine": "cos"}.get(o["shape"], "linear"),
        cycle_momentum=False,
    )  # fmt: skip
    return made, False


SCHEDULES = {
    "constant": lambda s, p, o, n, total: (s.ConstantLR(p, factor=1.0), False),
    "step": lambda s, p, o, n, total: (s.StepLR(p, o["every"], o["factor"]), o["unit"] == "epoch"),
    "exponential": lambda s, p, o, n, total: (s.ExponentialLR(p, o["factor"]), o["unit"] == "epoch"),
    "cosine": _cosine,
    "warm_up": _warm_up,
    "one_cycle": _one_cycle,
}


# --- the training ----------------------------------------------------------------------------------------------------


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
