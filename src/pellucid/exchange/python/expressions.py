"""The steps of a network as Python expressions: a writer for each operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pellucid.exchange.python import functions as f
from pellucid.exchange.steps import Step

if TYPE_CHECKING:
    from pellucid.exchange.python.write import Program


def _dense(p: Program, step: Step, x: list[str]) -> str:
    product = f"{x[0]} @ {p.array(step, 'weights')}"
    return f"{product} + {p.array(step, 'bias')}" if "bias" in step.arrays else product


def _conv(p: Program, step: Step, x: list[str]) -> str:
    layer: Any = step.layer
    return (
        f"{p.function(f.conv2d)}({x[0]}, {p.array(step, 'weights')}, {p.array(step, 'bias')}, stride={layer.stride}, "
        f"border={layer.window.border(step.shapes[0])}, dilation={layer.dilation}, groups={layer.groups})"
    )


def _pool(choose: str) -> Callable[[Program, Step, list[str]], str]:
    def write(p: Program, step: Step, x: list[str]) -> str:
        window = step.layer.window  # type: ignore[union-attr]
        return (
            f"{p.function(f.pool2d)}({x[0]}, size={window.kernel}, stride={window.stride}, "
            f"border={window.border(step.shapes[0])}, shape={step.shape[:2]}, choose=np.{choose})"
        )

    return write


def _global_average(p: Program, step: Step, x: list[str]) -> str:
    return f"np.mean({x[0]}, axis=(1, 2))"


def _batch_norm(p: Program, step: Step, x: list[str]) -> str:
    arrays = ", ".join(p.array(step, name) for name in ("gamma", "beta", "mean", "variance"))
    return f"{p.function(f.batch_norm)}({x[0]}, {arrays}, {step.layer.epsilon!r})"  # type: ignore[union-attr]


def _layer_norm(p: Program, step: Step, x: list[str]) -> str:
    arrays = ", ".join(p.array(step, name) for name in ("gamma", "beta"))
    return f"{p.function(f.layer_norm)}({x[0]}, {arrays}, {step.layer.epsilon!r})"  # type: ignore[union-attr]


def _standardize(p: Program, step: Step, x: list[str]) -> str:
    return f"({x[0]} - {p.array(step, 'mean')}) / {p.array(step, 'deviation')}"


def _embedding(p: Program, step: Step, x: list[str]) -> str:
    return f"{p.function(f.embedding)}({x[0]}, [{', '.join(p.array(step, name) for name in step.arrays)}])"


def _piecewise_linear(p: Program, step: Step, x: list[str]) -> str:
    arrays = ", ".join(p.array(step, name) for name in ("place", "left", "width", "low", "high"))
    return f"{p.function(f.piecewise_linear)}({x[0]}, {arrays})"


def _reshape(p: Program, step: Step, x: list[str]) -> str:
    return f"{x[0]}.reshape(-1, {', '.join(map(str, step.shape))})"


def _activation(p: Program, step: Step, x: list[str]) -> str:
    assert step.f is not None
    return f"{p.function(type(step.f).function)}({', '.join([x[0], *map(repr, step.f.options)])})"


def _add(p: Program, step: Step, x: list[str]) -> str:
    return f"{x[0]} + {x[1]}"


def _mean(p: Program, step: Step, x: list[str]) -> str:
    shares = step.layer.shares  # type: ignore[union-attr]
    return " + ".join(f"{share!r} * {name}" for share, name in zip(shares, x, strict=True))


WRITERS: dict[str, Callable[[Program, Step, list[str]], str]] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "MaxPool2D": _pool("max"),
    "AvgPool2D": _pool("mean"),
    "GlobalAvgPool2D": _global_average,
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "Standardize": _standardize,
    "Embedding": _embedding,
    "PiecewiseLinear": _piecewise_linear,
    "Reshape": _reshape,
    "Activation": _activation,
    "Add": _add,
    "Mean": _mean,
}
