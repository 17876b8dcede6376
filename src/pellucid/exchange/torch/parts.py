"""A network as a tree of torch's modules, described before any is made: what is built, printed and compared.

Pictures have their channels first between modules, as torch wants them, and last where they come in and go out, as
Pellucid has them. Other values lie as in Pellucid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.errors import DescriptionError
from pellucid.exchange.text import Identifiers
from pellucid.plan.parts import Shape

if TYPE_CHECKING:
    from pellucid.layers import Layer
    from pellucid.network import Network

FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)
TAKEN = (
    "append", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile", "cpu", "cuda", "double",
    "dump_patches", "eval", "extend", "extra_repr", "float", "forward", "get_buffer", "get_extra_state",
    "get_parameter", "get_submodule", "half", "insert", "ipu", "load_state_dict", "modules", "mtia", "named_buffers",
    "named_children", "named_modules", "named_parameters", "parameters", "pop", "register_backward_hook",
    "register_buffer", "register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook",
    "register_full_backward_pre_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_module", "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to", "to_empty", "train",
    "training", "type", "xpu", "zero_grad", "add_module", "pellucid",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A module.

    Attributes
    ----------
    kind : str
        Its class, in ``torch.nn`` or in ``modules.py``.
    name : str
        Within the module around it.
    given, options : tuple and dict
        The arguments of its class.
    parts : tuple of Part
        The modules within it.
    arrays : dict
        Its own numbers by torch's names.
    """

    kind: str
    name: str
    given: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)

    def state(self, prefix: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
        """All arrays by their names in the state dict, in its order."""
        for name, array in self.arrays.items():
            yield f"{prefix}{name}", array
        for part in self.parts:
            yield from part.state(f"{prefix}{part.name}.")


def network_parts(net: Network, weights: Mapping[str, NDArray[Any]] | None = None) -> Part:
    """The whole network; with arrays other than its own where ``weights`` says so."""
    made = Builder(net.weights if weights is None else weights).chain(net.layers, net.input_shape, "", net.name)
    parts = list(made.parts)
    if len(net.input_shape) == 3:
        parts.insert(0, Part("Permute", _own("channels_first", parts), FIRST))
    if len(net.output_shape) == 3:
        parts.append(Part("Permute", _own("channels_last", parts), LAST))
    return Part("Sequential", "", parts=tuple(parts))


class Builder:
    """Describes layer after layer."""

    def __init__(self, weights: Mapping[str, NDArray[Any]]) -> None:
        self.weights = weights
        self.order: NDArray[Any] | None = None  # in which torch's Flatten has put the numbers of a picture

    def chain(self, layers: Sequence[tuple[str, Layer]], shape: Shape, prefix: str, name: str) -> Part:
        """Layers one after another, as a Sequential."""
        parts: list[Part] = []
        for k, (label, layer) in enumerate(layers):
            if layer.kind not in MAKERS:
                raise DescriptionError(f'Layer "{prefix}{label}" ({layer.kind}) cannot be exported. Use net.save.')
            rest = [one for _, one in layers[k + 1 :]]
            parts += MAKERS[layer.kind](self, layer, label, prefix + label, shape, rest)
            shape = layer.output_shape(shape, label)
            if layer.kind in ("Dense", "Conv2D", "Residual", "Activation") and layer.f.name != "identity":  # type: ignore[attr-defined]
                f = layer.f  # type: ignore[attr-defined]
                own = label if layer.kind == "Activation" else f"{label}_{f.name}"
                parts.append(activation(f, own, shape))
        named: list[Part] = []
        for part in parts:
            named.append(replace(part, name=_own(part.name, named)))
        return Part("Sequential", name, parts=tuple(named))

    def arrays(self, name: str, **names: str) -> dict[str, NDArray[Any]]:
        """A layer's arrays by torch's names, those that there are."""
        return {
            theirs: self.weights[f"{name}.{own}"] for theirs, own in names.items() if f"{name}.{own}" in self.weights
        }


def _own(name: str, others: list[Part]) -> str:
    """An identifier that no other module beside it has, and that is no attribute of torch's modules."""
    plain, taken, count = Identifiers()[name], {*TAKEN, *(part.name for part in others)}, 1
    unique = plain
    while unique in taken:
        count += 1
        unique = f"{plain}_{count}"
    return unique


Maker = Callable[[Builder, Any, str, str, Shape, list[Any]], list[Part]]
PLAIN = {
    "sigmoid": "Sigmoid", "hard_sigmoid": "Hardsigmoid", "tanh": "Tanh", "relu": "ReLU", "selu": "SELU", "gelu": "GELU",
    "silu": "SiLU", "softplus": "Softplus", "softsign": "Softsign", "step": "Step",
}  # fmt: skip


def activation(f: Any, name: str, shape: Shape) -> Part:
    """An activation as a module."""
    if f.name == "softmax":
        return Part("Softmax", name, options={"dim": 1 if len(shape) == 3 else -1})
    if f.name in ("leaky_relu", "elu"):
        option = {"leaky_relu": "negative_slope", "elu": "alpha"}[f.name]
        return Part("LeakyReLU" if f.name == "leaky_relu" else "ELU", name, options={option: f.options[0]})
    return Part(PLAIN[f.name], name)


def _nothing(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    return []


def _dense(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    arrays = b.arrays(name, weight="weights", bias="bias")
    weights = arrays["weight"] if b.order is None else arrays["weight"][b.order]
    b.order = None
    options = {} if layer.bias else {"bias": False}
    return [Part("Linear", label, (shape[0], layer.units), options, arrays=arrays | {"weight": weights.T})]


def _conv(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    arrays = b.arrays(name, weight="weights", bias="bias")
    arrays["weight"] = arrays["weight"].transpose(3, 2, 0, 1)
    (top, bottom), (left, right) = layer.window.border(shape)
    options: dict[str, Any] = {"stride": layer.stride} if layer.stride != (1, 1) else {}
    options |= {"dilation": layer.dilation} if layer.dilation != (1, 1) else {}
    options |= {"groups": layer.groups} if layer.groups > 1 else {}
    options |= {} if layer.bias else {"bias": False}
    before = []
    if (top, left) != (bottom, right):
        before = [Part("ZeroPad2d", f"{label}_border", ((left, right, top, bottom),))]
    elif top or left:
        options["padding"] = (top, left)
    return [*before, Part("Conv2d", label, (shape[2], layer.filters, layer.kernel), options, arrays=arrays)]


def _pool(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    window, largest = layer.window, layer.kind == "MaxPool2D"
    (top, bottom), (left, right) = window.border(shape)
    given = (window.kernel, window.stride)
    kind = "MaxPool2d" if largest else "AvgPool2d"
    if not (top or bottom or left or right):
        return [Part(kind, label, given)]
    if (top, left) == (bottom, right) and 2 * top <= window.kernel[0] and 2 * left <= window.kernel[1]:
        return [Part(kind, label, (*given, (top, left)), {} if largest else {"count_include_pad": False})]
    border = (left, right, top, bottom)
    if not largest:
        return [Part("AveragePool", label, (*given, border))]
    return [Part("ConstantPad2d", f"{label}_border", (border, -np.inf)), Part(kind, label, given)]


def _global_average(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    return [Part("AdaptiveAvgPool2d", label, (1,)), Part("Flatten", f"{label}_flatten")]


def _batch_norm(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    arrays = b.arrays(name, weight="gamma", bias="beta", running_mean="mean", running_var="variance")
    arrays["num_batches_tracked"] = np.array(0)
    options = {"eps": layer.epsilon, "momentum": round(1.0 - layer.momentum, 12)}
    kind = "BatchNorm2d" if len(shape) == 3 else "BatchNorm1d"
    return _between(len(shape) == 2, Part(kind, label, (shape[-1],), options, arrays=arrays), (0, 2, 1), (0, 2, 1))


def _layer_norm(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    part = Part(
        "LayerNorm", label, (shape[-1],), {"eps": layer.epsilon}, arrays=b.arrays(name, weight="gamma", bias="beta")
    )
    return _between(len(shape) == 3, part, LAST, FIRST)


def _between(turn: bool, part: Part, before: tuple[int, ...], after: tuple[int, ...]) -> list[Part]:
    """A module between two turns of the axes, where these are needed."""
    if not turn:
        return [part]
    return [Part("Permute", f"{part.name}_turn", before), part, Part("Permute", f"{part.name}_turn_back", after)]


def _dropout(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    return [Part("Dropout", label, (float(layer.rate),))]


def _flatten(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    """Before a Linear torch's own order is kept, and the Linear's weights are turned."""
    turn, flat = [], Part("Flatten", label)
    if len(shape) == 3:
        after = [one for one in rest if not _passes(one)]
        if after and after[0].kind == "Dense":
            b.order = np.arange(np.prod(shape)).reshape(shape).transpose(2, 0, 1).ravel()
        else:
            turn = [Part("Permute", f"{label}_turn", LAST)]
    return [*turn, flat]


def _passes(layer: Any) -> bool:
    """Whether it treats every number alike, so that their order makes no difference."""
    return layer.kind == "Dropout" or (layer.kind == "Activation" and bool(layer.f.elementwise))


def _reshape(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    made = [Part("Reshape", label, layer.output_shape(shape, label))]
    if len(shape) == 3:
        made.insert(0, Part("Permute", f"{label}_turn", LAST))
    if len(made[-1].given) == 3:
        made.append(Part("Permute", f"{label}_turn_back", FIRST))
    return made


def _standardize(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    numbers = tuple(np.broadcast_to(getattr(layer, k), shape[-1]).tolist() for k in ("mean", "deviation"))
    return [Part("Standardize", label, numbers, {"pictures": True} if len(shape) == 3 else {})]


def _embedding(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    arrays = {f"tables.{k}.weight": b.weights[f"{name}.table_{k + 1}"] for k in range(len(layer.tables))}
    return [Part("Codes", label, (list(layer.tables),), arrays=arrays)]


def _piecewise_linear(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    return [Part("PiecewiseLinear", label, ([list(row) for row in layer.edges],))]


def _residual(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    path = b.chain([(one.label, one) for one in layer.layers], shape, f"{name}.", "path")
    beside = b.chain([(one.label, one) for one in layer.shortcut], shape, f"{name}.shortcut.", "shortcut")
    return [Part("Residual", label, parts=(path, beside))]


def _ensemble(b: Builder, layer: Any, label: str, name: str, shape: Shape, rest: list[Any]) -> list[Part]:
    members = tuple(
        b.chain([(one.label, one) for one in member], shape, f"{name}.member_{k}.", f"member_{k}")
        for k, member in enumerate(layer.members, start=1)
    )
    return [Part("WeightedMean", label, options={"shares": [float(share) for share in layer.shares]}, parts=members)]


MAKERS: dict[str, Maker] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "MaxPool2D": _pool,
    "AvgPool2D": _pool,
    "GlobalAvgPool2D": _global_average,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "Activation": _nothing,
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Residual": _residual,
    "Standardize": _standardize,
    "Augment": _nothing,
    "Embedding": _embedding,
    "Ensemble": _ensemble,
    "PiecewiseLinear": _piecewise_linear,
}
