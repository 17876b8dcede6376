"""Losses in spreadsheet words: the formulas of ``formulas.py`` and ``kernels.py``, for a cell.

``{a}``, ``{t}`` and ``{z}`` stand for cells of one output, ``{option}`` for a named cell, and ``{zs}`` and ``{ts}`` for
the cells of all outputs of a sample.
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
    """A loss ℓ of one output and its slope: ∂ℓ/∂a, or ∂ℓ/∂z where it is joined with the activation.

    ``formula`` and ``slope`` are for people, ``value`` and ``derivative`` for a cell.
    """

    formula: str
    value: str
    slope: str
    derivative: str


HALF_SQUARE = Words("½ (a − t)²", "0.5*({a}-{t})^2", "a − t", "({a}-{t})")
LOSS_WORDS = {
    "squared_error": HALF_SQUARE,
    "total_squared_error": HALF_SQUARE,
    "mean_squared_error": Words("(a − t)²", "({a}-{t})^2", "2 (a − t)", "2*({a}-{t})"),
    "mean_absolute_error": Words("|a − t|", "ABS({a}-{t})", "sign of a − t", "SIGN({a}-{t})"),
    "huber": Words(
        "½ (a − t)², from δ on δ (|a − t| − ½ δ)",
        "IF(ABS({a}-{t})>{option},{option}*(ABS({a}-{t})-0.5*{option}),0.5*({a}-{t})^2)",
        "a − t within ± δ",
        "MAX(MIN({a}-{t},{option}),-{option})",
    ),
    "binary_crossentropy": Words(
        "−t ln a − (1 − t) ln(1 − a)",
        f"-{{t}}*LN({CLIPPED})-(1-{{t}})*LN(1-{CLIPPED})",
        "(a − t) / (a (1 − a))",
        f"({CLIPPED}-{{t}})/({CLIPPED}*(1-{CLIPPED}))",
    ),
    "categorical_crossentropy": Words("−t ln a", "-{t}*LN(MAX({a},1E-7))", "−t / a", "-{t}/MAX({a},1E-7)"),
    "hinge": Words("max(0, 1 − t a)", "MAX(1-{t}*{a},0)", "−t where t a < 1", "IF({t}*{a}<1,-{t},0)"),
    "kl_divergence": Words("t ln(t / a)", "{t}*(LN(MAX({t},1E-7))-LN(MAX({a},1E-7)))", "−t / a", "-{t}/MAX({a},1E-7)"),
}
# Joined with the output layer's activation: from z, as the engine does.
FUSED_WORDS = {
    "binary_crossentropy": Words(
        "−t ln a − (1 − t) ln(1 − a), from z", f"MAX({{z}},0)-{{z}}*{{t}}+{LOG1P_EXP}", "a − t", "({a}-{t})"
    ),
    "categorical_crossentropy": Words("−t ln a, from z", f"{{t}}*({LOG_SHARE})", "a Σ t − t", "({a}*SUM({ts})-{t})"),
    "perceptron": Words("(a − t) z", "({a}-{t})*{z}", "a − t", "({a}-{t})"),
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
