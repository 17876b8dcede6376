"""Checks of what was learned: too little, by heart, not to the end, or differently in training and in use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pellucid.doctor.case import Case, Rows
from pellucid.doctor.findings import Finding, Place

GAP = 0.1  # accuracy, or share of the variance, that is lost from training rows to validation rows
ROSE = 0.1  # how far the validation loss has risen above its best
LITTLE = 0.1  # of the errors, or of the variance, that a network without inputs would leave
STILL = 0.02  # the share of the whole fall that the last tenth of the epochs still brought
LEAVING = 0.1
APART = 0.1  # how far the cost in training is from the cost in use
SHIFTED = 1.0  # deviations between a batch's mean and the running mean
RANDOM = ("Dropout", "Augment", "BatchNorm")


def score(case: Case, rows: Rows) -> tuple[float, float, int, str] | None:
    """How good the network is on rows, how good one without inputs would be, of how many, and what is measured."""
    places, outputs = case.outputs(rows)
    if not len(places):
        return None
    if rows.codes is not None:
        true = rows.codes[places]
        if outputs.shape[1] == 1:
            hinge = case.net.compiled and case.net.loss.targets == "signs"
            said = (outputs[:, 0] > (0.0 if hinge else 0.5)).astype(np.int64)
        else:
            said = outputs.argmax(axis=1)
        return float((said == true).mean()), float(np.bincount(true).max() / len(true)), len(places), "accuracy"
    if rows.targets is None:
        return None
    t = rows.targets.values[places].astype(float).reshape(len(places), -1)
    spread = float(((t - t.mean(axis=0)) ** 2).sum())
    if spread == 0:
        return None
    return 1.0 - float(((outputs - t) ** 2).sum()) / spread, 0.0, len(places), "R²"


def underfitting(case: Case) -> Iterator[Finding]:
    """A network that is hardly better on its own training rows than one that does not look at them."""
    assert case.rows is not None
    found = score(case, case.rows)
    if found is None or found[1] == 1:
        return
    own, baseline, count, what = found
    if own >= baseline + LITTLE * (1 - baseline):
        return
    yield Finding(
        "underfitting", "warning",
        f"On the rows in X the network is hardly better than one that always says the "
        f"{'most frequent class' if what == 'accuracy' else 'mean'}.",
        Place(data="X"), {what: own, f"{what} without inputs": baseline, "rows": count},
        "First mend the findings above. Then train longer, with a larger rate, or give the network more units or "
        "layers.", 2 - own,
    )  # fmt: skip


def overfitting_by_history(case: Case) -> Iterator[Finding]:
    """A validation loss that rose while the training loss fell; where validation rows are there, they say more."""
    if case.validation is not None and case.lacks("judgement") is None:
        return
    history = case.net.history.history
    held_out, own = (np.array(history.get(name, []), float) for name in ("val_loss", "loss"))
    if len(held_out) < 3 or not np.isfinite(held_out[-1]):
        return
    best = int(np.nanargmin(held_out))
    if case.net.history.params.get("weights_of_epoch") == best:  # put back since
        return
    rise = float(held_out[-1] - held_out[best])
    if rise > ROSE * abs(held_out[best]) and own[-1] < own[best]:
        yield Finding(
            "overfitting", "warning",
            f"Since this epoch the validation loss has risen by {100 * rise / abs(held_out[best]):.3g} % while the "
            f"training loss fell: the network learns its rows by heart.",
            Place(epoch=best),
            {"best val_loss": float(held_out[best]), "last val_loss": float(held_out[-1]),
             "loss then": float(own[best]), "last loss": float(own[-1])},
            "Stop at that epoch (EarlyStopping puts its weights back), use Dropout, l2 or fewer units, or more data.",
            1 + rise / (abs(held_out[best]) or 1),
        )  # fmt: skip


def overfitting_by_rows(case: Case) -> Iterator[Finding]:
    """Training rows known much better than others."""
    assert case.rows is not None
    assert case.validation is not None
    own, held_out = score(case, case.rows), score(case, case.validation)
    if own is None or held_out is None or own[3] != held_out[3]:
        return
    gap, what = own[0] - held_out[0], own[3]
    chance = 2 * np.sqrt(max(held_out[0] * (1 - held_out[0]), 1e-9) / held_out[2]) if what == "accuracy" else 0.0
    if gap > max(GAP, chance):
        yield Finding(
            "overfitting", "warning",
            f"The network knows the rows in X much better than the validation rows: {what} {own[0]:.3g} against "
            f"{held_out[0]:.3g}.",
            Place(data="validation X"),
            {f"{what} on X": own[0], f"{what} on validation X": held_out[0], "rows": own[2],
             "validation rows": held_out[2]},
            "Use EarlyStopping, Dropout, l2 or fewer units, or more data (Augment makes some of pictures).", 1 + gap,
        )  # fmt: skip


def unfinished(case: Case) -> Iterator[Finding]:
    """A training that was stopped while it still got better."""
    history = case.net.history.history
    held_out = np.array(history.get("val_loss", []), float)
    name = "val_loss" if len(held_out) and np.isfinite(held_out).all() else "loss"
    loss = np.array(history.get(name, []), float)
    if len(loss) < 3 or not np.isfinite(loss).all():
        return
    if "weights_of_epoch" in case.net.history.params:
        return
    last = max(2, len(loss) // 10)
    whole, late = float(loss[0] - loss.min()), float(loss[-last - 1] - loss[-1])
    if whole <= 0 or late / whole < STILL or loss[-1] > loss.min() + 0.1 * late:
        return
    share = late / whole
    yield Finding(
        "unfinished training", "warning" if share > LEAVING else "note",
        f"{name} was still falling: the last {last} of {len(loss)} epochs brought {100 * share:.3g} % of the "
        f"whole fall.",
        Place(epoch=len(loss) - 1), {f"first {name}": float(loss[0]), f"{last} epochs before": float(loss[-last - 1]),
                                     f"last {name}": float(loss[-1])},
        "Train for more epochs; calling fit again goes on.", share,
    )  # fmt: skip


def training_against_use(case: Case) -> Iterator[Finding]:
    """The cost of the same rows with the layers as in training and as in use."""
    kinds = {kind for _, layer in case.net.layers for kind in _kinds(layer)}
    if not kinds & set(RANDOM):
        return
    use, training = case.trace, case.training_trace
    assert use.cost is not None
    assert training.cost is not None
    yield from _moments(case)
    apart = (use.cost - training.cost) / max(abs(training.cost), 1e-12)
    if abs(apart) > APART and max(abs(use.cost), abs(training.cost)) > 0.01:
        acting = ", ".join(kind for kind in RANDOM if kind in kinds)
        worse = apart > 0
        yield Finding(
            "training and use differ", "warning" if worse and apart > 0.5 and case.trained else "note",
            f"The same rows cost {use.cost:.4g} in use and {training.cost:.4g} as in training ({acting}). "
            + ("Figures of the training look better than the network is." if worse else
               "So a training loss above the validation loss is no fault."),
            Place(layer=next(name for name, layer in case.net.layers if set(_kinds(layer)) & set(RANDOM))),
            {"cost in use": use.cost, "cost as in training": training.cost, "rows": len(use)},
            "Train longer or with larger batches, so that running statistics settle." if worse else
            "Nothing; judge by evaluate and by val_ figures.", abs(apart),
        )  # fmt: skip


def _moments(case: Case) -> Iterator[Finding]:
    """Running statistics of BatchNorm that are not those of the rows."""
    for layer in case.trace:
        if layer.kind != "BatchNorm" or not case.trained:
            continue
        x = layer.input.reshape(-1, layer.input.shape[-1]).astype(float)
        mean, variance = (layer.statistics[name].value for name in ("mean", "variance"))
        shift = np.abs(x.mean(axis=0) - mean) / np.sqrt(np.maximum(variance, 1e-12))
        spread = np.abs(np.log2((x.var(axis=0) + 1e-6) / (variance + 1e-6))) / 2  # doublings of the deviation
        off = np.maximum(shift, spread)
        worst = int(off.argmax())
        if off[worst] > SHIFTED:
            yield Finding(
                "training and use differ", "warning",
                "The running mean and variance of this layer are not those of the rows, so in use its outputs are "
                "others than in training.",
                Place(layer=layer.name, unit=str(worst)),
                {"running mean": float(mean[worst]), "mean of the rows": float(x.mean(axis=0)[worst]),
                 "running variance": float(variance[worst]), "variance of the rows": float(x.var(axis=0)[worst])},
                "Train for more steps, lower the layer's momentum, or use larger batches.", float(off[worst]),
            )  # fmt: skip


def _kinds(layer: object) -> Iterator[str]:
    yield getattr(layer, "kind", "")
    for inner in getattr(layer, "layers", ()):
        yield from _kinds(inner)
