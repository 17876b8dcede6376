"""The loss on the sheet of a step: targets, losses, the cost, and where the way back begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.losses.worksheet import words_of
from pellucid.views.worksheet.cells import Block, Values, span
from pellucid.views.worksheet.layers import Activated
from pellucid.views.worksheet.sheets import cell_name
from pellucid.views.worksheet.walk import output_names

if TYPE_CHECKING:
    from pellucid.views.worksheet.step import StepSheet


def add_loss(page: StepSheet, a: Values) -> None:
    """Add targets, losses and cost, and ∂C/∂ of the network's output."""
    net, loss = page.net, page.net.loss
    O, B, names = net.output_units, a.block.rows, output_names(net)
    t, share = _targets(page, a), _shares(page, B)
    made = page.activated.get(a.block.name)
    if made is not None and not _joins(page, made, a):
        made = None
    words = words_of(loss, fused=made is not None)
    z = a if made is None else made.z
    option = cell_name("loss.delta") if loss.option else "0"

    def fill(text: str, s: int, at: tuple[int, ...]) -> str:
        everything = {}
        if "{zs}" in text or "{ts}" in text:
            everything = {"zs": span(z[s, u] for u in range(O)), "ts": span(t[s, u] for u in range(O))}
        return text.format(a=a[(s, *at)], z=z[(s, *at)], t=t[(s, *at)], option=option, **everything)

    each = page.add_block(
        "loss_of_outputs", "loss ℓ", words.formula, "loss", a.shape, names,
        lambda s, *at: fill(words.value, s, at), _losses(page, a, z, t, made is not None), checked=False,
    )  # fmt: skip
    part, parts = (f"/{O}", f" / {O}") if loss.per_output == "mean" and O > 1 else ("", "")
    whole = page.add_block(
        "loss", "loss L", f"share · Σ ℓ{parts}", "loss", (1,), ("L",),
        lambda s, _: f"{share[s, 0]}*SUM({span(each.cell(s, u) for u in range(O))}){part}", page.step.values["loss"],
    )  # fmt: skip
    if not page.last:
        symbol = "a" if made is None else "z"
        if made is not None:
            made.drop_backward()
        page.add_delta(
            z, f"∂C/∂{symbol} = share · ({words.slope}){parts}",
            lambda s, *at: f"{fill(words.derivative, s, at)}*{share[s, 0]}{part}",
        )  # fmt: skip
    _cost(page, whole)


def _targets(page: StepSheet, a: Values) -> Values:
    """The targets, smoothed where the loss says so."""
    loss, given = page.net.loss, page.start.targets
    epsilon, classes = cell_name("loss.label_smoothing"), 2 if loss.targets == "binary" else page.net.output_units

    def write(s: int, *at: int) -> str:
        t = given.far(s, *at)
        return f"{t}*(1-{epsilon})+{epsilon}/{classes}" if loss.smoothing else t

    words = "(1 − ε) t + ε / classes" if loss.smoothing else "from Start"
    known = page.step.values["target"]
    block = page.add_block("target", "targets t", words, "target", a.shape, output_names(page.net), write, known)
    return Values(block, a.shape)


def _shares(page: StepSheet, count: int) -> Values:
    """What each sample's loss counts in the cost."""
    mean, weight = page.net.loss.per_batch == "mean", page.start.shares
    block = page.add_block(
        "weight", "share", "w / samples" if mean else "w", "setting", (1,), ("share",),
        lambda s, _: weight.far(s, 0) + (f"/{count}" if mean else ""), page.step.values["weight"],
    )  # fmt: skip
    return Values(block, (1,))


def _joins(page: StepSheet, made: Activated, a: Values) -> bool:
    """Whether the loss is one step with the output's activation, as in the plan."""
    loss, one_softmax = page.net.loss, len(a.shape) == 1
    fits = made.f.name == loss.fused_with and (made.f.elementwise or one_softmax)
    return fits and (bool(page.net.compile_settings()["fuse"]) or loss.fused_only)


def _losses(page: StepSheet, a: Values, z: Values, t: Values, fused: bool) -> NDArray[np.float64]:
    """The loss of each output, by Pellucid's own formula: shown until a program recalculates."""
    loss, v = page.net.loss, page.step.values
    z_, a_, t_ = (v[values.block.name].reshape(values.block.rows, -1) for values in (z, a, t))
    if fused and loss.fused_function is not None:
        found = loss.fused_function(z_, a_, t_)
    elif fused:  # softmax with cross-entropy
        top = z_.max(axis=1, keepdims=True)
        found = t_ * (np.log(np.exp(z_ - top).sum(axis=1, keepdims=True)) + top - z_)
    else:
        found = loss.function(a_, t_, loss.option)
    return np.asarray(found, float)


def _cost(page: StepSheet, loss: Block) -> None:
    """C, with the penalties of regularizers."""
    penalty, terms = "", list[str]()
    for name, spec in page.penalized:
        l1, l2 = (0.0, 0.0) if spec.regularizer is None else spec.regularizer.factors
        area = page.weights[name].block.area
        terms += [f"{cell_name(f'{name}.l1')}*SUMPRODUCT(ABS({area}))"] if l1 else []
        terms += [f"{cell_name(f'{name}.l2')}*SUMSQ({area})"] if l2 else []
    if page.penalized:
        rest = page.step.cost - float(page.step.values["loss"].sum())
        block = page.sheet.single("penalty", "penalty", "l1 Σ|w| + l2 Σ w²", "loss", rest, "+".join(terms) or "0")
        penalty = f"+{block.cell()}"
    words = "Σ_s L" + (" + penalty" if penalty else "")
    formula = f"SUM({loss.area}){penalty}"
    page.sheet.single("cost", "cost C", words, "loss", page.step.cost, formula, checked=True, spoken="cost")
