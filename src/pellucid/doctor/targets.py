"""Checks of the targets: how often each class stands there, and whether loss and output layer fit them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.doctor.case import Case
from pellucid.doctor.findings import Finding, Place

LARGE = 10.0  # root mean square of targets beyond which they should be scaled
SKEWED, UNEVEN = 0.1, 1 / 3  # the rarest class's rows for each of the most frequent one's


def class_balance(case: Case) -> Iterator[Finding]:
    """Classes that are rare beside others, or not there at all."""
    assert case.rows is not None
    assert case.rows.codes is not None
    units = case.net.output_units
    known = 2 if units == 1 else len(case.net.class_names or range(units))
    counts = np.bincount(case.rows.codes, minlength=known)
    rarest, most = int(counts.argmin()), int(counts.argmax())
    ratio = counts[rarest] / counts[most]
    if np.count_nonzero(counts) == 1:
        name = case.class_name(most)
        yield Finding(
            "one class only", "error", "All rows are of one class, so there is nothing to tell apart.",
            Place(data="y", class_name=name), {"rows": int(counts[most])}, "Give rows of every class.",
        )  # fmt: skip
        return
    if ratio >= UNEVEN:
        return
    yield Finding(
        "class imbalance", "warning" if ratio < SKEWED else "note",
        f"{int(counts[rarest]):,} rows are of this class and {int(counts[most]):,} of class "
        f'"{case.class_name(most)}". Saying "{case.class_name(most)}" to every row is right in '
        f"{100 * counts[most] / counts.sum():.3g} % of them.",
        Place(data="y", class_name=case.class_name(rarest)),
        {"rows of this class": int(counts[rarest]), "rows of the most frequent": int(counts[most]),
         "rows": int(counts.sum())},
        'Train with class_weight="balanced", and judge by balanced accuracy or a confusion matrix, not accuracy alone.',
        1 - float(ratio),
    )  # fmt: skip


def one_class_validation(case: Case) -> Iterator[Finding]:
    """Validation rows of one class only, or classes that are not among them."""
    assert case.validation is not None
    assert case.validation.codes is not None
    found, counts = np.unique(case.validation.codes, return_counts=True)
    if len(found) == 1:
        yield Finding(
            "one-class validation set", "error",
            "All validation rows are of one class: a network that always says it looks perfect.",
            Place(data="validation y", class_name=case.class_name(int(found[0]))), {"rows": int(counts[0])},
            "Choose validation rows of every class; validation_split does.",
        )  # fmt: skip
        return
    if case.rows is None or case.rows.codes is None:
        return
    gone = np.setdiff1d(case.rows.codes, found)
    if len(gone):
        yield Finding(
            "one-class validation set", "warning",
            f"{len(gone)} class{'es have' if len(gone) > 1 else ' has'} no validation row, so nothing is known of how "
            f"well {'they are' if len(gone) > 1 else 'it is'} told apart.",
            Place(data="validation y", class_name=case.class_name(int(gone[0]))),
            {"classes there": len(found), "classes missing": len(gone)},
            "Choose validation rows of every class; validation_split does.",
        )  # fmt: skip


def unscaled_targets(case: Case) -> Iterator[Finding]:
    """Numbers to be predicted that are far larger than what fresh weights give."""
    assert case.rows is not None
    net = case.net
    if case.rows.codes is not None or case.rows.targets is None or net.layers[-1][1].kind == "Standardize":
        return
    t = case.rows.targets.values.astype(float).reshape(len(case.rows), -1)
    sizes = np.sqrt((t * t).mean(axis=0))
    worst = int(sizes.argmax())
    if sizes[worst] <= LARGE:
        return
    yield Finding(
        "unscaled targets", "warning",
        f"The targets are about {sizes[worst]:.3g} in size, and a fresh network gives outputs of about 1: most steps "
        f"go into reaching their size, and the loss is huge.",
        Place(data="y", column=None if t.shape[1] == 1 else str(worst), layer=net.layers[-1][0]),
        {"mean": float(t[:, worst].mean()), "deviation": float(t[:, worst].std())},
        "Train on (y − mean) / deviation; PellucidRegressor and pellucid train do so by themselves.",
        float(np.log10(sizes[worst] / LARGE)),
    )  # fmt: skip


def loss_fit(case: Case) -> Iterator[Finding]:
    """A loss that suits other targets, or an output activation that cannot reach them."""
    for words in case.refused:
        yield Finding(
            "loss does not fit", "error", words, Place(data=words.partition(":")[0].partition(",")[0]),
            {"loss": case.net.loss.name}, "Change the targets, or the loss and the last layer.", 2.0,
        )  # fmt: skip
    if case.rows is None or case.rows.targets is None:
        return
    net, codes, values = case.net, case.rows.codes, case.rows.targets.values
    name, last = net.layers[-1]
    activation: Any = getattr(last, "activation", None)
    kind = "identity" if activation is None else activation.name
    squared = net.loss.targets == "values"
    place, evidence = Place(layer=name), {"loss": net.loss.name, "activation": kind}
    classes = codes is not None or case.rows.targets.labels
    if squared and classes:
        squashed = kind in ("sigmoid", "softmax", "hard_sigmoid")
        better = "categorical_crossentropy with softmax" if net.output_units > 1 else (
            "binary_crossentropy with sigmoid")  # fmt: skip
        yield Finding(
            "loss does not fit", "note" if squashed else "warning",
            "The targets are classes, but the loss is one for numbers: it learns slowly from outputs that are wrong "
            "and sure." if squashed else "The targets are classes, but loss and output are those for numbers.",
            place, evidence, f"Use {better}.", 0.5,
        )  # fmt: skip
    if squared and activation is not None and activation.elementwise and not case.rows.targets.labels:
        yield from _out_of_reach(case, values.astype(float), activation, place)
    if net.loss.targets == "binary" and net.output_units > 1 and codes is not None:
        yield Finding(
            "loss does not fit", "note",
            "Every row is of exactly one class, but each output is trained as a yes/no question of its own.", place,
            evidence, "Use softmax with categorical_crossentropy; keep this where a row may have several labels.", 0.5,
        )  # fmt: skip


def _out_of_reach(case: Case, values: NDArray[np.float64], activation: Any, place: Place) -> Iterator[Finding]:
    """Targets that the output's activation never takes."""
    assert case.rows is not None
    low, high = reach(activation)
    outside = (values < low) | (values > high)
    if outside.any():
        row, column = (int(k) for k in np.argwhere(outside)[0])
        yield Finding(
            "loss does not fit", "error",
            f"{100 * outside.mean():.3g} % of the targets cannot be reached: {activation.name} gives values from "
            f"{low:g} to {high:g}.",
            Place(data="y", row=int(case.rows.numbers[row]), layer=place.layer, source=case.rows.source(row)),
            {"target": float(values[row, column]), "smallest": float(values.min()), "largest": float(values.max()),
             "out of reach": int(outside.sum())},
            'Use activation="identity" in the last layer, or scale the targets.', float(outside.mean()) + 1,
        )  # fmt: skip


def reach(activation: Any) -> tuple[float, float]:
    """Between which values an activation lies, from its formula.

    >>> from pellucid.activations import ACTIVATIONS
    >>> reach(ACTIVATIONS.get("tanh")), reach(ACTIVATIONS.get("relu")), reach(ACTIVATIONS.get("identity"))
    ((-1.0, 1.0), (0.0, inf), (-inf, inf))
    """
    far = activation(np.array([-2e6, -1e6, 1e6, 2e6]))
    near = activation(np.linspace(-50, 50, 10_001))
    low = -np.inf if far[1] - far[0] > 1 else float(min(near.min(), far.min()))
    high = np.inf if far[3] - far[2] > 1 else float(max(near.max(), far.max()))
    return low, high
