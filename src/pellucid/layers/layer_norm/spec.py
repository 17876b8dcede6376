"""LayerNorm: the channels of one sample brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.layers.base import Layer, Parameter
from pellucid.layers.norms import check_share, gamma_and_beta
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.layer_norm.kernels"


@dataclass(frozen=True)
class LayerNorm(Layer):
    """a = γ (x − mean) / √(variance + ε) + β over the last axis of each sample (Ba, Kiros and Hinton 2016).

    The same while training and otherwise. Parameters ``gamma`` and ``beta`` (C,).

    Parameters
    ----------
    epsilon : float
        1e-5 as in PyTorch (Keras: 1e-3).
    name : str, optional

    Examples
    --------
    >>> from pellucid import Dense, Input, LayerNorm, Network
    >>> Network([Input(3), Dense(4), LayerNorm()]).parameter_count
    24
    """

    kind = "LayerNorm"
    epsilon: float = 1e-5
    name: str | None = None

    def __post_init__(self) -> None:
        check_share(self.epsilon, "LayerNorm: epsilon", zero=False)

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        return inputs

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return gamma_and_beta(inputs[-1])

    def plan(self, p: LayerPlan) -> Slot:
        shared = {"N": p.input.units // p.input.shape[-1], "C": p.input.shape[-1]}
        C = shared["C"]
        gamma, beta = p.parameter("gamma"), p.parameter("beta")
        epsilon = p.constant("epsilon", self.epsilon)
        a = p.values("a", p.input.shape)
        x, da, sums = p.input, p.delta(a), p.sums("sums", 2 * C)
        p.forward(f"{KERNELS}:forward", shared, x=x, a=a, gamma=gamma, beta=beta, epsilon=epsilon)
        p.backward(f"{KERNELS}:sums", shared, x=x, epsilon=epsilon, da=da, sums=sums)
        if p.wants_input_delta:
            p.backward(f"{KERNELS}:backward", shared, x=x, gamma=gamma, epsilon=epsilon, da=da, dx=p.input_delta)
        p.sum_groups(gamma, sums, 2 * C)
        p.sum_groups(beta, sums, 2 * C, first=C)
        return a
