"""The peer's activations and losses: what PyTorch calls each kind.

What PyTorch does not have is written out in its operations, never in ours.
"""

from __future__ import annotations

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
