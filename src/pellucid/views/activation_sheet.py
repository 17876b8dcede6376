"""The activations with their derivatives: as text, and as a sheet of curves in SVG or PNG.

All numbers and curves come from the activations' own formulas, those that the engine trains with.
"""

from __future__ import annotations

import io
import os
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.activations import ACTIVATIONS
from pellucid.activations.table import Activation
from pellucid.errors import DescriptionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AT = (-2.0, -1.0, 0.0, 1.0, 2.0)  # weighted inputs at which values are listed
SPAN = 4.0  # curves run from −SPAN to SPAN
COLUMNS = 4
BLUE, RED, GREY = "#1f5fa8", "#c8442d", "#b8bcc2"
FORMATS = (".svg", ".png")


def curves(activation: Activation, z: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """a = f(z) and da/dz. Of softmax: of one unit beside two others with weighted input 0."""
    if activation.elementwise:
        return activation(z), activation.derivative(z)
    units = np.stack([z, np.zeros_like(z), np.zeros_like(z)], axis=-1)
    return activation(units)[..., 0], activation.derivative(units)[..., 0]


def value_range(activation: Activation) -> str:
    """Between which values the activation lies, from its formula.

    >>> value_range(ACTIVATIONS.get("sigmoid")), value_range(ACTIVATIONS.get("relu"))
    ('0 … 1', '0 … ∞')
    """
    far = np.array([-2e6, -1e6, 1e6, 2e6])
    a_far = curves(activation, far)[0]
    a = np.concatenate([curves(activation, np.linspace(-50, 50, 100_001))[0], a_far])
    low = "−∞" if a_far[1] - a_far[0] > 1 else _short(float(a.min()))
    high = "∞" if a_far[3] - a_far[2] > 1 else _short(float(a.max()))
    return f"{low} … {high}"


def activation_text(width: int = 80) -> str:
    """The table of activations, for a terminal."""
    found = [ACTIVATIONS.get(kind) for kind in ACTIVATIONS]
    wide = max(len(a.name) for a in found)
    lines = ["Activations a = f(z) of a weighted input z, and their derivatives a′ = da/dz", ""]
    for a in found:
        aliases = f" (also {', '.join(a.aliases)})" if a.aliases else ""
        note = f" {a.note}." if a.note else ""
        options = "".join(f" {name} = {value:g}." for name, value in a.to_dict().items() if name != "kind")
        remark = " ".join((a.__doc__ or "").partition("\n\n")[0].split()) if type(a).__doc__ else ""
        lines.append(f"{a.name}{aliases}")
        lines += [f"    {a.formula}", f"    a′ = {a.formula_derivative}", f"    range {value_range(a)}"]
        lines += textwrap.wrap(
            f"{remark}{options}{note}", min(width, 100), initial_indent="    ", subsequent_indent="    "
        )
        lines.append("")
    size = max(len(_value(v)) for a in found for part in curves(a, np.array(AT)) for v in part)
    head = "".join(f"  {_short(z):>{size}}" for z in AT)
    for symbol, part in (("a", 0), ("a′", 1)):
        lines.append(f"{symbol + ' at z =':<{wide}}{head}")
        for a in found:
            values = "".join(f"  {_value(float(v)):>{size}}" for v in curves(a, np.array(AT))[part])
            lines.append(f"{a.name:<{wide}}{values}")
        lines.append("")
    lines.append("Softmax takes a whole layer: listed is one unit beside two others with z = 0.")
    return "\n".join(lines)


def draw_activation_sheet(path: str | os.PathLike[str]) -> None:
    """Draw every activation and its derivative on a sheet.

    Parameters
    ----------
    path : path
        A file that ends with .svg or .png.

    Raises
    ------
    DescriptionError
        Another ending.
    ModelFileError
        The file cannot be written.
    """
    from pellucid.record.model_file import write_whole

    ending = Path(path).suffix.lower()
    if ending not in FORMATS:
        raise DescriptionError(f'{path}: expected a file that ends with .svg or .png, not "{ending}".')
    write_whole(path, _picture(ending[1:]))


def _picture(form: str) -> bytes:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    kinds = [ACTIVATIONS.get(kind) for kind in ACTIVATIONS]
    rows = -(-(len(kinds) + 1) // COLUMNS)  # and one place for the key
    with matplotlib.rc_context({"font.family": "DejaVu Sans", "svg.hashsalt": "pellucid", "svg.fonttype": "path"}):
        figure = Figure(
            figsize=(3.4 * COLUMNS, 2.9 * rows + 0.7),
            layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1),
            facecolor="white",
        )
        figure.suptitle("Activations  a = f(z)  and their derivatives  a′ = da/dz", fontsize=17, fontweight="bold")
        grid = figure.subplots(rows, COLUMNS)
        places = list(grid.flat)
        for axes, activation in zip(places, kinds, strict=False):
            _draw(axes, activation)
        _key(places[len(kinds)])
        for axes in places[len(kinds) + 1 :]:
            axes.set_axis_off()
        picture = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {}
        figure.savefig(picture, format=form, dpi=150, metadata=metadata)
    return picture.getvalue()


def _draw(axes: Axes, activation: Activation) -> None:
    z = np.linspace(-SPAN, SPAN, 1601)
    a, slope = curves(activation, z)
    axes.axhline(0, color=GREY, linewidth=0.8, zorder=1)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
    axes.plot(z, _broken(slope), color=RED, linewidth=1.6, linestyle=(0, (5, 2)), zorder=2)
    axes.plot(z, _broken(a), color=BLUE, linewidth=2.2, zorder=3)
    axes.set(xlim=(-SPAN, SPAN), ylim=(-2.2, 2.2), xticks=[-4, -2, 0, 2, 4], yticks=[-2, -1, 0, 1, 2])
    axes.tick_params(labelsize=8, color=GREY)
    for side in axes.spines.values():
        side.set_color(GREY)
    derivative = activation.formula_derivative.replace("; ", "\n")
    axes.set_title(activation.name, fontsize=12, fontweight="bold", loc="left", pad=34 + 11 * derivative.count("\n"))
    axes.annotate(
        activation.formula, (0, 1), (0, 19 + 11 * derivative.count("\n")), xycoords="axes fraction",
        textcoords="offset points", fontsize=9.5, color=BLUE, va="bottom", annotation_clip=False,
    )  # fmt: skip
    axes.annotate(
        f"a′ = {derivative}", (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", fontsize=9.5,
        color=RED, va="bottom", annotation_clip=False,
    )  # fmt: skip


def _key(axes: Axes) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.plot([0.05, 0.25], [0.8, 0.8], color=BLUE, linewidth=2.2)
    axes.text(0.32, 0.8, "a = f(z)", va="center", fontsize=11)
    axes.plot([0.05, 0.25], [0.6, 0.6], color=RED, linewidth=1.6, linestyle=(0, (5, 2)))
    axes.text(0.32, 0.6, "a′ = da/dz", va="center", fontsize=11)
    axes.text(
        0.05, 0.36, "All plots have the same axes.\nSoftmax: one unit beside\ntwo others with z = 0.",
        va="top", fontsize=9,
    )  # fmt: skip


def _broken(values: NDArray[Any]) -> NDArray[Any]:
    """The values with a gap where they jump, so that no upright line is drawn there."""
    broken = values.copy()
    broken[np.flatnonzero(np.abs(np.diff(values)) > 0.1)] = np.nan
    return broken


def _short(value: float) -> str:
    """Few digits, with a true minus sign.

    >>> _short(-0.27846), _short(1.0), _short(-2.0)
    ('−0.278', '1', '−2')
    """
    rounded = round(value, 3) + 0.0
    return f"{rounded:g}".replace("-", "−")


def _value(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}".replace("-", "−")
