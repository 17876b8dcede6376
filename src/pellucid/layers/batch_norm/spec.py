"""BatchNorm: each channel brought to mean 0 and variance 1 over the batch, then scaled and shifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.layers.base import Layer, Parameter, Statistic
from pellucid.layers.norms import check_share, gamma_and_beta
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.batch_norm.kernels"


@dataclass(frozen=True)
class BatchNorm(Layer):
    """a = γ (x − mean) / √(variance + ε) + β for each channel, the last axis (Ioffe and Szegedy 2015).

    While training, mean and variance are the batch's, over its samples and all positions of a picture; running ones
    move towards them and are used otherwise: running ← momentum · running + (1 − momentum) · batch. A batch of one
    number for each channel has no variance: it becomes ``beta``, and the running one stays (PyTorch refuses it).
    Parameters ``gamma`` and ``beta`` (C,), statistics ``mean`` and ``variance`` (C,).

    Parameters
    ----------
    momentum : float
        0.9 as in PyTorch (there written 0.1; Keras: 0.99, which is slow for short trainings).
    epsilon : float
        1e-5 as in PyTorch (Keras: 1e-3).
    name : str, optional

    Examples
    --------
    >>> from pellucid import BatchNorm, Conv2D, Input, Network
    >>> Network([Input((8, 8, 1)), Conv2D(4, bias=False), BatchNorm()]).parameter_count
    44
    """

    kind = "BatchNorm"
    momentum: float = 0.9
    epsilon: float = 1e-5
    name: str | None = None

    def __post_init__(self) -> None:
        check_share(self.momentum, "BatchNorm: momentum", zero=True)
        check_share(self.epsilon, "BatchNorm: epsilon", zero=False)

    @property
    def needs_whole_batch(self) -> bool:
        return True

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        return inputs

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return gamma_and_beta(inputs[-1])

    def statistics(self, inputs: Shape) -> tuple[Statistic, ...]:
        return Statistic("mean", (inputs[-1],), 0.0), Statistic("variance", (inputs[-1],), 1.0)

    def plan(self, p: LayerPlan) -> Slot:
        shared = {"N": p.input.units // p.input.shape[-1], "C": p.input.shape[-1]}
        C = shared["C"]
        gamma, beta = p.parameter("gamma"), p.parameter("beta")
        mean, variance = p.parameter("mean"), p.parameter("variance")
        options = p.constant("options", self.momentum, self.epsilon)
        a = p.values("a", p.input.shape)
        batch, groups, sums = p.scratch("batch", 2 * C), p.sums("moments", 2 * C), p.sums("sums", 2 * C)
        x, da = p.input, p.delta(a)
        if p.training:
            p.forward(f"{KERNELS}:moments", shared, training=True, x=x, into=groups)
            p.forward(f"{KERNELS}:combine", shared, over="tiles", training=True, groups=groups, batch=batch, mean=mean,
                      variance=variance, options=options)  # fmt: skip
        else:
            p.forward(f"{KERNELS}:take_running", over="tiles", training=True, C=C, batch=batch, mean=mean,
                      variance=variance, options=options)  # fmt: skip
        p.forward(f"{KERNELS}:forward", shared, x=x, a=a, batch=batch, mean=mean, variance=variance,
                  gamma=gamma, beta=beta, options=options)  # fmt: skip
        dgamma, dbeta = p.gradient_of(gamma), p.gradient_of(beta)
        p.backward(f"{KERNELS}:sums", shared, x=x, batch=batch, da=da, sums=sums)
        p.backward(f"{KERNELS}:gradient", over="tiles", C=C, sums=sums, dgamma=dgamma, dbeta=dbeta)
        if p.wants_input_delta:
            if not p.training:  # the moments do not depend on x, so nothing flows back through them
                dgamma = dbeta = p.constant("nothing", *[0.0] * C)
            p.backward(f"{KERNELS}:backward", shared, x=x, batch=batch, gamma=gamma, dgamma=dgamma, dbeta=dbeta,
                       da=da, dx=p.input_delta)  # fmt: skip
        return a
