"""Losses in spreadsheet words: the formulas of ``formulas.py`` and ``kernels.py``, for a cell.

``{a}``, ``{t}`` and ``{z}`` stand for cells of one output, ``{option}`` for a named cell, ``{share}`` for the sample's
share of the cost, and ``{zs}`` and ``{ts}`` for the cells of all outputs of a sample.
"""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.activations.worksheet import LOG1P_EXP
from pellucid.errors import DescriptionError
from pellucid.losses.table import Loss

CLIPPED = "MAX(MIN({a},1-1E-7),1E-7)"
# −ln of a unit's softmax, from the weighted inputs: exact where the softmax itself has become 0 or 1.
LOG_SHARE = "LN(SUMPRODUCT(EXP({zs}-MAX({zs}))))+MAX({zs})-{z}"


@dataclass(frozen=True)
class Words:
    """A loss ℓ of one output and its derivative: ∂ℓ/∂a, or ∂ℓ/∂z where it is joined with the activation."""

    value: str
    derivative: str


LOSS_WORDS = {
    "squared_error": Words("0.5*({a}-{t})^2", "({a}-{t})"),
    "total_squared_error": Words("0.5*({a}-{t})^2", "({a}-{t})"),
    "mean_squared_error": Words("({a}-{t})^2", "2*({a}-{t})"),
    "mean_absolute_error": Words("ABS({a}-{t})", "SIGN({a}-{t})"),
    "huber": Words(
        "IF(ABS({a}-{t})>{option},{option}*(ABS({a}-{t})-0.5*{option}),0.5*({a}-{t})^2)",
        "MAX(MIN({a}-{t},{option}),-{option})",
    ),
    "binary_crossentropy": Words(
        f"-{{t}}*LN({CLIPPED})-(1-{{t}})*LN(1-{CLIPPED})", f"({CLIPPED}-{{t}})/({CLIPPED}*(1-{CLIPPED}))"
    ),
    "categorical_crossentropy": Words("-{t}*LN(MAX({a},1E-7))", "-{t}/MAX({a},1E-7)"),
    "hinge": Words("MAX(1-{t}*{a},0)", "IF({t}*{a}<1,-{t},0)"),
    "kl_divergence": Words("{t}*(LN(MAX({t},1E-7))-LN(MAX({a},1E-7)))", "-{t}/MAX({a},1E-7)"),
}
# Joined with the output layer's activation: from z, as the engine does.
FUSED_WORDS = {
    "binary_crossentropy": Words(f"MAX({{z}},0)-{{z}}*{{t}}+{LOG1P_EXP}", "({a}-{t})"),
    "categorical_crossentropy": Words(f"{{t}}*({LOG_SHARE})", "({a}*SUM({ts})-{t})"),
    "perceptron": Words("({a}-{t})*{z}", "({a}-{t})"),
}


def words_of(loss: Loss, fused: bool) -> Words:
    """A loss in spreadsheet words.

    Raises
    ------
    DescriptionError
        There are none.
    """
    table = FUSED_WORDS if fused else LOSS_WORDS
    if loss.name not in table:
        known = ", ".join(dict.fromkeys([*LOSS_WORDS, *FUSED_WORDS]))
        raise DescriptionError(f'Loss "{loss.name}" has no spreadsheet formula. A worksheet can hold: {known}.')
    return table[loss.name]
