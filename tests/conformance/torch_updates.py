"""The peer's optimizers and schedules: what PyTorch calls each kind.

What PyTorch does not have is written out in its operations, never in ours.
"""

from __future__ import annotations

import math

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
