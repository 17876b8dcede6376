"""Checks of the weights, the units and the gradients that reach them, on a trace of some rows in float64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.doctor.case import Case
from pellucid.doctor.findings import Finding, Place

if TYPE_CHECKING:
    from pellucid.trace.values import LayerTrace

FLAT = 0.01  # f′(z) below this share of its largest value: the unit hardly learns
NEARLY_ALL = 0.99  # of the rows
MANY = 0.25  # of a layer's units
VANISHED, GONE, EXPLODED = 1e-3, 1e-6, 1e3  # ‖δ‖ of a layer beside that of the last one
LISTED = 8


def weights_finite(case: Case) -> Iterator[Finding]:
    """Weights that are NaN or infinite."""
    for name, array in case.net.weights.items():
        bad = int((~np.isfinite(array)).sum())
        if bad:
            index = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
            yield Finding(
                "weights not finite", "error", f"{bad:,} of {array.size:,} numbers are NaN or infinite.",
                Place(layer=name.rpartition(".")[0], weights=f"{name}[{', '.join(map(str, index))}]"), {"numbers": bad},
                "The training diverged: begin again with fresh weights and a smaller learning rate.", 3.0,
            )  # fmt: skip
            return


def slopes(layer: LayerTrace) -> tuple[NDArray[Any], float] | None:
    """f′(z) of every row (and place) and unit, (rows, units), and the largest that f has; None without an own f."""
    f = layer.activation
    if layer.z is None or f is None or not f.elementwise or f.name in ("identity", "step") or layer.kind == "Residual":
        return None
    z = layer.z.reshape(-1, layer.z.shape[-1]).astype(float)
    return f.derivative(z), float(f.derivative(np.linspace(-8, 8, 3201)).max())


def _hidden(case: Case) -> Iterator[tuple[LayerTrace, NDArray[Any], float]]:
    last = case.net.layers[-1][0]
    for layer in case.trace:
        found = None if layer.name == last else slopes(layer)
        if found is not None:
            yield layer, *found


def dead_units(case: Case) -> Iterator[Finding]:
    """Units that are flat for every row: their weights cannot learn."""
    for layer, slope, _ in _hidden(case):
        dead = np.flatnonzero((np.abs(slope) < 1e-12).all(axis=0))
        if not len(dead):
            continue
        assert layer.z is not None
        z = layer.z.reshape(-1, layer.z.shape[-1])[:, dead]
        units, rows = slope.shape[1], len(layer.z)
        share = len(dead) / units
        worst = int(dead[z.max(axis=0).argmin()])
        yield Finding(
            "dead units", "error" if share == 1 else "warning" if share >= MANY else "note",
            f"{len(dead):,} of {units:,} units have slope 0 for all {rows:,} rows: they say the same to every row, and "
            f"no gradient passes.",
            Place(layer=layer.name, unit=str(worst)),
            {"dead units": len(dead), "units": units, "which": _listed(dead), "largest z": float(z.max())},
            "Start again with a smaller learning rate or bias, or use leaky_relu or elu."
            if case.trained else "Use the initializer he_normal and scaled inputs, or leaky_relu.", share,
        )  # fmt: skip


def saturated_units(case: Case) -> Iterator[Finding]:
    """Units at the flat ends of their activation for nearly all rows."""
    for layer, slope, steepest in _hidden(case):
        flat = np.abs(slope) < FLAT * steepest
        dead = (np.abs(slope) < 1e-12).all(axis=0)
        bounded = layer.activation.name in ("sigmoid", "tanh", "hard_sigmoid", "softsign")
        found = np.flatnonzero((flat.mean(axis=0) >= NEARLY_ALL) & ~dead)
        if not len(found) or not bounded:
            continue
        assert layer.z is not None
        z = layer.z.reshape(-1, layer.z.shape[-1])[:, found]
        one_side = int(((z > 0).all(axis=0) | (z < 0).all(axis=0)).sum())
        units = slope.shape[1]
        share = len(found) / units
        worst = int(found[np.abs(z).mean(axis=0).argmax()])
        grave = (share > 0.5 and not case.trained) or one_side / units >= MANY or share == 1
        yield Finding(
            "saturated units", "warning" if grave else "note",
            f"{len(found):,} of {units:,} units lie at the flat ends of {layer.activation.name} for at least 99 % of "
            f"the rows and hardly learn; {one_side:,} of them always at the same end.",
            Place(layer=layer.name, unit=str(worst)),
            {"saturated units": len(found), "units": units, "which": _listed(found),
             "mean |z|": float(np.abs(z).mean()), "always at the same end": one_side},
            "Scale the inputs and use smaller initial weights (glorot_uniform); in hidden layers relu does not "
            "saturate." if grave else "Nothing, while the network does well: the unit has decided.", share,
        )  # fmt: skip


def gradients_by_layer(case: Case) -> Iterator[Finding]:
    """How long δ is in each layer, beside the last one's: it vanishes or explodes on its way back."""
    norms = {
        layer.name: float(np.linalg.norm(layer.delta.reshape(len(layer.delta), -1).astype(float), axis=1).mean())
        for layer in case.trace if layer.weights is not None and layer.delta is not None
    }  # fmt: skip
    if len(norms) < 2:
        return
    names = list(norms)
    last = norms[names[-1]]
    if last == 0 or not np.isfinite(list(norms.values())).all():
        return
    ratios = {name: norms[name] / last for name in names}
    low, high = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    shown = {f"‖δ‖ of {name}": norms[name] for name in (names if len(names) <= 6 else [*names[:3], *names[-3:]])}
    if ratios[low] < VANISHED:
        yield Finding(
            "vanishing gradients", "error" if ratios[low] < GONE else "warning",
            f"On its way back from the last layer δ shrinks to {ratios[low]:.2g} of its length, so this layer hardly "
            f"learns.",
            Place(layer=low), {"share of the last layer's": ratios[low], **shown},
            "Use relu with he_normal instead of sigmoid or tanh, fewer layers, BatchNorm, or Residual.",
            float(-np.log10(max(ratios[low], 1e-30))),
        )  # fmt: skip
    if ratios[high] > EXPLODED:
        yield Finding(
            "exploding gradients", "warning",
            f"On its way back from the last layer δ grows to {ratios[high]:.2g} times its length, so a step changes "
            f"this layer wildly.",
            Place(layer=high), {"times the last layer's": ratios[high], **shown},
            "Use smaller initial weights (he_normal or glorot_uniform), scaled inputs, BatchNorm, or a smaller rate.",
            float(np.log10(ratios[high])),
        )  # fmt: skip


def _listed(units: NDArray[np.int64]) -> str:
    return ", ".join(map(str, units[:LISTED].tolist())) + (
        f" and {len(units) - LISTED} more" if len(units) > LISTED else "")  # fmt: skip
