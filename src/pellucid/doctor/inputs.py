"""Checks of the inputs: missing values, columns that say nothing, columns of another size, columns that say it all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.doctor.case import LOOKED_AT, Case, Rows
from pellucid.doctor.findings import Finding, Place
from pellucid.trace.numbers import shown_number

LARGE, SMALL = 10.0, 0.01  # root mean squares of an input beyond which the usual initial weights and rates do not fit
TABLE = 64  # inputs up to which a column that never changes is a fault; pictures often have an empty border
LEAK = 0.02  # a column leaks if by itself it leaves at most this share of the errors, or of the variance, there were
FEW = 20  # rows below which a perfect column may well be chance
CLOSE = 1_000  # columns that are looked at closely
CELLS = 2_000_000  # values that are sorted to look for leaks


def missing_values(case: Case) -> Iterator[Finding]:
    """NaN and infinity, in all rows."""
    for rows in (case.rows, case.validation):
        if rows is None or len(rows.finite) == len(rows):
            continue
        bad = ~np.isfinite(rows.values)
        columns = bad.sum(axis=0)
        worst = int(columns.argmax())
        row = int(rows.numbers[bad[:, worst].argmax()])
        count = int(bad.sum())
        yield Finding(
            "missing values", "error",
            f"{count:,} value{'s are' if count > 1 else ' is'} NaN or infinite; a network can take none.",
            Place(data=rows.what, row=row, column=case.names.long(worst), source=rows.source(row)),
            {"values": count, "rows": len(rows) - len(rows.finite), "columns": int((columns > 0).sum()),
             "in this column": int(columns[worst])},
            "Fill such values in, for instance with the column's median, or drop their rows.", count,
        )  # fmt: skip


def constant_inputs(case: Case) -> Iterator[Finding]:
    """Columns that have the same value in every row."""
    assert case.rows is not None
    values = case.rows.values[case.rows.finite]
    if len(values) < 2:
        return
    constant = np.flatnonzero(values.max(axis=0) == values.min(axis=0))
    if not len(constant):
        return
    first, inputs = int(constant[0]), values.shape[1]
    table = len(case.net.input_shape) == 1 and inputs <= TABLE
    evidence: dict[str, Any] = {"rows": len(values), "value": float(values[0, first]), "constant inputs": len(constant)}
    if len(constant) > 1:
        evidence["others"] = _listed(case, constant[1:])
    yield Finding(
        "constant inputs", "warning" if table else "note",
        f"{len(constant):,} of {inputs:,} inputs {'have' if len(constant) > 1 else 'has'} the same value in every row, "
        f"so nothing can be learned from {'them' if len(constant) > 1 else 'it'}.",
        Place(data="X", column=case.names.long(first)), evidence,
        "Leave such columns out." if table else "Harmless: pictures often have an empty border.", len(constant),
    )  # fmt: skip


def unscaled_inputs(case: Case) -> Iterator[Finding]:
    """Inputs as the first layer with weights gets them: after Standardize, BatchNorm and the like."""
    layer = next((one for one in case.trace if one.weights is not None and one.kind in ("Dense", "Conv2D")), None)
    if layer is None or len(case.trace) < 2:
        return
    values = layer.input.reshape(len(layer.input), -1).astype(float)
    sizes = np.sqrt((values * values).mean(axis=0))
    varying = values.max(axis=0) > values.min(axis=0)
    off = np.where(varying, np.maximum(sizes / LARGE, SMALL / np.where(sizes > 0, sizes, np.inf)), 0.0)
    if (sizes[varying] > SMALL).any():  # beside others a rare pixel or a rare category may be small
        off = np.where(varying, sizes / LARGE, 0.0)
    wrong = np.flatnonzero(off > 1)
    if not len(wrong):
        return
    worst = int(wrong[off[wrong].argmax()])
    large = sizes[worst] > LARGE
    column = values[:, worst]
    evidence: dict[str, Any] = {
        "from": float(column.min()), "to": float(column.max()), "mean": float(column.mean()),
        "deviation": float(column.std()), f"inputs that are too {'large' if large else 'small'}": len(wrong),
    }  # fmt: skip
    if len(wrong) > 1:
        evidence["others"] = _listed(case, wrong[wrong != worst], layer.inputs)
    yield Finding(
        "unscaled inputs", "warning",
        f"The values are about {shown_number(float(sizes[worst]), 3)} in size; weights and rates are made for inputs "
        f"of about 1, so units saturate or learn at very different speeds.",
        Place(data="X", column=layer.inputs.long(worst), layer=layer.name), evidence,
        "Put Standardize.of(X) directly after Input, or scale the columns to mean 0 and deviation 1 before."
        if len(case.net.input_shape) == 1 else
        "Divide pixels by 255, or put Standardize.of(X) directly after Input.", float(np.log10(off[worst])) + 1,
    )  # fmt: skip


def leaking_inputs(case: Case) -> Iterator[Finding]:
    """Columns that alone predict the target almost perfectly."""
    rows = case.rows
    assert rows is not None
    places = rows.some(max(FEW, min(LOOKED_AT, CELLS // rows.values.shape[1])))
    values = rows.values[places].astype(float)
    if len(places) < FEW:
        return
    if rows.codes is not None:
        left, baseline, what = errors_left(values, rows.codes[places])
        if baseline == 0:
            return
    else:
        assert rows.targets is not None
        left = _variance_left(values, rows.targets.values[places].astype(float))
        baseline, what = 1.0, "variance left"
    share = left / baseline
    found = np.flatnonzero(share <= (LEAK if rows.codes is not None else 0.001))
    if not len(found):
        return
    best = int(found[share[found].argmin()])
    evidence: dict[str, Any] = {"rows": len(places), what: float(left[best])}
    if rows.codes is not None:
        evidence["errors without any input"] = float(baseline)
    if len(found) > 1:
        evidence["others"] = _listed(case, found[found != best])
    yield Finding(
        "leaking inputs", "warning" if len(case.net.input_shape) == 1 else "note",
        "By itself this column says almost perfectly what the target is. Either the task is that easy, or the column "
        "was made from the target and will not be there when the network is used.",
        Place(data="X", column=case.names.long(best)), evidence,
        "Find out how the column came about; leave it out if it is known only together with the target.",
        2.0 - float(share[best]),
    )  # fmt: skip


def errors_left(values: NDArray[Any], codes: NDArray[np.int64]) -> tuple[NDArray[np.float64], float, str]:
    """The share of wrong rows if each column alone tells the classes apart, by the best threshold between two
    neighbouring classes; and the share without any column."""
    classes, codes = np.unique(codes, return_inverse=True)
    count = len(codes)
    baseline = 1.0 - np.bincount(codes).max() / count
    one_hot = np.eye(len(classes))[codes]
    left = np.full(values.shape[1], baseline)
    for k in _promising(values, one_hot):
        column = values[:, k]
        means = (one_hot * column[:, None]).sum(axis=0) / one_hot.sum(axis=0)
        left[k] = 1.0 - _right_by_thresholds(column, one_hot[:, np.argsort(means)])
    return left, float(baseline), "errors by this column alone"


def _promising(values: NDArray[Any], one_hot: NDArray[np.float64]) -> NDArray[np.int64]:
    """All columns; of very many those whose means differ most between the classes, beside their spread."""
    if values.shape[1] <= CLOSE:
        return np.arange(values.shape[1])
    counts = one_hot.sum(axis=0)
    means = (one_hot.T @ values) / counts[:, None]
    between = (counts[:, None] * (means - values.mean(axis=0)) ** 2).sum(axis=0)
    spread = ((values - values.mean(axis=0)) ** 2).sum(axis=0)
    return np.argsort(-between / np.where(spread > 0, spread, np.inf), kind="stable")[:CLOSE]


def _right_by_thresholds(column: NDArray[np.float64], one_hot: NDArray[np.float64]) -> float:
    """The share of rows that fall between the right thresholds, classes standing in the order of their means."""
    order = np.argsort(column, kind="stable")
    ordered, below = column[order], np.cumsum(one_hot[order], axis=0)
    ends = np.flatnonzero(np.append(ordered[1:] > ordered[:-1], False))  # a threshold lies between different values
    if not len(ends):
        return float(one_hot.sum(axis=0).max() / len(column))
    cuts, total = [], below[-1]
    for k in range(one_hot.shape[1] - 1):  # lower classes below, higher ones above
        right = below[ends, : k + 1].sum(axis=1) + (total[k + 1 :].sum() - below[ends, k + 1 :].sum(axis=1))
        cuts.append(int(ends[right.argmax()]))
    cuts = np.maximum.accumulate(cuts).tolist()
    edges = [np.zeros(one_hot.shape[1]), *(below[c] for c in cuts), total]
    right_rows = sum(float((edges[k + 1] - edges[k])[k]) for k in range(one_hot.shape[1]))
    return right_rows / len(column)


def _variance_left(values: NDArray[Any], targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 − r² of each column and the target that it goes with best."""
    x = values - values.mean(axis=0)
    t = targets - targets.mean(axis=0)
    sizes = np.sqrt((x * x).sum(axis=0))[:, None] * np.sqrt((t * t).sum(axis=0))[None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(sizes > 0, (x.T @ t) / sizes, 0.0)
    left: NDArray[np.float64] = 1.0 - (r * r).max(axis=1)
    return left


def shared_rows(case: Case) -> Iterator[Finding]:
    """Rows that stand both in the training and in the validation data."""
    assert case.validation is not None
    if case.rows is None:
        return
    first = {row: int(number) for row, number in zip(_keys(case.rows), case.rows.numbers, strict=True)}
    twice = [(int(n), first[row]) for row, n in
             zip(_keys(case.validation), case.validation.numbers, strict=True) if row in first]  # fmt: skip
    if not twice:
        return
    share = len(twice) / len(case.validation)
    held, own = twice[0]
    same = case.rows.source(own)
    yield Finding(
        "rows in both sets", "error" if share > 0.1 else "warning" if share > 0.01 else "note",
        f"{100 * share:.3g} % of the validation rows are training rows too, so validation figures are too good.",
        Place(data="validation X", row=held, source=case.validation.source(held)),
        {"shared rows": len(twice), "validation rows": len(case.validation),
         "the same as row of X": own if same is None else f"{own} ({same})"},
        "Drop duplicates before the data are split; keep rows that belong together on one side.", share,
    )  # fmt: skip


def _keys(rows: Rows) -> list[bytes]:
    return [row.tobytes() for row in np.ascontiguousarray(rows.values, np.float32) + np.float32(0)]  # −0 becomes 0


def _listed(case: Case, columns: NDArray[np.int64], names: Any = None) -> str:
    known = [(names or case.names).long(int(k)) for k in columns[:6]]
    return ", ".join(known) + (f" and {len(columns) - 6:,} more" if len(columns) > 6 else "")
