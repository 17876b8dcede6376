"""What ``pellucid train`` chooses for pictures: a network, random changes of the pictures, and a rhythm of training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pellucid.cli.recipes import CYCLE, Recipe

LARGE_PHOTOGRAPH, LARGE_DRAWING = 48, 33  # pixels of the shorter side from which small_vgg is chosen
LEAST_LENET5 = 16  # pixels; below, its second pooling has nothing left
LEAST_CNN = 4
ENOUGH = 500  # pictures of a class from which a network of some hundred thousand weights pays
UPDATES = 16  # of an epoch, at least

_SMALL_DRAWING = Recipe(
    (), "relu", "", 0, "", "adam", 0.004, "one_cycle", 20, 128, 0.2, standardize=True, average=0.999,
    reasons={"epochs": CYCLE, "average": "weights that wander less"},
)  # fmt: skip
_SMALL_PHOTOGRAPH = replace(
    _SMALL_DRAWING, optimizer="adamw", weight_decay=0.01, epochs=40,
)  # fmt: skip
_LARGE_PHOTOGRAPH = Recipe(
    (32, 64, 128, 128), "relu", "", 0, "", "adamw", 0.004, "one_cycle", 50, 32, 0.2, dropout=0.3, standardize=True,
    weight_decay=0.02, average=0.998, label_smoothing=0.1,
    reasons={
        "layers": "as many filters as photographs of up to about 100 pixels need",
        "epochs": "changed pictures are new ones, so there is much to see",
        "average": "weights that wander less",
    },
)  # fmt: skip
_LARGE_DRAWING = replace(
    _LARGE_PHOTOGRAPH, epochs=40,
    reasons=_LARGE_PHOTOGRAPH.reasons | {"layers": "as many filters as drawings of this size need", "epochs": CYCLE},
)  # fmt: skip
_FIVE_CONV = replace(
    _SMALL_DRAWING, optimizer="adamw", rate=0.006, weight_decay=0.02, epochs=14,
)  # fmt: skip
_PLAIN = replace(
    _SMALL_DRAWING, average=None, layers=(256, 128), dropout=0.2, reasons={"layers": "dense layers", "epochs": CYCLE}
)


def picture_recipe(
    pictures: int,
    height: int,
    width: int,
    channels: int,
    classes: int,
    *,
    photographs: bool,
    model: str | None = None,
) -> Recipe:
    """The recipe for a set of pictures.

    Parameters
    ----------
    pictures : int
        How many there are for training.
    height, width, channels : int
    classes : int
        How many; 0 where the targets are numbers.
    photographs : bool
        Whether they are colour pictures of things, which may be mirrored; else drawings or writing, which may not.
    model : str, optional
        The one that the user wants.

    Examples
    --------
    >>> recipe = picture_recipe(60_000, 28, 28, 1, 10, photographs=False, model="lenet5")
    >>> recipe.optimizer, recipe.rate, recipe.batch_size, recipe.epochs
    ('adam', 0.004, 128, 20)
    >>> picture_recipe(1600, 96, 96, 3, 2, photographs=True).model
    'small_vgg'
    """
    side = min(height, width)
    chosen, why = _model(pictures, side, max(1, classes), photographs)
    model, why = (chosen, why) if model is None else (model, "given")
    large = side >= (LARGE_PHOTOGRAPH if photographs else LARGE_DRAWING)
    reasons = {"model": why}
    if model == "plain":
        recipe = _PLAIN
    elif model == "five_conv" and not photographs:
        recipe = _FIVE_CONV
    elif model == "small_vgg" or large:
        recipe = _LARGE_PHOTOGRAPH if photographs else _LARGE_DRAWING
    else:
        recipe = _SMALL_PHOTOGRAPH if photographs else _SMALL_DRAWING
    reasons |= recipe.reasons
    if model == "small_vgg":
        recipe = replace(recipe, layers=recipe.layers[: max(1, side.bit_length() - 1)])  # each block halves the side
    elif model != "plain":
        recipe = replace(recipe, layers=(), dropout=0.0)
        reasons.pop("layers", None)
    if model != "plain":
        shear = {"shear": 5} if model == "five_conv" and not photographs else {}
        recipe = replace(recipe, augment=_augment(height, width, photographs, large) | shear)
        reasons["augment"] = "so that no picture comes twice" + ("" if photographs else "; writing is not mirrored")
    least = max(16, _power_of_two(pictures // UPDATES))
    if recipe.batch_size is not None and least < recipe.batch_size:
        recipe = replace(recipe, batch_size=least)
        reasons["batch_size"] = f"{pictures:,} pictures are few"
    return replace(recipe, model=model, reasons=reasons)


def _model(pictures: int, side: int, classes: int, photographs: bool) -> tuple[str, str]:
    """The model for a set, and why."""
    if side < LEAST_CNN:
        return "plain", "the pictures are too small to be pooled"
    if photographs and side >= LARGE_PHOTOGRAPH:
        return "small_vgg", f"photographs of {side} pixels"
    if not photographs and side >= LARGE_DRAWING:
        return "small_vgg", f"drawings of {side} pixels"
    if photographs:
        return "small_cnn", f"photographs of {side} pixels"
    if pictures >= ENOUGH * classes:
        return "small_cnn", f"small grey pictures, {pictures // classes:,} of a class"
    if side < LEAST_LENET5:
        return "small_cnn", f"grey pictures of {side} pixels"
    return "lenet5", f"small grey pictures, {pictures // classes:,} of a class"


def _augment(height: int, width: int, photographs: bool, large: bool) -> dict[str, Any]:
    """The fields of Augment; what comes in at the border is the border's own colour."""
    if photographs and large:
        return {
            "flip": "horizontal", "shift": _shift(0.08, height, width), "rotate": 12, "zoom": 0.15, "brightness": 0.1,
            "contrast": 0.2, "fill": "edge",
        }  # fmt: skip
    if photographs:
        return {"flip": "horizontal", "shift": _shift(0.1, height, width), "zoom": 0.1, "fill": "edge"}
    return {"shift": _shift(0.07, height, width), "rotate": 10, "zoom": 0.1, "fill": "edge"}


def _shift(share: float, height: int, width: int) -> int | tuple[int, int]:
    """Whole pixels, down and across."""
    down, across = (max(1, round(share * side)) for side in (height, width))
    return down if down == across else (down, across)


def _power_of_two(number: int) -> int:
    """The largest one up to a number.

    >>> _power_of_two(100), _power_of_two(0)
    (64, 1)
    """
    return 1 << max(0, number.bit_length() - 1)
