"""Dense: every unit is connected with every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.activations import Activation
from pellucid.errors import DescriptionError
from pellucid.initializers import Initializer
from pellucid.layers.base import Parameter, check_whole
from pellucid.layers.weighted import WeightedLayer
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.builder import Fields
    from pellucid.plan.layer_plan import LayerPlan
    from pellucid.regularizers import Regularizer

KERNELS = "pellucid.layers.dense.kernels"
WIDE = "pellucid.layers.dense.wide"
FAR = 2**17  # weights, half a megabyte: no more stay near a core
ROOM = 128 * 128  # weights that a worker lays out at a time


@dataclass(frozen=True)
class Dense(WeightedLayer):
    """z_o = b_o + Σ_i w_io x_i and a_o = f(z_o): a layer of units that are connected with all inputs.

    Takes samples of shape (I,), gives (units,). Parameters: ``weights`` (I, units) and ``bias`` (units,). Backward,
    with δ = ∂C/∂z: ∂C/∂w_io = Σ_s x_i δ_o, ∂C/∂b_o = Σ_s δ_o, ∂C/∂x_i = Σ_o w_io δ_o (Rumelhart, Hinton and Williams
    1986).

    Parameters
    ----------
    units : int
        How many units the layer has.
    activation : str or Activation
        f; ``"identity"`` unless given. ``pellucid activations`` shows them all.
    bias : bool
        Whether units have a bias b.
    initializer : str or Initializer, optional
        How the weights start. Unless given: he_uniform for rectifiers, lecun_normal for SELU, glorot_uniform for all
        others (Keras: always glorot_uniform).
    bias_initializer : str or Initializer
        How the biases start: zeros.
    regularizer, bias_regularizer : str or Regularizer, optional
        A penalty on large weights, for instance ``L2(0.01)``.
    name : str, optional
        ``dense_1``, ``dense_2``, … unless given.

    Raises
    ------
    DescriptionError
        An unknown name (the nearest known one is suggested), or a number of units that is not at least 1.

    Examples
    --------
    >>> from pellucid import Network, Input, Dense
    >>> Network([Input(3), Dense(4, activation="tanh"), Dense(2)]).parameter_count
    26
    """

    kind = "Dense"
    units: int = 0
    activation: str | Activation | dict[str, Any] = "identity"
    bias: bool = True
    initializer: str | Initializer | dict[str, Any] | None = None
    bias_initializer: str | Initializer | dict[str, Any] = "zeros"
    regularizer: str | Regularizer | dict[str, Any] | None = None
    bias_regularizer: str | Regularizer | dict[str, Any] | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", check_whole(self.units, "Dense: units"))
        self._find_named()

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        if len(inputs) != 1:
            shape = " × ".join(map(str, inputs))
            raise DescriptionError(
                f"{where} (Dense) takes one number for each input, but its input has shape {shape}. "
                f"Put Flatten() before it."
            )
        return (self.units,)

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        I, O = inputs[0], self.units
        return self._weights_and_bias((I, O), I, O)

    def plan(self, p: LayerPlan) -> Slot:
        I, O = p.input.units, self.units
        w, b = p.parameter("weights"), p.parameter("bias") if self.bias else None
        z = p.values("z", (O,))
        kernels, over = (KERNELS, "groups") if I * O < FAR else (WIDE, "shares")
        if kernels is WIDE:
            p.worker_room(ROOM)
        p.forward(f"{kernels}:forward", flops=2 * I * O, over=over, I=I, O=O, x=p.input, w=w, b=b, z=z)
        a = p.activation(self.f, z)
        turned = p.values("turned", (-(-O // 16) * 16,), "scratch")
        p.backward(f"{KERNELS}:turn", O=O, dz=p.delta(z), turned=turned)
        if p.wants_input_delta:
            fields: Fields = {"I": I, "O": O, "w": w, "dz": p.delta(z), "dx": p.input_delta}
            p.backward(f"{kernels}:backward", fields, flops=2 * I * O, over=over)
        p.gradient(
            f"{KERNELS}:gradient", flops=2 * I * O, tiles=p.tiles, I=I, O=O, x=p.input, turned=turned,
            dw=p.gradient_of(w), db=p.gradient_of(b),
        )  # fmt: skip
        return a
