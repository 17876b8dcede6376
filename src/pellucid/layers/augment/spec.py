"""Augment: every picture changed a little and at random, another way at each step of training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.errors import DescriptionError, unknown
from pellucid.layers.base import Layer, check_whole
from pellucid.layers.window import Window
from pellucid.plan.parts import Shape, Slot

if TYPE_CHECKING:
    from pellucid.plan.builder import Fields
    from pellucid.plan.layer_plan import LayerPlan

KERNELS = "pellucid.layers.augment.kernels"
FLIPS = ("", "horizontal", "vertical", "both")
# What is drawn for a sample: pixels, radians, factors (−1 for a flip) and the square's first row and column.
NAMES = (
    "down", "across", "rotate", "zoom", "shear", "top_bottom", "left_right", "contrast", "brightness", "cut_row",
    "cut_column",
)  # fmt: skip
Pair = tuple[float, float]


@dataclass(frozen=True)
class Augment(Layer):
    """While training, each picture is moved, turned, bent and toned at random; otherwise it stays as it is.

    Takes pictures (H, W, C), gives pictures of the same shape; stands where pictures come in, after ``Input``. What is
    drawn depends on the seed, the update, the sample's place in the batch and the layer alone, so it is the same on
    any number of threads. With r uniform in (−1, 1), another one for each field and sample, in this order:

    ========== ===========================================================================================
    shear      x ← x + y tan(r · shear) with y upwards: an upright line leans to the right where r > 0
    rotate     by r · rotate degrees, to the left where r > 0
    zoom       times 1 + r · zoom
    flip       left and right, or top and bottom, or each of the two, exchanged in every second picture
    shift      by r · shift pixels down and across
    elastic    every pixel fetched from up to ``elastic`` pixels away, up or down and across
    contrast   mean + (a − mean)(1 + r · contrast), mean that of the whole picture
    brightness a + r · brightness
    noise      a + noise · n, n normal with mean 0 and deviation 1, another one for each number
    cut_out    a square set to ``fill``
    ========== ===========================================================================================

    The first six are one map from output pixels to places in the input, around the picture's middle; the value there
    is interpolated between its four neighbours (bilinear), or taken as it is where only whole pixels and flips are
    asked for. Backward: the transpose of that map; ∂C/∂mean is spread over the picture.

    Slots ``drawn`` (what was drawn for each sample, see :data:`NAMES`), ``map`` (source row = m₀·row + m₁·column + m₂,
    source column = m₃·row + m₄·column + m₅), ``bend`` (H, W, 2) and ``a`` can be read after a step.

    Parameters
    ----------
    shift : int, float or (down, across)
        Pixels. An int means whole pixels, −shift, …, shift, all equally likely; a float any distance.
    rotate : float
        Degrees, at most 180.
    zoom : float
        A share below 1: 0.1 makes pictures up to a tenth larger or smaller.
    shear : float
        Degrees, below 90.
    flip : {"", "horizontal", "vertical", "both"}
        "horizontal" exchanges left and right.
    brightness : float
        In the units of the pixels.
    contrast : float
        A share, at most 1.
    noise : float
        A standard deviation in the units of the pixels. Normal numbers by Box and Muller (1958), from 24-bit uniform
        ones: they end at 5.8 deviations.
    cut_out : int
        Side of the square in pixels. Its middle is any pixel with the same probability, so at the border a part of it
        lies outside (DeVries and Taylor 2017).
    elastic : float
        Pixels. Displacements are drawn, uniform in ±elastic, on a grid and interpolated by cubic B-splines, so none is
        larger than ``elastic``; their standard deviation is about 0.28 ``elastic``. Simard, Steinkraus and Platt
        (2003) draw one for each pixel and smooth with a Gaussian of deviation σ; a cubic B-spline is nearly a Gaussian,
        of deviation H / elastic_grid / √3. Their σ = 4 on 29×29 is elastic_grid=4; their strength, α = 34 there, gives
        displacements of about one deviation 1.4 pixels: elastic=5.
    elastic_grid : int
        Cells of the grid along a side: more are finer waves.
    fill : float or "edge"
        What is outside of the picture; "edge": the nearest pixel of the border. In cut-out squares, "edge" means 0.
    name : str, optional

    Raises
    ------
    DescriptionError
        A field is out of its range, or the input is no picture.

    Notes
    -----
    Keras has a layer for each change (``RandomRotation``, whose factor is a part of a whole turn; ``RandomContrast``,
    around each channel's mean), PyTorch's torchvision functions that run before the network.

    Examples
    --------
    >>> from pellucid import Dense, Flatten, Input, Network
    >>> from pellucid.layers.augment.spec import Augment
    >>> Network([Input((28, 28, 1)), Augment(shift=2, rotate=10), Flatten(), Dense(10)]).output_shape
    (10,)
    """

    kind = "Augment"
    shift: float | Pair = 0
    rotate: float = 0
    zoom: float = 0
    shear: float = 0
    flip: str = ""
    brightness: float = 0
    contrast: float = 0
    noise: float = 0
    cut_out: int = 0
    elastic: float = 0
    elastic_grid: int = 4
    fill: float | str = 0.0
    name: str | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "shift", _check_shift(self.shift))
        for name, end, within in (
            ("rotate", 180, True), ("zoom", 1, False), ("shear", 90, False), ("brightness", math.inf, False),
            ("contrast", 1, True), ("noise", math.inf, False), ("elastic", math.inf, False),
        ):  # fmt: skip
            _check_number(getattr(self, name), f"Augment: {name}", end, within)
        put(self, "flip", self.flip or "")
        if self.flip not in FLIPS:
            raise unknown("flip", self.flip, FLIPS[1:])
        put(self, "cut_out", check_whole(self.cut_out or 0, "Augment: cut_out", 0))
        put(self, "elastic_grid", check_whole(self.elastic_grid, "Augment: elastic_grid"))
        if self.fill != "edge" and not _is_number(self.fill):
            raise DescriptionError(f'Augment: fill must be a number or "edge", got {self.fill!r}.')

    def output_shape(self, inputs: Shape, where: str) -> Shape:
        Window((1, 1)).check(inputs, where, self.kind)
        for pixels, side, size in zip(self._shifts, "HW", inputs, strict=False):
            if pixels >= size:
                raise DescriptionError(
                    f"{where} (Augment): a shift of {pixels:g} moves the whole picture away, {side}={size}. "
                    f"Use a shift below {size}."
                )
        least = min(inputs[:2])
        if self.cut_out > least:
            raise DescriptionError(
                f"{where} (Augment): cut_out {self.cut_out} is larger than its input, H={inputs[0]}, W={inputs[1]}. "
                f"Use at most {least}."
            )
        return inputs

    @property
    def _shifts(self) -> Pair:
        """Down and across."""
        return self.shift if isinstance(self.shift, tuple) else (self.shift, self.shift)

    @property
    def _whole(self) -> bool:
        """Whether pixels only change places."""
        between = self.rotate or self.zoom or self.shear or self.elastic
        return not between and all(isinstance(pixels, int) for pixels in self._shifts)

    def plan(self, p: LayerPlan) -> Slot:
        moves = any((*self._shifts, self.rotate, self.zoom, self.shear, self.flip, self.elastic))
        tones = bool(self.brightness or self.contrast or self.noise or self.cut_out)
        if not p.training or (not moves and not tones):
            return p.input
        H, W, C = p.input.shape
        sizes: Fields = {"H": H, "W": W, "C": C}
        shifts, radian = self._shifts, math.pi / 180
        options = p.constant(
            "options", *shifts, *[float(isinstance(pixels, int)) for pixels in shifts],
            self.rotate * radian, self.zoom, self.shear * radian, float(self.flip in ("vertical", "both")),
            float(self.flip in ("horizontal", "both")), self.contrast, self.brightness, self.cut_out, self.noise,
            0.0 if self.fill == "edge" else float(self.fill), float(self.fill == "edge"),
        )  # fmt: skip
        drawn, steps = p.values("drawn", (len(NAMES),)), p.values("map", (6,))
        draws: Fields = {**sizes, "number": p.number, "drawn": drawn, "map": steps, "options": options}
        p.forward(f"{KERNELS}:draw", draws, training=True)
        x, back = p.input, []
        if moves:
            bend = self._bend(p, sizes) if self.elastic else None
            move = "move_whole" if self._whole else "move"
            a = p.values("moved" if tones else "a", x.shape)
            places: Fields = {"map": steps, "bend": bend, "options": options}
            p.forward(f"{KERNELS}:{move}", {**sizes, "x": x, "a": a, **places}, flops=H * W * (12 + 8 * C))
            back.append((f"{KERNELS}:{move}_back", x, a, places))
            x = a
        if tones:
            a = p.values("a", x.shape)
            tone: Fields = {"drawn": drawn, "options": options}
            fields: Fields = {**sizes, "x": x, "a": a, "number": p.number, **tone}
            p.forward(f"{KERNELS}:tone", fields, flops=H * W * C * (30 if self.noise else 4))
            back.append((f"{KERNELS}:tone_back", x, a, tone))
            x = a
        if p.wants_input_delta:
            for kernel, before, after, rest in reversed(back):
                p.backward(kernel, {**sizes, "da": p.delta(after), "dx": p.delta(before), **rest})
        return x

    def _bend(self, p: LayerPlan, sizes: Fields) -> Slot:
        """Add the step that draws displacements on a grid and interpolates them; return where they lie."""
        H, W, _ = p.input.shape
        points = self.elastic_grid + 3  # a cubic B-spline reaches two cells to both sides
        grid, bend = p.values("grid", (points, points, 2)), p.values("bend", (H, W, 2))
        fields: Fields = {"cells": self.elastic_grid, "number": p.number, "grid": grid, "bend": bend}
        strength = p.constant("elastic", self.elastic)
        p.forward(f"{KERNELS}:bend", {**sizes, **fields, "strength": strength}, flops=H * W * 64, training=True)
        return bend


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _check_number(value: Any, what: str, end: float = math.inf, within: bool = False) -> None:
    """Refuse what is not a number from 0 to ``end``; whether the end is allowed says ``within``."""
    if value is False or (_is_number(value) and (0 <= value < end or (within and value == end))):
        return
    most = "" if end == math.inf else f" and {'at most' if within else 'below'} {end}"
    raise DescriptionError(f"{what} must be a number of at least 0{most}, got {value!r}.")


def _check_shift(given: Any) -> float | Pair:
    if isinstance(given, Sequence) and not isinstance(given, str):
        if len(given) != 2:
            raise DescriptionError(f"Augment: shift must be one number or two (down, across), got {given!r}.")
        for pixels in given:
            _check_number(pixels, "Augment: shift")
        return given[0], given[1]
    _check_number(given, "Augment: shift")
    return given  # type: ignore[no-any-return]
