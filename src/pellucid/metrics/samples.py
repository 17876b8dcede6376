"""Targets, outputs and weights as they come, checked and brought into one form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pellucid.errors import DataError


def read_numbers(place: str, what: str, given: ArrayLike) -> NDArray[Any]:
    """Return an array of bool, int or float without NaN."""
    values = np.asarray(given)
    if values.dtype.kind not in "biuf":
        mend = "Number the classes from 0." if what == "y_true" else "Give an array of numbers."
        raise DataError(f"{place}: {what} holds {values.dtype}, not numbers. {mend}")
    if values.dtype.kind == "f" and np.isnan(values).any():
        row = int(np.argwhere(np.isnan(values))[0][0])
        raise DataError(f"{place}: {what} has no number (NaN) in row {row}. Leave such samples out.")
    return values


def read_outputs(place: str, given: ArrayLike) -> NDArray[Any]:
    """Return the network's outputs as (B, O)."""
    outputs = read_numbers(place, "y_pred", given)
    if outputs.ndim == 1:
        outputs = outputs[:, np.newaxis]
    if outputs.ndim != 2 or outputs.shape[1] == 0:
        raise DataError(
            f"{place}: y_pred has shape {outputs.shape}; expected (samples, outputs). "
            "Flatten all axes after the first into one."
        )
    if len(outputs) == 0:
        raise DataError(f"{place}: there are no samples, so there is no value. Give at least one.")
    return outputs


def read_targets(place: str, given: ArrayLike, outputs: NDArray[Any]) -> NDArray[Any]:
    """Return the targets as (B,), one number a sample, or as (B, O) with O > 1, one number an output."""
    targets = read_numbers(place, "y_true", given)
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    samples, width = outputs.shape
    if targets.ndim == 0 or len(targets) != samples:
        count = "a single number" if targets.ndim == 0 else f"{len(targets)} samples"
        raise DataError(f"{place}: y_true has {count}, y_pred {samples}. Give one target for each sample.")
    if targets.ndim > 1 and targets.shape != outputs.shape:
        one = "(samples,) or (samples, 1)" if width == 1 else f"labels (samples,) or (samples, {width})"
        raise DataError(
            f"{place}: y_true has shape {targets.shape}, y_pred {outputs.shape}. Expected for {_outputs(width)}: {one}."
        )
    return targets


def read_weights(place: str, given: ArrayLike | None, samples: int) -> NDArray[np.float64] | None:
    """Return the samples' weights as (B,), or None where all count alike."""
    if given is None:
        return None
    weights = read_numbers(place, "sample_weight", given).astype(np.float64)
    if weights.shape == (samples, 1):
        weights = weights[:, 0]
    if weights.shape != (samples,):
        raise DataError(
            f"{place}: sample_weight has shape {weights.shape}, expected ({samples},). Give one weight for each sample."
        )
    if weights.min() < 0 or not np.isfinite(weights).all():
        row = int(np.argmax((weights < 0) | ~np.isfinite(weights)))
        raise DataError(
            f"{place}: sample_weight[{row}] is {weights[row]:g}. Weights are finite and not negative; "
            "0 leaves a sample out."
        )
    if weights.sum() == 0:
        raise DataError(f"{place}: all weights are 0, so there is no value. Give at least one sample a weight above 0.")
    return weights


def weighted_mean(values: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
    """The mean over the samples of (B,) values: Σ w v / Σ w."""
    if weights is not None:
        return float(np.average(values, weights=weights))
    if values.dtype == bool:  # the mean's bits, in a tenth of the time
        return np.count_nonzero(values) / len(values)
    return float(values.mean())


def _outputs(width: int) -> str:
    return "1 output" if width == 1 else f"{width} outputs"
