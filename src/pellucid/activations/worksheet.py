"""Activations in spreadsheet words: the formulas of ``formulas.py``, for a cell.

``{z}`` and ``{a}`` stand for cells, options such as ``{slope}`` for named cells. e^x is kept below the largest number
that a cell can hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.activations.formulas import SELU_ALPHA, SELU_SCALE
from pellucid.activations.table import Activation
from pellucid.errors import DescriptionError

# ln(1 + x) for x = e^−|z|. Where x is tiny, 1 + x rounds it away, so its series is taken: x − x²/2.
LOG1P_EXP = "IF(ABS({z})>12,EXP(-ABS({z}))-EXP(-2*ABS({z}))/2,LN(1+EXP(-ABS({z}))))"
SIGMOID = "1/(1+EXP(-MAX({z},-709)))"


@dataclass(frozen=True)
class Words:
    """An activation and its derivative da/dz, for a cell."""

    value: str
    derivative: str


ACTIVATION_WORDS = {
    "identity": Words("{z}", "1"),
    "step": Words("IF({z}>=0,1,0)", "0"),
    "sigmoid": Words(SIGMOID, "{a}*(1-{a})"),
    "hard_sigmoid": Words("MIN(MAX({z}/6+0.5,0),1)", "IF(ABS({z})<3,1/6,0)"),
    "tanh": Words("TANH({z})", "(1-{a}*{a})"),
    "relu": Words("MAX({z},0)", "IF({z}>0,1,0)"),
    "leaky_relu": Words("IF({z}>=0,{z},{slope}*{z})", "IF({z}>0,1,{slope})"),
    "elu": Words("IF({z}>0,{z},{alpha}*(EXP(MIN({z},0))-1))", "IF({z}>0,1,{a}+{alpha})"),
    "selu": Words(
        f"{SELU_SCALE!r}*IF({{z}}>0,{{z}},{SELU_ALPHA!r}*(EXP(MIN({{z}},0))-1))",
        f"IF({{z}}>0,{SELU_SCALE!r},{{a}}+{SELU_SCALE!r}*{SELU_ALPHA!r})",
    ),
    "gelu": Words(
        "0.5*{z}*(1+ERF({z}*SQRT(0.5)))",
        "(0.5*(1+ERF({z}*SQRT(0.5)))+{z}*EXP(-0.5*{z}*{z})/SQRT(2*PI()))",
    ),
    "silu": Words("{z}/(1+EXP(-MAX({z},-709)))", f"{SIGMOID}*(1+{{z}}*(1-{SIGMOID}))"),
    "softplus": Words(f"MAX({{z}},0)+{LOG1P_EXP}", SIGMOID),
    "softsign": Words("{z}/(1+ABS({z}))", "1/((1+ABS({z}))*(1+ABS({z})))"),
}
# Softmax takes all units of a place at once: {zs}, {as} and {das} are their cells.
SOFTMAX_VALUE = "EXP({z}-MAX({zs}))/SUMPRODUCT(EXP({zs}-MAX({zs})))"
SOFTMAX_BACKWARD = "{a}*({da}-SUMPRODUCT({as},{das}))"


def words_of(activation: Activation, where: str) -> Words:
    """An elementwise activation in spreadsheet words.

    Raises
    ------
    DescriptionError
        There are none.
    """
    if activation.name not in ACTIVATION_WORDS:
        known = ", ".join([*ACTIVATION_WORDS, "softmax"])
        raise DescriptionError(
            f'{where}: activation "{activation.name}" has no spreadsheet formula. A worksheet can hold: {known}.'
        )
    return ACTIVATION_WORDS[activation.name]
