"""What a trace holds: every number of one pass and one step, as plain frozen data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from pellucid.errors import DescriptionError, nearest
from pellucid.trace.names import Names

if TYPE_CHECKING:
    from pellucid.layers.base import Layer
    from pellucid.losses import Loss
    from pellucid.optimizers import Optimizer
    from pellucid.trace.explanation import Explanation

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class ParameterTrace:
    """A layer's array of trainable numbers, and one step of it.

    Attributes
    ----------
    name : str
        As in ``net.weights``: ``dense_1.weights``.
    value : ndarray
        Before the step.
    gradient : ndarray, optional
        ∂C/∂value, the regularizer's part included; None without targets, and for running statistics.
    new : ndarray, optional
        After the optimizer's step; None without targets.
    memories, new_memories : tuple of ndarray
        What the optimizer remembers of each number, before and after the step.
    """

    name: str
    value: Array
    gradient: Array | None = None
    new: Array | None = None
    memories: tuple[Array, ...] = ()
    new_memories: tuple[Array, ...] = ()

    @property
    def update(self) -> Array | None:
        """new − value."""
        return None if self.new is None else self.new - self.value


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """A layer's numbers for every sample of the trace. Arrays of samples are (samples, *shape).

    Attributes
    ----------
    name, kind : str
        A layer within another has both names, as in ``residual_1.conv2d_1``.
    layer : Layer
        Its description.
    input : ndarray
        What comes in.
    z : ndarray, optional
        The weighted input, where the layer has one (Residual: the sum; Activation: its input).
    a : ndarray
        The activation: what goes out.
    delta : ndarray, optional
        ∂C/∂z; of layers without a weighted input ∂C/∂a. None without targets.
    output_gradient : ndarray, optional
        ∂C/∂a; None where the loss gives ∂C/∂z directly (softmax or sigmoid with cross-entropy).
    input_gradient : ndarray, optional
        ∂C/∂input; None for the first layer of a Residual's path, where only its sum with the shortcut's is kept.
    parameters : dict of str to ParameterTrace
        ``weights``, ``bias``, ``gamma``, ``beta``.
    statistics : dict of str to ParameterTrace
        ``mean`` and ``variance`` of a BatchNorm.
    inputs, units : Names
        What the numbers are called that come in and go out.
    passes : bool
        Whether it only hands on what comes in (Flatten, Reshape, Dropout while the network is used).
    """

    name: str
    kind: str
    layer: Layer
    input: Array
    a: Array
    z: Array | None
    delta: Array | None
    output_gradient: Array | None
    input_gradient: Array | None
    inputs: Names
    units: Names
    passes: bool = False
    parameters: dict[str, ParameterTrace] = field(default_factory=dict)
    statistics: dict[str, ParameterTrace] = field(default_factory=dict)

    @property
    def weights(self) -> ParameterTrace | None:
        """The weights, where it has any."""
        return self.parameters.get("weights")

    @property
    def bias(self) -> ParameterTrace | None:
        """The biases, where it has any."""
        return self.parameters.get("bias")

    @property
    def activation(self) -> Any:
        """Its activation function f, where it has one: where there is a weighted input z."""
        return None if self.z is None else getattr(self.layer, "activation", None)


@dataclass(frozen=True, eq=False)
class Trace:
    """Every number of a network for some samples: forward, loss, backward, and one step of the optimizer.

    ``print(trace)`` shows it; ``trace["dense_1"]`` is a layer's :class:`LayerTrace`; :meth:`explain` and
    :meth:`explain_gradient` write sums out; :meth:`to_frame` gives tables.

    Attributes
    ----------
    network : str
        The network's name.
    dtype : str
        What it was computed in.
    training : bool
        Whether layers acted as they do while training (dropout, augmentation, moments of the batch).
    inputs : ndarray (samples, *input_shape)
    outputs : ndarray (samples, *output_shape)
    layers : dict of str to LayerTrace
        In the order of the forward pass; layers within a Residual or an Ensemble stand before it.
    names : Names
        Of the inputs.
    class_names : tuple of str, optional
    predicted : ndarray (samples,), optional
        The class that each sample is taken for, by name where classes have names; None where there are no classes.
    true : ndarray (samples,), optional
        The class that it is.
    targets : ndarray (samples, *output_shape), optional
        As the loss sees them: one-hot rows, smoothed where the loss smooths.
    losses : ndarray (samples,), optional
        L_s, the loss of each sample.
    shares : ndarray (samples,), optional
        What each loss counts in the cost: w_s / B, or w_s where the loss is a total. C = Σ_s shares_s L_s + penalty.
    penalty : float
        What the regularizers add.
    cost : float, optional
        C, which the gradients are the derivatives of.
    loss, optimizer : optional
        What the network is compiled with.
    rate : float, optional
        The learning rate of the step.
    step_numbers : tuple of float
        The rate and the corrections that the optimizer's formula takes in this step.
    fused : bool
        Whether the loss gives ∂C/∂z of the last layer directly.
    updates : int
        How many updates came before this step.
    input_gradient : ndarray (samples, *input_shape), optional
        ∂C/∂input.
    """

    network: str
    dtype: str
    training: bool
    inputs: Array
    outputs: Array
    layers: dict[str, LayerTrace]
    names: Names
    class_names: tuple[str, ...] | None = None
    predicted: Array | None = None
    true: Array | None = None
    targets: Array | None = None
    losses: Array | None = None
    shares: Array | None = None
    penalty: float = 0.0
    cost: float | None = None
    loss: Loss | None = None
    optimizer: Optimizer | None = None
    rate: float | None = None
    step_numbers: tuple[float, ...] = ()
    fused: bool = False
    updates: int = 0
    input_gradient: Array | None = None

    def __len__(self) -> int:
        """How many samples."""
        return len(self.inputs)

    def __iter__(self) -> Iterator[LayerTrace]:
        """The layers, in the order of the forward pass."""
        return iter(self.layers.values())

    def __getitem__(self, name: str) -> LayerTrace:
        """A layer by its name."""
        if name in self.layers:
            return self.layers[name]
        raise DescriptionError(f'No layer "{name}".{nearest(name, self.layers)} Known: {", ".join(self.layers)}.')

    @property
    def learns(self) -> bool:
        """Whether it has a loss, gradients and an update: whether targets were given."""
        return self.cost is not None

    def parameter(self, name: str) -> ParameterTrace:
        """A trainable array by its whole name, as ``dense_1.weights``."""
        known = {p.name: p for layer in self for p in layer.parameters.values()}
        if name in known:
            return known[name]
        raise DescriptionError(f'No weights "{name}".{nearest(name, known)} Known: {", ".join(known)}.')

    # --- as text and tables ------------------------------------------------------------------------------------------

    def text(self, layer: str | None = None, *, digits: int | None = 4, full: bool = False) -> str:
        """The trace as text: everything, or one layer.

        Parameters
        ----------
        layer : str, optional
            Only this one.
        digits : int, optional
            Significant digits; None gives every digit.
        full : bool
            All rows. Otherwise long tables show their largest numbers (of units the largest δ, of weights the largest
            gradients) and the spans of the rest.
        """
        from pellucid.trace.show import trace_text

        return trace_text(self, layer, digits, full)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        cost = "" if self.cost is None else f", cost {self.cost:.4g}"
        samples, layers = (
            f"{n} {what}{'' if n == 1 else 's'}" for n, what in ((len(self), "sample"), (len(self.layers), "layer"))
        )
        return f"<Trace of {self.network}: {samples}, {layers}{cost}>"

    def _repr_html_(self) -> str:
        from pellucid.trace.show import trace_html

        return trace_html(self)

    def to_frame(self, what: str | None = None, library: str = "polars") -> Any:
        """A table of numbers, every digit of them.

        Parameters
        ----------
        what : str, optional
            A layer: a row for each sample and unit with z, a and δ. Its weights, as ``"dense_1.weights"``: a row for
            each number with its gradient, update and new value. ``"input"``. Unless given: a row for each sample with
            its loss, classes, outputs and targets.
        library : {"polars", "pandas"}
            Whose DataFrame.
        """
        from pellucid.trace.frames import to_frame

        return to_frame(self, what, library)

    # --- explanations ------------------------------------------------------------------------------------------------

    def explain(self, layer: str, unit: Any = None, sample: int = 0) -> Explanation:
        """Write out how a unit's activation comes about: z term by term, then a = f(z).

        Parameters
        ----------
        layer : str
            ``"dense_1"``; or with the unit, as in ``"dense_1[2]"``.
        unit : int, tuple of int or str, optional
            A unit, a place (row, column, channel) of a layer of pictures, or a class's name. A layer of one unit needs
            none.
        sample : int
            Which sample of the trace.

        Examples
        --------
        >>> from pellucid import Dense, Input, Network
        >>> net = Network([Input(2), Dense(1, activation="relu")], dtype="float64")
        >>> net.set_weights({"dense_1.weights": [[0.5], [-2]], "dense_1.bias": [0.25]})
        >>> print(net.trace([4, 1]).explain("dense_1[0]"))
        dense_1[0] (Dense, relu)
        <BLANKLINE>
        z = b + Σ w · x
          bias             0.25
          x[0]  0.5 · 4  = 2
          x[1]   -2 · 1  = -2
          z = 0.25
        <BLANKLINE>
        a = max(z, 0), with z = 0.25
          a = 0.25
        """
        from pellucid.trace.explain import explain

        return explain(self, layer, unit, sample)

    def explain_delta(self, layer: str, unit: Any = None, sample: int = 0) -> Explanation:
        """Write out how a unit's δ comes about: from the loss, or from the δ of the next layer. As :meth:`explain`."""
        from pellucid.trace.explain import explain_delta

        return explain_delta(self, layer, unit, sample)

    def explain_gradient(self, parameter: str, index: Any = None, sample: int | None = None) -> Explanation:
        """Write out a weight's gradient: a sum over the samples, then where δ comes from.

        Parameters
        ----------
        parameter : str
            ``"dense_1.weights"``; or with the place, as in ``"dense_1.weights[0, 2]"``.
        index : int or tuple of int, optional
            (input, unit) of a dense layer's weights, (row, column, channel, filter) of a convolution's, a unit of
            biases.
        sample : int, optional
            The sample whose δ is written out; unless given the one with the largest part in the sum.
        """
        from pellucid.trace.explain import explain_gradient

        return explain_gradient(self, parameter, index, sample)

    def explain_any(self, what: str, sample: int = 0) -> Explanation:
        """The explanation of a unit, as ``"dense_1[0]"``, or of a weight's gradient, as ``"dense_1.weights[0, 1]"``."""
        from pellucid.trace.names import parse_place

        name = parse_place(what)[0]
        weights = name.rpartition(".")[0] in self.layers and name not in self.layers
        return self.explain_gradient(what) if weights else self.explain(what, sample=sample)

    def explain_update(self, parameter: str, index: Any = None) -> Explanation:
        """Write out the optimizer's step of one number: its formula with the numbers that go in."""
        from pellucid.trace.explain import explain_update

        return explain_update(self, parameter, index)
